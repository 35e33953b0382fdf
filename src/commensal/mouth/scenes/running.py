"""A scene run into a folder: results, pictures and manifest are there together, or nothing is.

Order: the folder is looked at, the scene is run, everything is written beside the folder under another name, then
moved in, the manifest last. A folder without a manifest is no run.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commensal.clock import Clock
from commensal.mouth.errors import ReplayError
from commensal.mouth.keeping import FileFormat, file_sha256, keep
from commensal.mouth.pictures import Pictures, draw
from commensal.mouth.run import Progress
from commensal.mouth.scenes.acting import act, labelled
from commensal.mouth.scenes.checkpoints import CheckpointFile
from commensal.mouth.scenes.manifest import NAME, Manifest, as_text, manifest_of, read_manifest
from commensal.mouth.scenes.scene import Scene

if TYPE_CHECKING:
    import xarray as xr

COMPUTED = 0.85
"""Share of the whole that is computing, for the progress bar; the rest is writing and drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run in its folder."""

    folder: Path
    data: "xr.Dataset"
    manifest: Manifest
    files: tuple[str, ...]
    """Names in the folder, the manifest last."""


def run(
    scene: Scene,
    out: Path,
    clock: Clock,
    *,
    file_format: FileFormat = FileFormat.NETCDF,
    pictures: Pictures = Pictures.PNG,
    is_replacing: bool = False,
    checkpoint: Path | None = None,
    is_resuming: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Kept:
    """Runs a scene and keeps results, pictures and manifest in a folder.

    Args:
        scene: what to run.
        out: a folder that is not there or empty; with `is_replacing` also one that holds an earlier run and no more.
        clock: whose time the manifest's `made` carries.
        file_format: NetCDF or Zarr.
        pictures: PNG, SVG or none.
        is_replacing: put this run where an earlier one is.
        checkpoint: a file that holds where the run stands while it goes on; it is taken away in the end.
        is_resuming: go on from the checkpoint, if it is there; the end is the same, bit for bit.
        threads: how many; None = as many as there are cores. Changes no result.
        progress: called with the share done (0-1) and what is being done.

    Raises:
        ReplayError: a folder that holds something else.
        CheckpointError: a checkpoint that is there though nobody goes on from it, or that the run cannot go on from.
        SolveError: a day that cannot be computed; nothing is written.
        OSError: the folder cannot be written; nothing is left there.
    """
    tell = progress or (lambda share, what: None)
    earlier = look_at(out, is_replacing=is_replacing)
    kept_at = None if checkpoint is None else CheckpointFile(checkpoint, scene)
    resume = kept_at.begin(is_resuming=is_resuming) if kept_at is not None else None
    course = act(
        scene,
        lambda share, what: tell(COMPUTED * share, what),
        threads=threads,
        on_checkpoint=None if kept_at is None else kept_at.keep,
        resume=resume,
    )
    data = labelled(scene, course)
    tell(COMPUTED, "writing the results")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.parent / f".{out.name}.part-{secrets.token_hex(4)}"
    part.mkdir()
    try:
        names = [keep(data, part, file_format)]
        tell(0.5 * (1.0 + COMPUTED), "drawing")
        names += draw(data, scene.day, part, pictures)
        manifest = {**manifest_of(scene, data), "made": {"at": clock.now().isoformat(timespec="seconds")}}
        manifest["results"]["files"] = {name: {"sha256": file_sha256(part / name)} for name in names}
        (part / NAME).write_text(as_text(manifest), encoding="utf-8", newline="")
        _publish(part, out, [*names, NAME], earlier)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if kept_at is not None:
        kept_at.remove()
    tell(1.0, "done")
    return Kept(folder=out, data=data, manifest=manifest, files=(*names, NAME))


def look_at(out: Path, *, is_replacing: bool) -> tuple[str, ...]:
    """What an earlier run left in the folder, manifest first; nothing when the folder is empty or not there.

    Raises:
        ReplayError: no folder, one that may not be written, or one that holds something else.
    """
    if not out.exists() and not out.is_symlink():
        above = next(folder for folder in out.absolute().parents if folder.exists())
        if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
            raise ReplayError(f"--out: {out}: expected a folder that may be made, got no right to write in {above}")
        return ()
    if not out.is_dir():
        raise ReplayError(f"--out: {out}: expected a folder, got a file; name another one")
    present = sorted(path.name for path in out.iterdir())
    if not present:
        return ()
    if not (out / NAME).exists():
        raise ReplayError(f"--out: {out}: expected an empty or new folder, got one with {present[0]}; name another one")
    if not is_replacing:
        raise ReplayError(
            f"--out: {out}: expected an empty or new folder, got one with an earlier run; add --replace to put this "
            "run in its place, or name another one"
        )
    known = {NAME, *read_manifest(out)["results"]["files"]}
    strange = [name for name in present if name not in known]
    if strange:
        raise ReplayError(
            f"--out: {out}: expected only what the earlier run wrote, got also {strange[0]}; move it elsewhere first"
        )
    return (NAME, *(name for name in present if name != NAME))


def _publish(part: Path, out: Path, names: list[str], earlier: tuple[str, ...]) -> None:
    """Moves a finished part into place; an earlier run goes first, its manifest before all."""
    if not out.exists():
        part.rename(out)
        return
    for name in earlier:
        path = out / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in names:
        (part / name).rename(out / name)

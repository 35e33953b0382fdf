"""A run again, from its manifest alone, and compared bit for bit."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from commensal.errors import shortened
from commensal.mouth.errors import ReplayError
from commensal.mouth.keeping import FileFormat, file_sha256, open_kept
from commensal.mouth.parameters import load
from commensal.mouth.run import Progress
from commensal.mouth.scenes.acting import act, labelled
from commensal.mouth.scenes.manifest import (
    Manifest,
    code_sha256,
    manifest_of,
    platform_now,
    read_manifest,
    tables_sha256,
)
from commensal.mouth.scenes.reading import read_text

if TYPE_CHECKING:
    import xarray as xr

MOST_TOLD = 20
"""Differences told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a replay found. It is equal when nothing differs; `other_makers` may then still be told."""

    arrays: int
    """Arrays compared, bit for bit."""
    files: int
    """Files of the folder that were there to be compared with the manifest."""
    differences: tuple[str, ...]
    other_makers: tuple[str, ...]
    """What was not the same to begin with: versions, machine, parameters, code."""

    @property
    def is_equal(self) -> bool:
        """True when every array and every file is what the manifest says."""
        return not self.differences


def replay(folder: Path, *, is_forced: bool = False, progress: Progress | None = None) -> Replay:
    """Runs the scene of a run's manifest again and compares every array and every file with it.

    Args:
        folder: what `run` wrote; only its manifest is needed, files that are there are compared too.
        is_forced: compare even when versions, machine or parameters are not those of the run.
        progress: called with the share done (0-1) and what is being done.

    Raises:
        ReplayError: no manifest, one that is not whole, or another program than the one that wrote it.
        SceneError, SolveError: the scene cannot be run with this version.
    """
    manifest = read_manifest(folder)
    others = _other_makers(manifest)
    if others and not is_forced:
        raise ReplayError(
            f"expected the program and the machine of the run, got others: {'; '.join(others)}; bits may differ for "
            "that reason alone: add --anyway to compare nevertheless"
        )
    scene = read_text(manifest["scene"]["text"], manifest["scene"]["file"])
    data = labelled(scene, act(scene, progress))
    changed = [
        f"{name}: the file is not the one the manifest speaks of"
        for name, row in manifest["results"]["files"].items()
        if _is_there(folder, name) and file_sha256(folder / name) != row["sha256"]
    ]
    compared = sum(_is_there(folder, name) for name in manifest["results"]["files"])
    again = manifest_of(scene, data)
    told = _figures_that_differ(manifest, again) + _arrays_that_differ(manifest, again, data, folder)
    code = (
        [] if manifest["program"].get("code_sha256") == code_sha256() else ["the code of the mouth has changed since"]
    )
    return Replay(
        arrays=len(again["results"]["arrays"]),
        files=compared,
        differences=(*changed, *told),
        other_makers=(*others, *code),
    )


def _is_there(folder: Path, name: str) -> bool:
    """True for a file that lies in the folder itself; a manifest is no leave to read elsewhere."""
    return Path(name).name == name and (folder / name).exists()


def _other_makers(manifest: Manifest) -> list[str]:
    now = {"commensal": version("commensal"), **platform_now(), "parameters": load().sha256, **_tables(tables_sha256())}
    then = {
        "commensal": manifest["program"]["version"],
        **manifest["platform"],
        "parameters": manifest["parameters"]["sha256"],
        **_tables(manifest["parameters"]["tables_sha256"]),
    }
    return [
        f"{name} {shortened(then.get(name), 16)} then, {shortened(now.get(name), 16)} now"
        for name in [*now, *(name for name in then if name not in now)]
        if now.get(name) != then.get(name)
    ]


def _tables(digests: dict[str, str]) -> dict[str, str]:
    return {f"data/{name}": digest for name, digest in digests.items()}


NOT_FIGURES = ("made", "program", "platform", "written_with", "results")


def _figures_that_differ(then: Manifest, now: Manifest) -> list[str]:
    """Everything but arrays: inputs as read, options, parameters, marks, balance; told by its place."""
    left = {name: value for name, value in then.items() if name not in NOT_FIGURES}
    right = {name: value for name, value in now.items() if name not in NOT_FIGURES}
    for side in (left, right):
        side["parameters"] = {k: v for k, v in side["parameters"].items() if k != "tables_sha256"}
    found = list(_leaves_that_differ(left, right, ""))
    more = [f"and {len(found) - MOST_TOLD} more figures"] if len(found) > MOST_TOLD else []
    return found[:MOST_TOLD] + more


def _leaves_that_differ(then: Any, now: Any, place: str) -> list[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        names = [*then, *(name for name in now if name not in then)]
        return [
            told
            for name in names
            for told in _leaves_that_differ(then.get(name), now.get(name), f"{place}.{name}" if place else str(name))
        ]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [told for i, (a, b) in pairs for told in _leaves_that_differ(a, b, f"{place}[{i}]")]
    return [] if then == now else [f"{place}: {shortened(then)} in the manifest, {shortened(now)} now"]


def _arrays_that_differ(then: Manifest, now: Manifest, data: "xr.Dataset", folder: Path) -> list[str]:
    rows, again = then["results"]["arrays"], now["results"]["arrays"]
    found = []
    for name in [*rows, *(name for name in again if name not in rows)]:
        if name not in again:
            found.append(f"{name}: in the manifest, not in what came now")
        elif name not in rows:
            found.append(f"{name}: not in the manifest, but in what came now")
        elif rows[name] != again[name]:
            found.append(f"{name}: {_how_far(name, rows[name], again[name], data, then, folder)}")
    return found


def _how_far(name: str, then: Manifest, now: Manifest, data: "xr.Dataset", manifest: Manifest, folder: Path) -> str:
    """How an array differs, in figures where the run's own file is still there and still its own."""
    if then.get("dimensions") != now["dimensions"]:
        return f"dimensions {shortened(then.get('dimensions'))} in the manifest, {shortened(now['dimensions'])} now"
    for file in FileFormat:
        row = manifest["results"]["files"].get(file.file)
        if row is None or not _is_there(folder, file.file) or file_sha256(folder / file.file) != row["sha256"]:
            continue
        old, new = open_kept(folder / file.file)[name].values, data[name].values
        if new.dtype.kind != "f":
            return f"{int((old != new).sum())} of {new.size} values differ"
        apart = np.abs(old - new)
        unit = f" {now['unit']}" if now["unit"] else ""
        many = int((~((old == new) | (np.isnan(old) & np.isnan(new)))).sum())
        return f"{many} of {new.size} values differ, by at most {np.nanmax(apart):.3g}{unit}"
    return "its bits differ"

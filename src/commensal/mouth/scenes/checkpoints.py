"""Where a run stands, in a file, so that it can be stopped at any moment and go on: docs/specs/mouth-run.md, section 4.

A checkpoint names the scene, the program, the tables and the machine it is of; a run goes on from its own and from no
other. The file is replaced whole, so that it is the last one or the one before, never half of one.
"""

import json
import os
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commensal.errors import shortened
from commensal.mouth.errors import CheckpointError
from commensal.mouth.parameters import load
from commensal.mouth.run import Checkpoint
from commensal.mouth.scenes.manifest import code_sha256, platform_now, tables_sha256, text_sha256
from commensal.mouth.scenes.scene import Scene

FORMAT = "commensal.mouth-checkpoint/1"
IDENTITY = "identity"
SECONDS_BETWEEN = 5.0
"""Shortest time between two writings, s of the wall clock: writing must not become the work."""
MAX_IDENTITY_BYTES = 64 * 1024


def identity_of(scene: Scene) -> dict[str, str]:
    """What must be the same for a run to go on bit for bit."""
    return {
        "format": FORMAT,
        "scene": text_sha256(scene.text),
        "commensal": version("commensal"),
        "code": code_sha256(),
        "parameters": load().sha256,
        **{f"data/{name}": digest for name, digest in tables_sha256().items()},
        **platform_now(),
    }


@dataclass(slots=True)
class CheckpointFile:
    """The checkpoint of one scene's run, in one file."""

    path: Path
    scene: Scene
    seconds_between: float = SECONDS_BETWEEN
    written_at: float = -np.inf

    def begin(self, *, is_resuming: bool) -> Checkpoint | None:
        """What to go on from: the file's content, or None when there is none.

        Raises:
            CheckpointError: a file that is there though nobody asked to go on from it; one that is not whole; one of
                another scene, program, table or machine.
        """
        if not self.path.exists():
            above = self.path.absolute().parent
            if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
                raise CheckpointError(
                    f"{self.path}: expected a place that may be written, got none; make {above} first"
                )
            return None
        if not is_resuming:
            raise CheckpointError(f"{self.path}: is there already; add --resume to go on from it, or take it away")
        return self._read()

    def keep(self, checkpoint: Checkpoint) -> None:
        """Writes where the run stands, unless it was written a moment ago.

        Raises:
            OSError: it cannot be written.
        """
        now = time.monotonic()
        if now - self.written_at < self.seconds_between:
            return
        text = json.dumps(identity_of(self.scene)).encode()
        arrays: dict[str, Any] = {IDENTITY: np.frombuffer(text, dtype=np.uint8)}
        for i, block in enumerate(checkpoint):
            arrays |= {f"{i}/{name}": array for name, array in block.items()}
        part = self.path.with_name(f".{self.path.name}.part-{os.getpid()}")
        try:
            with part.open("wb") as stream:
                np.savez(stream, **arrays)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)
        self.written_at = time.monotonic()

    def remove(self) -> None:
        """Takes the file away: the run is done."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> Checkpoint:
        try:
            with zipfile.ZipFile(self.path) as archive:
                if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                    raise CheckpointError(f"{self.path}: expected a checkpoint, got a compressed archive")
            with np.load(self.path, allow_pickle=False) as opened:
                text = opened[IDENTITY].tobytes()[:MAX_IDENTITY_BYTES]
                self._check(json.loads(text))
                return _blocks({name: opened[name] for name in opened.files if name != IDENTITY})
        except (OSError, ValueError, KeyError, EOFError, RecursionError, zipfile.BadZipFile) as error:
            raise CheckpointError(
                f"{self.path}: expected a whole checkpoint, got {shortened(error)}; take it away to begin again"
            ) from error

    def _check(self, found: object) -> None:
        mine = identity_of(self.scene)
        then = found if isinstance(found, dict) else {}
        others = [name for name in mine if then.get(name) != mine[name]]
        if others:
            raise CheckpointError(
                f"{self.path}: expected a checkpoint of this scene, program and machine, got one with another "
                f"{', another '.join(others[:3])}; take it away to begin again"
            )


def _blocks(arrays: Mapping[str, NDArray[np.float64]]) -> Checkpoint:
    """Arrays named `block/name`, block by block.

    Raises:
        ValueError: other names, or arrays of something else than floats.
    """
    blocks: dict[int, dict[str, NDArray[np.float64]]] = {}
    for name, array in arrays.items():
        number, _, inner = name.partition("/")
        if array.dtype != np.float64 or not number.isdecimal():
            raise ValueError(f"an array {name} of {array.dtype}")
        blocks.setdefault(int(number), {})[inner] = array
    if sorted(blocks) != list(range(len(blocks))) or not blocks:
        raise ValueError("no blocks from 0 on")
    return tuple(blocks[i] for i in range(len(blocks)))

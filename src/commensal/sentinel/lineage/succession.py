"""A successor's key: when a log's newest records are lost for good, the clinic goes on under a new name.

The log never goes back: whoever holds a newer checkpoint of the old name must never be shown an older one. The old key
is kept as log.1.key (then log.2.key …) so that old proofs can be told; new checkpoints are under `<first name>/2`.
Reason: docs/decisions/0006-a-log-never-goes-back.md.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commensal.sentinel.errors import KeyFileError
from commensal.sentinel.key_file import is_plain, key_text, read_key, read_text
from commensal.sentinel.key_folder import drop, held, promote, stage
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.vault import KEY_BYTES

SUCCEEDED = "succeeded.next"
"""Staged files of a successor: finished when its store is in place, dropped by the next restore when it is not."""
SUCCESSORS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A new log key, not in force before it is staged, its store is in place, and it is promoted."""

    folder: Path
    key: SigningKey
    files: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Succession({self.key.vkey!r})"

    def stage(self, others: Mapping[str, str]) -> None:
        """Write the new files and `others` (name, text) aside, whole or not at all; what was staged before goes."""
        with held(self.folder, alone=True):
            if (self.folder / SUCCEEDED).exists():
                drop(self.folder, SUCCEEDED)
            stage(self.folder, SUCCEEDED, {**self.files, **others})


def begin_succession(folder: Path, ask: Callable[[], bytes]) -> Succession:
    """A key for the log that goes on where the one in `folder` was lost; nothing is written yet.

    Args:
        folder: the clinic's keys.
        ask: gives their passphrase; it protects the new key too.

    Raises:
        KeyFileError: log.key does not open, or the log was succeeded SUCCESSORS_MAX times.
    """
    with held(folder, alone=False):
        current = folder / "log.key"
        passphrase = None if is_plain(current, "log") else ask()
        origin, _ = read_key(current, "log", passphrase)
        earlier = next((n for n in range(1, SUCCESSORS_MAX) if not (folder / f"log.{n}.key").exists()), None)
        if earlier is None:
            raise KeyFileError(f"{folder}: expected fewer than {SUCCESSORS_MAX} earlier logs")
        first = origin if earlier == 1 else origin.rpartition("/")[0]
        secret = os.urandom(KEY_BYTES)
        key = SigningKey(f"{first}/{earlier + 1}", secret)
        files = {
            f"log.{earlier}.key": read_text(current),
            f"log.{earlier}.vkey": read_text(folder / "log.vkey"),
            "log.key": key_text("log", key.name, secret, passphrase),
            "log.vkey": key.vkey + "\n",
        }
        if (folder / "log.checkpoint").exists():
            files[f"log.{earlier}.checkpoint"] = read_text(folder / "log.checkpoint")
    return Succession(folder=folder, key=key, files=files)


def staged_successor(folder: Path) -> str | None:
    """The verifier key of a successor that was staged and not promoted to its end; None when there is none."""
    staged = folder / SUCCEEDED
    if not staged.exists():
        return None
    return read_text(staged / "log.vkey" if (staged / "log.vkey").exists() else folder / "log.vkey").strip()


def finish_succession(folder: Path) -> None:
    """Put staged files in force. Repeating it is safe."""
    with held(folder, alone=True):
        if (folder / SUCCEEDED).exists():
            promote(folder, SUCCEEDED)

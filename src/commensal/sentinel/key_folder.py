"""Several key files replaced at once: all of them or none, whatever moment the power goes.

New files are written into a hidden draft folder and synced; renaming that to its staged name is the one step that
counts; then each file is moved over the old one. A staged folder that is found later is finished, or dropped, by
whoever opens the keys. Format: docs/specs/records-log.md section 6.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from commensal.sentinel.errors import KeyFileError
from commensal.sentinel.key_file import write_private

PROTECTED = "protected.next"
"""The same secrets under another passphrase: always finished."""
ROTATED = "rotated.next"
"""New secrets: finished when the stored data keys open with the new clinic key, dropped when they do not."""
DRAFT = ".draft-"
LAST = "clinic.key"
"""Moved after the others: as long as it is staged, which of the two clinic keys is right can be asked."""


@contextmanager
def held(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold a folder of keys: `alone` to change it, together with others to read it. Waits its turn.

    Raises:
        KeyFileError: there is no such folder.
    """
    if not folder.is_dir():
        raise KeyFileError(f"{folder}: no such folder of keys; `commensal init` makes keys, --keys says where they are")
    try:
        import fcntl
    except ImportError:  # pragma: no cover - no such locks here: one person changes keys at a time
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def stage(folder: Path, name: str, files: Mapping[str, str]) -> None:
    """Write files, by name, into a staged folder that is there as a whole or not at all. Call it while holding alone.

    Raises:
        KeyFileError: an earlier change was cut short and waits to be finished.
    """
    if any((folder / staged).exists() for staged in (PROTECTED, ROTATED)):
        raise KeyFileError(
            f"{folder}: an earlier change of keys was cut short; run `commensal keys check` to finish it"
        )
    for stale in folder.glob(f"{DRAFT}*"):
        shutil.rmtree(stale)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
    try:
        for file, text in files.items():
            write_private(draft / file, text)
        sync_folder(draft)
        draft.rename(folder / name)
    except BaseException:
        shutil.rmtree(draft)  # half a set of secrets: not even a hidden one stays
        raise
    sync_folder(folder)


def promote(folder: Path, name: str) -> None:
    """Move staged files into their places. Repeating it is safe. Call it while holding alone."""
    staged = folder / name
    for path in sorted(staged.iterdir(), key=lambda path: path.name == LAST):
        if path.name == LAST:
            sync_folder(folder)
        path.replace(folder / path.name)
    sync_folder(folder)
    staged.rmdir()
    sync_folder(folder)


def drop(folder: Path, name: str) -> None:
    """Throw staged files away, the clinic key among them last. Call it while holding alone."""
    staged = folder / name
    for path in sorted(staged.iterdir(), key=lambda path: path.name == LAST):
        path.unlink()
    staged.rmdir()
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Where folders cannot be synced, the system does it by itself."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

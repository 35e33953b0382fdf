"""Files that are there whole or not at all: made under another name, flushed to the disk, renamed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commensal.clinic.errors import StoreError

PART = ".backup-part"
"""How a file that is not whole yet ends; its name begins with a dot."""


def part_of(file: Path) -> Path:
    """The name of a file until it is whole."""
    return file.with_name(f".{file.name}{PART}")


def make_private(path: Path) -> None:
    """An empty file that only its owner can read; one that is there is emptied."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


def flush_file(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def publish(file: Path) -> None:
    """Give a part its name; both are on the disk when this returns."""
    flush_file(part_of(file))
    part_of(file).replace(file)
    flush_file(file.parent)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a folder against other backups, restores and foundings; a process that dies lets go of it.

    Raises:
        StoreError: another one is at work there.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        _lock(held, folder)
        yield
    finally:
        os.close(held)


def _lock(held: int, folder: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreError(
            f"{folder}: another founding, backup or restore is at work here; try again when it is done"
        ) from error

"""A file system that remembers what was asked of it: a VFS that passes everything on to the real one and keeps a list.

Only what a power cut could undo is listed: writes, truncations, syncs, and the making and deleting of files, of the
database and its write-ahead log. Shared memory and temporary files do not outlive the machine and are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

SYNCS_ITS_FOLDER = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
"""SQLite's unix VFS syncs the folder at the first sync of a new file of these kinds (os_unix.c, UNIXFILE_DIRSYNC)."""

KEPT = apsw.SQLITE_OPEN_MAIN_DB | SYNCS_ITS_FOLDER


@dataclass(frozen=True, slots=True)
class Make:
    """A file was made, empty. `file` counts makings: the second file of one name is another file."""

    name: str
    file: int


@dataclass(frozen=True, slots=True)
class Write:
    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything written to the file is on the platter; with `folder`, so are all names made and deleted before."""

    file: int
    folder: bool


@dataclass(frozen=True, slots=True)
class Delete:
    name: str
    folder: bool


Op = Make | Write | Truncate | Sync | Delete

Watcher = Callable[[str], None]
"""Called with "read", "write", "truncate", "sync", "delete" or "open" before the thing is done; may raise instead."""


class Disk(apsw.VFS):
    """A VFS over the real file system.

    Args:
        name: what connections call it.
        before: told of every operation before it happens; what it raises, SQLite gets.
    """

    def __init__(self, name: str, before: Watcher = lambda _: None) -> None:
        super().__init__(name, "")
        self.name, self.before = name, before
        self.ops: list[Op] = []
        self.files: dict[str, int] = {}
        self._made = 0

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None or not flags[0] & KEPT:
            return apsw.VFSFile("", name, flags)
        self.before("open")
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        is_new = not path.exists()
        opened = File(self, path.name, name, flags)
        if is_new or path.name not in self.files:
            self._made += 1
            self.files[path.name] = self._made
            self.ops.append(Make(path.name, self._made))
        opened.number, opened.is_folder_unsynced = self.files[path.name], bool(is_new and flags[0] & SYNCS_ITS_FOLDER)
        return opened

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.before("delete")
        super().xDelete(filename, syncdir)
        if self.files.pop(Path(filename).name, None) is not None:
            self.ops.append(Delete(Path(filename).name, bool(syncdir)))


class File(apsw.VFSFile):
    """An open file of the disk."""

    number: int
    is_folder_unsynced: bool

    def __init__(self, disk: Disk, name: str, uri: Any, flags: list[int]) -> None:
        super().__init__("", uri, flags)
        self._disk, self._name = disk, name

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.before("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.before("write")
        super().xWrite(data, offset)
        self._disk.ops.append(Write(self.number, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.before("truncate")
        super().xTruncate(newsize)
        self._disk.ops.append(Truncate(self.number, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.before("sync")
        super().xSync(flags)
        self._disk.ops.append(Sync(self.number, self.is_folder_unsynced))
        self.is_folder_unsynced = False

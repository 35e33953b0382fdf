"""As much of DBAPI-2 over apsw as SQLAlchemy's sqlite dialect asks for, so that a clinic runs on a file system of ours.

Errors are those of the standard `sqlite3` module, with SQLite's own words: what the program makes of them is on trial.
The SQLite inside apsw is another one than Python's, so whatever is written here is later read by a second version.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import apsw

paramstyle = "qmark"
apilevel = "2.0"
threadsafety = 1
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))

Error = sqlite3.Error
DatabaseError = sqlite3.DatabaseError
OperationalError = sqlite3.OperationalError
IntegrityError = sqlite3.IntegrityError
ProgrammingError = sqlite3.ProgrammingError
InterfaceError = sqlite3.InterfaceError
InternalError = sqlite3.InternalError
DataError = sqlite3.DataError
NotSupportedError = sqlite3.NotSupportedError
Binary = memoryview

AS_STANDARD = {
    apsw.ConstraintError: sqlite3.IntegrityError,
    apsw.CorruptError: sqlite3.DatabaseError,
    apsw.NotADBError: sqlite3.DatabaseError,
    apsw.MisuseError: sqlite3.ProgrammingError,
    apsw.BindingsError: sqlite3.ProgrammingError,
}
"""What the standard module raises for each; everything else is an OperationalError."""

Parameters = Sequence[Any] | Mapping[str, Any]


def connect(filename: str, *, vfs: str, timeout: float = 5.0, **_: Any) -> "Connection":
    """Open `filename` through the VFS registered as `vfs`."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    opened: apsw.Connection = _translated(lambda: apsw.Connection(filename, flags=flags, vfs=vfs))
    opened.set_busy_timeout(int(timeout * 1000))
    return Connection(opened)


def _translated(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except apsw.Error as error:
        standard = AS_STANDARD.get(type(error), sqlite3.OperationalError)
        raise standard(str(error).split(": ", 1)[-1]) from error


class Connection:
    """A connection in autocommit; SQLAlchemy's `begin` event says BEGIN, as the program has it."""

    isolation_level: str | None = None

    def __init__(self, opened: apsw.Connection) -> None:
        self._opened = opened

    def cursor(self) -> "Cursor":
        return Cursor(self._opened)

    def execute(self, sql: str, parameters: Parameters = ()) -> "Cursor":
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        if self._opened.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self._opened.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Never fails for the disk: SQLite tries to fold its write-ahead log, and where it cannot, leaves it for later."""
        with suppress(apsw.FullError, apsw.IOError, apsw.CantOpenError):
            self._opened.close()

    def create_function(self, name: str, arguments: int, function: Callable[..., Any], **_: Any) -> None:
        self._opened.create_scalar_function(name, function, arguments)


class Cursor:
    """Runs a statement to its end at once and hands the rows out afterwards."""

    arraysize = 1
    lastrowid: int | None = None

    def __init__(self, opened: apsw.Connection) -> None:
        self._opened = opened
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, parameters: Parameters = ()) -> "Cursor":
        cursor = self._opened.cursor()
        self.description = None

        def note_columns(running: apsw.Cursor, _sql: str, _bindings: Any) -> bool:
            columns = running.get_description()
            self.description = tuple((column[0], *[None] * 6) for column in columns) or None
            return True

        cursor.exec_trace = note_columns
        before = self._opened.total_changes()
        self._rows = list(_translated(lambda: cursor.execute(sql, parameters).fetchall()))[::-1]
        self.rowcount = self._opened.total_changes() - before if self.description is None else -1
        return self

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> "Cursor":
        changed = 0
        for parameters in rows:
            changed += self.execute(sql, parameters).rowcount
        self.rowcount = changed
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return [self._rows.pop() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        self._rows = []

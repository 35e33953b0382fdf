"""A place for a restored store that nobody can open before it is whole: a file without its name, a marked database.

SQLite:      `.NAME.backup-part` beside the place it will have; renamed at the end.
PostgreSQL:  an empty or new database that holds a table `restoring` until the end; while it is there, the database
             is no clinic to any command, and the next restore clears it and begins anew.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, inspect

from commensal.clinic.database import LOCK_PACE_S, LOCK_TIMEOUT_MS, as_store_errors, files_of, open_engine, parsed_url
from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping.manifest import Manifest, check_file
from commensal.clinic.safekeeping.snapshots import create_database, load_dump
from commensal.clinic.schema import RESTORING
from commensal.clinic.whole_files import make_private, one_at_a_time, part_of, publish

MAINTENANCE = "postgres"
"""The database that every PostgreSQL server has, to make another from."""
RESTORE_LOCK = 0x726573746F7265
"""The advisory lock of a restore in its database: "restore", read as a number."""


class NewPlace(Protocol):
    """Where a store is being restored. Nothing is left of it when `publish` was not called."""

    engine: Engine

    def publish(self) -> None:
        """Give the store its name: from here on it can be opened."""
        ...


@contextmanager
def new_place(url: str, file: Path, manifest: Manifest) -> Iterator[NewPlace]:
    """A backup's database, in a place that was empty, not to be opened by anybody else before it is published.

    Args:
        url: where the store will be: no file, or a PostgreSQL database that is empty or can be made.
        file: the backup; its bytes are checked against the manifest as they are taken.
        manifest: of the backup.

    Raises:
        StoreError: something is there already, another kind of database, another restore at work, a changed backup.
    """
    parsed = parsed_url(url)
    if parsed.get_backend_name() != manifest.kind:
        raise StoreError(
            f"restore: expected --store of the backup's kind, {manifest.kind}, got {parsed.get_backend_name()}"
        )
    if manifest.kind == "sqlite":
        with _new_file(Path(str(parsed.database)), file, manifest) as place:
            yield place
    else:
        with _new_database(parsed, file, manifest) as place:
            yield place


class _NewFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.engine = open_engine(f"sqlite:///{part_of(path)}", must_exist=True)

    def publish(self) -> None:
        with as_store_errors(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()
        for left in files_of(part_of(self._path))[1:]:
            left.unlink(missing_ok=True)
        publish(self._path)


@contextmanager
def _new_file(path: Path, file: Path, manifest: Manifest) -> Iterator[_NewFile]:
    taken = [one for one in files_of(path) if one.exists()]
    if taken:
        raise StoreError(f"--store: {taken[0]} is there already; restore into a new place. Nothing was changed")
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.parent):
        part = part_of(path)
        try:
            _remove(part)
            make_private(part)
            check_file(file, manifest)
            shutil.copyfile(file, part)
            check_file(part, manifest)
            place = _NewFile(path)
            try:
                yield place
            finally:
                place.engine.dispose()
        finally:
            _remove(part)


def _remove(part: Path) -> None:
    for one in files_of(part):
        one.unlink(missing_ok=True)


class _NewDatabase:
    def __init__(self, engine: Engine, server: Connection) -> None:
        self.engine, self._server = engine, server

    def publish(self) -> None:
        self._server.exec_driver_sql(f'DROP TABLE "{RESTORING}"')


@contextmanager
def _new_database(url: URL, file: Path, manifest: Manifest) -> Iterator[_NewDatabase]:
    check_file(file, manifest)
    is_made = _make_sure(url)
    engine = open_engine(url.render_as_string(hide_password=False), must_exist=True)
    is_published = False
    try:
        with as_store_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            _take_alone(server)
            _begin(server)
            place = _NewDatabase(engine, server)
            try:
                load_dump(file, url, server)
                yield place
                is_published = not inspect(server).has_table(RESTORING)
            finally:
                if not is_published and inspect(server).has_table(RESTORING):
                    _clear(server)
    finally:
        engine.dispose()
        if is_made and not is_published:
            _drop(url)


def wait_for_restores(url: str) -> None:
    """Wait until no restore is at work in a PostgreSQL database, nor the last statement of one that was killed.

    Raises:
        StoreError: there is no such database, or a restore is still at work in it.
    """
    if parsed_url(url).get_backend_name() == "sqlite":
        return
    engine = open_engine(url, must_exist=True)
    try:
        with as_store_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            _take_alone(server)
    finally:
        engine.dispose()


def _take_alone(server: Connection) -> None:
    """Keep other restores out until the connection ends. The server may take a moment to see that one was killed."""
    due = time.monotonic() + LOCK_TIMEOUT_MS / 1_000
    while not server.exec_driver_sql(f"SELECT pg_try_advisory_lock({RESTORE_LOCK})").scalar_one():
        if time.monotonic() > due:
            raise StoreError("--store: another restore is at work in this database; try again when it is done")
        time.sleep(LOCK_PACE_S)


def _begin(server: Connection) -> None:
    names = inspect(server).get_table_names()
    if RESTORING in names:
        _clear(server)
    elif names:
        raise StoreError("--store: this database holds tables; restore into an empty one. Nothing was changed")
    server.exec_driver_sql(f'CREATE TABLE "{RESTORING}" (slot INTEGER PRIMARY KEY)')


def _clear(server: Connection) -> None:
    """Drop everything of a restore that did not come to its end, the mark last. The database was empty before."""
    for name in inspect(server).get_table_names():
        if name != RESTORING:
            server.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
    server.exec_driver_sql(f'DROP TABLE "{RESTORING}"')


def _make_sure(url: URL) -> bool:
    """Make the database when the server has none of that name; True when it was made here."""
    with _maintenance(url) as server:
        named = server.exec_driver_sql("SELECT 1 FROM pg_database WHERE datname = %s", (url.database,)).first()
        if named is None:
            create_database(server, str(url.database))
        return named is None


def _drop(url: URL) -> None:
    with _maintenance(url) as server:
        server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{url.database}"')


@contextmanager
def _maintenance(url: URL) -> Iterator[Connection]:
    engine = open_engine(url.set(database=MAINTENANCE).render_as_string(hide_password=False), must_exist=True)
    try:
        with as_store_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            yield server
    finally:
        engine.dispose()

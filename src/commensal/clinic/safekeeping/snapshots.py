"""One moment of a database, seen and saved to a file while writers go on; and such a file, looked into.

SQLite:      the backup API, in steps, from inside a read transaction; never a copy of the file.
PostgreSQL:  `pg_dump -Fc` of an exported snapshot; looked into by restoring it into a scratch database.

Rows of views are left out: they are made again from the log, and without them nobody can be named from a lost backup.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from commensal.clinic.complaints import remedy_for
from commensal.clinic.database import as_store_errors, begin_reading, database_path, open_engine, parsed_url
from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping.postgres_programs import programs_for, run_program
from commensal.clinic.schema import view_names
from commensal.clinic.whole_files import make_private

Progress = Callable[[float], None]

STEP_PAGES = 1_024
"""Pages of SQLite copied in one step: 4 MiB; after each, progress is told."""
FOR_COPIES = ("journal_mode = MEMORY", "synchronous = OFF", "secure_delete = ON")
"""Settings while a copy is made ready; it is flushed to the disk as a whole afterwards. Made one file that stands alone
(no WAL), it is not changed by being read."""
ALONE = "mode=ro&immutable=1"
"""Keeps SQLite from locks, and from files of its own beside a backup."""
SCRATCH = "_check_"
"""In the name of every scratch database, between the original's and a random part."""
RANDOM_BYTES = 6
NAME_MAX_BYTES = 63
"""PostgreSQL's longest name of a database."""


class NoScratchError(StoreError):
    """This role may not create databases on the server, so a dump cannot be looked into there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment of a database. `conn` sees it as long as the block lasts."""

    conn: Connection
    url: URL

    @property
    def kind(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self.url.get_backend_name()

    def save(self, part: Path, progress: Progress) -> None:
        """Write this moment to a new file that only its owner can read.

        Raises:
            StoreError: the disk is full, or the database cannot be read through.
        """
        make_private(part)
        if self.kind == "sqlite":
            _save_sqlite(self.conn, part, view_names(self.conn), progress)
        else:
            _save_postgresql(self.conn, self.url, part, view_names(self.conn))
        progress(1.0)


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Hold one moment of a database still, for as long as the block lasts; others go on reading and writing.

    Raises:
        StoreError: no such database, or it cannot be read.
    """
    engine = open_engine(url, must_exist=True)
    try:
        with as_store_errors(), begin_reading(engine) as conn:
            _take_time(conn)
            conn.exec_driver_sql("SELECT count(*) FROM log_checkpoint")  # from here on the moment stands still
            yield Snapshot(conn=conn, url=parsed_url(url))
    finally:
        engine.dispose()


@contextmanager
def looked_into(file: Path, url: URL) -> Iterator[Connection]:
    """The database in a backup's file, to read; nothing stays behind, and the file is not touched.

    Args:
        file: as `Snapshot.save` wrote it.
        url: for PostgreSQL, a database on the server that may hold the scratch one.

    Raises:
        NoScratchError: PostgreSQL, and this role may not create databases.
        StoreError: the file is damaged, or the scratch database cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_engine("sqlite://", creator=lambda: _read_only(file, ALONE), poolclass=StaticPool)
        try:
            with as_store_errors(), engine.connect() as conn:
                yield conn
        finally:
            engine.dispose()
        return
    with _scratch(url) as (scratch, server), as_store_errors(), begin_reading(scratch) as conn:
        load_dump(file, scratch.url, server)
        yield conn


@contextmanager
def other_copy(url: str) -> Iterator[Connection]:
    """Another copy of a clinic's database, only to read: it may be damaged, and somebody may be using it.

    Raises:
        StoreError: it cannot be opened at all.
    """
    path = database_path(url)
    if path is None:
        engine = open_engine(url, must_exist=True)
    elif path.is_file():
        engine = create_engine("sqlite://", creator=lambda: _read_only(path, "mode=ro"), poolclass=StaticPool)
    else:
        raise StoreError(f"--log-of: no database at {path}")
    try:
        with as_store_errors(), begin_reading(engine) as conn:
            _take_time(conn)
            yield conn
    finally:
        engine.dispose()


def load_dump(file: Path, url: URL, conn: Connection) -> None:
    """Restore a dump into an empty database, all of it or nothing.

    Args:
        file: as `pg_dump -Fc` wrote it.
        url: of the empty database.
        conn: to its server, for its version.

    Raises:
        StoreError: the dump is damaged, or the database does not take it.
    """
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    run_program(programs_for(conn).restore, [*options, f"--dbname={url.database}", str(file)], url)


def _take_time(conn: Connection) -> None:
    """A long silence here is work elsewhere: PostgreSQL must not end this transaction for it."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _save_sqlite(conn: Connection, part: Path, names: Sequence[str], progress: Progress) -> None:
    source = conn.connection.driver_connection
    if not isinstance(source, sqlite3.Connection):
        raise TypeError(f"expected a connection of sqlite3, got {type(source).__name__}")

    def tell(_: int, remaining: int, total: int) -> None:
        progress(1 - remaining / max(total, 1))

    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            source.backup(target, pages=STEP_PAGES, progress=tell)
            for pragma in FOR_COPIES:
                target.execute(f"PRAGMA {pragma}")
            for name in names:
                target.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a table's own name
            target.execute("VACUUM")
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        remedy = remedy_for(DBAPIError(None, None, error)) or "nothing was kept"
        raise StoreError(f"backup: {error}; {remedy}") from error


def _save_postgresql(conn: Connection, url: URL, part: Path, names: Sequence[str]) -> None:
    held = conn.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={held}", f"--file={part}"]
    without = [f"--exclude-table-data={name}" for name in names]
    run_program(programs_for(conn).dump, [*options, *without], url)


def _read_only(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)


@contextmanager
def _scratch(url: URL) -> Iterator[tuple[Engine, Connection]]:
    """A new database of its own on the server of `url`, and a connection to the server; dropped at the end."""
    stem, name = scratch_names(url)
    home = open_engine(url.render_as_string(hide_password=False), must_exist=True)
    try:
        with as_store_errors(), home.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            _drop_stale(server, stem)
            create_database(server, name)
            engine = open_engine(url.set(database=name).render_as_string(hide_password=False), must_exist=True)
            try:
                yield engine, server
            finally:
                engine.dispose()
                server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        home.dispose()


def scratch_names(url: URL) -> tuple[str, str]:
    """What the names of a database's scratch databases begin with, and such a name that nobody has."""
    stem = f"{str(url.database)[: NAME_MAX_BYTES - len(SCRATCH) - 2 * RANDOM_BYTES]}{SCRATCH}"
    return stem, f"{stem}{secrets.token_hex(RANDOM_BYTES)}"


def create_database(server: Connection, name: str) -> None:
    """An empty database, in UTF-8.

    Raises:
        NoScratchError: this role may not create databases.
    """
    try:
        server.exec_driver_sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "42501":
            raise NoScratchError(f"database: this role may not create databases on the server; {error.orig}") from error
        raise


def _drop_stale(server: Connection, prefix: str) -> None:
    """Drop the scratch databases that a killed run left behind: ours by name, and nobody is connected."""
    stale = server.exec_driver_sql(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) "
        "AND pg_get_userbyid(datdba) = current_user "
        "AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid)",
        (prefix,),
    ).scalars()
    for name in list(stale):
        server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}"')

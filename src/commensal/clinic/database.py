"""Opening the database a clinic keeps: settings that make a commit durable, writers that queue, what an erasure needs.

SQLite:      one file, WAL, synchronous=FULL; writers queue by BEGIN IMMEDIATE.
PostgreSQL:  the same tables by URL; synchronous_commit on; writers queue by one advisory lock of the database.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from commensal.clinic import views
from commensal.clinic.complaints import remedy_for
from commensal.clinic.errors import StoreError

LOCK_TIMEOUT_MS = 5_000
"""How long a writer waits for another before it says so."""
LOCK_PACE_S = 0.002
"""How long a writer that waits on SQLite lets pass before it asks again."""
STATEMENT_TIMEOUT_MS = 600_000
"""Longest single statement on PostgreSQL; an erasure's rewriting of a large table is the longest there is."""
IDLE_TIMEOUT_MS = 60_000
"""PostgreSQL ends a transaction whose program has fallen silent for so long, so that it holds up nobody."""
CONNECT_TIMEOUT_S = 10
WRITE_LOCK = 0x636F6D6D656E7361
"""The advisory lock of the records log in its database: "commensa", read as a number."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database; left over from one that was deleted, it would be taken for the new one's."""

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "trusted_schema = OFF",
    f"busy_timeout = {LOCK_TIMEOUT_MS}",
)


def parsed_url(url: str) -> URL:
    """A database URL of a kind that keeps records: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`.

    Raises:
        StoreError: not a URL, or of another kind of database.
    """
    expected = "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"--store: {expected}, got {url}") from error
    is_kept = parsed.get_backend_name() in ("sqlite", "postgresql") and parsed.database not in (None, "", ":memory:")
    if not is_kept:
        raise StoreError(f"--store: {expected}, got {parsed.render_as_string()}")
    return parsed


def database_path(url: str) -> Path | None:
    """The file behind a `sqlite:///` URL; None for a database that is no file.

    Raises:
        StoreError: as `parsed_url`.
    """
    parsed = parsed_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def files_of(path: Path) -> list[Path]:
    """Everything that an SQLite database is made of, the file itself first; not all of it need be there."""
    return [path.with_name(path.name + suffix) for suffix in ("", *BESIDE)]


def open_engine(url: str, *, must_exist: bool) -> Engine:
    """An engine whose commits survive a power cut, whose writers queue and whose waits end.

    Raises:
        StoreError: no such database although it must exist; one is there although it must not; not a database.
    """
    parsed = parsed_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, must_exist=must_exist)
    path = Path(str(parsed.database))
    if path.is_dir():
        raise StoreError(f"--store: expected a database file, got the folder {path}")
    if must_exist and not path.exists():
        raise StoreError(f"--store: no clinic at {path}; make one with `commensal init --store {url}`")
    if not must_exist and path.exists():
        raise StoreError(f"--store: {path} is there already; nothing was changed")
    if not must_exist:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": LOCK_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, see _begin_sqlite
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    """Writers take their place at once, so a transaction that was let in never fails half-way for want of the lock."""
    if _is_reader(conn):
        conn.exec_driver_sql("BEGIN DEFERRED")
    elif conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        _begin_writing(conn)


def _begin_writing(conn: Connection) -> None:
    """Wait for the write lock, everybody asking at the same pace.

    SQLite's own wait sleeps the longer the longer it has lasted, up to 100 ms, so newcomers overtake: of eight busy
    processes some waited 5 s and were turned away where a commit took 5 ms; at one pace none waited 1.5 s.
    """
    driver: Any = conn.connection.driver_connection
    (timeout_ms,) = driver.execute("PRAGMA busy_timeout").fetchone()
    due = time.monotonic() + timeout_ms / 1_000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < due:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    break
                time.sleep(LOCK_PACE_S)
            else:
                return
        conn.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose error SQLAlchemy knows
    finally:
        driver.execute(f"PRAGMA busy_timeout = {timeout_ms}")


def _open_postgresql(url: URL, *, must_exist: bool) -> Engine:
    settings = {
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT_MS,
        "synchronous_commit": "on",
        "timezone": "UTC",
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "commensal",
        },
        pool_pre_ping=True,
    )
    event.listen(engine, "begin", _begin_postgresql)
    if not must_exist:
        with as_store_errors(), begin_reading(engine) as conn:
            is_empty = not inspect(conn).get_table_names()
        if not is_empty:
            engine.dispose()
            raise StoreError(
                f"--store: {url.render_as_string()} holds tables: something is there already; nothing was changed"
            )
    return engine


def _begin_postgresql(conn: Connection) -> None:
    """Readers see one moment; writers wait for the log's lock first, and then see what the last one committed."""
    if _is_reader(conn):
        conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _is_reader(conn: Connection) -> bool:
    return bool(conn.get_execution_options().get("commensal_read_only", False))


@contextmanager
def begin_reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database and writes nothing."""
    with engine.connect().execution_options(commensal_read_only=True) as conn:
        yield conn


def scrub(engine: Engine) -> None:
    """After an erasure was committed: leave no copy of what was deleted behind in the database's own files.

    SQLite has overwritten it already (secure_delete); its write-ahead log is emptied. PostgreSQL keeps the views out of
    its write-ahead log; every table that an erasure touches is written anew without what was deleted.

    Raises:
        StoreError: somebody else is reading or writing for too long; the erasure stands, scrub again.
    """
    with as_store_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        if engine.dialect.name == "sqlite":
            is_busy = conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            if is_busy:
                raise StoreError(
                    "database: erased, but somebody is reading, so the write-ahead log could not be emptied; close "
                    "other programs and run the same command again"
                )
            return
        for name in ("log_payload", "log_data_key", "outbox", *sorted(views.views.tables)):
            conn.exec_driver_sql(f'VACUUM FULL "{name}"')


@contextmanager
def as_store_errors() -> Iterator[None]:
    """Turn what the database says into a StoreError that says what to do. Bugs in SQL stay what they are."""
    try:
        yield
    except DBAPIError as error:
        remedy = remedy_for(error)
        if remedy is None:
            raise
        said = str(error.orig).strip().split("\n", 1)[0]
        raise StoreError(f"database: {said}; {remedy}") from error

"""Opening the database a clinic keeps: settings that make a commit durable, and errors a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from commensal.clinic.errors import StoreError

BUSY_TIMEOUT_MS = 5_000
"""How long a writer waits for another process before it says so."""

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "trusted_schema = OFF",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
)


def database_path(url: str) -> Path:
    """The file behind a `sqlite:///` URL.

    Raises:
        StoreError: not a URL, or of a database this release does not keep records in.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"--store: expected a URL such as sqlite:///clinic.db, got {url}") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StoreError(f"--store: expected sqlite:///FILE, got {parsed.render_as_string()}")
    return Path(parsed.database)


def open_engine(url: str, *, must_exist: bool) -> Engine:
    """An engine whose commits survive a power cut (WAL, synchronous=FULL) and whose writers queue.

    Raises:
        StoreError: no such database although it must exist; one is there although it must not; not a database.
    """
    path = database_path(url)
    if path.is_dir():
        raise StoreError(f"--store: expected a database file, got the folder {path}")
    if must_exist and not path.exists():
        raise StoreError(f"--store: no clinic at {path}; make one with `commensal init --store {url}`")
    if not must_exist and path.exists():
        raise StoreError(f"--store: {path} is there already; nothing was changed")
    if not must_exist:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, see _begin
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    """Writers take their place at once, so a transaction that was let in never fails half-way for want of the lock."""
    is_reader = conn.get_execution_options().get("commensal_read_only", False)
    conn.execute(text("BEGIN DEFERRED" if is_reader else "BEGIN IMMEDIATE"))


REMEDIES = (
    ("locked", "another process is writing to it; try again when it has finished"),
    ("full", "the disk is full; free some space, then run the command again: nothing half-written was kept"),
    ("readonly", "the file or its folder cannot be written; check who owns it"),
    ("disk i/o error", "the disk failed to read or write; copy the file away and check the disk"),
    ("unable to open", "the file cannot be opened; check the folder and who owns it"),
    ("not a database", "this file is no database; check the path"),
    ("malformed", "the file is damaged; restore a backup, then run `commensal audit`"),
    ("no such table", "this database holds no clinic, or of another version; check the path"),
)


@contextmanager
def as_store_errors() -> Iterator[None]:
    """Turn what the database says into a StoreError that says what to do. Bugs in SQL stay what they are."""
    try:
        yield
    except (OperationalError, DatabaseError) as error:
        said = str(error.orig).lower()
        for sign, remedy in REMEDIES:
            if sign in said:
                raise StoreError(f"database: {error.orig}; {remedy}") from error
        raise

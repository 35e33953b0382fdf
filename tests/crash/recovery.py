"""Opening what a power cut left, with another SQLite than the one that wrote it, and asking whether anything was lost."""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from commensal.clinic import Store, audit_store
from tests.crash.images import Image
from tests.crash.workload import DATABASE, Acknowledged, Morning, commit, consent_form, reopen

BESIDE = ("", "-wal", "-journal", "-shm")


def lay(image: Image, folder: Path) -> None:
    """Put the image where a database is looked for, and nothing else."""
    for ending in BESIDE:
        path = folder / f"{DATABASE}{ending}"
        path.unlink(missing_ok=True)  # a new file, whoever may still hold the old one open
        if path.name in image:
            path.write_bytes(image[path.name])


def recovered(folder: Path) -> str:
    """Open the database, as SQLite recovers it; a hash of every row of every table, in their order.

    Raises:
        AssertionError: SQLite itself finds it damaged.
    """
    conn = sqlite3.connect(folder / DATABASE, isolation_level=None)
    try:
        said = conn.execute("PRAGMA integrity_check").fetchall()
        assert said == [("ok",)], said
        return _fingerprint(conn)
    finally:
        conn.close()


def write_once_more(folder: Path) -> None:
    """One more transaction on what was recovered, which leaves every row as it is, and a second recovery of it."""
    conn = sqlite3.connect(folder / DATABASE, isolation_level=None)
    before = _fingerprint(conn)
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("CREATE TABLE IF NOT EXISTS after_the_cut (n INTEGER)")
    conn.execute("COMMIT")
    conn.execute("DROP TABLE after_the_cut")
    conn.close()
    assert recovered(folder) == before


def _fingerprint(conn: sqlite3.Connection) -> str:
    seen = hashlib.sha256()
    tables = conn.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    for name, sql in tables:
        seen.update(repr((name, sql, conn.execute(f'SELECT * FROM "{name}"').fetchall())).encode())
    return seen.hexdigest()


def assert_remembered(store: Store, acknowledged: Sequence[Acknowledged], submitted: set[tuple[str, int]]) -> int:
    """The audit is sound, every acknowledged record is where it was said to be, and nothing is there unasked.

    Returns:
        How many records the log holds.
    """
    report = audit_store(store, None)
    assert report.is_sound, report.problems
    with store.reading() as conn:
        hashes = store.log.leaf_hashes(conn, 0, report.size)
        records = dict(store.log.records(conn))
    erased = {index for index, record in records.items() if record is None}
    for known in acknowledged:
        assert known.index < report.size, f"acknowledged record {known.index} is lost; {report.size} are here"
        assert known.leaf_hash in (None, hashes[known.index])
        record = records[known.index]
        assert known.index in erased or (record.subject, record.content.get("n", -1)) == (known.subject, known.n)
    found = [(r.subject, r.content["n"]) for r in records.values() if r is not None and "n" in r.content]
    assert len(found) == len(set(found)), "a record is there twice"
    assert set(found) <= submitted, "a record is there that nobody submitted"
    return report.size


def assert_goes_on(folder: Path, morning: Morning) -> int:
    """Open what is there as the program does: all is remembered, one more commit is taken, and all is remembered.

    Returns:
        How many records the log held before that commit.
    """
    store = reopen(folder)
    try:
        size = assert_remembered(store, morning.acknowledged, morning.submitted)
        after = replace(morning, submitted=set(morning.submitted), acknowledged=list(morning.acknowledged), ops=[])
        commit(after, store, [consent_form(after, "P-9")])
        assert_remembered(store, after.acknowledged, after.submitted)
    finally:
        store.close()
    return size


def holds_log(folder: Path) -> bool:
    """Whether the founding's first transaction is there."""
    conn = sqlite3.connect(folder / DATABASE)
    try:
        return conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'log_checkpoint'").fetchone() is not None
    finally:
        conn.close()

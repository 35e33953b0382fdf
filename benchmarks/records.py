"""The records log against the least that the same work could cost.

Appending: durable records a second, in groups that share a commit, against raw commits of the same rows with the same
SQLite settings, turn and turn about in one run. Auditing: against the hashing and deciphering of the same bytes alone.
"""

import hashlib
import hmac
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, create_engine, event, select, text

from benchmarks.harness import Goal, arguments, cpu_s, report
from commensal.sentinel import Record, RecordsLog, audit, create_keys
from commensal.sentinel.tables import entry, log_tables, payload

GROUPS = (1, 16, 64, 256)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL")


def record(i: int) -> Record:
    """A record of usual size: one tooth's findings, about 400 bytes."""
    content = {"tooth": str(11 + i % 8), "icdas": {s: (i + k) % 7 for k, s in enumerate("MODBL")}, "note": "x" * 200}
    return Record(
        subject=f"P-{i % 40}",
        actor="Dentist:Dr Mia Chen",
        act="recordExam",
        why="what the dentist saw",
        content=content,
        schema=1,
        at=AT,
    )


def _prepare(connection: sqlite3.Connection, _: object = None) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    conn.execute(text("BEGIN IMMEDIATE"))


def open_log(path: Path, keys: Any) -> tuple[Engine, RecordsLog]:
    """A started log with the settings that a clinic uses."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    log = RecordsLog(keys.log, keys.vault)
    with engine.begin() as conn:
        log_tables.create_all(conn)
        log.start(conn)
    return engine, log


def timed(work: Callable[[], None]) -> float:
    """Wall seconds: waiting for the disk is what is measured."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def written(conn: Connection, start: int, size: int) -> dict[str, list[tuple[object, ...]]]:
    """Every row that the append of entries start..size wrote, by table."""
    touched = "n * 256 + 256 > (:start >> (8 * level)) AND n * 256 < (:size >> (8 * level))"
    wheres = {"log_entry": "idx >= :start", "log_payload": "idx >= :start", "log_tile": touched, "log_checkpoint": "1"}
    bounds = {"start": start, "size": size}
    return {
        table: [tuple(row) for row in conn.execute(text(f"SELECT * FROM {table} WHERE {where}"), bounds)]
        for table, where in wheres.items()
    }


def append_rates(folder: Path, keys: Any, group: int, rounds: int) -> tuple[float, float]:
    """Records a second (log, raw): medians over rounds of commits, the two taking turns.

    The raw side writes the very rows that the log has just written, into the same tables, through sqlite3 alone.
    """
    engine, log = open_log(folder / f"log{group}.db", keys)
    start = 300
    with engine.begin() as conn:
        log.append(conn, [record(i) for i in range(start)], AT)
    raw_engine, _ = open_log(folder / f"raw{group}.db", keys)
    raw_engine.dispose()
    raw = sqlite3.connect(folder / f"raw{group}.db")
    _prepare(raw)
    batch = [record(i) for i in range(group)]

    def append() -> None:
        with engine.begin() as conn:
            log.append(conn, batch, AT)

    def commit() -> None:
        raw.execute("BEGIN IMMEDIATE")
        for table, kept in rows.items():
            marks = ", ".join("?" * len(kept[0]))
            raw.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", kept)
        raw.execute("COMMIT")

    ours, bare = [], []
    for _ in range(rounds):
        ours.append(timed(append))
        with engine.connect() as conn:
            rows = written(conn, start, start + group)
        start += group
        bare.append(timed(commit))
    engine.dispose()
    raw.close()
    return group / statistics.median(ours), group / statistics.median(bare)


def bare_hashing(leaves: list[bytes]) -> None:
    """RFC 6962 over the entries by hashlib, with nothing else around it."""
    row = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(row) > 1:
        pairs = [hashlib.sha256(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = pairs + row[2 * len(pairs) :]


def bare_opening(leaves: list[bytes], payloads: list[bytes]) -> None:
    """The same, and for each payload one AES-256-GCM over its bytes and one HMAC-SHA256."""
    bare_hashing(leaves)
    cipher, key = AESGCM(bytes(32)), bytes(32)
    for leaf, sealed in zip(leaves, payloads, strict=True):
        cipher.encrypt(sealed[:12], sealed[12:], leaf)
        hmac.digest(key, sealed, "sha256")


def bare_hashing_of_all(leaves: list[bytes], payloads: list[bytes]) -> None:
    """RFC 6962 over the entries and one SHA-256 over each payload."""
    bare_hashing(leaves)
    for sealed in payloads:
        hashlib.sha256(sealed).digest()


def audit_costs(folder: Path, keys: Any, size: int) -> dict[str, float]:
    """CPU seconds of audits and of the bare work, best of three."""
    engine, log = open_log(folder / "audit.db", keys)
    for start in range(0, size, 1_000):
        with engine.begin() as conn:
            log.append(conn, [record(i) for i in range(start, min(start + 1_000, size))], AT)
    with engine.connect() as conn:
        leaves = list(conn.execute(select(entry.c.leaf)).scalars())
        payloads = list(conn.execute(select(payload.c.sealed_record)).scalars())

        def checked(vault: Any) -> None:
            if not audit(conn, log.vkey, vault).is_sound:
                raise SystemExit("the benchmark's own log is not sound")

        works: dict[str, Callable[[], None]] = {
            "audit of entries and tiles": lambda: checked(None),
            "full audit with payloads": lambda: checked(keys.vault),
            "hashlib over entries": lambda: bare_hashing(leaves),
            "hashlib over entries and payloads": lambda: bare_hashing_of_all(leaves, payloads),
            "hashlib, AES-GCM, HMAC over both": lambda: bare_opening(leaves, payloads),
        }
        costs = {name: min(cpu_s(work) for _ in range(3)) for name, work in works.items()}
    engine.dispose()
    return costs


def main() -> None:
    """Measure and report."""
    quick = arguments(__doc__ or "").quick
    size = 20_000 if quick else 200_000
    rows: list[list[object]] = []
    figures: dict[str, float] = {}
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as made:
        folder = Path(made)
        keys = create_keys(folder / "keys", None, origin="clinic.example/log", dentist="Dr Mia Chen")
        for group in GROUPS:
            ours, raw = append_rates(folder, keys, group, rounds=30 if quick else 150)
            rows.append(
                [f"append, {group} a commit", f"{ours:.0f}/s", "raw commits", f"{raw:.0f}/s", f"{ours / raw:.0%}"]
            )
            figures |= {f"append_{group}_per_s": ours, f"raw_{group}_per_s": raw, f"append_{group}_share": ours / raw}
            goals.append(Goal(name=f"appending {group} a commit, share of raw commits", value=ours / raw, goal=0.2))
        costs = audit_costs(folder, keys, size)
    figures |= {f"{name}, CPU s": cost for name, cost in costs.items()}
    for audited, bare in (
        ("audit of entries and tiles", "hashlib over entries"),
        ("full audit with payloads", "hashlib, AES-GCM, HMAC over both"),
        ("full audit with payloads", "hashlib over entries and payloads"),
    ):
        ratio = costs[audited] / costs[bare]
        rows.append([f"{audited}, {size}", f"{costs[audited]:.2f} s", bare, f"{costs[bare]:.3f} s", f"{ratio:.1f} x"])
        figures[f"{audited} / {bare}"] = ratio
        if bare != "hashlib over entries and payloads":  # no payload is checked by hashing alone: told, not a goal
            goals.append(Goal(name=f"{audited}, times {bare}", value=ratio, goal=8, at_least=False))
    report("records", ["work", "log", "against", "bare", "ratio"], rows, figures, goals, quick=quick)


if __name__ == "__main__":
    main()

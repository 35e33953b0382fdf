"""Durable records a second against the least that the same commits could cost, on each database.

Ours is the whole path: policy decided, consent looked up, record encoded and encrypted, leaf, tiles and checkpoint
signed, views and outbox written, one commit. Raw is the database's own driver writing the very rows that ours has just
written into the log and the growing views, with the same settings, turn and turn about in one run. Afterwards the same
commits are timed once more, step by step: where the time goes.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from tests.postgres import running_server

from benchmarks.harness import Goal, arguments, report, show_table
from benchmarks.stages import timed_stages
from commensal.clinic import Proposal, Store, found_store
from commensal.clock import SystemClock
from commensal.sentinel import Act, RecordsLog, keyring

GROUPS = (1, 16, 64, 256)
PATIENTS = 40
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON")
TOUCHED = "n * 256 + 256 > (:start >> (8 * level)) AND n * 256 < (:size >> (8 * level))"
WRITTEN = {
    "log_data_key": ("key_id, subject, wrapped, sealed", ":start < 0", "key_id"),
    "log_entry": ("idx, leaf", "idx >= :start", "idx"),
    "log_payload": ("idx, key_id, sealed_record", "idx >= :start", "idx"),
    "log_tile": ("level, n, hashes", TOUCHED, "level, n"),
    "log_checkpoint": ("slot, note", "slot = 0", "slot"),
    "event": ("record, person, actor, act, why, at", "record >= :start", "record"),
    "chart": ("record, visit_id, person, act, content", "record >= :start", "record"),
    "head": ("slot, record", "slot = 0", "slot"),
}
"""Table: its columns, which rows a commit wrote, its key."""


def proposal(i: int) -> Proposal:
    """A record of usual size: one tooth's findings, about 400 bytes."""
    content = {
        "visit_id": f"2026-11-22-{i % PATIENTS}",
        "tooth": str(11 + i % 8),
        "icdas": {surface: (i + k) % 7 for k, surface in enumerate("MODBL")},
        "note": "x" * 200,
    }
    return Proposal(
        act=Act(
            who_kind="Dentist",
            who="Dr Mia Chen",
            what="recordExam",
            on_whom=f"P-{i % PATIENTS}",
            why="what the dentist saw",
        ),
        content=content,
    )


def consented(i: int) -> Proposal:
    """The patient's consent, which the policy asks for before anything else."""
    form = {"given_on": "2026-11-22", "given_by": "the patient", "purposes": {"record": True, "examination": True}}
    return Proposal(
        act=Act(who_kind="Desk", who="front desk", what="recordConsent", on_whom=f"P-{i}", why="consent form"),
        content=form,
    )


def founded(url: str, keys: Any) -> Store:
    """A clinic with the consents of its patients and enough records to have a full tile."""
    log = RecordsLog(keys.log, keys.vault)
    store = found_store(url, log, SystemClock(), clinic="Bench", dentist=keys.dentist)
    store.commit([consented(i) for i in range(PATIENTS)])
    store.commit([proposal(i) for i in range(300)])
    return store


class Raw:
    """The driver alone, on a database of its own with the same tables."""

    def __init__(self, url: str, keys: Any) -> None:
        founded(url, keys).close()
        self.is_file = url.startswith("sqlite")
        if self.is_file:
            self.database: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in PRAGMAS:
                self.database.execute(f"PRAGMA {pragma}")
        else:
            self.database = psycopg.connect(url, autocommit=True)

    def take_keys(self, kept: list[tuple[object, ...]]) -> None:
        """The data keys of the other database in place of this one's: payloads name them."""
        cursor = self.database.cursor()
        cursor.execute("DELETE FROM log_payload")
        cursor.execute("DELETE FROM log_data_key")
        self.commit({"log_data_key": kept})

    def commit(self, rows: dict[str, list[tuple[object, ...]]]) -> None:
        """One transaction with these rows; a row that is there already is replaced."""
        cursor = self.database.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.is_file else "BEGIN")
        for table, kept in rows.items():
            if not kept:
                continue
            columns, _, key = WRITTEN[table]
            names = columns.split(", ")
            marks = ", ".join(["?" if self.is_file else "%s"] * len(names))
            renewed = ", ".join(f"{name} = excluded.{name}" for name in names)
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {renewed}", kept
            )
        cursor.execute("COMMIT")


def timed(work: Callable[[], Any]) -> float:
    """Wall seconds: waiting for the disk is what is measured."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def written(store: Store, start: int) -> dict[str, list[tuple[object, ...]]]:
    """Every row that the commits from entry `start` on have written, by table."""
    with store.reading() as conn:
        bounds = {"start": start, "size": store.log.size(conn)}
        return {
            table: [tuple(row) for row in conn.execute(text(f"SELECT {columns} FROM {table} WHERE {where}"), bounds)]
            for table, (columns, where, _) in WRITTEN.items()
        }


def rates(url: str, raw_url: str, keys: Any, group: int, rounds: int) -> tuple[float, float, dict[str, float]]:
    """Records a second (ours, raw): medians over rounds of commits, the two taking turns; and µs a record by stage."""
    store, raw = founded(url, keys), Raw(raw_url, keys)
    raw.take_keys(written(store, -1)["log_data_key"])
    batch = [proposal(i) for i in range(group)]
    ours, bare = [], []
    for _ in range(rounds):
        with store.reading() as conn:
            start = store.log.size(conn)
        ours.append(timed(lambda: store.commit(batch)))
        rows = written(store, start)
        bare.append(timed(lambda rows=rows: raw.commit(rows)))  # type: ignore[misc]
    with timed_stages(store.engine) as spent:
        for _ in range(rounds):
            store.commit(batch)
    store.close()
    raw.database.close()
    stages = {stage: seconds / (rounds * group) * 1e6 for stage, seconds in spent.items()}
    return group / statistics.median(ours), group / statistics.median(bare), stages


def main() -> None:
    """Measure and report."""
    quick = arguments(__doc__ or "").quick
    rows: list[list[object]] = []
    figures: dict[str, float] = {}
    goals: list[Goal] = []
    by_case: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as made, running_server() as server:
        folder = Path(made)
        keys = keyring.create_keys(folder / "keys", None, origin="clinic.example/log", dentist="Dr Mia Chen")
        for database in ("sqlite", "postgresql"):
            for group in GROUPS:
                is_file = database == "sqlite"
                files = (f"sqlite:///{folder}/{name}{group}.db" for name in ("ours", "raw"))
                url, raw_url = files if is_file else (server.new_database(), server.new_database())
                ours, raw, stages = rates(url, raw_url, keys, group, rounds=30 if quick else 150)
                share = ours / raw
                rows.append([f"{database}, {group} a commit", f"{ours:.0f}/s", f"{raw:.0f}/s", f"{share:.0%}"])
                name = f"{database}_{group}"
                by_case[f"{database}, {group}"] = stages
                figures |= {f"{name}_us_{stage}": spent for stage, spent in stages.items()}
                figures |= {f"{name}_per_s": ours, f"{name}_raw_per_s": raw, f"{name}_share": share}
                goals.append(Goal(name=f"{database}, {group} a commit, share of raw commits", value=share, goal=0.2))
    for database in ("sqlite", "postgresql"):
        cases = [by_case[f"{database}, {group}"] for group in GROUPS]
        named = sorted(cases[0], key=lambda stage: -cases[-1][stage])
        where = [[stage, *(f"{case[stage]:.1f}" for case in cases)] for stage in named]
        show_table(f"{database}: where the time goes, µs a record", ["stage", *map(str, GROUPS)], where)
    report("records", ["durable records", "ours", "raw commits", "share"], rows, figures, goals, quick=quick)


if __name__ == "__main__":
    main()

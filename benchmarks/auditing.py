"""A full audit against the least that reading the same log could cost, and against a verifier in another language.

Bare is hashlib alone, over bytes that lie in memory already: RFC 6962 over the entries and one SHA-256 over each
payload. Ours reads the database, recomputes and compares every tile, opens every payload, checks it against its leaf,
reads it as a record and holds erasures against what is missing. The same log as static tiles is recomputed by ours and
by the Go verifier of the tests. Every measurement has a process of its own; CPU seconds, the best of five.
"""

import hashlib
import multiprocessing
import resource
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from tests.sentinel.tile_folders import build_go_verifier, running_go_verifier

from benchmarks.harness import Goal, arguments, cpu_s, report
from commensal.sentinel import Record, RecordsLog, audit, keyring, tile_folder
from commensal.sentinel.tables import create_tables

ENTRIES, QUICK_ENTRIES = 1_000_000, 50_000
BATCH = 5_000
PATIENTS = 400
ROUNDS = 5
MEMORY_MAX_MB = 300
"""Most that a full audit may hold, however long the log."""
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(i: int) -> Record:
    """A record of usual size: one tooth's findings, about 400 bytes."""
    content = {"tooth": str(11 + i % 8), "icdas": {s: (i + k) % 7 for k, s in enumerate("MODBL")}, "note": "x" * 200}
    return Record(
        subject=f"P-{i % PATIENTS}",
        actor="Dentist:Dr Mia Chen",
        act="recordExam",
        why="what the dentist saw",
        content=content,
        schema=1,
        at=AT,
    )


def opened(folder: Path) -> tuple[Any, RecordsLog, Any]:
    """The benchmark's log: engine, log and vault."""
    keys = keyring.open_keys(folder / "keys", lambda: b"")
    return create_engine(f"sqlite:///{folder / 'log.db'}"), RecordsLog(keys.log, keys.vault), keys.vault


def build(folder: Path, size: int) -> dict[str, float]:
    """Make the log, one patient forgotten half-way, and its tiles."""
    keyring.create_keys(folder / "keys", None, origin="clinic.example/log", dentist="Dr Mia Chen")
    engine, log, _ = opened(folder)
    with engine.begin() as conn:
        create_tables(conn)
        log.start(conn)
    for start in range(0, size - 1, BATCH):
        with engine.begin() as conn:
            log.append(conn, [record(i) for i in range(start, min(start + BATCH, size - 1))], AT)
    with engine.begin() as conn:
        log.forget(conn, "P-7", "Desk:front desk", "asked", AT)
    with engine.connect() as conn:
        tile_folder.export_tiles(conn, folder / "tiles")
    engine.dispose()
    return {}


def bare_hashing(leaves: list[bytes], payloads: list[bytes]) -> None:
    """RFC 6962 over the entries and one SHA-256 over each payload, with nothing else around it."""
    row = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(row) > 1:
        pairs = [hashlib.sha256(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = pairs + row[2 * len(pairs) :]
    for sealed in payloads:
        hashlib.sha256(sealed).digest()


def measure_bare(folder: Path) -> dict[str, float]:
    """Hashlib over the entries, and over entries and payloads."""
    db = sqlite3.connect(folder / "log.db")
    leaves = [leaf for (leaf,) in db.execute("SELECT leaf FROM log_entry ORDER BY idx")]
    payloads = [sealed for (sealed,) in db.execute("SELECT sealed_record FROM log_payload ORDER BY idx")]
    db.close()
    return {
        "entries": best(lambda: bare_hashing(leaves, [])),
        "entries and payloads": best(lambda: bare_hashing(leaves, payloads)),
    }


def measure_audit(folder: Path) -> dict[str, float]:
    """The full audit, and the audit without keys."""
    engine, log, vault = opened(folder)
    with engine.connect() as conn:

        def checked(opener: Any) -> None:
            found = audit(conn, log.vkey, opener)
            if not found.is_sound:
                raise SystemExit(f"the benchmark's own log is not sound: {found.problems}")

        costs = {"full": best(lambda: checked(vault)), "no keys": best(lambda: checked(None))}
    engine.dispose()
    return costs | {"memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure_tiles(folder: Path) -> dict[str, float]:
    """The tile folder, by ours."""
    vkey = (folder / "keys" / "log.vkey").read_text()

    def checked() -> None:
        found = tile_folder.audit_tiles(folder / "tiles", vkey)
        if not found.is_sound:
            raise SystemExit(f"the benchmark's own tiles are not sound: {found.problems}")

    cost = best(checked)
    return {"tiles": cost, "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure_go(folder: Path) -> dict[str, float]:
    """The tile folder, by the Go verifier: the CPU seconds it gives for itself, its collector's included."""
    vkey = (folder / "keys" / "log.vkey").read_text().strip()
    with running_go_verifier(build_go_verifier(folder), vkey) as go:
        verdicts = [go.judge(folder / "tiles") for _ in range(ROUNDS)]
    if not all(verdict["ok"] for verdict in verdicts):
        raise SystemExit(f"Go does not find the benchmark's own tiles sound: {verdicts[0]['problem']}")
    return {"tiles": min(verdict["cpu_s"] for verdict in verdicts)}


def best(work: Callable[[], None]) -> float:
    """CPU seconds of the quickest round."""
    return min(cpu_s(work) for _ in range(ROUNDS))


def alone(work: Callable[..., dict[str, float]], *given: object) -> dict[str, float]:
    """`work` in a fresh process, so that no measurement finds another's memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def main() -> None:
    """Measure and report."""
    quick = arguments(__doc__ or "").quick
    size = QUICK_ENTRIES if quick else ENTRIES
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        alone(build, folder, size)
        ours, tiles = alone(measure_audit, folder), alone(measure_tiles, folder)
        bare, go = alone(measure_bare, folder), alone(measure_go, folder)
    compared = [
        ("full audit, payloads opened", ours["full"], "hashlib, entries and payloads", bare["entries and payloads"]),
        ("audit without keys", ours["no keys"], "hashlib, entries", bare["entries"]),
        ("audit of the tile folder", tiles["tiles"], "hashlib, entries", bare["entries"]),
        ("audit of the tile folder", tiles["tiles"], "Go verifier, same files", go["tiles"]),
    ]
    rows = [[f"{what}, {size}", cost, against, least, cost / least] for what, cost, against, least in compared]
    ratios = {f"{what} / {against}": cost / least for what, cost, against, least in compared}
    figures = {f"{what}, CPU s": cost for what, cost, _, _ in compared}
    figures |= {f"{against}, CPU s": least for _, _, against, least in compared} | ratios
    figures |= {"full audit, most memory MB": ours["memory MB"], "tile folder, most memory MB": tiles["memory MB"]}
    full, _, _, go_ratio = ratios.values()
    goals = [
        Goal(name=f"full audit of {size}, times bare hashlib", value=full, goal=8, at_least=False),
        Goal(name=f"tile folder of {size}, times the Go verifier", value=go_ratio, goal=1, at_least=False),
        Goal(name="full audit, most memory, MB", value=ours["memory MB"], goal=MEMORY_MAX_MB, at_least=False),
    ]
    report("auditing", ["work", "CPU s", "against", "CPU s", "ratio"], rows, figures, goals, quick=quick)


if __name__ == "__main__":
    main()

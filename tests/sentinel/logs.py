"""Small real logs for the tests of the log: keys, a database, records."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Engine, create_engine

from commensal.sentinel.keys import SigningKey
from commensal.sentinel.leaf import Record
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.tables import log_tables
from commensal.sentinel.vault import RecoveryVault, Vault

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG_KEY = SigningKey("clinic.example/log", bytes([1]) * 32)
OTHER_KEY = SigningKey("clinic.example/log", bytes([2]) * 32)
RECOVERY = bytes([3]) * 32
RECOVERY_PUBLIC = X25519PrivateKey.from_private_bytes(RECOVERY).public_key().public_bytes_raw()
VAULT = Vault(bytes([4]) * 32, RECOVERY_PUBLIC)
RECOVERY_VAULT = RecoveryVault(RECOVERY)


def record(i: int, subject: str = "", act: str = "recordExam") -> Record:
    return Record(
        subject=subject or ("clinic" if i % 5 == 0 else f"P-{i % 5}"),
        actor="Dentist:Dr Mia Chen",
        act=act,
        why="what the dentist saw",
        content={"i": i, "ph": 5.5 + i / 8, "teeth": ["16", "26"], "is_sound": None, "note": "ä…"},
        schema=1,
        at=NOON + timedelta(seconds=i),
    )


def new_log(path: Path) -> tuple[Engine, RecordsLog]:
    """A started log in a new database file, or in memory."""
    engine = create_engine(f"sqlite:///{path}")
    log = RecordsLog(LOG_KEY, VAULT)
    with engine.begin() as conn:
        log_tables.create_all(conn)
        log.start(conn)
    return engine, log


def fill(engine: Engine, log: RecordsLog, size: int, *, group: int = 100) -> None:
    """Append records until the log has `size` entries."""
    with engine.begin() as conn:
        have = log.size(conn)
        for start in range(have, size, group):
            batch = [record(i) for i in range(start, min(start + group, size))]
            log.append(conn, batch, NOON + timedelta(seconds=start))


def empty_database() -> Engine:
    """A new database in memory; the fixture `each_database` puts PostgreSQL in its place."""
    return create_engine("sqlite://")


@contextmanager
def memory_log(size: int) -> Iterator[tuple[Connection, RecordsLog]]:
    """A log of `size` entries in an empty database; gone afterwards."""
    engine = empty_database()
    log = RecordsLog(LOG_KEY, VAULT)
    with engine.begin() as conn:
        log_tables.create_all(conn)
        log.start(conn)
        for start in range(0, size, 97):
            log.append(conn, [record(i) for i in range(start, min(start + 97, size))], NOON)
        yield conn, log
    engine.dispose()


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Every hash tile (level, number, width) of a log of `size` entries; empty ones do not exist."""
    level, count = 0, size
    while count:
        for n in range(count // 256):
            yield level, n, 256
        if count % 256:
            yield level, count // 256, count % 256
        level, count = level + 1, count // 256

"""The log that is tampered with: 600 entries, one person forgotten on the way, kept as images in memory."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from commensal.sentinel.log import RecordsLog
from commensal.sentinel.tables import log_tables
from tests.sentinel.logs import LOG_KEY, NOON, VAULT, record

SIZE = 600
ERASURE_AT = 299
"""The entry that forgets P-2."""
OLDER_SIZES = (1, 256, 300, 512, 599)


@dataclass(frozen=True)
class CleanLog:
    """A log as database images at several sizes, and the facts a tamper needs to say what must be found."""

    image: bytes
    older: dict[int, bytes]
    checkpoint: str
    older_checkpoints: dict[int, str]
    leaves: list[bytes]
    has_payload: frozenset[int]
    lowest_of_key: dict[str, int]
    """Lowest entry under each data key."""
    subject_of_key: dict[str, str]
    tiles: dict[tuple[int, int], bytes]
    """Every tile's bytes by level and number."""

    @property
    def erased(self) -> list[int]:
        """Entries that the erasure names."""
        return sorted(set(range(len(self.leaves))) - self.has_payload)

    @property
    def movable(self) -> list[int]:
        """Entries with a payload, the erasure not among them."""
        return sorted(self.has_payload - {ERASURE_AT})


def open_image(image: bytes) -> Engine:
    """An engine on a database image in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as conn:
        conn.connection.dbapi_connection.deserialize(image)
    return engine


def image_of(conn: Connection) -> bytes:
    """The database as bytes."""
    conn.commit()
    return conn.connection.dbapi_connection.serialize()


def clean_log() -> CleanLog:
    """The log that is tampered with; made once."""
    return _built("this")


def foreign_log() -> CleanLog:
    """Another log of the same name, keys and records; every salt, leaf and data key is its own."""
    return _built("other")


@cache
def _built(_which: str) -> CleanLog:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    log, older, older_checkpoints = RecordsLog(LOG_KEY, VAULT), {}, {}
    with engine.connect() as conn:
        log_tables.create_all(conn)
        log.start(conn)
        for stop in (1, 200, 256, ERASURE_AT, 300, 512, 599, SIZE):
            start = log.size(conn)
            if start == ERASURE_AT:
                log.forget(conn, "P-2", "Desk:front desk", "asked", NOON)
            else:
                log.append(conn, [record(i) for i in range(start, stop)], NOON + timedelta(minutes=stop))
            if stop in OLDER_SIZES:
                older[stop], older_checkpoints[stop] = image_of(conn), log.checkpoint(conn)
        leaves = list(conn.execute(text("SELECT leaf FROM log_entry ORDER BY idx")).scalars())
        rows = conn.execute(text("SELECT idx, key_id FROM log_payload ORDER BY idx DESC")).all()
        keys = dict(map(tuple, conn.execute(text("SELECT key_id, subject FROM log_data_key")).all()))
        tiles = conn.execute(text("SELECT level, n, hashes FROM log_tile")).all()
        made = CleanLog(
            image=image_of(conn),
            older=older,
            checkpoint=log.checkpoint(conn),
            older_checkpoints=older_checkpoints,
            leaves=leaves,
            has_payload=frozenset(idx for idx, _ in rows),
            lowest_of_key={key_id: idx for idx, key_id in rows},
            subject_of_key=keys,
            tiles={(level, n): hashes for level, n, hashes in tiles},
        )
    engine.dispose()
    return made

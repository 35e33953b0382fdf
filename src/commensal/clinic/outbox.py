"""The outbox: side effects that follow a record, written with it in one transaction and carried out afterwards.

    closing record committed -> row here, in the same commit -> delivered -> row marked

A crash repeats a delivery rather than loses one, and each is safe to repeat (`couriers.py`). A row names its record and
holds nothing of it: forgetting a person leaves nothing to clean here but the names of empty entries, and `drop` takes
those away too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, tuple_, update

from commensal.clinic.schema import outbox
from commensal.errors import shortened
from commensal.sentinel import Record

HANDOVER = "handover"
"""The closed visit's report, bundle, closing record and proof, handed to the place the clinic named."""

EFFECTS: dict[str, tuple[str, ...]] = {"closeVisit": (HANDOVER,)}
"""Which side effects a record of an act asks for; an act that is not here asks for none."""

BACKOFF_FIRST_S = 30
"""Wait after the first failed attempt, s; each further one waits twice as long."""
BACKOFF_MAX_S = 6 * 3600
"""Longest wait between two attempts, s."""
ATTEMPTS_STUCK = 10
"""From so many failed attempts on a row is shown as stuck; it is still tried."""
LAST_ERROR_MAX_CHARS = 200
HELD = "held: "
"""How the reason of a row begins that may not be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One side effect that is not done yet."""

    key: str
    record: int
    """Index in the log."""
    kind: str
    attempts: int
    """That failed."""
    due_at: datetime
    last_error: str | None

    @property
    def is_stuck(self) -> bool:
        """True when somebody should look into it."""
        return self.attempts >= ATTEMPTS_STUCK

    @property
    def is_held(self) -> bool:
        """True when it may not be done now: nobody failed, and nobody need look into it."""
        return (self.last_error or "").startswith(HELD)

    def is_due(self, now: datetime) -> bool:
        """True when its time has come; a wait longer than any we set means that the clock went back."""
        return self.due_at <= now or self.due_at - now > timedelta(seconds=BACKOFF_MAX_S)


def effects_of(record: Record) -> tuple[str, ...]:
    """The kinds of side effect a record asks for."""
    return EFFECTS.get(record.act, ())


def enqueue(conn: Connection, recorded: Iterable[tuple[int, Record]], at: datetime) -> None:
    """Write down the side effects of records, inside the transaction that appends them.

    Args:
        conn: the transaction of the append.
        recorded: (index in the log, record).
        at: from when on they are due, timezone-aware.
    """
    rows = [
        {"key": f"{index}:{kind}", "record": index, "kind": kind, "attempts": 0, "due_at": _text(at)}
        for index, record in recorded
        for kind in effects_of(record)
    ]
    if rows:
        conn.execute(insert(outbox), rows)


def waiting(conn: Connection, after: Waiting | None, limit: int) -> list[Waiting]:
    """Side effects that are not done yet, in the order of the records: at most `limit` of those after `after`."""
    undone = select(outbox).where(outbox.c.delivered_at.is_(None)).order_by(outbox.c.record, outbox.c.kind)
    if after is not None:
        undone = undone.where(tuple_(outbox.c.record, outbox.c.kind) > (after.record, after.kind))
    return [_waiting(row) for row in conn.execute(undone.limit(limit))]


def count_waiting(conn: Connection) -> int:
    """How many side effects are not done yet."""
    undone = select(func.count()).select_from(outbox).where(outbox.c.delivered_at.is_(None))
    return int(conn.execute(undone).scalar_one())


def still_waiting(conn: Connection, key: str) -> Waiting | None:
    """The row of that key as it is now; None when it was done or dropped meanwhile."""
    row = conn.execute(select(outbox).where(outbox.c.key == key, outbox.c.delivered_at.is_(None))).first()
    return None if row is None else _waiting(row)


def mark_delivered(conn: Connection, key: str, at: datetime) -> None:
    """It is done. A row that somebody else marked meanwhile keeps its time."""
    done = update(outbox).where(outbox.c.key == key, outbox.c.delivered_at.is_(None))
    conn.execute(done.values(delivered_at=_text(at), last_error=None))


def mark_failed(conn: Connection, key: str, attempts: int, why: str, at: datetime) -> None:
    """An attempt failed: wait twice as long as before, at most BACKOFF_MAX_S, and keep what was said.

    Args:
        conn: a write transaction.
        key: the row's.
        attempts: failed ones before this one, as the caller read them; two callers that failed together count once.
        why: names no patient; shortened.
        at: when it failed.
    """
    failed = update(outbox).where(outbox.c.key == key, outbox.c.attempts == attempts, outbox.c.delivered_at.is_(None))
    due_at = at + timedelta(seconds=backoff_s(attempts + 1))
    said = shortened(why, LAST_ERROR_MAX_CHARS)
    conn.execute(failed.values(attempts=attempts + 1, due_at=_text(due_at), last_error=said))


def mark_held(conn: Connection, key: str, why: str) -> None:
    """It may not be done now, and nobody failed: it stays due, and says why."""
    held = update(outbox).where(outbox.c.key == key, outbox.c.delivered_at.is_(None))
    conn.execute(held.values(last_error=shortened(HELD + why, LAST_ERROR_MAX_CHARS)))


def drop(conn: Connection, records: Sequence[int]) -> None:
    """Take away the side effects of records that were erased."""
    for record in records:
        conn.execute(delete(outbox).where(outbox.c.record == record))


def backoff_s(attempts: int) -> int:
    """How long to wait after so many failed attempts, s.

    >>> [backoff_s(n) for n in (1, 2, 3, 20)]
    [30, 60, 120, 21600]
    """
    doublings = min(attempts - 1, BACKOFF_MAX_S.bit_length())
    return min(BACKOFF_FIRST_S << doublings, BACKOFF_MAX_S)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _waiting(row: Row[Any]) -> Waiting:
    fields = {**row._mapping}
    del fields["delivered_at"]
    return Waiting(**{**fields, "due_at": datetime.fromisoformat(fields["due_at"])})

"""Carrying out what waits in the outbox: at least once each, in each person's order, never inside a transaction.

    look (short read) -> make the documents again from the record -> courier -> mark (short write)

A crash anywhere leaves the row as it was, and the next run repeats it under the same key. Several processes may deliver
at once: they repeat each other, and the place acts once. Nothing is given up: what fails waits longer each time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from commensal.clinic import outbox
from commensal.clinic.couriers import Courier, courier_to
from commensal.clinic.errors import StoreError
from commensal.clinic.handover import NO_CONSENT, handover, may_leave
from commensal.clinic.outbox import HANDOVER, Waiting
from commensal.clinic.store import Store
from commensal.errors import CommensalError, InputError
from commensal.sentinel import Record

__all__ = ["Fate", "Told", "Waiting", "deliver_due", "deliver_to", "undelivered"]

MAKERS = {HANDOVER: handover}
"""Who makes the documents of each kind of side effect."""
LEAF_HASH_CHARS = 32
"""How much of the record's leaf hash a delivery's key ends with: 128 bits, so no other clinic, and no other record
after a backup was restored, has the same key."""
ROWS_AT_ONCE = 200
LISTED_MAX = 1_000
TOKEN_MAX_BYTES = 4_096


class Fate(StrEnum):
    """What became of one side effect in a run."""

    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"
    """The patient does not agree now."""
    ERASED = "erased"
    """The record was erased; the row was dropped and nothing left the clinic."""
    WAITS = "waits"
    """Its time has not come, an earlier one of the same person waits, or nobody carries its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One side effect after a run. No patient is named."""

    key: str
    record: int
    kind: str
    fate: Fate
    attempts: int
    """That failed, this run's counted."""
    why: str | None


def deliver_due(
    store: Store,
    couriers: Mapping[str, Courier],
    now: datetime,
    progress: Callable[[float], None] = lambda _share: None,
    *,
    is_impatient: bool = False,
) -> list[Told]:
    """Deliver everything that is due, oldest record first.

    An effect that fails, or whose time has not come, holds back later ones of the same person and of nobody else.

    Args:
        store: the clinic's.
        couriers: by kind of side effect; a kind without one waits.
        now: timezone-aware.
        progress: told the share that is behind us, 0-1.
        is_impatient: do not wait for the next attempt's time.

    Raises:
        StoreError: the database cannot be read or written; what was delivered and not marked is repeated next time.
        LogError: a waiting record does not open or does not fit its leaf; nothing more leaves a damaged store.
    """
    told: list[Told] = []
    held_back: set[tuple[str, str]] = set()
    total = _count(store)
    for row in _rows(store):
        one = _one(store, couriers, row.key, now, held_back, is_impatient=is_impatient)
        if one is not None:
            told.append(one)
        progress(min(1.0, len(told) / max(total, 1)))
    return told


def deliver_to(
    store: Store,
    place: str,
    token_file: Path | None,
    progress: Callable[[float], None] = lambda _share: None,
    *,
    is_impatient: bool = False,
) -> list[Told]:
    """Deliver everything that is due to one place: a folder, or an https address with the bearer token in a file.

    Raises:
        InputError: no such folder, an address that is not encrypted, a token file that cannot be one.
        StoreError, LogError: as `deliver_due`.
    """
    courier = courier_to(place, None if token_file is None else _token(token_file))
    return deliver_due(store, dict.fromkeys(MAKERS, courier), store.clock.now(), progress, is_impatient=is_impatient)


def undelivered(store: Store) -> list[Waiting]:
    """What waits, the LISTED_MAX oldest of it."""
    with store.reading() as conn:
        return outbox.waiting(conn, None, LISTED_MAX)


def delivery_key(key: str, leaf_hash: bytes) -> str:
    """The key a place sees: the row's, and enough of the record's leaf hash to be like no other in the world."""
    return f"{key}:{leaf_hash.hex()[:LEAF_HASH_CHARS]}"


def _token(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > TOKEN_MAX_BYTES:
        raise InputError("--token-file", "", f"a file of at most {TOKEN_MAX_BYTES} bytes", "none, or a larger one")
    token = path.read_text(encoding="utf-8", errors="replace").strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise InputError("--token-file", "", "one word of plain characters", "something else")
    return token


def _one(
    store: Store,
    couriers: Mapping[str, Courier],
    key: str,
    now: datetime,
    held_back: set[tuple[str, str]],
    *,
    is_impatient: bool,
) -> Told | None:
    found = _look(store, key)
    if found is None:
        return None
    row, record, leaf_hash = found
    if record is None:
        with store.writing() as conn:
            outbox.drop(conn, [row.record])
        return _told(row, Fate.ERASED, None)
    place, courier = (record.subject, row.kind), couriers.get(row.kind)
    if courier is None or place in held_back or not (is_impatient or row.is_due(now)):
        held_back.add(place)
        return _told(row, Fate.WAITS, row.last_error)
    if not may_leave(store, record):
        with store.writing() as conn:
            outbox.mark_held(conn, key, NO_CONSENT)
        return _told(row, Fate.HELD, NO_CONSENT)
    why = _deliver(store, courier, row, record, delivery_key(key, leaf_hash))
    with store.writing() as conn:
        if why is None:
            outbox.mark_delivered(conn, key, now)
        else:
            outbox.mark_failed(conn, key, row.attempts, why, now)
    if why is None:
        return _told(row, Fate.DELIVERED, None)
    held_back.add(place)
    return _told(replace(row, attempts=row.attempts + 1), Fate.FAILED, why)


def _look(store: Store, key: str) -> tuple[Waiting, Record | None, bytes] | None:
    """The row as it is now, its record (None when erased) and leaf hash; None when somebody else did it meanwhile."""
    with store.reading() as conn:
        row = outbox.still_waiting(conn, key)
        if row is None:
            return None
        if store.log.is_erased(conn, row.record):
            return row, None, b""
        record = store.log.read(conn, row.record)
        [leaf_hash] = store.log.leaf_hashes(conn, row.record, row.record + 1)
    return row, record, leaf_hash


def _deliver(store: Store, courier: Courier, row: Waiting, record: Record, key: str) -> str | None:
    """Why it failed, naming no patient; None when it was delivered."""
    try:
        courier.deliver(key, MAKERS[row.kind](store, row.record, record))
    except StoreError:
        raise
    except CommensalError as error:
        return str(error)
    except (ValueError, KeyError, TypeError, IndexError) as error:  # a record this program cannot make sense of
        return f"this program cannot make the documents again ({type(error).__name__})"
    return None


def _rows(store: Store) -> Iterator[Waiting]:
    after: Waiting | None = None
    while True:
        with store.reading() as conn:
            rows = outbox.waiting(conn, after, ROWS_AT_ONCE)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1]


def _count(store: Store) -> int:
    with store.reading() as conn:
        return outbox.count_waiting(conn)


def _told(row: Waiting, fate: Fate, why: str | None) -> Told:
    return Told(
        key=row.key,
        record=row.record,
        kind=row.kind,
        fate=fate,
        attempts=row.attempts,
        why=why,
    )

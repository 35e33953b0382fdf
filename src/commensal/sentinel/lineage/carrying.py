"""What another copy of a log still holds, carried over into a restored one and believed only when it can be proved.

The other copy may be damaged or false: its entries count when they lead to a root that the log's key has signed, its
payloads when they fit those entries. The caller audits the whole before anybody uses it.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select, update

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError, SentinelError
from commensal.sentinel.leaf import Record, from_canonical, is_leaf
from commensal.sentinel.log import CLINIC, ERASURE, MOVE_CHECKPOINT, RecordsLog, open_payload
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.raw_rows import raw_rows, raw_where
from commensal.sentinel.stored_tree import read_tree, write_growth

ROWS_AT_ONCE = 4_096
"""Rows carried at once: about 2 MB of usual payloads."""
NAMED_AT_ONCE = 500
"""Entries named in one statement; databases bound its parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure on record: which entries lost their payload."""

    record: int
    """The entry of the erasure itself."""
    erased: tuple[int, ...]


def signed_head(note: str, vkey: str) -> Checkpoint:
    """Origin, size and root of a checkpoint that a log's key has signed.

    Raises:
        NoteError: it has not.
    """
    return open_checkpoint(note, parse_verifier_key(vkey))


def stored_head(conn: Connection, vkey: str) -> Checkpoint:
    """The checkpoint a database holds, when a log's key has signed it.

    Raises:
        NoteError: it has not; or there is none.
    """
    note = conn.execute(select(tables.checkpoint.c.note).where(tables.checkpoint.c.slot == 0)).scalar()
    return signed_head(str(note), vkey)


def carry_over(conn: Connection, source: Connection, log: RecordsLog, note: str) -> list[Erasure]:
    """Bring a log up to a later signed checkpoint, with what another copy of it holds, inside the caller's transaction.

    Order: the checkpoint's signature; the entries, their tiles and the root they lead to; then data keys and payloads
    as the other copy has them; then every erasure among the new records is done again. The caller must audit the whole
    log with its payloads before the transaction commits, and roll back on an error.

    Args:
        conn: the log to bring up to date, in a transaction that holds the write lock.
        source: sees the other copy, which may be damaged.
        log: the log's keys.
        note: the checkpoint to reach.

    Returns:
        The erasures among the records carried over, in order.

    Raises:
        LogError: an entry is missing, or the entries do not lead to the signed root.
        NoteError: the checkpoint is not signed by the log's key.
    """
    signed = signed_head(note, log.vkey)
    size = log.size(conn)
    _carry_entries(conn, source, size, signed)
    conn.execute(MOVE_CHECKPOINT, {"note": note})
    renewed = _carry_keys(conn, source, log)
    for rows in _pages(source, 0, signed.size):
        taken = [row for row in rows if row[0] >= size or row[1] in renewed]
        if taken:
            tables.add_rows(conn, tables.payload, taken)
    erasures = erasures_of(log.records(conn, size))
    for erasure in erasures:
        erase_payloads(conn, erasure.erased)
    drop_unused_keys(conn)
    return erasures


def erasures_of(records: Iterable[tuple[int, Record | None]]) -> list[Erasure]:
    """The erasures among records."""
    found = ((index, record) for index, record in records if record is not None and record.act == ERASURE)
    return [Erasure(record=index, erased=tuple(record.content["erased"])) for index, record in found]


def erasures_in(source: Connection, log: RecordsLog, start: int) -> list[Erasure]:
    """The erasures that can be read from entry `start` on in a copy that may be damaged; what cannot be read is no
    erasure. Only whoever has the clinic key can have written one.
    """
    mine: dict[str, AESGCM] = {}
    for key_id, subject, wrapped, sealed in raw_rows(source, tables.data_key, *tables.data_key.columns.keys()):
        if (
            subject == CLINIC
            and None not in (key_id, wrapped, sealed)
            and _opens(log, key_id, subject, wrapped, sealed)
        ):
            mine[key_id] = AESGCM(log.vault.unwrap(key_id, subject, wrapped, sealed))
    end = max((row[0] for row in raw_rows(source, tables.entry, "idx") if row[0] is not None), default=-1) + 1
    found: list[tuple[int, Record | None]] = []
    for rows in _pages(source, start, end):
        for index, key_id, sealed_record in rows:
            leaf = next((row[0] for row in raw_where(source, tables.entry, "leaf", where="idx = :i", i=index)), None)
            if key_id in mine and leaf is not None:
                with suppress(LogError):
                    found.append((index, from_canonical(open_payload(mine[key_id], index, leaf, sealed_record)[1])))
    return erasures_of(found)


def erase_payloads(conn: Connection, erased: Collection[int]) -> int:
    """Destroy the payloads of entries; the entries stay. Gives how many were there."""
    named, count = sorted(erased), 0
    for start in range(0, len(named), NAMED_AT_ONCE):
        these = tables.payload.c.idx.in_(named[start : start + NAMED_AT_ONCE])
        count += conn.execute(delete(tables.payload).where(these)).rowcount
    return count


def drop_unused_keys(conn: Connection) -> None:
    """Destroy the data keys that no payload uses any more."""
    conn.execute(delete(tables.data_key).where(tables.data_key.c.key_id.not_in(select(tables.payload.c.key_id))))


def _carry_entries(conn: Connection, source: Connection, size: int, signed: Checkpoint) -> None:
    tree = read_tree(conn, size)
    for first in range(size, signed.size, ROWS_AT_ONCE):
        end = min(first + ROWS_AT_ONCE, signed.size)
        where = "idx >= :first AND idx < :end ORDER BY idx"
        rows = raw_where(source, tables.entry, "idx", "leaf", where=where, first=first, end=end)
        if [row[0] for row in rows] != list(range(first, end)) or not all(row[1] and is_leaf(row[1]) for row in rows):
            raise LogError(f"log: the other copy lacks entries between {first} and {end - 1}")
        tables.add_rows(conn, tables.entry, [tuple(row) for row in rows])
        write_growth(conn, tree, [leaf_hash(row[1]) for row in rows])
    if tree.root != signed.root:
        raise LogError(f"log: the other copy's entries {size} to {signed.size - 1} do not lead to the signed root")


def _carry_keys(conn: Connection, source: Connection, log: RecordsLog) -> set[str]:
    """Take every data key of the other copy that opens; gives the ids of those that stand for an older key here."""
    mine = {row.subject: row.key_id for row in conn.execute(select(tables.data_key))}
    renewed = set()
    for key_id, subject, wrapped, sealed in raw_rows(source, tables.data_key, *tables.data_key.columns.keys()):
        if None in (key_id, subject, wrapped, sealed) or not _opens(log, key_id, subject, wrapped, sealed):
            continue
        older = mine.get(subject)
        if older == key_id:  # perhaps wrapped anew since
            same = update(tables.data_key).where(tables.data_key.c.key_id == key_id)
            conn.execute(same.values(wrapped=wrapped, sealed=sealed))
            continue
        if older is not None:
            conn.execute(delete(tables.payload).where(tables.payload.c.key_id == older))
            conn.execute(delete(tables.data_key).where(tables.data_key.c.key_id == older))
            renewed.add(key_id)
        conn.execute(insert(tables.data_key).values(key_id=key_id, subject=subject, wrapped=wrapped, sealed=sealed))
    return renewed


def _opens(log: RecordsLog, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bool:
    try:
        log.vault.check_copies(key_id, subject, wrapped, sealed)
    except SentinelError:
        return False
    return True


def _pages(source: Connection, start: int, end: int) -> Iterator[list[tuple[Any, ...]]]:
    """Whole payload rows of the entries start..end, those whose values are of the right types."""
    where = "idx >= :first AND idx < :end ORDER BY idx"
    for first in range(start, end, ROWS_AT_ONCE):
        bounds = {"first": first, "end": min(first + ROWS_AT_ONCE, end)}
        rows = raw_where(source, tables.payload, *tables.payload.columns.keys(), where=where, **bounds)
        yield [tuple(row) for row in rows if None not in row]

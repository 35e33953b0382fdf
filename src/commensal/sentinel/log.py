"""The records log: appended to inside the caller's transaction, read back, proven, forgotten from.

Work per append is that of the batch and of one tile a level; the log is never read through.
Format: docs/specs/records-log.md.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.leaf import (
    SALT_BYTES,
    Leaf,
    Record,
    canonical,
    commitment,
    decode_leaf,
    encode_leaf,
    from_canonical,
)
from commensal.sentinel.merkle import EMPTY_ROOT, check_inclusion, inclusion_proof, leaf_hash
from commensal.sentinel.proof import format_opening, format_proof
from commensal.sentinel.stored_tree import read_tree, subtrees, write_growth
from commensal.sentinel.vault import KEY_BYTES, KEY_ID_BYTES, Vault, lock_payload, unlock_payload

ERASURE = "forget"
"""The act of an erasure record; its content names the entries whose payload was destroyed."""

CLINIC = "clinic"
READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a record is in the log. Worth something once the caller's transaction has committed."""

    index: int
    leaf_hash: bytes


class RecordsLog:
    """A clinic's log, with the keys to write and read it. Connections come from the caller.

    Args:
        key: signs checkpoints; its name is the log's origin.
        vault: wraps and opens data keys.
    """

    def __init__(self, key: SigningKey, vault: Vault) -> None:
        self._key, self.vault = key, vault
        self.origin = key.verifier.name
        self.vkey = key.vkey

    def start(self, conn: Connection) -> None:
        """Sign the empty log. Tables must exist and be empty.

        Raises:
            LogError: there is a log already.
        """
        if conn.execute(select(tables.checkpoint.c.slot)).first() is not None:
            raise LogError("log: there is one already; nothing was changed")
        self._write_checkpoint(conn, 0, EMPTY_ROOT)

    def append(self, conn: Connection, records: Sequence[Record], at: datetime) -> list[Receipt]:
        """Append records inside the caller's transaction, which must hold the write lock, and sign one new checkpoint.

        Order: records are checked and encoded; the stored checkpoint's signature; the stored edge against the signed
        root (so nothing is ever signed that does not continue what was signed before); then entries, payloads, tiles,
        checkpoint. A refusal before the last step writes nothing; the transaction is the caller's to commit.

        Args:
            conn: in a transaction that holds the write lock.
            records: in order; an empty list changes nothing.
            at: log time of all of them, timezone-aware.

        Raises:
            LogError: a record that cannot be logged; or what is stored no longer matches the last signed checkpoint.
        """
        if any(record.act == ERASURE for record in records):
            raise LogError(f"record: the act {ERASURE!r} is the log's own; call `forget`")
        return self._append(conn, records, at)

    def _append(self, conn: Connection, records: Sequence[Record], at: datetime) -> list[Receipt]:
        encodings = [canonical(record) for record in records]
        signed = self._signed(conn)
        tree = read_tree(conn, signed.size)
        if tree.root != signed.root:
            raise LogError(
                "log: the stored tiles do not lead to the signed root; stop recording and run `commensal audit`"
            )
        entries, payloads, receipts = [], [], []
        keys: dict[str, tuple[str, bytes]] = {}
        for index, (record, encoded) in enumerate(zip(records, encodings, strict=True), start=signed.size):
            salt = os.urandom(SALT_BYTES)
            leaf = encode_leaf(Leaf(at=at, commitment=commitment(salt, encoded)))
            if record.subject not in keys:
                keys[record.subject] = self._data_key(conn, record.subject)
            key_id, data_key = keys[record.subject]
            entries.append({"idx": index, "leaf": leaf})
            locked = lock_payload(data_key, leaf, salt, encoded)
            payloads.append({"idx": index, "key_id": key_id, "sealed_record": locked})
            receipts.append(Receipt(index=index, leaf_hash=leaf_hash(leaf)))
        if not receipts:
            return []
        conn.execute(insert(tables.entry), entries)
        conn.execute(insert(tables.payload), payloads)
        write_growth(conn, tree, [receipt.leaf_hash for receipt in receipts])
        self._write_checkpoint(conn, tree.size, tree.root)
        return receipts

    def size(self, conn: Connection) -> int:
        """How many entries the signed checkpoint speaks of."""
        return self._signed(conn).size

    def checkpoint(self, conn: Connection) -> str:
        """The latest signed checkpoint.

        Raises:
            LogError: this database holds no log.
        """
        note = conn.execute(select(tables.checkpoint.c.note).where(tables.checkpoint.c.slot == 0)).scalar()
        if note is None:
            raise LogError("log: no checkpoint here; this database holds no log")
        return str(note)

    def leaf_hashes(self, conn: Connection, start: int, end: int) -> list[bytes]:
        """Leaf hashes of the entries start..end.

        Raises:
            LogError: entries that are not there.
        """
        rows = conn.execute(
            select(tables.entry.c.leaf)
            .where(tables.entry.c.idx >= start, tables.entry.c.idx < end)
            .order_by(tables.entry.c.idx)
        )
        found = [leaf_hash(row.leaf) for row in rows]
        if len(found) != end - start:
            raise LogError(
                f"log: expected the entries {start} to {end - 1}, found {len(found)} of them; run `commensal audit`"
            )
        return found

    def read(self, conn: Connection, index: int) -> Record:
        """One record.

        Raises:
            LogError: no such entry, one whose payload was destroyed, or one that no longer fits its leaf.
        """
        _, _, encoded = self._opened(conn, index)
        return from_canonical(encoded)

    def opening(self, conn: Connection, index: int) -> dict[str, Any]:
        """What opens one commitment to somebody who holds no key; see `verify_opening`. Raises as `read` does."""
        return format_opening(index, *self._opened(conn, index))

    def records(self, conn: Connection, start: int = 0) -> Iterator[tuple[int, Record | None]]:
        """Every record from `start` on, in order; None where the payload was destroyed.

        Raises:
            LogError: an entry whose payload does not open or does not fit its leaf.
        """
        keys: dict[str, bytes] = {}
        after = start
        joined = (
            select(
                tables.entry.c.idx,
                tables.entry.c.leaf,
                tables.payload.c.key_id,
                tables.payload.c.sealed_record,
            )
            .outerjoin_from(tables.entry, tables.payload, tables.entry.c.idx == tables.payload.c.idx)
            .order_by(tables.entry.c.idx)
            .limit(READ_AT_ONCE)
        )
        while rows := conn.execute(joined.where(tables.entry.c.idx >= after)).all():
            for row in rows:
                if row.key_id is None:
                    yield row.idx, None
                    continue
                if row.key_id not in keys:
                    keys[row.key_id] = self.open_data_key(conn, row.key_id)
                _, encoded = open_payload(keys[row.key_id], row.idx, row.leaf, row.sealed_record)
                yield row.idx, from_canonical(encoded)
            after = rows[-1].idx + 1

    def prove(self, conn: Connection, index: int) -> str:
        """The tlog-proof of one entry against the latest checkpoint, checked before it is handed out.

        Raises:
            ProofError: no such entry, or what is stored no longer proves it.
            LogError: a tile or the entry is missing.
        """
        note = self.checkpoint(conn)
        signed = open_checkpoint(note, self._key.verifier)
        hashes = inclusion_proof(index, signed.size, subtrees(conn))
        check_inclusion(index, signed.size, self.leaf_hashes(conn, index, index + 1)[0], hashes, signed.root)
        return format_proof(index, hashes, note)

    def forget(self, conn: Connection, subject: str, actor: str, why: str, at: datetime) -> Receipt:
        """Destroy a subject's data key and payloads, and append the erasure. The log still verifies.

        SQLite overwrites what is deleted; copies in its write-ahead log last until the caller truncates that after the
        commit (`PRAGMA wal_checkpoint(TRUNCATE)`), copies in backups until later erasures are replayed on them.

        Raises:
            LogError: nothing is kept under this subject, or it is the clinic itself.
        """
        found = conn.execute(select(tables.data_key.c.key_id).where(tables.data_key.c.subject == subject)).scalar()
        if found is None or subject == CLINIC:
            raise LogError("forget: nothing is kept under this reference; nothing was changed")
        if conn.dialect.name == "sqlite":
            conn.execute(text("PRAGMA secure_delete = ON"))
        mine = tables.payload.c.key_id == found
        erased = list(conn.execute(select(tables.payload.c.idx).where(mine).order_by(tables.payload.c.idx)).scalars())
        conn.execute(delete(tables.payload).where(mine))
        conn.execute(delete(tables.data_key).where(tables.data_key.c.key_id == found))
        erasure = Record(subject=CLINIC, actor=actor, act=ERASURE, why=why, content={"erased": erased}, schema=1, at=at)
        return self._append(conn, [erasure], at)[0]

    def open_data_key(self, conn: Connection, key_id: str) -> bytes:
        """One data key, unwrapped.

        Raises:
            LogError: there is none of that id, or it does not open.
        """
        row = conn.execute(select(tables.data_key).where(tables.data_key.c.key_id == key_id)).first()
        if row is None:
            raise LogError("data key: missing")
        return self.vault.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)

    def _opened(self, conn: Connection, index: int) -> tuple[bytes, bytes, bytes]:
        leaf = conn.execute(select(tables.entry.c.leaf).where(tables.entry.c.idx == index)).scalar()
        if leaf is None:
            raise LogError(f"log: no entry {index}")
        row = conn.execute(select(tables.payload).where(tables.payload.c.idx == index)).first()
        if row is None:
            raise LogError(f"log: the payload of entry {index} was destroyed")
        return leaf, *open_payload(self.open_data_key(conn, row.key_id), index, leaf, row.sealed_record)

    def _data_key(self, conn: Connection, subject: str) -> tuple[str, bytes]:
        known = conn.execute(select(tables.data_key.c.key_id).where(tables.data_key.c.subject == subject)).scalar()
        if known is not None:
            return known, self.open_data_key(conn, known)
        key_id, key = os.urandom(KEY_ID_BYTES).hex(), os.urandom(KEY_BYTES)
        wrapped, sealed = self.vault.wrap(key_id, subject, key)
        conn.execute(insert(tables.data_key).values(key_id=key_id, subject=subject, wrapped=wrapped, sealed=sealed))
        return key_id, key

    def _signed(self, conn: Connection) -> Checkpoint:
        signed = open_checkpoint(self.checkpoint(conn), self._key.verifier)
        last = conn.execute(select(func.max(tables.entry.c.idx))).scalar()
        if (-1 if last is None else last) != signed.size - 1:
            raise LogError("log: entries and signed checkpoint disagree; stop recording and run `commensal audit`")
        return signed

    def _write_checkpoint(self, conn: Connection, size: int, root: bytes) -> None:
        note = self._key.sign_note(Checkpoint(origin=self.origin, size=size, root=root).text)
        conn.execute(delete(tables.checkpoint))
        conn.execute(insert(tables.checkpoint).values(slot=0, note=note))


def open_payload(data_key: bytes, index: int, leaf: bytes, sealed_record: bytes) -> tuple[bytes, bytes]:
    """Salt and canonical record of an entry, checked against its leaf.

    Raises:
        LogError: it does not open, or is not what the leaf commits to.
    """
    try:
        salt, encoded = unlock_payload(data_key, leaf, sealed_record, SALT_BYTES)
    except LogError as error:
        raise LogError(f"entry {index}: {error}") from error
    if decode_leaf(leaf).commitment != commitment(salt, encoded):
        raise LogError(f"entry {index}: the payload is not what the leaf commits to")
    return salt, encoded

"""The records log: appended to inside the caller's transaction, read back, proven, forgotten from.

Work per append is that of the batch and of one tile a level; the log is never read through.
Format: docs/specs/records-log.md sections 7 and 11 number the steps this file cites.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.leaf import (
    COMMITMENT_BYTES,
    SALT_BYTES,
    Leaf,
    Record,
    canonical,
    commitment,
    decode_leaf,
    decoded,
    from_canonical,
    is_leaf,
    leaf_prefix,
)
from commensal.sentinel.merkle import EMPTY_ROOT, check_inclusion, inclusion_proof, leaf_hash, range_root
from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.proof import format_opening, format_proof
from commensal.sentinel.stored_keys import data_keys, open_data_keys
from commensal.sentinel.stored_tree import read_tree, subtrees, write_growth
from commensal.sentinel.vault import Vault, lock_payload, unlock_payload

ERASURE = "forget"
"""The act of an erasure record; its content names the entries whose payload was destroyed."""

CLINIC = "clinic"
READ_AT_ONCE = 1_000

LATEST = select(
    select(tables.checkpoint.c.note).where(tables.checkpoint.c.slot == 0).scalar_subquery(),
    select(func.max(tables.entry.c.idx)).scalar_subquery(),
    select(tables.entry.c.leaf).order_by(tables.entry.c.idx.desc()).limit(1).scalar_subquery(),
)
MOVE_CHECKPOINT = update(tables.checkpoint).where(tables.checkpoint.c.slot == 0).values(note=bindparam("note"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record is in the log. Worth something once the caller's transaction has committed."""

    index: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a log stands."""

    size: int
    at: datetime | None
    """Log time of the last entry; None in an empty log."""


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
        self._known: tuple[str, Checkpoint | None] = ("", None)

    def start(self, conn: Connection) -> None:
        """Sign the empty log. Tables must exist and be empty.

        Raises:
            LogError: there is a log already.
        """
        if conn.execute(select(tables.checkpoint.c.slot)).first() is not None:
            raise LogError("log: there is one already; nothing was changed")
        conn.execute(insert(tables.checkpoint).values(slot=0, note=self._sign(0, EMPTY_ROOT)))

    def succeed(self, conn: Connection, old_vkey: str) -> None:
        """Go on with another log under this log's own name and key: same entries, same tiles, a checkpoint of our own.

        For a log whose newest records were lost: whoever holds a newer checkpoint of the old name must never see that
        name go back. Proofs that were made before still verify under the old key.

        Raises:
            NoteError: the stored checkpoint is not signed by `old_vkey`.
            LogError: what is stored is not what that checkpoint says.
        """
        signed = open_checkpoint(self.checkpoint(conn), parse_verifier_key(old_vkey))
        last = conn.execute(select(func.max(tables.entry.c.idx))).scalar()
        tree = read_tree(conn, signed.size)
        if tree.root != signed.root or (-1 if last is None else last) != signed.size - 1:
            raise LogError("log: entries, tiles and signed checkpoint disagree; run `commensal audit`")
        conn.execute(delete(tables.cosigned))
        conn.execute(MOVE_CHECKPOINT, {"note": self._sign(signed.size, signed.root)})

    def append(self, conn: Connection, records: Sequence[Record], at: datetime) -> list[Receipt]:
        """Append records inside the caller's transaction, which must hold the write lock, and sign one new checkpoint.

        Order: records are checked and encoded; the stored checkpoint's signature; the stored edge against the signed
        root (so nothing is ever signed that does not continue what was signed before); then entries, payloads, tiles,
        checkpoint. A refusal before the last step writes nothing; the transaction is the caller's to commit.

        Args:
            conn: in a transaction that holds the write lock.
            records: in order; an empty list changes nothing.
            at: log time of all of them, timezone-aware. Log time never falls: where the last entry's is later, that one
                is written; the records' own times keep what the clock said.

        Raises:
            LogError: a record that cannot be logged; or what is stored no longer matches the last signed checkpoint.
        """
        if any(record.act == ERASURE for record in records):
            raise LogError(f"record: the act {ERASURE!r} is the log's own; call `forget`")
        return self._append(conn, records, at)

    def _append(self, conn: Connection, records: Sequence[Record], at: datetime) -> list[Receipt]:
        encodings = [canonical(record) for record in records]  # 7.1
        signed, last = self._signed(conn)  # 7.2
        prefix = max(leaf_prefix(at), leaf_prefix(last.at) if last is not None else b"")
        if not records:
            return []
        tree = read_tree(conn, signed.size)  # 7.3
        if tree.root != signed.root:
            raise LogError(
                "log: the stored tiles do not lead to the signed root; stop recording and run `commensal audit`"
            )
        keys = data_keys(conn, self.vault, {record.subject for record in records})  # 7.4
        entries, payloads, receipts = [], [], []
        for index, (record, encoded) in enumerate(zip(records, encodings, strict=True), start=signed.size):
            salt = os.urandom(SALT_BYTES)
            leaf = prefix + commitment(salt, encoded)
            key_id, data_key = keys[record.subject]
            entries.append((index, leaf))
            payloads.append((index, key_id, lock_payload(data_key, leaf, salt, encoded)))
            receipts.append(Receipt(index, leaf_hash(leaf)))
        tables.add_rows(conn, tables.entry, entries)  # 7.5
        tables.add_rows(conn, tables.payload, payloads)
        write_growth(conn, tree, [receipt.leaf_hash for receipt in receipts])
        conn.execute(MOVE_CHECKPOINT, {"note": self._sign(tree.size, tree.root)})  # 7.6
        return receipts

    def size(self, conn: Connection) -> int:
        """How many entries the signed checkpoint speaks of."""
        return self._signed(conn)[0].size

    def standing(self, conn: Connection) -> Standing:
        """Size, and the log time nothing later falls behind."""
        signed, last = self._signed(conn)
        return Standing(signed.size, None if last is None else last.at)

    def log_time(self, conn: Connection, index: int) -> datetime | None:
        """The log time of one entry; None when there is no such entry.

        Raises:
            LogError: it is no leaf.
        """
        leaf = conn.execute(select(tables.entry.c.leaf).where(tables.entry.c.idx == index)).scalar()
        return None if leaf is None else decode_leaf(leaf).at

    def is_erased(self, conn: Connection, index: int) -> bool:
        """True when the payload of an entry was destroyed."""
        return conn.execute(select(tables.payload.c.idx).where(tables.payload.c.idx == index)).first() is None

    def checkpoint(self, conn: Connection) -> str:
        """The latest signed checkpoint.

        Raises:
            LogError: this database holds no log.
        """
        note = conn.execute(select(tables.checkpoint.c.note).where(tables.checkpoint.c.slot == 0)).scalar()
        if note is None:
            raise LogError("log: no checkpoint here; this database holds no log")
        return str(note)

    def opened(self, note: str) -> Checkpoint:
        """A checkpoint that this log signed once.

        Raises:
            NoteError: it did not.
        """
        return open_checkpoint(note, self._key.verifier)

    def continues(self, conn: Connection, note: str) -> bool:
        """Whether the log here begins with the one that an older signed checkpoint speaks of; reads a tile a level.

        Raises:
            NoteError: `note` is no checkpoint of this log.
            LogError: tiles are missing, so it cannot be told.
        """
        older = self.opened(note)
        return older.size <= self.size(conn) and range_root(0, older.size, subtrees(conn)) == older.root

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
        keys: dict[str, AESGCM] = {}
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
            keys |= open_data_keys(conn, self.vault, {row.key_id for row in rows} - keys.keys() - {None})
            for row in rows:
                if row.key_id is None:
                    yield row.idx, None
                    continue
                _, encoded = open_payload(keys[row.key_id], row.idx, row.leaf, row.sealed_record)
                yield row.idx, Record(**decoded(encoded))  # it opened its leaf, so `canonical` made it
            after = rows[-1].idx + 1

    def prove(self, conn: Connection, index: int) -> str:
        """The tlog-proof of one entry against the latest checkpoint, checked before it is handed out.

        Raises:
            ProofError: no such entry, or what is stored no longer proves it.
            LogError: a tile or the entry is missing.
        """
        note = self.checkpoint(conn)
        signed = self._opened_checkpoint(note)
        hashes = inclusion_proof(index, signed.size, subtrees(conn))
        check_inclusion(index, signed.size, self.leaf_hashes(conn, index, index + 1)[0], hashes, signed.root)
        return format_proof(index, hashes, note)

    def keeps(self, conn: Connection, subject: str) -> bool:
        """True when something is kept under this reference."""
        return (
            conn.execute(select(tables.data_key.c.key_id).where(tables.data_key.c.subject == subject)).first()
            is not None
        )

    def forget(
        self,
        conn: Connection,
        subject: str,
        actor: str,
        why: str,
        at: datetime,
        decided_by: Mapping[str, Any] | None = None,
    ) -> Receipt:
        """Destroy a subject's data key and payloads, and append the erasure. The log still verifies.

        Nothing of the subject is decrypted. SQLite overwrites what is deleted; copies in its write-ahead log last until
        the caller truncates that after the commit (`PRAGMA wal_checkpoint(TRUNCATE)`), copies in backups until later
        erasures are replayed on them.

        Args:
            conn: in a transaction that holds the write lock.
            subject: a person's reference.
            actor: who forgets.
            why: must not name the person: it stays.
            at: log time.
            decided_by: what the erasure says of the decision, besides the entries it names; None = nothing.

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
        content = {"erased": erased, **({} if decided_by is None else {"decided_by": decided_by})}
        erasure = Record(subject=CLINIC, actor=actor, act=ERASURE, why=why, content=content, schema=1, at=at)
        return self._append(conn, [erasure], at)[0]

    def erase_again(self, conn: Connection, erased: Sequence[int], actor: str, why: str, at: datetime) -> Receipt:
        """Record that these entries' payloads, which an older copy still held, are destroyed once more.

        For a successor log, which lacks the record of the first erasure. The payloads must be gone already.

        Raises:
            LogError: a payload is still there.
        """
        there = select(tables.payload.c.idx).where(tables.payload.c.idx.in_(bindparam("some", expanding=True))).limit(1)
        parts = (erased[start : start + READ_AT_ONCE] for start in range(0, len(erased), READ_AT_ONCE))
        if any(conn.execute(there, {"some": part}).first() is not None for part in parts):
            raise LogError("forget: expected these payloads to be destroyed first; nothing was changed")
        content = {"erased": sorted(erased)}
        return self._append(
            conn, [Record(subject=CLINIC, actor=actor, act=ERASURE, why=why, content=content, schema=1, at=at)], at
        )[0]

    def _opened(self, conn: Connection, index: int) -> tuple[bytes, bytes, bytes]:
        leaf = conn.execute(select(tables.entry.c.leaf).where(tables.entry.c.idx == index)).scalar()
        if leaf is None:
            raise LogError(f"log: no entry {index}")
        row = conn.execute(select(tables.payload).where(tables.payload.c.idx == index)).first()
        if row is None:
            raise LogError(f"log: the payload of entry {index} was destroyed")
        data_key = open_data_keys(conn, self.vault, [row.key_id])[row.key_id]
        return leaf, *open_payload(data_key, index, leaf, row.sealed_record)

    def _signed(self, conn: Connection) -> tuple[Checkpoint, Leaf | None]:
        note, last, leaf = conn.execute(LATEST).one()
        if note is None:
            raise LogError("log: no checkpoint here; this database holds no log")
        signed = self._opened_checkpoint(str(note))
        if (-1 if last is None else last) != signed.size - 1:
            raise LogError("log: entries and signed checkpoint disagree; stop recording and run `commensal audit`")
        if last is None:
            return signed, None
        if not (isinstance(leaf, bytes) and is_leaf(leaf)):
            raise LogError(f"log: entry {last} is no leaf; stop recording and run `commensal audit`")
        return signed, decode_leaf(leaf)

    def _opened_checkpoint(self, note: str) -> Checkpoint:
        """Check a checkpoint's signature, once for each text."""
        known_note, known = self._known
        if known is None or note != known_note:
            known = open_checkpoint(note, self._key.verifier)
            self._known = note, known
        return known

    def _sign(self, size: int, root: bytes) -> str:
        checkpoint = Checkpoint(origin=self.origin, size=size, root=root)
        note = self._key.sign_note(checkpoint.text)
        self._known = note, checkpoint
        return note


def open_payload(data_key: AESGCM, index: int, leaf: bytes, sealed_record: bytes) -> tuple[bytes, bytes]:
    """Salt and canonical record of an entry, checked against its leaf.

    Raises:
        LogError: it does not open, or is not what the leaf commits to.
    """
    try:
        salt, encoded = unlock_payload(data_key, leaf, sealed_record, SALT_BYTES)
    except LogError as error:
        raise LogError(f"entry {index}: {error}") from error
    if not is_leaf(leaf) or leaf[-COMMITMENT_BYTES:] != commitment(salt, encoded):
        raise LogError(f"entry {index}: the payload is not what the leaf commits to")
    return salt, encoded

"""Fresh data keys: payloads encrypted again in place, bound to the same leaves, under a key that was never used."""

import os
from collections.abc import Collection

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from commensal.sentinel.log import open_payload
from commensal.sentinel.stored_keys import ASKED_AT_ONCE, OF_SUBJECTS
from commensal.sentinel.tables import data_key, entry, payload
from commensal.sentinel.vault import KEY_BYTES, KEY_ID_BYTES, Vault, lock_payload

REWRITTEN_AT_ONCE = 500
"""Payloads in memory at a time."""

PAGE = (
    select(entry.c.idx, entry.c.leaf, payload.c.key_id, payload.c.sealed_record)
    .join_from(payload, entry, payload.c.idx == entry.c.idx)
    .where(payload.c.idx > bindparam("after"))
    .order_by(payload.c.idx)
    .limit(REWRITTEN_AT_ONCE)
)
REPLACE = (
    update(payload)
    .where(payload.c.idx == bindparam("at"))
    .values(key_id=bindparam("new_id"), sealed_record=bindparam("new_record"))
)
NAME = update(data_key).where(data_key.c.key_id == bindparam("new_id")).values(subject=bindparam("of"))


def renew_data_keys(conn: Connection, vault: Vault, subjects: Collection[str] | None = None) -> tuple[int, int]:
    """Give subjects a fresh data key each, and encrypt their payloads again, inside the caller's transaction.

    The leaf stays the associated data and the salt stays, so every leaf, tile and checkpoint is what it was. The log
    is read once, in bounded batches. The old wrapped keys are deleted; the caller commits, and scrubs the database.

    Args:
        conn: in a transaction that holds the write lock.
        vault: opens the old keys and wraps the new ones.
        subjects: whose; None = everybody's and the clinic's own.

    Returns:
        How many data keys were renewed, and how many payloads were written again.

    Raises:
        LogError: a key or a payload does not open, or is not what its leaf commits to; roll back, run an audit.
    """
    old = {}
    fresh = {}
    for row in _stored(conn, subjects):
        vault.check_copies(row.key_id, row.subject, row.wrapped, row.sealed)
        key_id, key = os.urandom(KEY_ID_BYTES).hex(), os.urandom(KEY_BYTES)
        wrapped, sealed = vault.wrap(key_id, row.subject, key)
        opened = AESGCM(vault.unwrap(row.key_id, row.subject, row.wrapped, row.sealed))
        old[row.key_id] = opened, key_id, AESGCM(key)
        # A subject has one key at a time; until the old row is gone the new one stands under its own id.
        fresh[row.subject] = {"key_id": key_id, "subject": f"new {key_id}", "wrapped": wrapped, "sealed": sealed}
    if not fresh:
        return 0, 0
    conn.execute(insert(data_key), list(fresh.values()))
    written = _rewrite(conn, old)
    conn.execute(delete(data_key).where(data_key.c.key_id == bindparam("old_id")), [{"old_id": one} for one in old])
    conn.execute(NAME, [{"new_id": row["key_id"], "of": subject} for subject, row in fresh.items()])
    return len(fresh), written


def _stored(conn: Connection, subjects: Collection[str] | None) -> list[Row[tuple[str, str, bytes, bytes]]]:
    if subjects is None:
        return list(conn.execute(select(data_key)).all())
    wanted = sorted(subjects)
    found: list[Row[tuple[str, str, bytes, bytes]]] = []
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        found += conn.execute(OF_SUBJECTS, {"subjects": wanted[start : start + ASKED_AT_ONCE]}).all()
    return found


def _rewrite(conn: Connection, old: dict[str, tuple[AESGCM, str, AESGCM]]) -> int:
    written, after = 0, -1
    while rows := conn.execute(PAGE, {"after": after}).all():
        changed = []
        for row in rows:
            if row.key_id not in old:
                continue
            before, new_id, new = old[row.key_id]
            salt, encoded = open_payload(before, row.idx, row.leaf, row.sealed_record)
            changed.append({"at": row.idx, "new_id": new_id, "new_record": lock_payload(new, row.leaf, salt, encoded)})
        if changed:
            conn.execute(REPLACE, changed)
        written, after = written + len(changed), rows[-1].idx
    return written

"""Data keys as the database holds them: one a subject, opened for a batch at once, made when a subject is new."""

import os
from collections.abc import Collection

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, insert, select

from commensal.sentinel.errors import LogError
from commensal.sentinel.tables import data_key
from commensal.sentinel.vault import KEY_BYTES, KEY_ID_BYTES, Vault

ASKED_AT_ONCE = 500
"""Subjects or ids in one question; databases bound the parameters of a statement."""

OF_SUBJECTS = select(data_key).where(data_key.c.subject.in_(bindparam("subjects", expanding=True)))
WITH_IDS = select(data_key).where(data_key.c.key_id.in_(bindparam("key_ids", expanding=True)))


def data_keys(conn: Connection, vault: Vault, subjects: Collection[str]) -> dict[str, tuple[str, AESGCM]]:
    """Id and data key of each subject; a new subject gets one, wrapped and written.

    Raises:
        LogError: a stored key does not open.
    """
    found: dict[str, tuple[str, AESGCM]] = {}
    wanted = sorted(subjects)
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        for row in conn.execute(OF_SUBJECTS, {"subjects": wanted[start : start + ASKED_AT_ONCE]}):
            key = vault.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)
            found[row.subject] = row.key_id, AESGCM(key)
    if not found:
        _check_current(conn, vault)
    made = []
    for subject in wanted:
        if subject not in found:
            key_id, key = os.urandom(KEY_ID_BYTES).hex(), os.urandom(KEY_BYTES)
            wrapped, sealed = vault.wrap(key_id, subject, key)
            made.append({"key_id": key_id, "subject": subject, "wrapped": wrapped, "sealed": sealed})
            found[subject] = key_id, AESGCM(key)
    if made:
        conn.execute(insert(data_key), made)
    return found


def _check_current(conn: Connection, vault: Vault) -> None:
    """Refuse to wrap a new key with a clinic key that was rotated away: a program that ran on would lose records."""
    row = conn.execute(select(data_key).order_by(data_key.c.key_id).limit(1)).first()
    if row is not None:
        vault.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)


def open_data_keys(conn: Connection, vault: Vault, key_ids: Collection[str]) -> dict[str, AESGCM]:
    """Data keys by their ids.

    Raises:
        LogError: there is none of an id, or it does not open.
    """
    found: dict[str, AESGCM] = {}
    wanted = list(key_ids)
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        for row in conn.execute(WITH_IDS, {"key_ids": wanted[start : start + ASKED_AT_ONCE]}):
            found[row.key_id] = AESGCM(vault.unwrap(row.key_id, row.subject, row.wrapped, row.sealed))
    if len(found) != len(wanted):
        raise LogError("data key: missing; run `commensal audit`")
    return found

"""The vault: what is locked opens for its own key and place only, and a lost clinic key loses nothing."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text

from commensal.sentinel import tables
from commensal.sentinel.errors import KeyFileError, LogError
from commensal.sentinel.full_audit import audit
from commensal.sentinel.keyring.recovery import rewrap
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.vault import RecoveryVault, Vault, lock_payload, unlock_payload
from tests.sentinel.logs import (
    LOG_KEY,
    NOON,
    RECOVERY,
    RECOVERY_PUBLIC,
    RECOVERY_VAULT,
    VAULT,
    memory_log,
    record,
)

KEY, LEAF, SALT = b"k" * 32, b"l" * 41, b"s" * 32


def test_a_payload_opens_with_its_key_and_leaf_and_nothing_else():
    locked = lock_payload(AESGCM(KEY), LEAF, SALT, b"record")
    assert unlock_payload(AESGCM(KEY), LEAF, locked, 32) == (SALT, b"record")
    for key, leaf, raw in (
        (b"K" * 32, LEAF, locked),
        (KEY, b"L" * 41, locked),
        (KEY, LEAF, locked[:-1]),
        (KEY, LEAF, locked + b"\0"),
        (KEY, LEAF, b""),
        (KEY, LEAF, locked[:12]),
    ):
        with pytest.raises(LogError):
            unlock_payload(AESGCM(key), leaf, raw, 32)


def test_the_same_record_is_locked_differently_each_time():
    assert len({lock_payload(AESGCM(KEY), LEAF, SALT, b"record") for _ in range(20)}) == 20


def test_a_data_key_opens_by_either_copy_and_only_under_its_own_id():
    wrapped, sealed = VAULT.wrap("id", "P-1", KEY)
    assert VAULT.unwrap("id", "P-1", wrapped, sealed) == KEY
    assert RECOVERY_VAULT.unwrap("id", "P-1", wrapped, sealed) == KEY
    for key_id, subject in (("other", "P-1"), ("id", "P-2")):
        with pytest.raises(LogError):
            VAULT.unwrap(key_id, subject, wrapped, sealed)
    with pytest.raises(LogError, match="another id"):
        RECOVERY_VAULT.unwrap("other", "P-1", wrapped, sealed)


def test_no_other_key_opens_a_data_key():
    wrapped, sealed = VAULT.wrap("id", "P-1", KEY)
    with pytest.raises(LogError, match="clinic key"):
        Vault(b"x" * 32, RECOVERY_PUBLIC).unwrap("id", "P-1", wrapped, sealed)
    with pytest.raises(LogError, match="recovery key"):
        RecoveryVault(b"x" * 32).unwrap("id", "P-1", wrapped, sealed)


def test_a_damaged_recovery_copy_is_found_and_does_not_keep_the_clinic_from_reading():
    wrapped, sealed = VAULT.wrap("id", "P-1", KEY)
    VAULT.check_copies("id", "P-1", wrapped, sealed)
    for damaged in (sealed[:-1], b"", bytes([sealed[0] ^ 1]) + sealed[1:], VAULT.wrap("id", "P-1", KEY)[1]):
        assert VAULT.unwrap("id", "P-1", wrapped, damaged) == KEY
        with pytest.raises(LogError, match="recovery copy"):
            VAULT.check_copies("id", "P-1", wrapped, damaged)
    for damaged in (sealed[:-1], b"", bytes([sealed[0] ^ 1]) + sealed[1:]):
        with pytest.raises(LogError):
            RECOVERY_VAULT.unwrap("id", "P-1", wrapped, damaged)


def test_the_recovery_key_alone_opens_every_payload_of_a_log():
    with memory_log(300) as (conn, _):
        conn.execute(text("UPDATE log_data_key SET wrapped = x'00'"))  # what the clinic key could open is gone
        report = audit(conn, LOG_KEY.vkey, RECOVERY_VAULT)
        assert (report.problems, report.payloads_opened, report.size) == ((), 300, 300)


def test_after_recovery_the_log_goes_on_under_a_new_clinic_key_and_the_old_one_opens_nothing():
    with memory_log(60) as (conn, _):
        new_recovery = bytes([9]) * 32
        public = X25519PrivateKey.from_private_bytes(new_recovery).public_key().public_bytes_raw()
        fresh = Vault(b"n" * 32, public)
        assert rewrap(conn, RecoveryVault(RECOVERY), fresh) == 5
        log = RecordsLog(LOG_KEY, fresh)
        log.append(conn, [record(60)], NOON)
        assert list(log.records(conn)) == [(i, record(i)) for i in range(61)]
        assert audit(conn, log.vkey, fresh).is_sound
        assert audit(conn, log.vkey, RecoveryVault(new_recovery)).is_sound
        assert not audit(conn, log.vkey, VAULT).is_sound
        assert not audit(conn, log.vkey, RECOVERY_VAULT).is_sound


def test_a_recovery_with_the_wrong_key_is_refused():
    with memory_log(10) as (conn, _):
        before = conn.execute(select(tables.data_key)).all()
        with pytest.raises(LogError, match="recovery key"):
            rewrap(conn, RecoveryVault(b"x" * 32), VAULT)
        assert conn.execute(select(tables.data_key)).all() == before


def test_a_vault_shows_nothing_and_wants_32_bytes():
    assert (repr(VAULT), repr(RECOVERY_VAULT)) == ("Vault()", "RecoveryVault()")
    with pytest.raises(KeyFileError, match="32 bytes"):
        Vault(b"short", RECOVERY_PUBLIC)

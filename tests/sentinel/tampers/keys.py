"""Tampering with data keys: who can be read, and who could be read again."""

import os
import random
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, text

from commensal.sentinel.leaf import SALT_BYTES
from commensal.sentinel.vault import KEY_BYTES, Vault, lock_payload, unlock_payload
from tests.sentinel.logs import RECOVERY_PUBLIC, VAULT
from tests.sentinel.tampers.clean import CleanLog, foreign_log, open_image
from tests.sentinel.tampers.edits import data_key, flipped, one, run, set_payload

THIEFS_VAULT = Vault(bytes([9]) * KEY_BYTES, RECOVERY_PUBLIC)
"""Of somebody who knows the format and the public recovery key, and has another clinic key."""


def wrapped_copy_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    key_id = chance.choice(sorted(log.lowest_of_key))
    old = one(conn, "SELECT wrapped FROM log_data_key WHERE key_id = :k", k=key_id)
    new = chance.choice([flipped(old, chance), old[: chance.randrange(len(old))], old + b"\0"])
    run(conn, "UPDATE log_data_key SET wrapped = :new WHERE key_id = :k", new=new, k=key_id)
    return log.lowest_of_key[key_id]


def recovery_copy_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The clinic goes on reading, so no entry is bad; on the day of recovery it would be too late."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    old = one(conn, "SELECT sealed FROM log_data_key WHERE key_id = :k", k=key_id)
    new = chance.choice([flipped(old, chance), old[: chance.randrange(len(old))], old + b"\0"])
    run(conn, "UPDATE log_data_key SET sealed = :new WHERE key_id = :k", new=new, k=key_id)
    return None


def recovery_copy_replaced(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Well sealed to the public recovery key, by anybody: of another key, or of the right one."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    row = conn.execute(text("SELECT * FROM log_data_key WHERE key_id = :k"), {"k": key_id}).one()
    key = chance.choice([os.urandom(KEY_BYTES), VAULT.unwrap(*row)])
    _, sealed = THIEFS_VAULT.wrap(key_id, row.subject, key)
    run(conn, "UPDATE log_data_key SET sealed = :s WHERE key_id = :k", s=sealed, k=key_id)
    return None


def recovery_copies_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    _exchange(conn, chance.sample(sorted(log.lowest_of_key), 2), "sealed")
    return None


def data_keys_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    pair = chance.sample(sorted(log.lowest_of_key), 2)
    _exchange(conn, pair, *chance.choice([("wrapped",), ("wrapped", "sealed")]))
    return min(log.lowest_of_key[key] for key in pair)


def subjects_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    pair = chance.sample(sorted(log.lowest_of_key), 2)
    _exchange(conn, pair, "subject")
    return min(log.lowest_of_key[key] for key in pair)


def subject_renamed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    key_id = chance.choice(sorted(log.lowest_of_key))
    name = chance.choice(["P-9", "", f"{log.subject_of_key[key_id]} ", "Clinic"])
    run(conn, "UPDATE log_data_key SET subject = :name WHERE key_id = :k", name=name, k=key_id)
    return log.lowest_of_key[key_id]


def key_id_renamed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """In the key's row alone, or in the payloads too."""
    key_id, new = chance.choice(sorted(log.lowest_of_key)), chance.randbytes(16).hex()
    run(conn, "UPDATE log_data_key SET key_id = :new WHERE key_id = :k", new=new, k=key_id)
    if chance.random() < 0.5:
        run(conn, "UPDATE log_payload SET key_id = :new WHERE key_id = :k", new=new, k=key_id)
    return log.lowest_of_key[key_id]


def data_key_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    key_id = chance.choice(sorted(log.lowest_of_key))
    run(conn, "DELETE FROM log_data_key WHERE key_id = :k", k=key_id)
    return log.lowest_of_key[key_id]


def data_key_added(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """One that no payload uses: well made by an insider, or made up."""
    vault = chance.choice([VAULT, THIEFS_VAULT])
    wrapped, sealed = vault.wrap("spare", "P-9", chance.randbytes(KEY_BYTES))
    run(conn, "INSERT INTO log_data_key VALUES ('spare', 'P-9', :w, :s)", w=wrapped, s=sealed)
    return None


def data_key_replaced_by_a_thief(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """A fresh key, and every payload of the subject encrypted anew under it, by somebody without the clinic key."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    fresh = os.urandom(KEY_BYTES)
    _encrypt_anew(conn, key_id, AESGCM(fresh))
    wrapped, sealed = THIEFS_VAULT.wrap(key_id, log.subject_of_key[key_id], fresh)
    run(conn, "UPDATE log_data_key SET wrapped = :w, sealed = :s WHERE key_id = :k", w=wrapped, s=sealed, k=key_id)
    return log.lowest_of_key[key_id]


def payloads_under_a_key_not_stored(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Held to ransom: encrypted anew under a key that only the thief has, the row of the data key left as it was."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    _encrypt_anew(conn, key_id, AESGCM(os.urandom(KEY_BYTES)))
    return log.lowest_of_key[key_id]


def data_key_of_another_log(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The same subject's key from another database of the same clinic key: it opens, and opens nothing here."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    other = open_image(foreign_log().image)
    with other.connect() as reader:
        sql = "SELECT key_id, wrapped, sealed FROM log_data_key WHERE subject = :s"
        foreign = reader.execute(text(sql), {"s": log.subject_of_key[key_id]}).one()
    other.dispose()
    run(
        conn,
        "UPDATE log_data_key SET key_id = :new, wrapped = :w, sealed = :s WHERE key_id = :k",
        new=foreign.key_id,
        w=foreign.wrapped,
        s=foreign.sealed,
        k=key_id,
    )
    run(conn, "UPDATE log_payload SET key_id = :new WHERE key_id = :k", new=foreign.key_id, k=key_id)
    return log.lowest_of_key[key_id]


def _exchange(conn: Connection, pair: list[str], *columns: str) -> None:
    names = ", ".join(columns)
    rows = [conn.execute(text(f"SELECT {names} FROM log_data_key WHERE key_id = :k"), {"k": key}).one() for key in pair]
    if columns == ("subject",):
        run(conn, "UPDATE log_data_key SET subject = 'nobody' WHERE key_id = :k", k=pair[0])
    for key, row in zip(reversed(pair), rows, strict=True):
        for column, value in zip(columns, row, strict=True):
            run(conn, f"UPDATE log_data_key SET {column} = :v WHERE key_id = :k", v=value, k=key)


def _encrypt_anew(conn: Connection, key_id: str, new_key: AESGCM) -> None:
    """Put every payload of a subject under another key, each with its own leaf as associated data."""
    old_key = data_key(conn, key_id)
    sql = "SELECT idx, leaf, sealed_record FROM log_payload JOIN log_entry USING (idx) WHERE key_id = :k"
    for index, leaf, sealed in conn.execute(text(sql), {"k": key_id}).all():
        salt, encoded = unlock_payload(old_key, leaf, sealed, SALT_BYTES)
        set_payload(conn, index, lock_payload(new_key, leaf, salt, encoded))


KEY_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "wrapped data key edited": wrapped_copy_edited,
    "recovery copy edited": recovery_copy_edited,
    "recovery copy replaced": recovery_copy_replaced,
    "recovery copies swapped": recovery_copies_swapped,
    "data keys swapped": data_keys_swapped,
    "subjects swapped": subjects_swapped,
    "subject renamed": subject_renamed,
    "key id renamed": key_id_renamed,
    "data key deleted": data_key_deleted,
    "data key added": data_key_added,
    "data key replaced by a thief": data_key_replaced_by_a_thief,
    "payloads held under a stolen key": payloads_under_a_key_not_stored,
    "data key of another log": data_key_of_another_log,
}

"""Tampering with payloads: what the records say, and what was erased."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, text

from commensal.sentinel.leaf import Record, canonical
from commensal.sentinel.log import CLINIC, ERASURE
from commensal.sentinel.vault import lock_payload
from tests.sentinel.logs import NOON, VAULT
from tests.sentinel.tampers.clean import ERASURE_AT, SIZE, CleanLog, foreign_log, open_image
from tests.sentinel.tampers.edits import (
    data_key,
    fit_tiles,
    flipped,
    made_up,
    move,
    one,
    opened,
    run,
    set_leaf,
    set_payload,
    write_tree,
)

BEFORE_THE_ERASURE = 256
"""Size of the older image that a payload is put back from."""


def payload_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(sorted(log.has_payload))
    old = one(conn, "SELECT sealed_record FROM log_payload WHERE idx = :i", i=index)
    set_payload(conn, index, chance.choice([flipped(old, chance), chance.randbytes(len(old))]))
    return index


def payload_cut_or_grown(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(sorted(log.has_payload))
    old = one(conn, "SELECT sealed_record FROM log_payload WHERE idx = :i", i=index)
    set_payload(conn, index, chance.choice([old[: chance.randrange(len(old))], old + b"\0", b"", old + old]))
    return index


def payload_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(log.movable)
    run(conn, "DELETE FROM log_payload WHERE idx = :i", i=index)
    return index


def payloads_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    pair = sorted(chance.sample(sorted(log.has_payload), 2))
    move(conn, "log_payload", dict(zip(pair, reversed(pair), strict=True)))
    return pair[0]


def payload_copied_within_a_subject(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The right data key, another entry: only the leaf, bound in as associated data, is against it."""
    key_id = chance.choice(sorted(log.lowest_of_key))
    mine = conn.execute(text("SELECT idx FROM log_payload WHERE key_id = :k"), {"k": key_id}).scalars().all()
    source, target = chance.sample(mine, 2)
    set_payload(conn, target, one(conn, "SELECT sealed_record FROM log_payload WHERE idx = :i", i=source))
    return target


def payload_of_another_log(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(sorted(log.has_payload))
    other = open_image(foreign_log().image)
    with other.connect() as reader:
        set_payload(conn, index, one(reader, "SELECT sealed_record FROM log_payload WHERE idx = :i", i=index))
    other.dispose()
    return index


def payload_put_under_another_key(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(sorted(log.has_payload))
    now = one(conn, "SELECT key_id FROM log_payload WHERE idx = :i", i=index)
    others = [*sorted(log.lowest_of_key.keys() - {now}), "no such key"]
    run(conn, "UPDATE log_payload SET key_id = :k WHERE idx = :i", k=chance.choice(others), i=index)
    return index


def content_changed_by_an_insider(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Encrypted anew with the right data key and leaf, salt kept: another content does not fit the commitment."""
    index = chance.choice(log.movable)
    was = opened(conn, index)
    changed = chance.choice(
        [
            replace(was.record, content={**was.record.content, "ph": -1.0}),
            replace(was.record, why="another reason"),
            replace(was.record, actor="Dentist:Dr Nobody"),
            replace(was.record, at=NOON - timedelta(days=1)),
        ]
    )
    set_payload(conn, index, lock_payload(was.key, was.leaf, was.salt, canonical(changed)))
    return index


def salt_changed_by_an_insider(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(log.movable)
    was = opened(conn, index)
    set_payload(conn, index, lock_payload(was.key, was.leaf, flipped(was.salt, chance), canonical(was.record)))
    return index


def moved_to_another_subject(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Encrypted anew under another subject's data key: it opens, it fits its leaf, and it is in the wrong hands."""
    index = chance.choice(log.movable)
    was = opened(conn, index)
    other = chance.choice(sorted(log.lowest_of_key.keys() - {was.key_id}))
    sealed = lock_payload(data_key(conn, other), was.leaf, was.salt, canonical(was.record))
    run(conn, "UPDATE log_payload SET key_id = :k, sealed_record = :s WHERE idx = :i", k=other, s=sealed, i=index)
    return index


def payload_without_entry(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice([SIZE, SIZE + 1, 10**6, 2**62, -1, -(2**62)])
    source = chance.choice(sorted(log.has_payload))
    sql = "INSERT INTO log_payload SELECT :i, key_id, sealed_record FROM log_payload WHERE idx = :source"
    run(conn, sql, i=index, source=source)
    return None


def person_removed_without_erasure(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    key_id = chance.choice(sorted(key for key, subject in log.subject_of_key.items() if subject != CLINIC))
    run(conn, "DELETE FROM log_payload WHERE key_id = :k", k=key_id)
    if chance.random() < 0.7:
        run(conn, "DELETE FROM log_data_key WHERE key_id = :k", k=key_id)
    return log.lowest_of_key[key_id]


def erasure_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """What it explained is unexplained from its lowest entry on; it is itself one more payload that is missing."""
    run(conn, "DELETE FROM log_payload WHERE idx = :i", i=ERASURE_AT)
    return log.erased[0]


def erasure_widened_by_an_insider(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """One more payload removed, and the erasure encrypted anew to name it: the commitment is against it."""
    lost = chance.choice([i for i in log.movable if i < ERASURE_AT])
    was = opened(conn, ERASURE_AT)
    widened = replace(was.record, content={"erased": sorted([*log.erased, lost])})
    set_payload(conn, ERASURE_AT, lock_payload(was.key, was.leaf, was.salt, canonical(widened)))
    run(conn, "DELETE FROM log_payload WHERE idx = :i", i=lost)
    return ERASURE_AT


def _erasure_of(lost: int) -> Record:
    return Record(subject=CLINIC, actor="Desk", act=ERASURE, why="asked", content={"erased": [lost]}, schema=1, at=NOON)


def erasure_put_over_a_record(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """With the clinic key, not the log key: a payload removed and a later record made its erasure, tiles to fit."""
    mine = [i for i in log.movable if i % 5 == 0]
    lost, index = sorted(chance.sample(mine, 2))
    leaf, sealed = made_up(opened(conn, index).key, _erasure_of(lost))
    run(conn, "DELETE FROM log_payload WHERE idx = :i", i=lost)
    set_leaf(conn, index, leaf)
    set_payload(conn, index, sealed)
    return fit_tiles(conn, log, {index: leaf}, chance)


def erasure_added_unsigned(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """A payload removed, and an erasure put behind the signed entries: what nobody signed explains nothing."""
    lost = chance.choice(log.movable)
    was = opened(conn, 0)
    leaf, sealed = made_up(was.key, _erasure_of(lost))
    run(conn, "DELETE FROM log_payload WHERE idx = :i", i=lost)
    run(conn, "INSERT INTO log_entry VALUES (:i, :leaf)", i=SIZE, leaf=leaf)
    run(conn, "INSERT INTO log_payload VALUES (:i, :k, :s)", i=SIZE, k=was.key_id, s=sealed)
    if chance.random() < 0.5:
        write_tree(conn, [*log.leaves, leaf])
    return lost


def erasure_moved_before_what_it_names(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """An erasure names earlier entries only; elsewhere it is none, and what it explained is unexplained."""
    target = chance.choice([i for i in log.movable if i < log.erased[-1]])
    goes_to = {ERASURE_AT: target, target: ERASURE_AT}
    for table in ("log_entry", "log_payload"):
        move(conn, table, goes_to)
    write_tree(conn, [log.leaves[goes_to.get(i, i)] for i in range(SIZE)])
    return min(target, log.erased[0])


def payload_put_back_after_erasure(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """From a copy made before the erasure: under a key still here, or with its own, wrapped anew by an insider."""
    index = chance.choice([i for i in log.erased if i < BEFORE_THE_ERASURE])
    copy = open_image(log.older[BEFORE_THE_ERASURE])
    with copy.connect() as reader:
        was = opened(reader, index)
        sealed = one(reader, "SELECT sealed_record FROM log_payload WHERE idx = :i", i=index)
        old_key = reader.execute(text("SELECT * FROM log_data_key WHERE key_id = :k"), {"k": was.key_id}).one()
    copy.dispose()
    key_id = chance.choice(sorted(log.lowest_of_key))
    if chance.random() < 0.5:
        key_id = was.key_id
        wrapped, sealed_key = VAULT.wrap(key_id, "P-2 again", VAULT.unwrap(*old_key))
        run(conn, "INSERT INTO log_data_key VALUES (:k, 'P-2 again', :w, :s)", k=key_id, w=wrapped, s=sealed_key)
    run(conn, "INSERT INTO log_payload VALUES (:i, :k, :s)", i=index, k=key_id, s=sealed)
    return index


PAYLOAD_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "payload edited": payload_edited,
    "payload cut or grown": payload_cut_or_grown,
    "payload deleted": payload_deleted,
    "payloads swapped": payloads_swapped,
    "payload copied within a subject": payload_copied_within_a_subject,
    "payload of another log": payload_of_another_log,
    "payload put under another key": payload_put_under_another_key,
    "content changed by an insider": content_changed_by_an_insider,
    "salt changed by an insider": salt_changed_by_an_insider,
    "record moved to another subject": moved_to_another_subject,
    "payload without entry": payload_without_entry,
    "person removed without erasure": person_removed_without_erasure,
    "erasure deleted": erasure_deleted,
    "erasure widened by an insider": erasure_widened_by_an_insider,
    "erasure put over a record": erasure_put_over_a_record,
    "erasure added, unsigned": erasure_added_unsigned,
    "erasure moved before what it names": erasure_moved_before_what_it_names,
    "payload put back after erasure": payload_put_back_after_erasure,
}

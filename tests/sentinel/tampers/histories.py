"""Whole histories rewritten by a thief of the log key: sound in themselves, found by a checkpoint somebody kept.

Each gives the first entry an audit must name, and the checkpoint it is audited against.
"""

import random
from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import Connection

from tests.sentinel.logs import LOG_KEY
from tests.sentinel.tampers.clean import ERASURE_AT, OLDER_SIZES, SIZE, CleanLog, foreign_log
from tests.sentinel.tampers.edits import (
    made_up,
    opened,
    run,
    set_checkpoint,
    set_leaf,
    set_payload,
    signed_by,
    write_tree,
)

Rewriting: TypeAlias = tuple[int | None, str]


def roll_back(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """An older state of the whole database, put back by somebody with no key at all."""
    size = chance.choice(OLDER_SIZES)
    _put_back(conn, log.older[size])
    return size, _kept_beyond(log, size, chance)


def truncated_and_signed(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """Cut anywhere that leaves no payload unexplained, with data keys, tiles and signature to fit."""
    kept = chance.choice([0, 1, 2, *range(ERASURE_AT + 1, SIZE)])
    for table in ("log_entry", "log_payload"):
        run(conn, f"DELETE FROM {table} WHERE idx >= :kept", kept=kept)
    run(conn, "DELETE FROM log_data_key WHERE key_id NOT IN (SELECT key_id FROM log_payload)")
    set_checkpoint(conn, signed_by(LOG_KEY, kept, write_tree(conn, log.leaves[:kept])))
    return kept, _kept_beyond(log, kept, chance)


def record_rewritten_and_signed(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """An insider with every key: one record exchanged, everything after it signed anew. The split view."""
    index = chance.choice(log.movable)
    was = opened(conn, index)
    leaf, sealed = made_up(was.key, was.record)
    set_payload(conn, index, sealed)
    _sign_anew(conn, log, index, leaf)
    return None, _kept_beyond(log, index, chance)


def grown_apart(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """The split view as it comes about: one history up to a size, then two, this one as long or longer."""
    parted = chance.randrange(SIZE - 20, SIZE)
    leaves = log.leaves[:parted]
    for index in range(parted, SIZE + chance.randrange(3)):
        was = opened(conn, min(index, SIZE - 1))
        leaf, sealed = made_up(was.key, was.record)
        run(conn, "REPLACE INTO log_entry VALUES (:i, :leaf)", i=index, leaf=leaf)
        run(conn, "REPLACE INTO log_payload VALUES (:i, :k, :s)", i=index, k=was.key_id, s=sealed)
        leaves.append(leaf)
    set_checkpoint(conn, signed_by(LOG_KEY, len(leaves), write_tree(conn, leaves)))
    return None, log.checkpoint


def entry_forged_and_signed(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """A thief of the log key without the clinic key: the payload tells where, the kept checkpoint tells for certain."""
    index = chance.randrange(SIZE)
    leaf = log.leaves[index][:9] + chance.randbytes(32)
    _sign_anew(conn, log, index, leaf)
    return (index if index in log.has_payload else None), _kept_beyond(log, index, chance)


def another_log_in_its_place(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """Same name, same keys, same people, every salt another."""
    _put_back(conn, foreign_log().image)
    return None, _kept_beyond(log, 0, chance)


def order_rewritten_and_signed(conn: Connection, log: CleanLog, chance: random.Random) -> Rewriting:
    """Two records change places, payloads, tiles and signature to fit."""
    first = chance.randrange(len(log.movable) - 1)
    one, other = log.movable[first : first + 2]
    leaves = list(log.leaves)
    leaves[one], leaves[other] = leaves[other], leaves[one]
    for index in (one, other):
        set_leaf(conn, index, leaves[index])
    for old, new in ((one, -1), (other, one), (-1, other)):
        run(conn, "UPDATE log_payload SET idx = :new WHERE idx = :old", new=new, old=old)
    set_checkpoint(conn, signed_by(LOG_KEY, SIZE, write_tree(conn, leaves)))
    return None, _kept_beyond(log, other, chance)


def _put_back(conn: Connection, image: bytes) -> None:
    conn.commit()
    conn.connection.dbapi_connection.deserialize(image)


def _kept_beyond(log: CleanLog, index: int, chance: random.Random) -> str:
    """A checkpoint that somebody kept, of any size that covers the entry `index`."""
    notes = {**log.older_checkpoints, SIZE: log.checkpoint}
    return notes[chance.choice([size for size in notes if size > index])]


def _sign_anew(conn: Connection, log: CleanLog, index: int, leaf: bytes) -> None:
    set_leaf(conn, index, leaf)
    root = write_tree(conn, [*log.leaves[:index], leaf, *log.leaves[index + 1 :]])
    set_checkpoint(conn, signed_by(LOG_KEY, SIZE, root))


REWRITINGS: dict[str, Callable[[Connection, CleanLog, random.Random], Rewriting]] = {
    "roll-back": roll_back,
    "truncated and signed": truncated_and_signed,
    "split view: a record rewritten": record_rewritten_and_signed,
    "split view: grown apart": grown_apart,
    "entry forged and signed": entry_forged_and_signed,
    "another log in its place": another_log_in_its_place,
    "order rewritten and signed": order_rewritten_and_signed,
}

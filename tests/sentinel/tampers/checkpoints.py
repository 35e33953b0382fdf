"""Tampering with the stored checkpoint: what the log is said to have signed."""

import random
from collections.abc import Callable

from sqlalchemy import Connection

from commensal.sentinel.checkpoint import open_checkpoint
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.tree import GrowingTree
from tests.sentinel.logs import LOG_KEY, OTHER_KEY
from tests.sentinel.tampers.clean import ERASURE_AT, OLDER_SIZES, SIZE, CleanLog, foreign_log
from tests.sentinel.tampers.edits import run, set_checkpoint, signed_by


def root_of(log: CleanLog, size: int) -> bytes:
    """The right root of the log's first entries."""
    tree = GrowingTree()
    tree.extend([leaf_hash(leaf) for leaf in log.leaves[:size]])
    return tree.root


def checkpoint_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    run(conn, chance.choice(["DELETE FROM log_checkpoint", "UPDATE log_checkpoint SET slot = 1"]))
    return None


def second_checkpoint(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    notes = [log.checkpoint, *log.older_checkpoints.values(), foreign_log().checkpoint]
    slot = chance.choice([1, -1, 2**40])
    run(conn, "INSERT INTO log_checkpoint VALUES (:slot, :note)", slot=slot, note=chance.choice(notes))
    return None


def older_checkpoint(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Of a size before the erasure, it leaves the erasure unsigned, and what that explained unexplained."""
    size = chance.choice(OLDER_SIZES)
    set_checkpoint(conn, log.older_checkpoints[size])
    return size if size > ERASURE_AT else min(size, log.erased[0])


def checkpoint_of_a_fork(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Signed by another log of the same name and key: no entry leads to its root."""
    set_checkpoint(conn, foreign_log().checkpoint)
    return None


def checkpoint_of_another_name(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Signed by the same secret under another name, or by our key for another origin."""
    root = open_checkpoint(log.checkpoint, LOG_KEY.verifier).root
    elsewhere = SigningKey("other.example/log", bytes([1]) * 32)
    notes = [signed_by(elsewhere, SIZE, root, origin=elsewhere.name), signed_by(LOG_KEY, SIZE, root, elsewhere.name)]
    set_checkpoint(conn, chance.choice(notes))
    return None


def checkpoint_by_another_key(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The same name, size and root, a good signature: by a key that is not the log's."""
    root = open_checkpoint(log.checkpoint, LOG_KEY.verifier).root
    thief = chance.choice([OTHER_KEY, SigningKey(LOG_KEY.name, chance.randbytes(32))])
    set_checkpoint(conn, signed_by(thief, SIZE, root))
    return None


def signature_line_exchanged(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """A good signature of ours, over another text."""
    text = log.checkpoint.partition("\n\n")[0]
    older = chance.choice(sorted(log.older_checkpoints.values()))
    set_checkpoint(conn, f"{text}\n\n{older.partition(chr(10) * 2)[2]}")
    return None


def checkpoint_character_changed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Any character for another that may stand there: in name, size, root, key id or signature, slack bits too."""
    place = chance.choice([chance.randrange(len(log.checkpoint)), len(log.checkpoint) - chance.randint(1, 5)])
    old = log.checkpoint[place]
    new = chance.choice([c for c in "0123456789AZaz+/=\n .é" if c != old])
    set_checkpoint(conn, log.checkpoint[:place] + new + log.checkpoint[place + 1 :])
    return None


def checkpoint_cut_or_grown(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    note = log.checkpoint
    text, _, signature = note.partition("\n\n")
    grown = [
        f"{text}\nmore\n\n{signature}",
        note + "\n",
        f"\n{note}",
        note + note,
        note + " ",
        note.replace("\n", "\r\n"),
    ]
    set_checkpoint(conn, chance.choice([note[: chance.randrange(len(note))], *grown]))
    return None


def signed_for_one_less(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """By a thief of the log key who forgot to remove the entry: size and root fit each other, not the entries."""
    size = SIZE - chance.randint(1, 40)
    set_checkpoint(conn, signed_by(LOG_KEY, size, root_of(log, size)))
    return size


def signed_for_more(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    size = SIZE + chance.randint(1, 2**40)
    set_checkpoint(conn, signed_by(LOG_KEY, size, root_of(log, SIZE)))
    return SIZE


def signed_for_more_with_an_entry_far_away(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """By a thief of the log key: so many entries missing that an audit which counts them would never end."""
    size = 2**62
    set_checkpoint(conn, signed_by(LOG_KEY, size, root_of(log, SIZE)))
    moved = chance.choice([i for i in log.movable if i > ERASURE_AT])
    for table in ("log_entry", "log_payload"):
        run(conn, f"UPDATE {table} SET idx = :far WHERE idx = :moved", far=size - chance.randint(1, 2**61), moved=moved)
    return moved


def signed_for_another_root(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    root = chance.choice([chance.randbytes(32), bytes(32), root_of(log, SIZE - 1), root_of(foreign_log(), SIZE)])
    set_checkpoint(conn, signed_by(LOG_KEY, SIZE, root))
    return None


CHECKPOINT_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "checkpoint deleted": checkpoint_deleted,
    "second checkpoint": second_checkpoint,
    "older checkpoint": older_checkpoint,
    "checkpoint of a fork": checkpoint_of_a_fork,
    "checkpoint of another name": checkpoint_of_another_name,
    "checkpoint by another key": checkpoint_by_another_key,
    "signature line exchanged": signature_line_exchanged,
    "checkpoint character changed": checkpoint_character_changed,
    "checkpoint cut or grown": checkpoint_cut_or_grown,
    "signed for fewer entries": signed_for_one_less,
    "signed for more entries": signed_for_more,
    "signed for more, one far away": signed_for_more_with_an_entry_far_away,
    "signed for another root": signed_for_another_root,
}

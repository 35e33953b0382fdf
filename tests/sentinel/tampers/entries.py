"""Tampering with entries: what happened, when, and in which order."""

import random
from collections.abc import Callable

from sqlalchemy import Connection

from tests.sentinel.tampers.clean import ERASURE_AT, SIZE, CleanLog, foreign_log
from tests.sentinel.tampers.edits import (
    fit_tiles,
    flipped,
    full_tile_start,
    made_up,
    move,
    opened,
    run,
    set_leaf,
    set_leaf_hash,
    set_payload,
    shift,
    write_tree,
)

COMMITMENT_AT = 9
BOTH = ("log_entry", "log_payload")


def entry_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    set_leaf(conn, index, flipped(log.leaves[index], chance))
    return index


def entry_and_leaf_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The pair that a reader of tiles believes, when it trusts a tile for having come with one that was checked."""
    index = chance.randrange(SIZE)
    leaf = flipped(log.leaves[index], chance, chance.randrange(COMMITMENT_AT, 41))
    set_leaf(conn, index, leaf)
    set_leaf_hash(conn, index, leaf)
    return index if index in log.has_payload else full_tile_start(index)


def entry_and_every_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    leaf = flipped(log.leaves[index], chance, chance.randrange(COMMITMENT_AT, 41))
    set_leaf(conn, index, leaf)
    write_tree(conn, [*log.leaves[:index], leaf, *log.leaves[index + 1 :]])
    return index if index in log.has_payload else None


def log_time_changed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    old = log.leaves[index]
    moved_ms = int.from_bytes(old[1:9], "big") + chance.choice([-1, 1, -86_400_000, 86_400_000])
    set_leaf(conn, index, old[:1] + moved_ms.to_bytes(8, "big") + old[9:])
    return index


def log_time_and_tiles(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    leaf = flipped(log.leaves[index], chance, chance.randrange(6, COMMITMENT_AT))
    set_leaf(conn, index, leaf)
    place = fit_tiles(conn, log, {index: leaf}, chance)
    return index if index in log.has_payload else place


def leaf_version_changed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    leaf = chance.choice([0, 2, 255]).to_bytes() + log.leaves[index][1:]
    set_leaf(conn, index, leaf)
    if chance.random() < 0.7:
        fit_tiles(conn, log, {index: leaf}, chance)
    return index


def truncation(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    kept = chance.choice([0, SIZE - 1, chance.randrange(SIZE)])
    for table in BOTH:
        run(conn, f"DELETE FROM {table} WHERE idx >= :kept", kept=kept)
    if chance.random() < 0.5:
        write_tree(conn, log.leaves[:kept])
    return kept


def entry_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    lost = chance.randrange(SIZE)
    for table in chance.choice([BOTH, BOTH[:1]]):
        run(conn, f"DELETE FROM {table} WHERE idx = :lost", lost=lost)
    return lost


def range_deleted_and_renumbered(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """With tiles to fit, what shows is the missing end; but an erasure moved below what it names shows before."""
    count = chance.randint(2, 40)
    first = chance.randrange(SIZE - count)
    for table in BOTH:
        run(conn, f"DELETE FROM {table} WHERE idx >= :first AND idx < :stop", first=first, stop=first + count)
        shift(conn, table, first + count, -count)
    if chance.random() < 0.5:
        return first
    write_tree(conn, log.leaves[:first] + log.leaves[first + count :])
    return ERASURE_AT - count if first + count <= ERASURE_AT else SIZE - count


def entries_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    pair = sorted(chance.sample(log.movable, 2))
    return _moved(conn, log, dict(zip(pair, reversed(pair), strict=True)), chance)


def entries_rotated(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    first = chance.randrange(len(log.movable) - 6)
    some = log.movable[first : first + chance.randint(3, 6)]
    return _moved(conn, log, dict(zip(some, some[1:] + some[:1], strict=True)), chance)


def _moved(conn: Connection, log: CleanLog, goes_to: dict[int, int], chance: random.Random) -> int | None:
    """Move leaves alone, or with their payloads and tiles: then only the tree can tell."""
    move(conn, "log_entry", goes_to)
    if chance.random() < 0.5:
        return min(goes_to)
    move(conn, "log_payload", goes_to)
    return fit_tiles(conn, log, {new: log.leaves[old] for old, new in goes_to.items()}, chance)


def entry_duplicated(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Told twice: a copy behind the original, payload and all; every later entry moves on by one."""
    index = chance.choice([i for i in log.movable if i > ERASURE_AT])
    for table in BOTH:
        shift(conn, table, index + 1, 1)
    run(conn, "INSERT INTO log_entry SELECT idx + 1, leaf FROM log_entry WHERE idx = :i", i=index)
    run(conn, "INSERT INTO log_payload SELECT idx + 1, key_id, sealed_record FROM log_payload WHERE idx = :i", i=index)
    if chance.random() < 0.5:
        return index + 1
    write_tree(conn, [*log.leaves[: index + 1], *log.leaves[index:]])
    return SIZE


def forged_entry(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """An invented leaf, in the middle or at the end."""
    forged = log.leaves[0][:COMMITMENT_AT] + chance.randbytes(32)
    index = chance.choice([SIZE, chance.randrange(SIZE)])
    for table in BOTH:
        shift(conn, table, index, 1)
    run(conn, "INSERT INTO log_entry VALUES (:i, :leaf)", i=index, leaf=forged)
    if chance.random() < 0.5:
        write_tree(conn, [*log.leaves[:index], forged, *log.leaves[index:]])
        if index < SIZE and index not in log.has_payload:
            return index + 1  # the erasure explains a missing payload here; the entry pushed aside is unexplained
    return index


def entry_of_another_log(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(log.movable)
    leaf = foreign_log().leaves[index]
    set_leaf(conn, index, leaf)
    if chance.random() < 0.7:
        fit_tiles(conn, log, {index: leaf}, chance)
    return index


def record_replaced_by_an_insider(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """With the clinic key, not the log key: another record, well committed and encrypted, with tiles to fit."""
    index = chance.choice(log.movable)
    was = opened(conn, index)
    leaf, sealed = made_up(was.key, was.record)
    set_leaf(conn, index, leaf)
    set_payload(conn, index, sealed)
    return fit_tiles(conn, log, {index: leaf}, chance)


def records_added_by_an_insider(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """With the clinic key, not the log key: entries behind the signed ones, with tiles to fit."""
    added = []
    for index in range(SIZE, SIZE + chance.randint(1, 3)):
        was = opened(conn, chance.choice(log.movable))
        leaf, sealed = made_up(was.key, was.record)
        run(conn, "INSERT INTO log_entry VALUES (:i, :leaf)", i=index, leaf=leaf)
        run(conn, "INSERT INTO log_payload VALUES (:i, :k, :s)", i=index, k=was.key_id, s=sealed)
        added.append(leaf)
    if chance.random() < 0.5:
        write_tree(conn, log.leaves + added)
    return SIZE


ENTRY_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "entry edited": entry_edited,
    "entry and its leaf tile": entry_and_leaf_tile,
    "entry and every tile": entry_and_every_tile,
    "log time changed": log_time_changed,
    "log time changed, tiles to fit": log_time_and_tiles,
    "leaf version changed": leaf_version_changed,
    "truncation": truncation,
    "entry deleted": entry_deleted,
    "range deleted and renumbered": range_deleted_and_renumbered,
    "entries swapped": entries_swapped,
    "entries rotated": entries_rotated,
    "entry duplicated": entry_duplicated,
    "forged entry": forged_entry,
    "entry of another log": entry_of_another_log,
    "record replaced by an insider": record_replaced_by_an_insider,
    "records added by an insider": records_added_by_an_insider,
}

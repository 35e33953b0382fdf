"""Tampering with tiles: the tree's hashes, apart from the entries they come from."""

import random
from collections.abc import Callable

from sqlalchemy import Connection

from commensal.sentinel.tiles import perfect_root
from tests.sentinel.tampers.clean import SIZE, CleanLog, foreign_log
from tests.sentinel.tampers.edits import flipped, run, set_tile

HASH = 32
STRAY = [(0, 3), (1, 1), (2, 0), (0, -1), (63, 0), (5, 7), (-1, 0), (2**40, 2**40)]
"""Places where a log of 600 entries has no tile."""


def first_under(level: int, n: int, hash_number: int = 0) -> int:
    """The first entry under one hash of a tile."""
    return (n * 256 + hash_number) * 256**level


def first_difference(one: bytes, other: bytes) -> int:
    """Number of the first hash in which two tiles differ."""
    return next(i // HASH for i in range(0, len(one), HASH) if one[i : i + HASH] != other[i : i + HASH])


def tile_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    (level, n), hashes = chance.choice(sorted(log.tiles.items()))
    place = chance.randrange(len(hashes))
    set_tile(conn, level, n, flipped(hashes, chance, place))
    return first_under(level, n, place // HASH)


def tile_deleted(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    level, n = chance.choice(sorted(log.tiles))
    run(conn, "DELETE FROM log_tile WHERE level = :l AND n = :n", l=level, n=n)
    return first_under(level, n)


def tile_added(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    level, n = chance.choice(STRAY)
    run(conn, "INSERT INTO log_tile VALUES (:l, :n, :h)", l=level, n=n, h=chance.choice(sorted(log.tiles.values())))
    return None


def tile_cut_short(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    (level, n), hashes = chance.choice(sorted(log.tiles.items()))
    kept = chance.randrange(len(hashes))
    set_tile(conn, level, n, hashes[:kept])
    return first_under(level, n, kept // HASH)


def bytes_added_to_a_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Every hash in it is right, so no entry is bad; the bytes behind them are nobody's."""
    (level, n), hashes = chance.choice(sorted(log.tiles.items()))
    set_tile(conn, level, n, hashes + chance.choice([b"\0", bytes(HASH), chance.randbytes(HASH), hashes]))
    return None


def older_partial_tile_put_back(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """The last tile of level 0 or 1 as it was when the log was shorter."""
    level, n = chance.choice([(0, 2), (1, 0)])
    width = chance.randrange(1, len(log.tiles[level, n]) // HASH)
    set_tile(conn, level, n, log.tiles[level, n][: width * HASH])
    return first_under(level, n, width)


def tile_of_another_log(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    level, n = chance.choice(sorted(log.tiles))
    set_tile(conn, level, n, foreign_log().tiles[level, n])
    return first_under(level, n)


def tiles_of_two_logs_mixed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Two clinics' tiles in one table, at every level but never all of them."""
    places = sorted(log.tiles)
    foreign = chance.sample(places, chance.randint(2, len(places)))
    for level, n in foreign:
        set_tile(conn, level, n, foreign_log().tiles[level, n])
    return min(first_under(level, n) for level, n in foreign)


def tiles_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    one, other = chance.sample([(0, 0), (0, 1)], 2)
    if chance.random() < 0.5:
        one, other = chance.sample([(0, 2), (1, 0)], 2)
    set_tile(conn, *one, log.tiles[other])
    set_tile(conn, *other, log.tiles[one])
    return min(first_under(*one), first_under(*other))


def hashes_swapped_in_a_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    (level, n), hashes = chance.choice(sorted(log.tiles.items()))
    parts = [hashes[i : i + HASH] for i in range(0, len(hashes), HASH)]
    one, other = sorted(chance.sample(range(len(parts)), 2))
    parts[one], parts[other] = parts[other], parts[one]
    set_tile(conn, level, n, b"".join(parts))
    return first_under(level, n, one)


def tile_zeroed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """A block of the disk that reads as zeros."""
    (level, n), hashes = chance.choice(sorted(log.tiles.items()))
    start = chance.randrange(len(hashes))
    set_tile(conn, level, n, (hashes[:start] + bytes(512))[: len(hashes)] + hashes[start + 512 :])
    return first_under(level, n, start // HASH)


def level_one_fitted_to_a_forged_leaf_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """A leaf tile forged and the level above recomputed from it: the tiles agree with each other, not with entries."""
    index = chance.randrange(SIZE // 256 * 256)
    n, at = index // 256, index % 256 * HASH
    forged = log.tiles[0, n][:at] + chance.randbytes(HASH) + log.tiles[0, n][at + HASH :]
    set_tile(conn, 0, n, forged)
    root = perfect_root([forged[i : i + HASH] for i in range(0, len(forged), HASH)])
    above = log.tiles[1, 0]
    set_tile(conn, 1, 0, above[: n * HASH] + root + above[(n + 1) * HASH :])
    return index


TILE_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "tile edited": tile_edited,
    "tile deleted": tile_deleted,
    "tile added": tile_added,
    "tile cut short": tile_cut_short,
    "bytes added to a tile": bytes_added_to_a_tile,
    "older partial tile put back": older_partial_tile_put_back,
    "tile of another log": tile_of_another_log,
    "tiles of two logs mixed": tiles_of_two_logs_mixed,
    "tiles swapped": tiles_swapped,
    "hashes swapped in a tile": hashes_swapped_in_a_tile,
    "tile zeroed": tile_zeroed,
    "level 1 fitted to a forged leaf tile": level_one_fitted_to_a_forged_leaf_tile,
}

"""What tampers share: changing rows, refitting tiles, and the work of an insider who holds the clinic key."""

import os
import random
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, text

from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.leaf import SALT_BYTES, Record, canonical, commitment, from_canonical, leaf_prefix
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.tree import GrowingTree
from commensal.sentinel.vault import lock_payload, unlock_payload
from tests.sentinel.logs import LOG_KEY, NOON, VAULT
from tests.sentinel.tampers.clean import SIZE, CleanLog


class Opened(NamedTuple):
    """A payload as an insider reads it."""

    key_id: str
    key: AESGCM
    leaf: bytes
    salt: bytes
    record: Record


def run(conn: Connection, sql: str, **values: Any) -> None:
    """Execute one statement."""
    conn.execute(text(sql), values)


def one(conn: Connection, sql: str, **values: Any) -> Any:
    """The one value a query gives."""
    return conn.execute(text(sql), values).scalar_one()


def flipped(value: bytes, chance: random.Random, place: int | None = None) -> bytes:
    """`value` with one byte changed, at `place` or anywhere."""
    place = chance.randrange(len(value)) if place is None else place
    return value[:place] + bytes([value[place] ^ chance.randint(1, 255)]) + value[place + 1 :]


def set_leaf(conn: Connection, index: int, leaf: bytes) -> None:
    """Overwrite one entry."""
    run(conn, "UPDATE log_entry SET leaf = :leaf WHERE idx = :i", leaf=leaf, i=index)


def set_payload(conn: Connection, index: int, sealed: bytes) -> None:
    """Overwrite one payload."""
    run(conn, "UPDATE log_payload SET sealed_record = :sealed WHERE idx = :i", sealed=sealed, i=index)


def set_tile(conn: Connection, level: int, n: int, hashes: bytes) -> None:
    """Overwrite one tile."""
    run(conn, "UPDATE log_tile SET hashes = :h WHERE level = :l AND n = :n", h=hashes, l=level, n=n)


def write_tree(conn: Connection, leaves: list[bytes]) -> bytes:
    """Replace every tile by what these entries make, as somebody who knows the format would; the new root."""
    tree = GrowingTree()
    tiles = tree.extend([leaf_hash(leaf) for leaf in leaves]) + tree.partial_tiles()
    run(conn, "DELETE FROM log_tile")
    for level, n, hashes in tiles:
        run(conn, "INSERT INTO log_tile VALUES (:level, :n, :hashes)", level=level, n=n, hashes=hashes)
    return tree.root


def set_leaf_hash(conn: Connection, index: int, leaf: bytes) -> None:
    """Make the leaf tile fit a changed entry."""
    old = one(conn, "SELECT hashes FROM log_tile WHERE level = 0 AND n = :n", n=index // 256)
    at = index % 256 * 32
    set_tile(conn, 0, index // 256, old[:at] + leaf_hash(leaf) + old[at + 32 :])


def full_tile_start(*indexes: int) -> int | None:
    """Where an edit that fits entry and leaf tile can be placed: the first full tile it touches."""
    return min((i // 256 * 256 for i in indexes if i // 256 < SIZE // 256), default=None)


def fit_tiles(conn: Connection, log: CleanLog, changed: dict[int, bytes], chance: random.Random) -> int | None:
    """Fit leaf tiles, or every tile, to changed entries; where hashes alone can then place the change."""
    if chance.random() < 0.5:
        for index, leaf in changed.items():
            set_leaf_hash(conn, index, leaf)
        return full_tile_start(*changed)
    write_tree(conn, [changed.get(i, leaf) for i, leaf in enumerate(log.leaves)])
    return None


def move(conn: Connection, table: str, goes_to: dict[int, int]) -> None:
    """Renumber rows of a table all at once."""
    for old in goes_to:
        run(conn, f"UPDATE {table} SET idx = :new WHERE idx = :old", new=-old - 1_000, old=old)
    for old, new in goes_to.items():
        run(conn, f"UPDATE {table} SET idx = :new WHERE idx = :old", new=new, old=-old - 1_000)


def shift(conn: Connection, table: str, first: int, by: int) -> None:
    """Renumber every row from `first` on."""
    run(conn, f"UPDATE {table} SET idx = -idx - 2 WHERE idx >= :first", first=first)
    run(conn, f"UPDATE {table} SET idx = -idx - 2 + :by WHERE idx < 0", by=by)


def data_key(conn: Connection, key_id: str) -> AESGCM:
    """A data key, opened with the clinic key."""
    sql = "SELECT key_id, subject, wrapped, sealed FROM log_data_key WHERE key_id = :k"
    return AESGCM(VAULT.unwrap(*conn.execute(text(sql), {"k": key_id}).one()))


def opened(conn: Connection, index: int) -> Opened:
    """A payload, opened with the clinic key."""
    sql = "SELECT key_id, sealed_record, leaf FROM log_payload JOIN log_entry USING (idx) WHERE idx = :i"
    key_id, sealed, leaf = conn.execute(text(sql), {"i": index}).one()
    key = data_key(conn, key_id)
    salt, encoded = unlock_payload(key, leaf, sealed, SALT_BYTES)
    return Opened(key_id, key, leaf, salt, from_canonical(encoded))


def made_up(key: AESGCM, invented: Record) -> tuple[bytes, bytes]:
    """Leaf and payload of a record that never was, as well made as our own."""
    salt, encoded = os.urandom(SALT_BYTES), canonical(invented)
    leaf = leaf_prefix(NOON) + commitment(salt, encoded)
    return leaf, lock_payload(key, leaf, salt, encoded)


def signed_by(key: SigningKey, size: int, root: bytes, origin: str = LOG_KEY.name) -> str:
    """A checkpoint signed by any key."""
    return key.sign_note(Checkpoint(origin=origin, size=size, root=root).text)


def set_checkpoint(conn: Connection, note: str) -> None:
    """Overwrite the stored checkpoint."""
    run(conn, "UPDATE log_checkpoint SET note = :note", note=note)

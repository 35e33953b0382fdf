"""Twelve ways of tampering with a stored log, each with the entry an audit must name.

A tamper takes an open database, the facts of the clean log and a random generator; it changes the database and gives the
lowest entry that a full audit must point at, or None when what it changed belongs to no entry.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.full_audit import audit
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.tables import log_tables
from commensal.sentinel.tree import GrowingTree
from tests.sentinel.logs import LOG_KEY, NOON, OTHER_KEY, VAULT, record

SIZE = 600
OLDER_SIZES = (1, 256, 300, 512, 599)


@dataclass(frozen=True)
class CleanLog:
    """A log of 600 entries, one person forgotten, as database images at several sizes."""

    image: bytes
    older: dict[int, bytes]
    checkpoint: str
    older_checkpoints: dict[int, str]
    leaves: list[bytes]
    has_payload: frozenset[int]
    lowest_of_key: dict[str, int]
    """Lowest entry under each data key."""
    subject_of_key: dict[str, str]


def open_image(image: bytes):
    """An engine on a database image in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as conn:
        conn.connection.dbapi_connection.deserialize(image)
    return engine


def image_of(conn: Connection) -> bytes:
    conn.commit()
    return conn.connection.dbapi_connection.serialize()


@cache
def clean_log() -> CleanLog:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    log, older, older_checkpoints = RecordsLog(LOG_KEY, VAULT), {}, {}
    with engine.connect() as conn:
        log_tables.create_all(conn)
        log.start(conn)
        for stop in (1, 200, 256, 299, 300, 512, 599, 600):
            start = log.size(conn)
            if stop == 300:
                log.forget(conn, "P-2", "Desk:front desk", "asked", NOON)
            else:
                log.append(conn, [record(i) for i in range(start, stop)], NOON + timedelta(minutes=stop))
            if stop in OLDER_SIZES:
                older[stop], older_checkpoints[stop] = image_of(conn), log.checkpoint(conn)
        leaves = list(conn.execute(text("SELECT leaf FROM log_entry ORDER BY idx")).scalars())
        rows = conn.execute(text("SELECT idx, key_id FROM log_payload ORDER BY idx DESC")).all()
        keys = dict(conn.execute(text("SELECT key_id, subject FROM log_data_key")).all())
        made = CleanLog(
            image=image_of(conn),
            older=older,
            checkpoint=log.checkpoint(conn),
            older_checkpoints=older_checkpoints,
            leaves=leaves,
            has_payload=frozenset(idx for idx, _ in rows),
            lowest_of_key={key_id: idx for idx, key_id in rows},
            subject_of_key=keys,
        )
    engine.dispose()
    return made


def flipped(value: bytes, chance: random.Random, place: int | None = None) -> bytes:
    place = chance.randrange(len(value)) if place is None else place
    return value[:place] + bytes([value[place] ^ chance.randint(1, 255)]) + value[place + 1 :]


def run(conn: Connection, sql: str, **values) -> None:
    conn.execute(text(sql), values)


def write_tree(conn: Connection, leaves: list[bytes]) -> None:
    """Replace every tile by what these entries make: the work of somebody who knows the format well."""
    tree = GrowingTree()
    tiles = tree.extend([leaf_hash(leaf) for leaf in leaves]) + tree.partial_tiles()
    run(conn, "DELETE FROM log_tile")
    for level, n, hashes in tiles:
        run(conn, "INSERT INTO log_tile VALUES (:level, :n, :hashes)", level=level, n=n, hashes=hashes)


def set_leaf_hash(conn: Connection, index: int, leaf: bytes) -> None:
    """Make the leaf tile fit a changed entry."""
    where = "WHERE level = 0 AND n = :n"
    old = conn.execute(text(f"SELECT hashes FROM log_tile {where}"), {"n": index // 256}).scalar_one()
    at = index % 256 * 32
    new = old[:at] + leaf_hash(leaf) + old[at + 32 :]
    run(conn, f"UPDATE log_tile SET hashes = :new {where}", new=new, n=index // 256)


def full_tile_start(*indexes: int) -> int | None:
    """Where an edit that fits entry and leaf tile can be placed: the first full tile it touches."""
    return min((i // 256 * 256 for i in indexes if i // 256 < SIZE // 256), default=None)


def any_stored_byte(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    table, column = chance.choice(
        [
            ("log_entry", "leaf"),
            ("log_payload", "sealed_record"),
            ("log_payload", "key_id"),
            ("log_tile", "hashes"),
            ("log_data_key", "key_id"),
            ("log_data_key", "subject"),
            ("log_data_key", "wrapped"),
            ("log_data_key", "sealed"),
            ("log_checkpoint", "note"),
        ]
    )
    rows = conn.execute(text(f"SELECT rowid, CAST({column} AS BLOB), typeof({column}) FROM {table}")).all()
    rowid, old, kind = chance.choice(rows)
    place = chance.randrange(len(old))
    key = conn.execute(text("SELECT key_id FROM log_data_key WHERE rowid = :r"), {"r": rowid}).scalar()
    tile = conn.execute(text("SELECT level, n FROM log_tile WHERE rowid = :r"), {"r": rowid}).first()
    run(
        conn,
        f"UPDATE {table} SET {column} = CAST(:new AS {kind}) WHERE rowid = :r",
        new=flipped(old, chance, place),
        r=rowid,
    )
    if table in ("log_entry", "log_payload"):
        return rowid
    if table == "log_tile":
        return (tile.n * 256 + place // 32) * 256**tile.level
    if table == "log_data_key" and column != "sealed":
        return log.lowest_of_key[key]
    return None


def entry_and_leaf_tile(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.randrange(SIZE)
    leaf = flipped(log.leaves[index], chance, chance.randrange(9, 41))
    run(conn, "UPDATE log_entry SET leaf = :leaf WHERE idx = :i", leaf=leaf, i=index)
    if chance.random() < 0.5:
        set_leaf_hash(conn, index, leaf)
    else:
        write_tree(conn, [*log.leaves[:index], leaf, *log.leaves[index + 1 :]])
        return index if index in log.has_payload else None
    return index if index in log.has_payload else full_tile_start(index)


def truncation(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    kept = chance.choice([0, SIZE - 1, chance.randrange(SIZE)])
    if chance.random() < 0.3:
        lost = chance.randrange(SIZE)
        run(conn, "DELETE FROM log_entry WHERE idx = :i", i=lost)
        return lost
    run(conn, "DELETE FROM log_entry WHERE idx >= :kept", kept=kept)
    run(conn, "DELETE FROM log_payload WHERE idx >= :kept", kept=kept)
    if chance.random() < 0.5:
        write_tree(conn, log.leaves[:kept])
    return kept


def entries_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    one, other = sorted(chance.sample(sorted(log.has_payload), 2))
    is_thorough = chance.random() < 0.5
    for table in ["log_entry", "log_payload"] if is_thorough else ["log_entry"]:
        for old, new in ((one, -1), (other, one), (-1, other)):
            run(conn, f"UPDATE {table} SET idx = :new WHERE idx = :old", new=new, old=old)
    if not is_thorough:
        return one
    set_leaf_hash(conn, one, log.leaves[other])
    set_leaf_hash(conn, other, log.leaves[one])
    return full_tile_start(one, other)


def roll_back(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    size = chance.choice(OLDER_SIZES)
    conn.commit()
    conn.connection.dbapi_connection.deserialize(log.older[size])
    return size


def payload_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    index = chance.choice(sorted(log.has_payload))
    where = "WHERE idx = :i"
    old = conn.execute(text(f"SELECT sealed_record FROM log_payload {where}"), {"i": index}).scalar_one()
    new = chance.choice([flipped(old, chance), old[:-1], old + b"\0", b"", chance.randbytes(len(old)), None])
    if new is None:
        run(conn, f"DELETE FROM log_payload {where}", i=index)
    else:
        run(conn, f"UPDATE log_payload SET sealed_record = :new {where}", new=new, i=index)
    return index


def payloads_swapped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    one, other = sorted(chance.sample(sorted(log.has_payload), 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        run(conn, "UPDATE log_payload SET idx = :new WHERE idx = :old", new=new, old=old)
    return one


def checkpoint_changed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    signed = open_checkpoint(log.checkpoint, LOG_KEY.verifier)
    kind = chance.randrange(5)
    if kind == 0:
        run(conn, "DELETE FROM log_checkpoint")
        return None
    if kind == 1:
        size = chance.choice(OLDER_SIZES)
        run(conn, "UPDATE log_checkpoint SET note = :note", note=log.older_checkpoints[size])
        return size
    if kind == 2:
        run(conn, "INSERT INTO log_checkpoint VALUES (1, :note)", note=log.checkpoint)
        return None
    root = signed.root if kind == 3 else chance.randbytes(32)
    text_signed = Checkpoint(origin=signed.origin, size=signed.size, root=root).text
    signer = OTHER_KEY if kind == 3 else LOG_KEY
    run(conn, "UPDATE log_checkpoint SET note = :note", note=signer.sign_note(text_signed))
    return None


def data_key_changed(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    one, other = chance.sample(sorted(log.lowest_of_key), 2)
    kind = chance.randrange(4)
    if kind == 0:
        column = chance.choice(["wrapped", "sealed"])
        where = "WHERE key_id = :k"
        old = conn.execute(text(f"SELECT {column} FROM log_data_key {where}"), {"k": one}).scalar_one()
        run(conn, f"UPDATE log_data_key SET {column} = :new {where}", new=flipped(old, chance), k=one)
        return log.lowest_of_key[one] if column == "wrapped" else None
    if kind == 1:
        run(conn, "DELETE FROM log_data_key WHERE key_id = :k", k=one)
        return log.lowest_of_key[one]
    if kind == 2:
        wrapped, sealed = VAULT.wrap("spare", "P-9", bytes(32))
        run(conn, "INSERT INTO log_data_key VALUES ('spare', 'P-9', :w, :s)", w=wrapped, s=sealed)
        return None
    columns = chance.choice([("wrapped",), ("wrapped", "sealed"), ("sealed",), ("subject",)])
    rows = {
        k: conn.execute(text(f"SELECT {', '.join(columns)} FROM log_data_key WHERE key_id = :k"), {"k": k}).one()
        for k in (one, other)
    }
    if columns == ("subject",):
        run(conn, "UPDATE log_data_key SET subject = 'nobody' WHERE key_id = :k", k=one)
    for key, row in ((other, rows[one]), (one, rows[other])):
        for column, value in zip(columns, row, strict=True):
            run(conn, f"UPDATE log_data_key SET {column} = :v WHERE key_id = :k", v=value, k=key)
    if columns == ("sealed",):
        return None
    return min(log.lowest_of_key[one], log.lowest_of_key[other])


def tile_edited(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    tile = chance.choice(conn.execute(text("SELECT * FROM log_tile")).all())
    place = chance.randrange(len(tile.hashes))
    new = flipped(tile.hashes, chance, place)
    run(conn, "UPDATE log_tile SET hashes = :new WHERE level = :l AND n = :n", new=new, l=tile.level, n=tile.n)
    return (tile.n * 256 + place // 32) * 256**tile.level


def tile_missing_or_extra(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    tile = chance.choice(conn.execute(text("SELECT * FROM log_tile")).all())
    where = "WHERE level = :l AND n = :n"
    kind = chance.randrange(4)
    if kind == 0:
        run(conn, f"DELETE FROM log_tile {where}", l=tile.level, n=tile.n)
        return tile.n * 256 * 256**tile.level
    if kind == 1:
        run(conn, f"UPDATE log_tile SET hashes = :new {where}", new=tile.hashes + bytes(32), l=tile.level, n=tile.n)
        return None
    if kind == 2:
        short = tile.hashes[: -chance.randint(1, 31)]
        run(conn, f"UPDATE log_tile SET hashes = :new {where}", new=short, l=tile.level, n=tile.n)
        return (tile.n * 256 + len(short) // 32) * 256**tile.level
    level, n = chance.choice([(0, 3), (1, 1), (2, 0), (0, -1), (63, 0), (5, 7), (-1, 0), (2**40, 2**40)])
    run(conn, "INSERT INTO log_tile VALUES (:l, :n, :h)", l=level, n=n, h=tile.hashes)
    return None


def forged_entry(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    forged = log.leaves[0][:9] + chance.randbytes(32)
    index = chance.choice([SIZE, chance.randrange(SIZE)])
    for table in ("log_entry", "log_payload"):
        run(conn, f"UPDATE {table} SET idx = -idx - 2 WHERE idx >= :i", i=index)
        run(conn, f"UPDATE {table} SET idx = -idx - 1 WHERE idx < 0")
    run(conn, "INSERT INTO log_entry VALUES (:i, :leaf)", i=index, leaf=forged)
    is_thorough = chance.random() < 0.5
    if is_thorough:
        write_tree(conn, [*log.leaves[:index], forged, *log.leaves[index:]])
        if index < SIZE and index not in log.has_payload:
            return index + 1  # the erasure explains a missing payload here; the entry pushed aside is unexplained
    return index


TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "any stored byte": any_stored_byte,
    "entry and its leaf tile": entry_and_leaf_tile,
    "truncation": truncation,
    "entries swapped": entries_swapped,
    "roll-back against a saved checkpoint": roll_back,
    "payload edited": payload_edited,
    "payloads swapped": payloads_swapped,
    "checkpoint changed": checkpoint_changed,
    "data key changed": data_key_changed,
    "tile edited": tile_edited,
    "tile missing or extra": tile_missing_or_extra,
    "forged entry": forged_entry,
}


def undetected(name: str, trials: int) -> list[str]:
    """Trials of one class that an audit misses, or where it names the wrong entry."""
    log, missed = clean_log(), []
    for seed in range(trials):
        chance = random.Random(f"{name} {seed}")
        engine = open_image(log.image)
        with engine.connect() as conn:
            expected = TAMPERS[name](conn, log, chance)
            saved = log.checkpoint if name.startswith("roll-back") else None
            report = audit(conn, LOG_KEY.vkey, VAULT, saved_checkpoint=saved)
        engine.dispose()
        if report.is_sound:
            missed.append(f"seed {seed}: not detected")
        elif report.first_bad_index != expected:
            missed.append(f"seed {seed}: named {report.first_bad_index}, not {expected}: {report.problems[:3]}")
    return missed

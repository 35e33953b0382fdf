"""Damage below the log: whole tables, and bytes of the database file."""

import random
from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from tests.sentinel.tampers.clean import CleanLog, open_image
from tests.sentinel.tampers.edits import flipped, run

TABLES = ("log_entry", "log_payload", "log_data_key", "log_tile", "log_checkpoint")
PAGE_BYTES = 4_096


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
    new = flipped(old, chance, place)
    run(conn, f"UPDATE {table} SET {column} = CAST(:new AS {kind}) WHERE rowid = :r", new=new, r=rowid)
    if table in ("log_entry", "log_payload"):
        return rowid
    if table == "log_tile":
        return (tile.n * 256 + place // 32) * 256**tile.level
    if table == "log_data_key" and column != "sealed":
        return log.lowest_of_key[key]
    return None


def table_emptied_or_dropped(conn: Connection, log: CleanLog, chance: random.Random) -> int | None:
    """Emptied, the lowest entry that lacks something is named; dropped, nothing can be read that could be."""
    table = chance.choice(TABLES)
    if chance.random() < 0.5:
        run(conn, f"DELETE FROM {table}")
        return None if table == "log_checkpoint" else 0
    run(conn, chance.choice([f"DROP TABLE {table}", f"ALTER TABLE {table} RENAME TO gone"]))
    return None


def flipped_file(image: bytes, chance: random.Random) -> bytes:
    """A database file as a bad disk gives it back: bytes flipped, a page zeroed, or two pages exchanged."""
    pages = len(image) // PAGE_BYTES
    kind = chance.randrange(5)
    if kind < 3:
        for _ in range(chance.choice([1, 1, 4])):
            image = flipped(image, chance)
        return image
    one, other = (page * PAGE_BYTES for page in sorted(chance.sample(range(pages), 2)))
    if kind == 3:
        return image[:one] + bytes(PAGE_BYTES) + image[one + PAGE_BYTES :]
    first, second = image[one : one + PAGE_BYTES], image[other : other + PAGE_BYTES]
    return image[:one] + second + image[one + PAGE_BYTES : other] + first + image[other + PAGE_BYTES :]


def every_row(image: bytes) -> list[object]:
    """All the log says in a database file, read without the log's code; [] where SQLite refuses to read it."""
    engine = open_image(image)
    try:
        with engine.connect() as conn:
            return [sorted(map(tuple, conn.execute(text(f"SELECT * FROM {table}")).all())) for table in TABLES]
    except SQLAlchemyError:
        return []
    finally:
        engine.dispose()


STORAGE_TAMPERS: dict[str, Callable[[Connection, CleanLog, random.Random], int | None]] = {
    "any stored byte": any_stored_byte,
    "table emptied or dropped": table_emptied_or_dropped,
}

"""Views: what a clinic looks things up in. Made from the records log alone, dropped and rebuilt from it at will.

`commensal.clinic.projecting` is their only writer.
"""

import json
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    inspect,
    select,
    text,
)

VIEW_VERSION = 2
"""Raised with every change of the tables or of `project`; a store of another version asks for a rebuild."""

views = MetaData()
INDEX = BigInteger().with_variant(Integer, "sqlite")
"""A place in the log."""

person = Table(
    "person",
    views,
    Column("ref", Text, primary_key=True),
    Column("given", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("born", Text, nullable=False),
    Column("gender", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("identifiers", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
consent = Table(
    "consent",
    views,
    Column("person", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("is_permitted", Integer, nullable=False),
    Column("given_on", Text, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("record", INDEX, nullable=False),
)
visit = Table(
    "visit",
    views,
    Column("visit_id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("on_day", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("dentist", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("inputs_sha256", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("first_record", INDEX, nullable=False),
    Column("last_record", INDEX, nullable=False),
    Column("closing_record", INDEX),
)
chart = Table(
    "chart",
    views,
    Column("record", INDEX, primary_key=True, autoincrement=False),
    Column("visit_id", Text, nullable=False, index=True),
    Column("person", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("content", Text, nullable=False),
)
signature = Table(
    "signature",
    views,
    Column("record", INDEX, primary_key=True, autoincrement=False),
    Column("visit_id", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("signed_at", Text, nullable=False),
    Column("signature", Text, nullable=False),
)
event = Table(
    "event",
    views,
    Column("record", INDEX, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
)
founding = Table(
    "founding",
    views,
    Column("record", INDEX, primary_key=True, autoincrement=False),
    Column("clinic", Text, nullable=False),
    Column("dentist", Text, nullable=False),
    Column("dentist_key", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
)

erasure = Table(
    "erasure",
    views,
    Column("record", INDEX, primary_key=True, autoincrement=False),
    Column("erased", Text, nullable=False),
)
"""Who was forgotten is not told: only which entries, as a JSON list, so that an older backup can forget them too."""
head = Table(
    "head",
    views,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("record", INDEX, nullable=False),
)
"""One row, slot 0: the last record the views have seen."""


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def as_text(value: object) -> str:
    """`value` as canonical JSON text: sorted keys, no spaces, so that equal content is equal text."""
    return _CANONICAL.encode(value)


LAST_RECORD = select(head.c.record).where(head.c.slot == 0)


def make_tables(conn: Connection) -> None:
    """Create the views, empty. PostgreSQL keeps them out of its write-ahead log: what is erased is not kept there.

    After a crash PostgreSQL finds such tables empty; the store makes them again from the log.
    """
    views.create_all(conn)
    if conn.dialect.name == "postgresql":
        for table in views.sorted_tables:
            conn.execute(text(f'ALTER TABLE "{table.name}" SET UNLOGGED'))
    keep_no_samples(conn, sorted(views.tables))


def keep_no_samples(conn: Connection, tables: Iterable[str]) -> None:
    """Have PostgreSQL sample no text and no bytes of these tables for its planner.

    Samples are kept in a catalog that is in the write-ahead log, where no erasure finds them.
    """
    if conn.dialect.name != "postgresql":
        return
    for table in tables:
        columns = inspect(conn).get_columns(table)
        named = [column["name"] for column in columns if isinstance(column["type"], Text | LargeBinary)]
        changes = ", ".join(f'ALTER COLUMN "{name}" SET STATISTICS 0' for name in named)
        if changes:
            conn.execute(text(f'ALTER TABLE "{table}" {changes}'))


def last_record(conn: Connection) -> int | None:
    """The last record the views have seen; None when they were never filled, or emptied by a database crash."""
    found: int | None = conn.execute(LAST_RECORD).scalar()
    return found


def forget_person(conn: Connection, ref: str) -> None:
    """Delete every row that a person's own records made."""
    mine = select(visit.c.visit_id).where(visit.c.person == ref)
    conn.execute(delete(signature).where(signature.c.visit_id.in_(mine)))
    for table in (chart, event, consent, visit):
        conn.execute(delete(table).where(table.c.person == ref))
    conn.execute(delete(person).where(person.c.ref == ref))


def rows(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every view, in key order: what two stores must share to be the same."""
    return {
        table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]
        for table in views.sorted_tables
    }

"""Views: what a clinic looks things up in. Made from the records log alone, dropped and rebuilt from it at will.

`project` is the only writer. It sees one record and the rows already made, so that rebuilding from the log gives
the same rows, in the same order, as the day they were first written.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, delete, insert, select, update

from commensal.sentinel import Record

VIEW_VERSION = 1
"""Raised with every change of the tables or of `project`; a store of another version asks for a rebuild."""

views = MetaData()

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
    Column("record", Integer, nullable=False),
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
    Column("first_record", Integer, nullable=False),
    Column("last_record", Integer, nullable=False),
    Column("closing_record", Integer),
)
chart = Table(
    "chart",
    views,
    Column("record", Integer, primary_key=True),
    Column("visit_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("content", Text, nullable=False),
)
signature = Table(
    "signature",
    views,
    Column("record", Integer, primary_key=True),
    Column("visit_id", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("signed_at", Text, nullable=False),
    Column("signature", Text, nullable=False),
)
event = Table(
    "event",
    views,
    Column("record", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
)
founding = Table(
    "founding",
    views,
    Column("record", Integer, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("dentist", Text, nullable=False),
    Column("dentist_key", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
)

CHARTED = frozenset(
    {
        "recordConsent",
        "denied",
        "recordAnxiety",
        "recordExam",
        "recordDiet",
        "recordForecast",
        "storeSample",
        "recordFindings",
        "overrideFinding",
        "draftPlan",
        "exportRecord",
        "closeVisit",
    }
)


def as_text(value: object) -> str:
    """`value` as canonical JSON text: sorted keys, no spaces, so that equal content is equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def project(conn: Connection, index: int, record: Record) -> None:
    """Bring the views up to date with one record. Every act leaves an event; known acts leave rows as well."""
    content = record.content
    conn.execute(
        insert(event).values(
            record=index,
            person=record.subject,
            actor=record.actor,
            act=record.act,
            why=record.why,
            at=record.at.isoformat(),
        )
    )
    if record.act in SINGLE:
        SINGLE[record.act](conn, index, record, content)
    if record.act in CHARTED and "visit_id" in content:
        conn.execute(
            insert(chart).values(
                record=index,
                visit_id=content["visit_id"],
                person=record.subject,
                act=record.act,
                content=as_text(content),
            )
        )
    if "visit_id" in content and record.act not in ("openVisit", "closeVisit"):
        conn.execute(update(visit).where(visit.c.visit_id == content["visit_id"]).values(last_record=index))
    conn.execute(update(person).where(person.c.ref == record.subject).values(version=person.c.version + 1))


def _found(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    conn.execute(
        insert(founding).values(
            record=index,
            clinic=content["clinic"],
            dentist=content["dentist"],
            dentist_key=content["dentist_key"],
            policy_sha256=content["policy_sha256"],
        )
    )


def _register(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    conn.execute(
        insert(person).values(
            ref=record.subject,
            given=content["given"],
            family=content["family"],
            born=content["born"],
            gender=content["gender"],
            language=content["language"],
            identifiers=as_text(content["identifiers"]),
            resource=as_text(content["resource"]),
            version=0,
        )
    )


def _consent(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    conn.execute(delete(consent).where(consent.c.person == record.subject))
    for purpose, is_permitted in sorted(content["purposes"].items()):
        conn.execute(
            insert(consent).values(
                person=record.subject,
                purpose=purpose,
                is_permitted=int(is_permitted),
                given_on=content["given_on"],
                given_by=content["given_by"],
                record=index,
            )
        )


def _open(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    form = select(consent.c.record).where(consent.c.person == record.subject).limit(1)
    conn.execute(
        insert(visit).values(
            visit_id=content["visit_id"],
            person=record.subject,
            on_day=content["on"],
            reason=content["reason"],
            clinic=content["clinic"],
            dentist=content["dentist"],
            status="open",
            inputs_sha256=content["inputs_sha256"],
            recorded_at=record.at.isoformat(),
            first_record=conn.execute(form).scalar_one(),
            last_record=index,
        )
    )


def _sign(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    conn.execute(
        insert(signature).values(
            record=index,
            visit_id=content["visit_id"],
            signed_by=content["signed_by"],
            public_key=content["public_key"],
            signed_at=content["signed_at"],
            signature=content["signature"],
        )
    )
    conn.execute(update(visit).where(visit.c.visit_id == content["visit_id"]).values(status="signed"))


def _close(conn: Connection, index: int, record: Record, content: Mapping[str, Any]) -> None:
    conn.execute(
        update(visit).where(visit.c.visit_id == content["visit_id"]).values(status="closed", closing_record=index)
    )


SINGLE = {
    "foundClinic": _found,
    "registerPatient": _register,
    "recordConsent": _consent,
    "openVisit": _open,
    "signPlan": _sign,
    "closeVisit": _close,
}


def rows(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every view, in key order: what two stores must share to be the same."""
    return {
        table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]
        for table in views.sorted_tables
    }

"""From records to view rows: the only writer of the views.

A projection sees one record after the other and the rows already made, so that rebuilding from the log gives the same
rows as the day they were first written. It works in memory and writes in bulk; acts that may yet be refused are tried
on a layer of their own, which is merged or dropped.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Table, bindparam, delete, insert, select, update

from commensal.clinic import views
from commensal.clinic.errors import ConflictError
from commensal.clinic.views import as_text, chart, consent, erasure, event, founding, person, signature, visit
from commensal.sentinel import Record

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
STREAMS = (event, chart, signature, founding, erasure)
"""Tables that only grow, a row for a record."""

Row = dict[str, Any]
MOVING = ("status", "last_record", "closing_record")
"""The columns of a visit that change after it was opened."""

SET_PERSON = update(person).where(person.c.ref == bindparam("key")).values(version=bindparam("version"))
SET_VISIT = (
    update(visit)
    .where(visit.c.visit_id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in MOVING})
)

DROP_CONSENTS = delete(consent).where(consent.c.person == bindparam("key"))
MOVE_HEAD = update(views.head).where(views.head.c.slot == 0).values(record=bindparam("last"))
SOME: BindParameter[Any] = bindparam("keys", expanding=True)
VERSIONS = select(person.c.ref, person.c.version).where(person.c.ref.in_(SOME))
FORMS = select(consent.c.person, consent.c.record, consent.c.purpose, consent.c.is_permitted).where(
    consent.c.person.in_(SOME)
)
CHANGING = select(visit.c.visit_id, visit.c.status, visit.c.last_record, visit.c.closing_record).where(
    visit.c.visit_id.in_(SOME)
)
ASKED_AT_ONCE = 500
"""Keys in one question; databases bound the parameters of a statement."""
COPIED_ROWS = 64
"""From so many rows on PostgreSQL takes them faster as one stream than one by one."""
ADD = {table: insert(table) for table in (person, visit, consent, views.head)}


class Form(NamedTuple):
    """A person's latest consent form."""

    record: int
    permitted: list[str]
    """Purposes."""


class Projection:
    """Views as they are after some more records. Nothing is in the database before `flush`.

    Args:
        conn: in a transaction that holds the write lock.
        under: what this layer is tried on; None for the database itself.
        is_empty: the views were just made, so nothing need be looked up in them, only remembered.
    """

    def __init__(self, conn: Connection, under: "Projection | None" = None, *, is_empty: bool = False) -> None:
        self._conn, self._under, self._is_empty = conn, under, is_empty
        self._persons: dict[str, int | None] = {}
        self._visits: dict[str, Row | None] = {}
        self._forms: dict[str, Form | None] = {}
        self._new_persons: dict[str, Row] = {}
        self._new_visits: dict[str, Row] = {}
        self._changed_persons: set[str] = set()
        self._changed_visits: set[str] = set()
        self._new_forms: dict[str, list[Row]] = {}
        self._rows: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in STREAMS}
        self._last: int | None = None
        self._at: datetime | None = None
        self._at_text = ""

    def look_up(self, refs: Collection[str], visit_ids: Collection[str]) -> None:
        """Read what acts on these people and visits will ask for, all at once."""
        if self._is_empty:
            return
        for keys in _portions(refs):
            self._persons |= dict.fromkeys(keys)
            self._persons |= dict(map(tuple, self._conn.execute(VERSIONS, {"keys": keys})))
            self._forms |= dict.fromkeys(keys)
            for ref, record, purpose, is_permitted in self._conn.execute(FORMS, {"keys": keys}).all():
                form = self._forms[ref] or Form(record, [])
                self._forms[ref] = form
                if is_permitted:
                    form.permitted.append(purpose)
        for keys in _portions(visit_ids):
            self._visits |= dict.fromkeys(keys)
            for row in self._conn.execute(CHANGING, {"keys": keys}):
                self._visits[row.visit_id] = {name: getattr(row, name) for name in MOVING}

    def layer(self) -> "Projection":
        """A projection on top of this one, to be merged or dropped."""
        return Projection(self._conn, self, is_empty=self._is_empty)

    def merge(self) -> None:
        """Hand everything this layer holds to the one below."""
        under = self._under
        if under is None:
            raise ValueError("the lowest layer is flushed, not merged")
        under._persons |= self._persons
        under._visits |= self._visits
        under._forms |= self._forms
        under._new_persons |= self._new_persons
        under._new_visits |= self._new_visits
        under._changed_persons |= self._changed_persons
        under._changed_visits |= self._changed_visits
        under._new_forms |= self._new_forms
        for table, rows in self._rows.items():
            under._rows[table] += rows
        under._last = under._last if self._last is None else self._last

    def version(self, ref: str) -> int | None:
        """How many records a person has since their registration; None for somebody nobody registered."""
        if ref not in self._persons:
            if self._under is not None:
                self._persons[ref] = self._under.version(ref)
            else:
                self._look_up_one(ref)
        return self._persons[ref]

    def consents(self, ref: str) -> list[str]:
        """The purposes a person permits now, sorted."""
        form = self._form(ref)
        return [] if form is None else sorted(form.permitted)

    def take(self, index: int, record: Record) -> None:
        """Bring the views up to date with one record. Every act leaves an event; known acts leave rows as well.

        Raises:
            ConflictError: the record contradicts what is there: a person or visit made twice.
        """
        content, subject = record.content, record.subject
        if record.at is not self._at:
            self._at, self._at_text = record.at, record.at.isoformat()
        self._rows[event].append((index, subject, record.actor, record.act, record.why, self._at_text))
        if record.act in SINGLE:
            SINGLE[record.act](self, index, record, content)
        visit_id = content.get("visit_id")
        if visit_id is not None:
            if record.act in CHARTED:
                self._rows[chart].append((index, visit_id, subject, record.act, as_text(content)))
            if record.act not in ("openVisit", "closeVisit"):
                self._change_visit(visit_id, last_record=index)
        version = self.version(subject)
        if version is not None:
            self._persons[subject] = version + 1
            self._changed_persons.add(subject)
        self._last = index

    def pass_over(self, index: int) -> None:
        """A record whose payload was erased: it counts as seen, and leaves nothing."""
        self._last = index

    def flush(self) -> None:
        """Write what was gathered, and begin to gather anew."""
        conn = self._conn
        for ref in self._changed_persons & self._new_persons.keys():
            self._new_persons[ref]["version"] = self._persons[ref]
        for visit_id in self._changed_visits & self._new_visits.keys():
            self._new_visits[visit_id] |= self._visits[visit_id] or {}
        _write(conn, ADD[person], list(self._new_persons.values()))
        _write(conn, ADD[visit], list(self._new_visits.values()))
        changed = sorted(self._changed_persons - self._new_persons.keys())
        _write(conn, SET_PERSON, [{"key": ref, "version": self._persons[ref]} for ref in changed])
        moved = [(key, self._visits[key] or {}) for key in sorted(self._changed_visits - self._new_visits.keys())]
        _write(conn, SET_VISIT, [{"key": key, **{f"new_{n}": v for n, v in row.items()}} for key, row in moved])
        _write(conn, DROP_CONSENTS, [{"key": ref} for ref in sorted(self._new_forms)])
        _write(conn, ADD[consent], [row for _, form in sorted(self._new_forms.items()) for row in form])
        for table, rows in self._rows.items():
            if rows:
                _add(conn, table, rows)
                self._rows[table] = []
        if self._last is not None and not conn.execute(MOVE_HEAD, {"last": self._last}).rowcount:
            conn.execute(ADD[views.head], {"slot": 0, "record": self._last})
        for gathered in (self._new_persons, self._new_visits, self._new_forms):
            gathered.clear()
        for keys in (self._changed_persons, self._changed_visits):
            keys.clear()

    def _look_up_one(self, ref: str) -> None:
        if self._is_empty:
            self._persons.setdefault(ref, None)
            self._forms.setdefault(ref, None)
        else:
            self.look_up([ref], [])

    def _form(self, ref: str) -> Form | None:
        if ref not in self._forms:
            if self._under is not None:
                self._forms[ref] = self._under._form(ref)
            else:
                self._look_up_one(ref)
        return self._forms[ref]

    def _visit(self, visit_id: str) -> Row | None:
        """The columns of a visit that change."""
        if visit_id not in self._visits:
            if self._under is not None:
                under = self._under._visit(visit_id)
                self._visits[visit_id] = None if under is None else dict(under)
            elif self._is_empty:
                self._visits[visit_id] = None
            else:
                self.look_up([], [visit_id])
        return self._visits[visit_id]

    def _change_visit(self, visit_id: str, **values: Any) -> None:
        known = self._visit(visit_id)
        if known is not None:
            known.update(values)
            self._changed_visits.add(visit_id)

    def _found(self, index: int, _: Record, content: Mapping[str, Any]) -> None:
        named = (content[name] for name in ("clinic", "dentist", "dentist_key", "policy_sha256"))
        self._rows[founding].append((index, *named))

    def _register(self, _: int, record: Record, content: Mapping[str, Any]) -> None:
        if self.version(record.subject) is not None:
            raise ConflictError("registerPatient: this person is on record already; nothing was changed")
        self._persons[record.subject] = 0
        self._new_persons[record.subject] = {
            "ref": record.subject,
            **{name: content[name] for name in ("given", "family", "born", "gender", "language")},
            "identifiers": as_text(content["identifiers"]),
            "resource": as_text(content["resource"]),
            "version": 0,
        }

    def _consent(self, index: int, record: Record, content: Mapping[str, Any]) -> None:
        purposes = sorted(content["purposes"].items())
        self._forms[record.subject] = Form(index, [purpose for purpose, is_permitted in purposes if is_permitted])
        self._new_forms[record.subject] = [
            {
                "person": record.subject,
                "purpose": purpose,
                "is_permitted": int(is_permitted),
                "given_on": content["given_on"],
                "given_by": content["given_by"],
                "record": index,
            }
            for purpose, is_permitted in purposes
        ]

    def _open(self, index: int, record: Record, content: Mapping[str, Any]) -> None:
        visit_id, form = content["visit_id"], self._form(record.subject)
        if self._visit(visit_id) is not None:
            raise ConflictError(f"openVisit: the visit {visit_id} is on record already; nothing was changed")
        if form is None:
            raise ConflictError("openVisit: expected the patient's consent form on record first; nothing was changed")
        begun: Row = {"status": "open", "last_record": index, "closing_record": None}
        self._visits[visit_id] = begun
        self._new_visits[visit_id] = {
            "visit_id": visit_id,
            "person": record.subject,
            "on_day": content["on"],
            **{name: content[name] for name in ("reason", "clinic", "dentist", "inputs_sha256")},
            "recorded_at": record.at.isoformat(),
            "first_record": form.record,
            **begun,
        }

    def _sign(self, index: int, _: Record, content: Mapping[str, Any]) -> None:
        named = (content[name] for name in ("visit_id", "signed_by", "public_key", "signed_at", "signature"))
        self._rows[signature].append((index, *named))
        self._change_visit(content["visit_id"], status="signed")

    def _close(self, index: int, _: Record, content: Mapping[str, Any]) -> None:
        self._change_visit(content["visit_id"], status="closed", closing_record=index)

    def _forget(self, index: int, _: Record, content: Mapping[str, Any]) -> None:
        self._rows[erasure].append((index, as_text(content["erased"])))


SINGLE: dict[str, Callable[[Projection, int, Record, Mapping[str, Any]], None]] = {
    "foundClinic": Projection._found,
    "registerPatient": Projection._register,
    "recordConsent": Projection._consent,
    "openVisit": Projection._open,
    "signPlan": Projection._sign,
    "closeVisit": Projection._close,
    "forget": Projection._forget,
}


def _add(conn: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Add whole rows through the driver: the usual way spends more on a row's parameters than writing it costs."""
    names = ", ".join(table.columns.keys())
    if conn.dialect.name == "postgresql" and len(rows) >= COPIED_ROWS:
        cursor: Any = conn.connection.cursor()
        with cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    mark = "%s" if conn.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(table.columns))
    conn.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def _portions(keys: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    return (ordered[start : start + ASKED_AT_ONCE] for start in range(0, len(ordered), ASKED_AT_ONCE))


def _write(conn: Connection, statement: Any, rows: list[Row]) -> None:
    if rows:
        conn.execute(statement, rows)

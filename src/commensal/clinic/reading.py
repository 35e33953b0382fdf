"""Looking things up: people and visits, read from the views and never from memory."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, select

import commensal
from commensal.clinic import views
from commensal.clinic.errors import ConflictError, StoreError
from commensal.clinic.people import PURPOSE_WORDS, Consent, Patient, Purpose
from commensal.clinic.plain import from_plain
from commensal.clinic.plan import Plan
from commensal.clinic.store import Store
from commensal.clinic.visit_record import VisitRecord
from commensal.diagnosis import Exam, Finding, Forecast, Sample
from commensal.lila import Anxiety

Fact = TypeVar("Fact")

STEP_PURPOSE = {
    "recordExam": Purpose.EXAMINATION,
    "recordAnxiety": Purpose.ANXIETY,
    "recordForecast": Purpose.SIMULATION,
    "storeSample": Purpose.LAB,
    "exportRecord": Purpose.EXPORT,
}
"""Which purpose a refused step belongs to, in the order a report names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """One visit as the views list it."""

    visit_id: str
    person: str
    on_day: str
    reason: str
    clinic: str
    dentist: str
    status: str
    """"open", "signed" or "closed"."""
    inputs_sha256: str
    recorded_at: str
    first_record: int
    last_record: int
    closing_record: int | None


def list_visits(store: Store) -> list[VisitRow]:
    """Every visit on record, oldest first."""
    with store.reading() as conn:
        found = conn.execute(select(views.visit).order_by(views.visit.c.first_record))
        return [VisitRow(**row._mapping) for row in found]


def find_visit(store: Store, visit_id: str) -> VisitRow | None:
    """The visit of that id, or None."""
    with store.reading() as conn:
        return _visit_row(conn, visit_id)


def find_person(store: Store, patient: Patient) -> str | None:
    """The reference of a patient already on record: by a shared identifier, else by name and date of birth.

    Raises:
        ConflictError: an identifier is on record with another date of birth.
    """
    given = {tuple(pair) for pair in patient.identifiers}
    with store.reading() as conn:
        for row in conn.execute(select(views.person)):
            is_same_birth = row.born == patient.born.isoformat()
            if given & {tuple(pair) for pair in json.loads(row.identifiers)}:
                if not is_same_birth:
                    raise ConflictError(
                        "patient.fhir.json: birthDate: this identifier is on record with another date of birth; check "
                        "which is right before recording anything. Nothing was changed"
                    )
                return str(row.ref)
            if not given and is_same_birth and (row.given, row.family) == (patient.given, patient.family):
                return str(row.ref)
    return None


def read_visit(store: Store, visit_id: str) -> VisitRecord:
    """A whole visit, put together from the views.

    Raises:
        StoreError: no such visit.
    """
    with store.reading() as conn:
        row = _visit_row(conn, visit_id)
        if row is None:
            raise StoreError(f"no visit {visit_id} on record; `commensal show` lists what there is")
        person = conn.execute(select(views.person).where(views.person.c.ref == row.person)).one()
        charted = conn.execute(
            select(views.chart).where(views.chart.c.visit_id == visit_id).order_by(views.chart.c.record)
        )
        acts: dict[str, list[dict[str, Any]]] = {}
        for entry in charted:
            acts.setdefault(entry.act, []).append(json.loads(entry.content))
        signature = conn.execute(select(views.signature).where(views.signature.c.visit_id == visit_id)).first()
        closing = acts.get("closeVisit")
        checkpoint = closing[0]["checkpoint"] if closing else store.log.checkpoint(conn)
    patient = Patient(
        ref=person.ref,
        given=person.given,
        family=person.family,
        born=date.fromisoformat(person.born),
        gender=person.gender,
        language=person.language,
        identifiers=tuple((system, value) for system, value in json.loads(person.identifiers)),
    )
    return VisitRecord(
        visit_id=visit_id,
        on=date.fromisoformat(row.on_day),
        reason=row.reason,
        clinic_name=row.clinic,
        dentist_name=row.dentist,
        patient=patient,
        patient_resource=json.loads(person.resource),
        consent=_consent(acts["recordConsent"][0]),
        refused=_refused(acts),
        exam=_one(acts, "recordExam", "exam", Exam),
        anxiety=_one(acts, "recordAnxiety", "anxiety", Anxiety),
        forecast=_one(acts, "recordForecast", "forecast", Forecast),
        samples=tuple(from_plain(Sample, content["sample"]) for content in acts.get("storeSample", [])),
        findings=_one(acts, "recordFindings", "findings", tuple[Finding, ...]) or (),
        plan=_signed_plan(acts, signature),
        recorded_at=row.recorded_at,
        records=(row.first_record, row.last_record),
        checkpoint=checkpoint,
        software=f"commensal {commensal.__version__}",
    )


def _visit_row(conn: Connection, visit_id: str) -> VisitRow | None:
    row = conn.execute(select(views.visit).where(views.visit.c.visit_id == visit_id)).first()
    return None if row is None else VisitRow(**row._mapping)


def _one(acts: dict[str, list[dict[str, Any]]], act: str, key: str, kind: type[Fact]) -> Fact | None:
    return from_plain(kind, acts[act][0][key]) if act in acts else None


def _consent(content: dict[str, Any]) -> Consent:
    purposes = content["purposes"]
    return Consent(
        given_on=date.fromisoformat(content["given_on"]),
        given_by=content["given_by"],
        permits=frozenset(Purpose(name) for name, allowed in purposes.items() if allowed),
        refusals=frozenset(Purpose(name) for name, allowed in purposes.items() if not allowed),
    )


def _refused(acts: dict[str, list[dict[str, Any]]]) -> tuple[tuple[Purpose, str], ...]:
    asked = {content["asked"] for content in acts.get("denied", [])}
    return tuple(
        (purpose, f"You did not agree that we {PURPOSE_WORDS[purpose]}, so we did not.")
        for step, purpose in STEP_PURPOSE.items()
        if step in asked
    )


def _signed_plan(acts: dict[str, list[dict[str, Any]]], signature: Any) -> Plan:
    plan = from_plain(Plan, acts["draftPlan"][0]["plan"])
    if signature is None:
        return plan
    return replace(plan, signed_by=signature.signed_by, signed_at=signature.signed_at, signature=signature.signature)

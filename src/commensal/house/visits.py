"""A visit from its folder to its proof, and the visits on record."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commensal.clinic import Closed, Proposal, conduct_visit, reading, safety
from commensal.house.checking import audit_clinic
from commensal.house.opening import Clinic
from commensal.sentinel import Act, AuditReport


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDone:
    """A visit, and the audit that followed it."""

    closed: Closed
    audit: AuditReport
    log_key: Path


def run_visit(clinic: Clinic, folder: Path, out: Path, progress: Callable[[str, float], None]) -> VisitDone:
    """One visit from its folder to its proof, then a full audit. See `commensal.clinic.conduct_visit`."""
    today = clinic.settings.clock.now().date()
    try:
        closed = conduct_visit(folder, out, clinic.store, clinic.dentist, today=today, progress=progress)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)
    report = audit_clinic(clinic, None, lambda share: progress("auditing", 0.95 + 0.05 * share))
    return VisitDone(closed=closed, audit=report, log_key=clinic.settings.keys / "log.vkey")


def visits(clinic: Clinic) -> list[dict[str, Any]]:
    """The visits on record, oldest first; no patient is named."""
    return [
        {
            "visit": row.visit_id,
            "on": row.on_day,
            "status": row.status,
            "patient": row.person,
            "records": _span(row),
        }
        for row in reading.list_visits(clinic.store)
    ]


def one_visit(clinic: Clinic, visit_id: str) -> dict[str, Any]:
    """One visit; that it was read is recorded first.

    Raises:
        StoreError: no such visit.
    """
    record = reading.read_visit(clinic.store, visit_id)
    act = Act(
        who_kind="Dentist",
        who=clinic.dentist.name,
        what="readRecord",
        on_whom=record.patient.ref,
        why="asked to show it",
    )
    clinic.store.commit([Proposal(act=act, content={"read": visit_id})])
    safety.beside_keys.remember(clinic.store, clinic.settings.keys)
    return record.summary()


def _span(row: Any) -> str:
    last = row.last_record if row.closing_record is None else row.closing_record
    return f"{row.first_record}–{last}"

"""One patient's visit, from a folder of files to a signed, provable record.

    read and check everything -> work everything out -> one transaction -> outputs -> closing record -> proof -> audit

Until the transaction nothing is written. After it, each step can be repeated: a run that was cut short is finished by
the next run of the same folder, from what is on record and not from the files.
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from commensal.clinic.closing import Closed, close_visit
from commensal.clinic.draft import draft_plan
from commensal.clinic.errors import ConflictError, RefusedError
from commensal.clinic.evidence import PROOF
from commensal.clinic.folder import DietRow, RecordRefused, VisitFolder, read_visit_folder
from commensal.clinic.people import Purpose
from commensal.clinic.plain import to_plain
from commensal.clinic.plan import Plan
from commensal.clinic.reading import find_person, find_visit, read_visit
from commensal.clinic.store import Proposal, Store
from commensal.clinic.views import as_text
from commensal.diagnosis import (
    Exam,
    Finding,
    Forecast,
    Sample,
    acid_findings,
    apply_overrides,
    fear_findings,
    find,
    forecast_day,
    intake,
)
from commensal.diagnosis import finding as found_by
from commensal.lila import Anxiety, score_anxiety
from commensal.sentinel import Act, keyring

DESK, LILA, LAB, PROGRAM = ("Desk", "front desk"), ("Lila", "Lila"), ("Lab", "lab"), ("Service", "commensal")
"""Who acts in a visit besides the dentist: entity type of the policy, and name."""

Progress = Callable[[str, float], None]
"""Told what is being done, in plain words, and how much of the visit is behind us, 0-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOut:
    """What the program makes of a visit folder, before anything is recorded."""

    anxiety: Anxiety | None
    forecast: Forecast | None
    findings: tuple[Finding, ...]
    plan: Plan


def conduct_visit(
    source: Path,
    out: Path,
    store: Store,
    dentist: keyring.SigningKey,
    *,
    today: date,
    progress: Progress = lambda _what, _share: None,
) -> Closed:
    """Run one whole visit and leave its report, bundle and proof in `out`.

    Args:
        source: the visit folder (docs/specs/visit-folder.md).
        out: where outputs go; made when missing.
        store: the clinic's store, open for writing.
        dentist: whose key signs the plan.
        today: no date in the folder may lie after it.
        progress: called before each step.

    Raises:
        InputError: something in the folder is not as specified; nothing was recorded.
        RefusedError: the patient did not agree to a record; the refusal is on record.
        ConflictError: this visit is on record already, closed, or with other inputs.
        StoreError: the database cannot take it; what was stored stays, and a second run completes.
    """
    progress("reading the folder", 0.0)
    folder = read_visit_folder(source, today=today)
    if isinstance(folder, RecordRefused):
        store.commit([_refused_record(folder, dentist)])
        raise RefusedError("consent.json: the patient did not agree to a record, so none was made")
    known = find_visit(store, folder.visit.id)
    if known is None:
        worked_out = work_out(folder, progress)
        progress("signing and recording", 0.8)
        store.commit(propose(folder, worked_out, store, dentist))
    elif known.inputs_sha256 != folder.inputs_sha256:
        raise ConflictError(
            f"exam.json: visit.id: {folder.visit.id} is on record since {known.recorded_at} with other inputs; "
            "expected a new id for new files. Nothing was changed"
        )
    elif known.status == "closed" and (out / PROOF).exists():
        raise ConflictError(
            f"exam.json: visit.id: {folder.visit.id} is recorded and closed already ({known.recorded_at}, record "
            f"{known.closing_record}); expected a visit that is not on record. Nothing was changed; "
            "`commensal verify` checks its folder"
        )
    progress("writing the report", 0.85)
    return close_visit(read_visit(store, folder.visit.id), out, store, progress)


def _refused_record(folder: RecordRefused, dentist: keyring.SigningKey) -> Proposal:
    """What policy is asked when the patient agreed to no record: it refuses, and only that is remembered."""
    nobody = Act(
        who_kind="Dentist",
        who=dentist.name,
        what="openVisit",
        on_whom="nobody",
        why="a visit without a record",
    )
    return Proposal(act=nobody, content={"inputs_sha256": folder.inputs_sha256}, is_required=False)


def work_out(folder: VisitFolder, progress: Progress = lambda _what, _share: None) -> WorkedOut:
    """Score, simulate, apply the rules and draft the plan: pure, the same for the same folder."""
    anxiety = score_anxiety(**asdict(folder.anxiety)) if folder.anxiety is not None else None
    forecast = None
    if folder.exam is not None and folder.diet:
        progress("running the twin", 0.1)
        intakes = [intake(**asdict(row)) for row in folder.diet]
        forecast = forecast_day(folder.exam, intakes, progress=lambda share, what: progress(what, 0.1 + 0.6 * share))
    progress("applying the rules", 0.7)
    findings: tuple[Finding, ...] = ()
    if folder.exam is not None:
        findings = find(folder.exam, occasions=forecast.occasions if forecast is not None else None)
    if forecast is not None:
        findings += acid_findings(forecast)
    if anxiety is not None:
        findings += fear_findings(anxiety)
    is_dentist = folder.exam is not None and folder.exam.examiner == "dentist"
    decided_by = found_by.DecidedBy.DENTIST if is_dentist else found_by.DecidedBy.OTHER
    findings = apply_overrides(findings, folder.overrides, decided_by=decided_by)
    plan = draft_plan(findings, folder.exam, anxiety, forecast, folder.visit.on)
    return WorkedOut(anxiety=anxiety, forecast=forecast, findings=findings, plan=plan)


def propose(folder: VisitFolder, worked_out: WorkedOut, store: Store, dentist: keyring.SigningKey) -> list[Proposal]:
    """Every act of the visit, in order. Policy decides each on the consents recorded just before it.

    A step the patient did not agree to is still proposed, without content: policy refuses it, the refusal is on record.
    """
    known = find_person(store, folder.patient)
    whom = known or f"P-{secrets.token_hex(8)}"
    doctor, allows = ("Dentist", dentist.name), folder.consent.allows

    def act(
        who: tuple[str, str], what: str, why: str, content: Mapping[str, Any], *, required: bool = False
    ) -> Proposal:
        asked = Act(who_kind=who[0], who=who[1], what=what, on_whom=whom, why=why)
        return Proposal(act=asked, content={"visit_id": folder.visit.id, **content}, is_required=required)

    proposals = [act(DESK, "recordConsent", "the patient's consent form", _consent(folder), required=True)]
    if known is None:
        proposals.append(act(DESK, "registerPatient", "first visit", _registration(folder), required=True))
    proposals.append(act(DESK, "openVisit", folder.visit.reason, _opening(folder), required=True))
    if worked_out.anxiety is not None or not allows(Purpose.ANXIETY):
        anxiety = worked_out.anxiety and {"anxiety": to_plain(Anxiety, worked_out.anxiety)}
        proposals.append(act(LILA, "recordAnxiety", "how the patient feels about treatment", anxiety or {}))
    if folder.exam is not None or not allows(Purpose.EXAMINATION):
        exam = folder.exam and {"exam": to_plain(Exam, folder.exam)}
        proposals.append(act(doctor, "recordExam", "what the dentist saw", exam or {}))
    if folder.diet is not None or not allows(Purpose.SIMULATION):
        diet = {} if folder.diet is None else {"diet": to_plain(tuple[DietRow, ...], folder.diet)}
        proposals.append(act(DESK, "recordDiet", "what the patient eats and drinks", diet))
    if worked_out.forecast is not None or not allows(Purpose.SIMULATION):
        forecast = worked_out.forecast and {"forecast": to_plain(Forecast, worked_out.forecast)}
        proposals.append(act(PROGRAM, "recordForecast", "the twin's day", forecast or {}))
    if not allows(Purpose.LAB):
        proposals.append(act(LAB, "storeSample", "a lab sample", {}))
    samples = ({"sample": to_plain(Sample, sample)} for sample in folder.samples)
    proposals += [act(LAB, "storeSample", "a lab sample", sample) for sample in samples]
    if worked_out.findings:
        findings = {"findings": to_plain(tuple[Finding, ...], worked_out.findings)}
        proposals.append(act(PROGRAM, "recordFindings", "published rules on what was seen", findings))
    for finding in worked_out.findings:
        if finding.override is not None:
            decision = {"finding": finding.id, "override": to_plain(found_by.Override, finding.override)}
            proposals.append(act(doctor, "overrideFinding", finding.override.reason, decision))
    draft = {"plan": to_plain(Plan, worked_out.plan)}
    proposals.append(act(PROGRAM, "draftPlan", "from the findings", draft, required=True))
    signature = signed(worked_out.plan, dentist, store.clock.now().isoformat())
    proposals.append(act(doctor, "signPlan", "agreed with the patient", signature, required=True))
    proposals.append(act(PROGRAM, "exportRecord", "a FHIR bundle for the patient", {"format": "FHIR R4 4.0.1"}))
    return proposals


def _consent(folder: VisitFolder) -> dict[str, Any]:
    form = folder.consent
    return {
        "given_on": form.given_on.isoformat(),
        "given_by": form.given_by,
        "purposes": {purpose.value: form.allows(purpose) for purpose in Purpose},
    }


def _opening(folder: VisitFolder) -> dict[str, Any]:
    return {
        "on": folder.visit.on.isoformat(),
        "reason": folder.visit.reason,
        "clinic": folder.visit.clinic_name,
        "dentist": folder.visit.dentist_name,
        "inputs": dict(folder.inputs),
        "inputs_sha256": folder.inputs_sha256,
    }


def _registration(folder: VisitFolder) -> dict[str, Any]:
    patient = folder.patient
    return {
        "given": patient.given,
        "family": patient.family,
        "born": patient.born.isoformat(),
        "gender": patient.gender,
        "language": patient.language,
        "identifiers": [list(pair) for pair in patient.identifiers],
        "resource": folder.patient_resource,
    }


def signed(plan: Plan, dentist: keyring.SigningKey, at: str) -> dict[str, str]:
    """The dentist's signature over a draft plan's canonical text."""
    text = as_text(to_plain(Plan, plan)).encode()
    return {
        "signed_by": dentist.name,
        "signed_at": at,
        "public_key": dentist.vkey,
        "signature": base64.b64encode(dentist.sign(text)).decode(),
    }

"""One whole visit as the report and the FHIR bundle show it: frozen, complete, with no way back to a database."""

from dataclasses import dataclass
from datetime import date

from commensal.clinic.people import Consent, Patient, Purpose
from commensal.clinic.plan import Plan
from commensal.diagnosis import Exam, Finding, Forecast, Sample
from commensal.lila import Anxiety


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """Everything one visit found, decided and agreed. A part is None when its step was refused or had no data."""

    visit_id: str
    on: date
    reason: str
    clinic_name: str
    dentist_name: str
    patient: Patient
    patient_resource: dict[str, object]
    """The FHIR Patient as it came."""
    consent: Consent
    refused: tuple[tuple[Purpose, str], ...]
    """Steps not taken for want of consent, and what that means, in plain words."""
    exam: Exam | None
    anxiety: Anxiety | None
    forecast: Forecast | None
    samples: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    plan: Plan
    recorded_at: str
    """ISO 8601 UTC: when the visit was appended to the log."""
    records: tuple[int, int]
    """First and last index of the visit's records in the log, the closing record not counted."""
    checkpoint: str
    """The signed checkpoint that covers those records."""
    software: str
    """Program name and version."""

    def summary(self) -> dict[str, object]:
        """The visit in short, JSON-like: for a terminal or another program. It names the patient."""
        anxiety = self.anxiety
        return {
            "visit": self.visit_id,
            "on": self.on.isoformat(),
            "reason": self.reason,
            "patient": {
                "ref": self.patient.ref,
                "name": self.patient.name,
                "born": self.patient.born.isoformat(),
            },
            "findings": [
                {
                    "id": finding.id,
                    "title": finding.title,
                    "says": finding.effective,
                    "rule": f"{finding.rule.id} {finding.rule.version}",
                    "mark": finding.rule.mark.value,
                    "certainty": finding.certainty.value,
                    "overridden": finding.override is not None,
                }
                for finding in self.findings
            ],
            "fear": None
            if anxiety is None
            else {"mdas": anxiety.mdas, "band": anxiety.mdas_band, "level": anxiety.level},
            "plan": [{"what": step.what, "why": step.why, "when": step.when} for step in self.plan.steps],
            "signed_by": self.plan.signed_by,
            "refused": [words for _, words in self.refused],
            "lab": [{"sample": sample.id, "reading": sample.reading} for sample in self.samples],
            "records": list(self.records),
        }

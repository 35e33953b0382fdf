"""Findings as resources: which kind of statement becomes a Condition, a risk, a request, or only a statement.

A Condition is made only from a list of results that mean disease, so that a rule saying "no periodontitis"
can never leave as a diagnosis. It is `provisional` until a dentist signs, `confirmed` by the signature, and
`unconfirmed` when a dentist overrode the rule: what the override says is in words, and only a person can
code it.
"""

from datetime import timedelta

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, day, extension
from commensal.clinic.fhir.frame import Frame
from commensal.clinic.fhir.statements import (
    evidence_references,
    finding_extension,
    finding_notes,
    finding_text,
)
from commensal.clinic.fhir.teeth import tooth_site
from commensal.diagnosis import Finding
from commensal.diagnosis import finding as found_by

CARIES = frozenset({"initial", "moderate", "extensive"})
STAGES = frozenset({"I", "II", "III", "IV"})
GRADES = frozenset({"A", "B", "C"})
RISK_LEVELS = frozenset({"low", "moderate", "high", "extreme"})
URGENT_WITHIN_DAYS = 14
"""A request to be seen within two weeks is urgent: NICE NG12's suspected cancer pathway."""


def diagnoses(frame: Frame) -> list[Json]:
    """One resource for every finding, in order; findings of a staged periodontitis share one Condition."""
    found: list[Json] = []
    periodontitis = staged_periodontitis(frame)
    for finding in frame.visit.findings:
        if finding not in periodontitis:
            found.append(_resource(frame, finding))
        elif finding is periodontitis[0]:
            found.append(_periodontitis(frame, periodontitis))
    return found


def finding_reference(frame: Frame, finding_id: str) -> Json | None:
    """Reference to the resource made from a finding; None when the visit has no finding of that id."""
    finding = next((f for f in frame.visit.findings if f.id == finding_id), None)
    if finding is None:
        return None
    if finding in staged_periodontitis(frame):
        return frame.ids.refer("Condition", "periodontitis")
    return frame.ids.refer(_resource_type(finding), f"finding:{finding.id}")


def staged_periodontitis(frame: Frame) -> tuple[Finding, ...]:
    """The findings about periodontitis when one of them gives a stage, else none: no stage, no diagnosis."""
    about = tuple(f for f in frame.visit.findings if f.kind is found_by.Kind.PERIODONTITIS)
    return about if any(f.grade in STAGES for f in about) else ()


def _resource_type(finding: Finding) -> str:
    if finding.kind is found_by.Kind.CARIES and finding.grade in CARIES:
        return "Condition"
    if finding.kind in (found_by.Kind.CARIES_RISK, found_by.Kind.ACID_TIME):
        return "RiskAssessment"
    if finding.kind in (found_by.Kind.REFERRAL, found_by.Kind.RECHECK):
        return "ServiceRequest"
    return "Observation"


def _resource(frame: Frame, finding: Finding) -> Json:
    match _resource_type(finding):
        case "Condition":
            made = _caries(frame, finding)
        case "RiskAssessment":
            is_simulated = finding.kind is found_by.Kind.ACID_TIME
            made = _simulated(frame, finding) if is_simulated else _risk(frame, finding)
        case "ServiceRequest":
            made = _request(frame, finding)
        case _:
            made = _statement(frame, finding)
    return made | {"extension": [finding_extension(finding)], "note": finding_notes(finding)}


def _condition(frame: Frame, role: str, findings: tuple[Finding, ...]) -> Json:
    if any(finding.override is not None for finding in findings):
        verification = codes.bound("condition-ver-status", "unconfirmed", "Unconfirmed")
    elif frame.is_signed:
        verification = codes.bound("condition-ver-status", "confirmed", "Confirmed")
    else:
        verification = codes.bound("condition-ver-status", "provisional", "Provisional")
    references = [ref for finding in findings for ref in evidence_references(frame, finding)]
    evidence = {ref["reference"]: ref for ref in references}
    return frame.resource(
        "Condition",
        role,
        clinicalStatus=codes.bound("condition-clinical", "active", "Active"),
        verificationStatus=verification,
        category=[
            codes.bound("condition-category", "encounter-diagnosis", "Encounter Diagnosis"),
            codes.dental(),
        ],
        subject=frame.patient,
        encounter=frame.encounter,
        recordedDate=day(frame.visit.on),
        recorder=frame.dentist,
        evidence=[{"detail": list(evidence.values())}],
    )


def _caries(frame: Frame, finding: Finding) -> Json:
    made = _condition(frame, f"finding:{finding.id}", (finding,))
    made["code"] = codes.concept("finding", "caries", finding_text(finding))
    made["severity"] = codes.concept("result", finding.grade)
    if finding.tooth is not None:
        site = tooth_site(finding.tooth)
        if finding.surface is not None:
            surface = codes.concept("surface", finding.surface)
            site["extension"] = [extension("tooth-surface", valueCodeableConcept=surface)]
        made["bodySite"] = [site]
    return made


def _periodontitis(frame: Frame, findings: tuple[Finding, ...]) -> Json:
    """One Condition with its stage and its grade; the words of every finding about it are its notes."""
    made = _condition(frame, "periodontitis", findings)
    made["extension"] = [finding_extension(finding) for finding in findings]
    made["note"] = [text for finding in findings for text in finding_notes(finding)]
    staged = next(f for f in findings if f.grade in STAGES)
    made["code"] = codes.concept("finding", "periodontitis", finding_text(staged))
    made["stage"] = [
        {
            "summary": codes.concept("result", finding.grade),
            "type": codes.concept("result", "stage" if finding.grade in STAGES else "grade"),
        }
        for finding in findings
        if finding.grade in STAGES | GRADES
    ]
    return made


def _risk(frame: Frame, finding: Finding) -> Json:
    """A published rule's view of what may come, in words and never as a number: the rules give none."""
    level = finding.grade if finding.grade in RISK_LEVELS else "other"
    words = finding.grade if level == "other" else ""
    prediction = {
        "outcome": codes.concept("risk", "caries"),
        "probabilityRange": codes.no_probability("unknown"),
        "qualitativeRisk": codes.concept("risk", level, words),
        "rationale": finding.effective,
    }
    return _assessment(frame, finding, "published-rule", prediction)


def _simulated(frame: Frame, finding: Finding) -> Json:
    """What the twin says of one group of sites, labelled simulated, resting on its forecast."""
    prediction = {
        "outcome": codes.concept("risk", "acid-time", finding.title),
        "probabilityRange": codes.no_probability("not-applicable"),
        "rationale": finding.effective,
    }
    made = _assessment(frame, finding, "twin", prediction)
    made["meta"] = {"tag": [codes.coding("role", "simulated")]}
    if frame.visit.forecast is not None:
        made["basis"].append(frame.ids.refer("RiskAssessment", "forecast"))
    return made


def _assessment(frame: Frame, finding: Finding, method: str, prediction: Json) -> Json:
    return frame.resource(
        "RiskAssessment",
        f"finding:{finding.id}",
        status="final" if frame.is_signed else "preliminary",
        method=codes.concept("risk", method, finding.rule.title),
        code=codes.concept("finding", finding.kind.value.replace(" ", "-"), finding_text(finding)),
        subject=frame.patient,
        encounter=frame.encounter,
        occurrenceDateTime=day(frame.visit.on),
        performer=frame.software,
        basis=evidence_references(frame, finding),
        prediction=[prediction],
    )


def _request(frame: Frame, finding: Finding) -> Json:
    """A referral or a second look: proposed by the rule, ordered by the dentist's signature."""
    made = frame.resource(
        "ServiceRequest",
        f"finding:{finding.id}",
        status="active" if frame.is_signed else "draft",
        intent="order" if frame.is_signed else "proposal",
        code=codes.concept("request", finding.kind.value, finding_text(finding)),
        subject=frame.patient,
        encounter=frame.encounter,
        authoredOn=day(frame.visit.on),
        requester=frame.dentist if frame.is_signed else frame.software,
        reasonReference=evidence_references(frame, finding),
    )
    within = finding.refer_within_days
    if within is not None:
        made["priority"] = "urgent" if within <= URGENT_WITHIN_DAYS else "routine"
        last = frame.visit.on + timedelta(days=within)
        made["occurrencePeriod"] = {"start": day(frame.visit.on), "end": day(last)}
    elif finding.look_again_on is not None:
        made["occurrenceDateTime"] = day(finding.look_again_on)
    if frame.visit.plan.steps:
        made["basedOn"] = [frame.ids.refer("CarePlan", "care-plan")]
    return made


def _statement(frame: Frame, finding: Finding) -> Json:
    """Whatever else a rule says: an Observation whose value is the statement that stands."""
    made = frame.observation(
        f"finding:{finding.id}",
        codes.concept("observation", "rule-statement", finding_text(finding)),
        valueString=finding.effective,
        device=frame.software,
        derivedFrom=evidence_references(frame, finding),
    )
    if finding.tooth is not None:
        made["bodySite"] = tooth_site(finding.tooth)
    return made

"""The plan a dentist signs, as a CarePlan: one activity for each step, each pointing at what it rests on."""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.diagnoses import finding_reference
from commensal.clinic.fhir.elements import Json, date_time, day, extension, note
from commensal.clinic.fhir.frame import Frame
from commensal.clinic.plan import Step

REASON_TYPES = frozenset({"Condition", "Observation"})
"""What R4 lets a planned activity name as its reason; risks and requests go to `supportingInfo`."""


def has_plan(frame: Frame) -> bool:
    """Whether there is anything to plan, agree or sign."""
    plan = frame.visit.plan
    return bool(plan.steps or plan.agreed_about_fear or plan.signature)


def care_plan(frame: Frame) -> Json:
    """The plan: a draft proposal, or active from the moment a dentist signed it.

    What was agreed about fear are the notes, each a sentence to the patient.
    """
    plan = frame.visit.plan
    references = _references(frame, [id_ for step in plan.steps for id_ in step.findings])
    conditions = [ref for ref in references if ref["type"] == "Condition"]
    others = [ref for ref in references if ref["type"] != "Condition"]
    return frame.resource(
        "CarePlan",
        "care-plan",
        status="active" if frame.is_signed else "draft",
        intent="plan" if frame.is_signed else "proposal",
        category=[codes.concept("role", "care-plan")],
        title="Care plan of a dental visit",
        subject=frame.patient,
        encounter=frame.encounter,
        period={"start": day(frame.visit.on)},
        created=date_time(plan.signed_at, "plan.signed_at") if plan.signed_at else day(frame.visit.on),
        author=frame.dentist if frame.is_signed else frame.software,
        addresses=conditions,
        supportingInfo=others,
        activity=[{"detail": _step(frame, step)} for step in plan.steps],
        note=note(*plan.agreed_about_fear),
    )


def _references(frame: Frame, finding_ids: list[str]) -> list[Json]:
    found = [finding_reference(frame, id_) for id_ in finding_ids]
    return list({ref["reference"]: ref for ref in found if ref is not None}.values())


def _step(frame: Frame, step: Step) -> Json:
    return {
        "extension": [
            extension("other-choices", valueString=step.other_choices),
            extension("source", valueString=step.source),
            *(extension("finding-id", valueString=id_) for id_ in step.findings),
        ],
        "code": codes.concept("role", "plan-step", step.what),
        "reasonCode": [codes.concept("role", "step-reason", step.why)],
        "reasonReference": [ref for ref in _references(frame, list(step.findings)) if ref["type"] in REASON_TYPES],
        "status": "not-started",
        "scheduledString": step.when,
        "description": step.what,
    }

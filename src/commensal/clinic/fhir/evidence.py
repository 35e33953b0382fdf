"""Who says so: one Provenance over the whole bundle, and one over the plan with the dentist's signature."""

import base64
import binascii

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, extension, identifier, instant
from commensal.clinic.fhir.errors import FhirError
from commensal.clinic.fhir.frame import Frame

AUTHOR = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.1",
    "display": "Author's Signature",
}
PLAN_FORMAT = "application/x-commensal-plan"
SIGNATURE_FORMAT = "application/x-ed25519"


def provenance(frame: Frame, resources: list[Json]) -> list[Json]:
    """Provenance of `resources`, all of them; then of the signed plan, when there is one."""
    whole = _whole(frame, resources)
    return [whole, _signed_plan(frame)] if frame.is_signed else [whole]


def _agent(role: str, display: str, who: Json) -> Json:
    return {"type": codes.bound("provenance-participant-type", role, display), "who": who}


def _whole(frame: Frame, resources: list[Json]) -> Json:
    """Who recorded the visit, and the records and checkpoint of the clinic's log that prove it.

    The checkpoint is base64 of its exact bytes: it is a signed note, and one lost line end would break it.
    """
    first, last = frame.visit.records
    return frame.resource(
        "Provenance",
        "provenance",
        extension=[extension("log-checkpoint", valueBase64Binary=_base64(frame.visit.checkpoint))],
        target=[{"reference": f"urn:uuid:{r['id']}", "type": r["resourceType"]} for r in resources],
        recorded=instant(frame.visit.recorded_at, "recorded_at"),
        activity=codes.concept("role", "recorded"),
        agent=[
            _agent("assembler", "Assembler", frame.software),
            _agent("performer", "Performer", frame.dentist),
            _agent("custodian", "Custodian", frame.clinic),
        ],
        entity=[
            {
                "role": "source",
                "what": {
                    "identifier": identifier("log-records", f"{first}-{last}"),
                    "display": f"Records {first} to {last} of the clinic's log",
                },
            }
        ],
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def _signed_plan(frame: Frame) -> Json:
    """The dentist's Ed25519 signature. It covers the plan's canonical bytes in the log, not this JSON."""
    plan = frame.visit.plan
    signed_at = instant(plan.signed_at, "plan.signed_at")
    try:
        base64.b64decode(plan.signature, validate=True)
    except (binascii.Error, ValueError):
        raise FhirError("plan.signature must be base64, got something else; sign the plan again") from None
    is_dentist = clean(plan.signed_by) in ("", clean(frame.visit.dentist_name))
    who = frame.dentist if is_dentist else {"display": clean(plan.signed_by)}
    return frame.resource(
        "Provenance",
        "plan-signature",
        target=[frame.ids.refer("CarePlan", "care-plan")],
        recorded=signed_at,
        activity=codes.concept("role", "plan-signed"),
        agent=[_agent("author", "Author", who)],
        signature=[
            {
                "type": [AUTHOR],
                "when": signed_at,
                "who": who,
                "targetFormat": PLAN_FORMAT,
                "sigFormat": SIGNATURE_FORMAT,
                "data": plan.signature,
            }
        ],
    )

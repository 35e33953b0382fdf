"""What the patient agreed to, purpose by purpose."""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, day, extension
from commensal.clinic.fhir.frame import Frame
from commensal.clinic.fhir.people import has_guardian
from commensal.clinic.people import Purpose


def consent(frame: Frame) -> Json:
    """One Consent with one nested provision for every purpose there is, permit or deny.

    The root provision carries no type: R4 does not allow one there. The policy rule says that silence is
    refusal, so a purpose nobody mentioned is denied in words as well. What a refusal meant for the visit
    travels with it.
    """
    given = frame.visit.consent
    guardian = frame.ids.refer("RelatedPerson", "guardian")
    scope = codes.bound("consentscope", "patient-privacy", "Privacy Consent")
    return frame.resource(
        "Consent",
        "consent",
        status="active",
        scope=scope,
        category=[codes.concept("role", "visit-consent")],
        patient=frame.patient,
        dateTime=day(given.given_on),
        performer=[guardian if has_guardian(frame) else frame.patient],
        organization=[frame.clinic],
        policyRule=codes.concept("role", "silence-is-refusal"),
        provision={"provision": [_provision(frame, purpose) for purpose in Purpose]},
    )


def _provision(frame: Frame, purpose: Purpose) -> Json:
    meanings = [text for refused, text in frame.visit.refused if refused is purpose and clean(text)]
    return {
        "extension": [extension("refusal-meaning", valueString=text) for text in meanings],
        "type": "permit" if frame.visit.consent.allows(purpose) else "deny",
        "purpose": [codes.coding("purpose", purpose.value)],
    }

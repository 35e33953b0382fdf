"""The visit as one R4 Bundle of type collection.

A collection states facts and asks for nothing. A document would need a Composition that a person attests:
the page a person attests is the report. A transaction would tell a receiver's server what to create: that is
for the receiver to decide. docs/specs/fhir-mapping.md says what becomes what, and why.
"""

import json

from commensal.clinic.fhir.agreement import consent
from commensal.clinic.fhir.diagnoses import diagnoses
from commensal.clinic.fhir.elements import Ids, Json, identifier, instant, pruned
from commensal.clinic.fhir.errors import ExportRefusedError, FhirError
from commensal.clinic.fhir.evidence import provenance
from commensal.clinic.fhir.examination import examination
from commensal.clinic.fhir.fear import fear
from commensal.clinic.fhir.forecast import forecast
from commensal.clinic.fhir.frame import Frame
from commensal.clinic.fhir.lab import lab
from commensal.clinic.fhir.people import people
from commensal.clinic.fhir.planning import care_plan, has_plan
from commensal.clinic.fhir.teeth import teeth
from commensal.clinic.people import Purpose
from commensal.clinic.visit_record import VisitRecord


def visit_bundle(visit: VisitRecord) -> Json:
    """The whole visit as an R4 (4.0.1) Bundle; the same visit always gives the same bundle.

    Ids are UUIDs (version 5) of the visit's id and the part a resource plays in it, `fullUrl`s are
    `urn:uuid:`, and every reference stays inside the bundle.

    Raises:
        ExportRefusedError: the patient did not agree to a FHIR file.
        FhirError: two findings with one id; a number that is not finite; a time without seconds or offset
            where R4 needs both.
    """
    if not visit.consent.allows(Purpose.EXPORT):
        raise ExportRefusedError
    frame = Frame(visit, Ids(visit.visit_id))
    stated = [pruned(resource) for resource in _resources(frame)]
    stated += [pruned(resource) for resource in provenance(frame, stated)]
    if len({made["id"] for made in stated}) < len(stated):
        raise FhirError("two findings of the visit have the same id; every finding needs one of its own")
    return {
        "resourceType": "Bundle",
        "id": frame.ids.of("bundle"),
        "identifier": identifier("visit-bundle", visit.visit_id),
        "type": "collection",
        "timestamp": instant(visit.recorded_at, "recorded_at"),
        "entry": [{"fullUrl": f"urn:uuid:{made['id']}", "resource": made} for made in stated],
    }


def _resources(frame: Frame) -> list[Json]:
    visit = frame.visit
    found = [*people(frame), consent(frame)]
    if visit.exam is not None:
        found += [*teeth(frame, visit.exam), *examination(frame, visit.exam)]
    if visit.anxiety is not None:
        found += fear(frame, visit.anxiety)
    if visit.forecast is not None:
        found += forecast(frame, visit.forecast)
    for index, sample in enumerate(visit.samples):
        found += lab(frame, index, sample)
    found += diagnoses(frame)
    return [*found, care_plan(frame)] if has_plan(frame) else found


def bundle_json(bundle: Json) -> str:
    """A bundle as text: UTF-8 characters as they are, indented by one space, one line end at the end.

    Numbers are written with the digits they have: 4.0 stays 4.0, 4 stays 4.
    """
    return json.dumps(bundle, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

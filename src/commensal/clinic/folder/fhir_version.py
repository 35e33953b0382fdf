"""Telling an R4 bundle from other FHIR versions, which do not say so themselves.

A resource carries no version number, but each version has elements that R4 lacks. The table holds the ones
that real exports show most; the tests check it against models of the three versions. Recalled from the
definitions at hl7.org/fhir (STU3 3.0.2, R4 4.0.1, R5 5.0.0).
"""

import re

ELEMENTS_NOT_IN_R4 = {
    "STU3": {
        "Patient": ("animal",),
        "Observation": ("context",),
        "Condition": ("context", "assertedDate"),
        "Procedure": ("context", "notDone"),
        "AllergyIntolerance": ("assertedDate",),
        "MedicationRequest": ("context",),
        "DiagnosticReport": ("context",),
        "Immunization": ("notGiven",),
        "Encounter": ("incomingReferral",),
        "CarePlan": ("context",),
        "QuestionnaireResponse": ("context",),
    },
    "R5": {
        "Bundle": ("issues",),
        "Encounter": ("actualPeriod", "plannedStartDate", "admission"),
        "Procedure": ("occurrenceDateTime", "occurrencePeriod", "reportedBoolean"),
        "Condition": ("participant",),
        "AllergyIntolerance": ("participant",),
        "MedicationRequest": ("medication",),
        "MedicationStatement": ("medication", "adherence"),
        "Immunization": ("administeredProduct", "basedOn"),
        "Observation": ("triggeredBy", "bodyStructure"),
        "DiagnosticReport": ("composition", "supportingInfo"),
    },
}

PROFILE_VERSION = re.compile(r"https?://hl7\.org/fhir/StructureDefinition/[A-Za-z]+\|(\d+\.\d+)")
NAMES = {"1.0": "DSTU2", "3.0": "STU3", "4.0": "R4", "4.3": "R4B", "5.0": "R5"}


def foreign_version(resource: dict[str, object]) -> tuple[str, str] | None:
    """The version a resource gives away and the element that does, or None when it may be R4."""
    kind = str(resource.get("resourceType"))
    if "fhirVersion" in resource and kind == "Bundle" and not str(resource["fhirVersion"]).startswith("4.0"):
        return "another version", "fhirVersion"
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    for profile in profiles if isinstance(profiles, list) else ():
        found = PROFILE_VERSION.match(str(profile))
        if found and found[1] != "4.0":
            return NAMES.get(found[1], f"version {found[1]}"), "meta.profile"
    for version, elements in ELEMENTS_NOT_IN_R4.items():
        for element in elements.get(kind, ()):
            if element in resource:
                return version, element
    if kind == "Encounter" and isinstance(resource.get("class"), list):
        return "R5", "class"
    if kind in ("Condition", "AllergyIntolerance") and isinstance(resource.get("clinicalStatus"), str):
        return "STU3", "clinicalStatus"
    return None

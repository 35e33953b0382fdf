"""Who took part: patient, guardian, dentist, clinic and program, and the Encounter they met in."""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, day, identifier
from commensal.clinic.fhir.frame import Frame

NOT_RECORDED = "name not recorded"


def people(frame: Frame) -> list[Json]:
    """Patient, Encounter, Practitioner, Organization, Device; a RelatedPerson when a guardian consented."""
    found = [patient(frame), encounter(frame), dentist(frame), clinic(frame), software(frame)]
    return [*found, guardian(frame)] if has_guardian(frame) else found


def patient(frame: Frame) -> Json:
    """The patient as the clinic knows them: name, birth, gender, language and all identifiers they came with.

    Address, telephone, race and the like of the source are not repeated: this visit did not need them.
    """
    person, source = frame.visit.patient, frame.visit.patient_resource
    identifiers = [identifier("patient", person.ref)]
    if source.get("id"):
        identifiers.append(identifier("source-patient-id", str(source["id"])))
    identifiers += [{"system": system, "value": value} for system, value in person.identifiers]
    return frame.resource(
        "Patient",
        "patient",
        identifier=identifiers,
        name=[{"text": person.name, "family": person.family, "given": _given_names(frame)}],
        gender=person.gender,
        birthDate=_birth_date(frame),
        communication=_communication(person.language),
    )


def _given_names(frame: Frame) -> list[str]:
    """The given names one by one when the source lists them so, else as one."""
    person = frame.visit.patient
    names = frame.visit.patient_resource.get("name")
    for name in names if isinstance(names, list) else []:
        given = name.get("given", []) if isinstance(name, dict) else []
        if " ".join(map(str, given)) == person.given:
            return [str(one) for one in given]
    return [person.given]


def _birth_date(frame: Frame) -> str:
    """The birth date, no more precise than it came: "1990-05" stays "1990-05"."""
    born, came = day(frame.visit.patient.born), frame.visit.patient_resource.get("birthDate")
    return came if isinstance(came, str) and len(came) in (4, 7) and born.startswith(came) else born


def _communication(language: str) -> list[Json]:
    if not clean(language):
        return []
    tag = {"system": "urn:ietf:bcp:47", "code": clean(language)}
    return [{"language": {"coding": [tag], "text": clean(language)}, "preferred": True}]


def encounter(frame: Frame) -> Json:
    """The visit itself."""
    visit = frame.visit
    reason = [codes.concept("role", "stated-reason", visit.reason)] if clean(visit.reason) else []
    ambulatory = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "code": "AMB",
        "display": "ambulatory",
    }
    return frame.resource(
        "Encounter",
        "encounter",
        identifier=[identifier("visit", visit.visit_id)],
        status="finished",
        **{"class": ambulatory},
        type=[codes.concept("role", "dental-visit")],
        subject=frame.patient,
        participant=[{"individual": frame.dentist}],
        period={"start": day(visit.on), "end": day(visit.on)},
        reasonCode=reason,
        serviceProvider=frame.clinic,
    )


def dentist(frame: Frame) -> Json:
    """The dentist who examined and who signs."""
    return frame.resource("Practitioner", "dentist", name=[{"text": clean(frame.visit.dentist_name) or NOT_RECORDED}])


def clinic(frame: Frame) -> Json:
    """The clinic."""
    return frame.resource(
        "Organization",
        "clinic",
        type=[codes.concept("role", "clinic")],
        name=clean(frame.visit.clinic_name) or NOT_RECORDED,
    )


def software(frame: Frame) -> Json:
    """The program, as the Device it is to FHIR; its version is the last word of `VisitRecord.software`."""
    name, _, version = frame.visit.software.rpartition(" ")
    return frame.resource(
        "Device",
        "software",
        status="active",
        deviceName=[{"name": clean(name or version) or NOT_RECORDED, "type": "user-friendly-name"}],
        type=codes.concept("role", "software"),
        version=[{"value": version}] if name and version else [],
    )


def has_guardian(frame: Frame) -> bool:
    """Whether somebody else consented for the patient."""
    return clean(frame.visit.consent.given_by).lower() not in ("", "patient")


def guardian(frame: Frame) -> Json:
    """Whoever consented for the patient, known only by their relation."""
    return frame.resource(
        "RelatedPerson",
        "guardian",
        patient=frame.patient,
        relationship=[codes.concept("role", "guardian", frame.visit.consent.given_by)],
    )

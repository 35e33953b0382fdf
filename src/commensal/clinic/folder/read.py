"""Reads a visit folder whole, or says everything that is wrong with it. It changes nothing."""

from datetime import date
from pathlib import Path

from commensal.clinic.folder.anxiety import read_anxiety
from commensal.clinic.folder.consent import check_consent_day, read_consent
from commensal.clinic.folder.contents import AnxietyAnswers, DietRow, RecordRefused, VisitFolder
from commensal.clinic.folder.days import Limits
from commensal.clinic.folder.diet import read_diet
from commensal.clinic.folder.exam import read_exam, read_exam_document, read_header, read_overrides
from commensal.clinic.folder.files import Files, open_folder
from commensal.clinic.folder.lab import read_lab
from commensal.clinic.folder.patient import read_patient
from commensal.clinic.folder.problems import Problems
from commensal.clinic.people import Consent, Purpose

MAX_AGE_Y = 130
"""Older than anybody has been; a birth date beyond is a slip."""


def read_visit_folder(path: Path, *, today: date | None) -> VisitFolder | RecordRefused:
    """One visit's input: docs/specs/visit-folder.md, format `commensal.visit/1`.

    Order of checks: the folder, `consent.json`, then `patient.fhir.json`, `exam.json` and whatever else the
    consent allows to be read. What it does not allow is hashed and forgotten. Problems of all files are
    gathered before they are raised.

    Args:
        path: the folder.
        today: no day in the folder may be later; None leaves that one check out.

    Returns:
        The visit, or `RecordRefused` when the patient did not agree to a record.

    Raises:
        InputError: something is wrong; `FolderError` when several things are. Nothing has been changed.
    """
    problems = Problems()
    files = open_folder(Path(path), problems)
    raw = files.read("consent.json", problems)
    consent = None if raw is None else read_consent(raw, problems, today)
    if consent is None:
        problems.stop()
    if not consent.allows(Purpose.RECORD):
        _hash_the_rest(files, problems)
        problems.raise_if_any()
        return RecordRefused(
            consent=consent, inputs=dict(sorted(files.sha256.items())), inputs_sha256=files.inputs_sha256
        )
    visit = _read_permitted(files, consent, problems, today)
    if visit is None:
        problems.stop()
    return visit


def _read_permitted(files: Files, consent: Consent, problems: Problems, today: date | None) -> VisitFolder | None:
    raw = files.read("patient.fhir.json", problems)
    if raw is None:
        problems.keep_secret(())
    person = None if raw is None else read_patient(raw, problems, today)
    born = person.patient.born if person else None
    raw = files.read("exam.json", problems)
    is_examined = consent.allows(Purpose.EXAMINATION)
    document = None if raw is None else read_exam_document(raw, problems, is_whole=is_examined)
    died = person.died if person else None
    header = read_header(document, problems, Limits(born=born, today=today), died) if document else None
    limits = Limits(born=born, visit=header.on if header else None, today=today)
    age_y = person.patient.age_y(header.on) if person and header else 0
    if age_y > MAX_AGE_Y:
        expected = f"a birth at most {MAX_AGE_Y} years before the visit"
        problems.add("patient.fhir.json", "birthDate", expected, f"one {age_y} years before")
    check_consent_day(consent, limits.born, limits.visit, problems)
    exam = None
    overrides = {}
    if document and header and is_examined:
        exam = read_exam(document, header, age_y, problems, limits)
        overrides = read_overrides(document, header, problems)
    anxiety = _anxiety(files, consent, problems, limits)
    diet = _diet(files, consent, problems)
    has_lab = "lab/lab.json" in files.present or any(name.startswith("lab/") for name in files.present)
    samples = read_lab(files, problems, limits) if has_lab and consent.allows(Purpose.LAB) else ()
    _hash_the_rest(files, problems)
    if problems.found or person is None or header is None:
        return None
    return VisitFolder(
        visit=header,
        consent=consent,
        patient=person.patient,
        patient_resource=person.resource,
        other_resources=person.others,
        bundle=person.bundle,
        exam=exam,
        overrides=overrides,
        anxiety=anxiety,
        diet=diet,
        samples=samples or (),
        inputs=dict(sorted(files.sha256.items())),
        inputs_sha256=files.inputs_sha256,
    )


def _anxiety(files: Files, consent: Consent, problems: Problems, limits: Limits) -> AnxietyAnswers | None:
    if not consent.allows(Purpose.ANXIETY):
        return None
    raw = files.read("anxiety.json", problems)
    return None if raw is None else read_anxiety(raw, problems, limits)


def _diet(files: Files, consent: Consent, problems: Problems) -> tuple[DietRow, ...] | None:
    if not consent.allows(Purpose.SIMULATION):
        return None
    raw = files.read("diet.csv", problems)
    return None if raw is None else read_diet(raw, problems)


def _hash_the_rest(files: Files, problems: Problems) -> None:
    """Hashes every file that was not read: what nobody agreed to have read still counts as input."""
    for name in files.present:
        if name not in files.asked:
            files.read(name, problems)

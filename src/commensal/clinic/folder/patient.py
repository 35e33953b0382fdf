"""`patient.fhir.json`: one FHIR R4 bundle, exactly one patient, nobody else's resources."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from commensal.clinic.folder.contents import BundleSummary
from commensal.clinic.folder.days import Limits, parse_day
from commensal.clinic.folder.fhir_version import foreign_version
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.references import addresses, names_somebody_else, tally
from commensal.clinic.folder.strict_json import read_json
from commensal.clinic.people import Patient

FILE = "patient.fhir.json"
MAX_ENTRIES = 20_000
BUNDLE_TYPES = ("collection", "transaction")
GENDERS = ("male", "female", "other", "unknown")
NAME_USES = ("official", "usual", None, "nickname", "anonymous", "temp", "maiden", "old")
"""Which of several names a report prints: the first of these uses that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFile:
    """What `patient.fhir.json` says; `died` is the day of death when one is recorded."""

    patient: Patient
    resource: dict[str, object]
    others: tuple[dict[str, object], ...]
    bundle: BundleSummary
    died: date | None


def read_patient(raw: bytes, problems: Problems, today: date | None) -> PatientFile | None:
    """The patient and the bundle, or None after adding to `problems`.

    Order of checks: JSON, bundle, version of every resource, one patient, their facts, whose the others are.
    """
    document = read_json(FILE, raw, problems)
    if document is None:
        problems.keep_secret(())
        return None
    problems.keep_secret(_every_name(document))
    before = len(problems.found)
    entries = _entries(document, problems)
    if entries is None:
        return None
    places = [place for place, entry in enumerate(entries) if _kind(entry) == "Patient"]
    if len(places) != 1:
        came = "none" if not places else f"{len(places)}, at entries {', '.join(map(str, places[:5]))}"
        remedy = "" if not places else "make one visit folder for each patient"
        problems.add(FILE, "entry", "exactly one Patient", came, remedy)
        return None
    resource = _resource(entries[places[0]])
    at = f"entry[{places[0]}].resource"
    patient = _patient(resource, at, problems, today)
    died = _day_of_death(resource, at, problems, today)
    others = [_resource(entry) for place, entry in enumerate(entries) if place != places[0]]
    known = addresses(entries)
    own = addresses([entries[places[0]]])
    for place, entry in enumerate(entries):
        element = names_somebody_else(_resource(entry), own, known)
        if element and len(problems.found) - before < 100:
            field = f"entry[{place}].resource.{element}"
            problems.add(FILE, field, "a reference to this bundle's Patient", "one to somebody else", "take it out")
    if patient is None or len(problems.found) > before:
        return None
    found = tally([_resource(entry) for entry in entries], known)
    summary = BundleSummary(
        type=str(document["type"]),
        resources=tuple(sorted(Counter(_kind(entry) for entry in entries).items())),
        references=found.total,
        resolved=found.resolved,
        conditional=tuple(found.conditional),
        unresolved=tuple(found.unresolved),
    )
    return PatientFile(patient=patient, resource=resource, others=tuple(others), bundle=summary, died=died)


def _entries(document: dict[str, object], problems: Problems) -> list[dict[str, object]] | None:
    before = len(problems.found)
    kind = document.get("resourceType")
    if kind != "Bundle":
        remedy = "wrap it in a Bundle of type collection" if kind == "Patient" else ""
        problems.add(FILE, "resourceType", '"Bundle"', _shown(kind, problems), remedy)
        return None
    if document.get("type") not in BUNDLE_TYPES:
        problems.add(FILE, "type", " or ".join(BUNDLE_TYPES), _shown(document.get("type"), problems))
    entries = document.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_ENTRIES:
        problems.add(FILE, "entry", f"a list of 1 to {MAX_ENTRIES} entries", _shown(entries, problems))
        return None
    if (foreign := foreign_version(document)) is not None:
        problems.add(FILE, foreign[1], "FHIR R4 (4.0.1)", foreign[0], "export the bundle as R4")
    for place, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            field = f"entry[{place}].resource"
            problems.add(FILE, field, "a resource with its resourceType", _shown(resource, problems))
        elif (foreign := foreign_version(resource)) is not None:
            field = f"entry[{place}].resource.{foreign[1]}"
            problems.add(FILE, field, "FHIR R4 (4.0.1)", f"an element of {foreign[0]}", "export the bundle as R4")
        if len(problems.found) - before >= 100:
            break
    return None if len(problems.found) > before else entries


def _patient(resource: dict[str, object], at: str, problems: Problems, today: date | None) -> Patient | None:
    before = len(problems.found)
    birth = resource.get("birthDate")
    born = None
    if not isinstance(birth, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", birth):
        came = "nothing" if birth is None else "something else"
        remedy = "age decides some rules: a year or month alone is not enough"
        problems.add(FILE, f"{at}.birthDate", "a whole day as YYYY-MM-DD", came, remedy)
    else:
        born = parse_day(FILE, f"{at}.birthDate", birth, problems, Limits(today=today))
    gender = resource.get("gender", "unknown")
    if gender not in GENDERS:
        problems.add(FILE, f"{at}.gender", ", ".join(GENDERS), problems.shown(gender))
    given, family = _name(resource, at, problems)
    language = _language(resource, at, problems)
    identifiers = tuple(
        (str(one.get("system", "")), str(one["value"]))
        for one in _objects(resource, "identifier", at, problems)
        if isinstance(one.get("value"), str)
    )
    if born is None or len(problems.found) > before:
        return None
    return Patient(
        ref="",
        given=given,
        family=family,
        born=born,
        gender=str(gender),
        language=language,
        identifiers=identifiers,
    )


def _day_of_death(resource: dict[str, object], at: str, problems: Problems, today: date | None) -> date | None:
    died = resource.get("deceasedDateTime")
    if died is None:
        return None
    if not isinstance(died, str) or not re.match(r"[0-9]{4}", died):
        problems.add(FILE, f"{at}.deceasedDateTime", "a date and time", problems.shown(died, is_free_text=True))
        return None
    # FHIR allows a year or a month of death; that sets no day, so nothing is checked against it.
    if len(died) < len("2025-11-20"):
        return None
    return parse_day(FILE, f"{at}.deceasedDateTime", died[:10], problems, Limits(today=today))


def _name(resource: dict[str, object], at: str, problems: Problems) -> tuple[str, str]:
    names = _objects(resource, "name", at, problems)
    ranked = sorted(names, key=lambda name: NAME_USES.index(use) if (use := name.get("use")) in NAME_USES else 99)
    if not ranked:
        return "", ""
    given, family, text = ranked[0].get("given", []), ranked[0].get("family", ""), ranked[0].get("text", "")
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        problems.add(FILE, f"{at}.name.given", "a list of texts", problems.shown(given, is_free_text=True))
        return "", ""
    if not isinstance(family, str) or not isinstance(text, str):
        problems.add(FILE, f"{at}.name.family", "a text", problems.shown(family, is_free_text=True))
        return "", ""
    return (" ".join(given), family) if given or family else ("", text)


def _language(resource: dict[str, object], at: str, problems: Problems) -> str:
    spoken = _objects(resource, "communication", at, problems)
    for one in sorted(spoken, key=lambda one: one.get("preferred") is not True):
        language = one.get("language")
        codings = language.get("coding") if isinstance(language, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            code = coding.get("code") if isinstance(coding, dict) else None
            if isinstance(code, str) and re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", code):
                return code
    return ""


def _objects(resource: dict[str, object], element: str, at: str, problems: Problems) -> list[dict[str, object]]:
    values = resource.get(element, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        problems.add(FILE, f"{at}.{element}", "a list of objects", problems.shown(values, is_free_text=True))
        return []
    return values


def _every_name(document: dict[str, object]) -> list[str]:
    """All texts under any patient's `name`, however malformed, so that no message repeats them."""
    entries = document.get("entry")
    names: list[str] = []
    for entry in [document, *(entries if isinstance(entries, list) else [])]:
        resource = entry.get("resource", entry) if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or resource.get("resourceType") != "Patient":
            continue
        waiting = [resource.get("name")]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += [inner for key, inner in value.items() if key in ("given", "family", "text", "suffix")]
            elif isinstance(value, list):
                waiting += value
            elif isinstance(value, str):
                names.append(value)
    return names


def _shown(value: object, problems: Problems) -> str:
    return "nothing" if value is None else problems.shown(value)


def _kind(entry: dict[str, object]) -> str:
    return str(_resource(entry)["resourceType"])


def _resource(entry: dict[str, object]) -> dict[str, object]:
    resource = entry["resource"]
    if not isinstance(resource, dict):
        raise TypeError("entries are checked before they are used")
    return resource

"""`consent.json`: what the patient agreed to. Read before everything else, it decides what else is read."""

from datetime import date

from commensal.clinic.folder.days import Limits, is_within, parse_day
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.schema import follows_schema
from commensal.clinic.folder.strict_json import read_json
from commensal.clinic.people import Consent, Purpose

FILE = "consent.json"


def read_consent(raw: bytes, problems: Problems, today: date | None) -> Consent | None:
    """The consent, or None after adding to `problems`."""
    document = read_json(FILE, raw, problems)
    if document is None or not follows_schema("consent", FILE, document, problems):
        return None
    given_on = parse_day(FILE, "given_on", str(document["given_on"]), problems, Limits(today=today))
    permits = _purposes(document["permits"])
    refusals = _purposes(document.get("refusals", []))
    both = sorted(permits & refusals)
    if both:
        problems.add(FILE, "refusals", "purposes that are not also permitted", ", ".join(both), "ask the patient which")
        return None
    if given_on is None:
        return None
    return Consent(given_on=given_on, given_by=str(document["given_by"]), permits=permits, refusals=refusals)


def check_consent_day(consent: Consent, born: date | None, visit: date | None, problems: Problems) -> None:
    """The day of consent must lie between birth and visit: consent cannot be given afterwards."""
    is_within(FILE, "given_on", consent.given_on, problems, Limits(born=born, visit=visit))


def _purposes(names: object) -> frozenset[Purpose]:
    return frozenset(Purpose(name) for name in names) if isinstance(names, list) else frozenset()

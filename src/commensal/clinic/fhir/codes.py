"""Our own codes: one table, from which both the codes in a bundle and the published code systems are made.

`data/codes.csv` lists every code with its display; `data/standard_codes.csv` the codes of others that say
the same and may be given freely; `data/units.csv` the units that have a UCUM code. Standard codes are added
to ours, never put in their place: reading a bundle back must not need anybody's licensed table.
"""

import csv
from functools import cache
from importlib.resources import files

from commensal.clinic.fhir.elements import BASE, Json, clean
from commensal.clinic.fhir.errors import FhirError

VERSION = "1"
"""Version of all our code systems together; it changes whenever a code does."""

UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
DENTAL = "http://hl7.org/fhir/us/dental-data-exchange/CodeSystem/dental-category"


def _rows(table: str) -> list[dict[str, str]]:
    text = files("commensal.clinic.fhir").joinpath("data", table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _displays() -> dict[tuple[str, str], str]:
    return {(row["system"], row["code"]): row["display"] for row in _rows("codes.csv")}


@cache
def _standards() -> dict[tuple[str, str], tuple[Json, ...]]:
    found: dict[tuple[str, str], tuple[Json, ...]] = {}
    for row in _rows("standard_codes.csv"):
        coding = {"system": row["standard_system"], "code": row["standard_code"]}
        if row["standard_display"]:
            coding["display"] = row["standard_display"]
        key = row["system"], row["code"]
        found[key] = (*found.get(key, ()), coding)
    return found


@cache
def _ucum() -> dict[str, str]:
    return {row["unit"]: row["ucum"] for row in _rows("units.csv")}


def has_code(system: str, code: str) -> bool:
    """Whether `code` is in our code system `system`."""
    return (system, code) in _displays()


def coding(system: str, code: str) -> Json:
    """One code of ours.

    Raises:
        FhirError: the code is not in `data/codes.csv`.
    """
    if not has_code(system, code):
        raise FhirError(f"expected a code of {BASE}/CodeSystem/{system}, got {code!r}; add it to codes.csv")
    return {"system": f"{BASE}/CodeSystem/{system}", "code": code, "display": _displays()[system, code]}


def concept(system: str, code: str, text: str = "", *also: Json) -> Json:
    """A concept: our code, the standard codes that say the same, and `text` (the display by default)."""
    ours = coding(system, code)
    standards = (*_standards().get((system, code), ()), *also)
    return {"coding": [ours, *map(dict, standards)], "text": clean(text) or ours["display"]}


def bound(system: str, code: str, display: str) -> Json:
    """A concept that R4 itself binds to an HL7 code system, such as a status: that code and its display."""
    return {"coding": [{"system": f"{HL7}/{system}", "code": code, "display": display}], "text": display}


def quantity(value: float, unit: str) -> Json:
    """An amount. The UCUM code is there when `data/units.csv` knows the unit; the unit stays as it came."""
    amount: Json = {"value": value}
    if clean(unit):
        amount["unit"] = clean(unit)
    if unit in _ucum():
        amount |= {"system": UCUM, "code": _ucum()[unit]}
    return amount


def category(kind: str, display: str) -> list[Json]:
    """Category of an Observation: HL7's own and, beside it, dental as the HL7 dental guide spells it."""
    return [bound("observation-category", kind, display), dental()]


def dental() -> Json:
    """The category "dental", spelt as the HL7 dental guide does."""
    return {"coding": [{"system": DENTAL, "code": "dental", "display": "Dental"}], "text": "Dental"}


def absent(reason: str, text: str = "") -> Json:
    """Why a value is not there: `not-performed`, `unknown` … of HL7's data-absent-reason, with our words."""
    words = reason.replace("-", " ").capitalize() if reason == "unknown" else "Not Performed"
    concept_ = bound("data-absent-reason", reason, words)
    return concept_ | {"text": clean(text) or concept_["text"]}


def no_probability(reason: str) -> Json:
    """A `probabilityRange` that says there is none, and why: `unknown` or `not-applicable`.

    R4's invariant ras-2 cannot be met by leaving the probability out: "probability is decimal" of nothing is
    nothing, not false. An interval that only says why it is missing meets it, and invents no figure.
    """
    return {"extension": [{"url": DATA_ABSENT, "valueCode": reason}]}


def code_systems() -> tuple[Json, ...]:
    """Every code system of ours as an R4 CodeSystem, complete, in the order of `data/code_systems.csv`."""
    rows = _rows("codes.csv")
    return tuple(
        _code_system(about, [row for row in rows if row["system"] == about["system"]])
        for about in _rows("code_systems.csv")
    )


def _code_system(about: dict[str, str], rows: list[dict[str, str]]) -> Json:
    name = about["system"]
    return {
        "resourceType": "CodeSystem",
        "id": name,
        "url": f"{BASE}/CodeSystem/{name}",
        "version": VERSION,
        "name": "Commensal" + "".join(word.capitalize() for word in name.split("-")),
        "title": about["title"],
        "status": "draft",
        "experimental": False,
        "description": about["description"],
        "copyright": "The commensal engineers, Apache-2.0.",
        "caseSensitive": True,
        "valueSet": f"{BASE}/ValueSet/{name}",
        "content": "complete",
        "count": len(rows),
        "concept": [{key: row[key] for key in ("code", "display", "definition") if row[key]} for row in rows],
    }


def value_sets() -> tuple[Json, ...]:
    """For every code system of ours the R4 ValueSet that holds all its codes."""
    return tuple(
        {
            "resourceType": "ValueSet",
            "id": system["id"],
            "url": system["valueSet"],
            "version": VERSION,
            "name": system["name"] + "All",
            "title": f"{system['title']}: all codes",
            "status": "draft",
            "experimental": False,
            "copyright": system["copyright"],
            "compose": {"include": [{"system": system["url"], "version": VERSION}]},
        }
        for system in code_systems()
    )

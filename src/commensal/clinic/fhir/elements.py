"""The small parts of a FHIR resource, made so that nothing empty and nothing malformed gets in."""

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from commensal.clinic.fhir.errors import FhirError

Json = dict[str, Any]
"""One FHIR resource or element, as `json` reads and writes it."""

BASE = "https://commensal.example/fhir"
"""Our own namespace. `.example` never resolves: the definitions travel with the program, not with the web."""

NAMESPACE = uuid5(NAMESPACE_URL, BASE)

# R4 primitives: http://hl7.org/fhir/R4/datatypes.html#primitive
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_INSTANT = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
)
# What an R4 string may not hold: control characters but tab, line feed, return; and no lone surrogates.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Ids:
    """Names of a visit's resources: the same visit and role always give the same id.

    Args:
        visit_id: the clinic's own id of the visit.

    >>> Ids("visit-1").of("patient") == Ids("visit-1").of("patient")
    True
    """

    visit_id: str

    def of(self, role: str) -> str:
        """Logical id (a UUID, version 5) of the resource that plays `role` in this visit."""
        return str(uuid5(NAMESPACE, f"{self.visit_id}/{role}"))

    def refer(self, resource_type: str, role: str) -> Json:
        """Reference to another resource of the same bundle."""
        return {"reference": f"urn:uuid:{self.of(role)}", "type": resource_type}


def clean(value: str) -> str:
    """`value` as an R4 string: trimmed, control characters and broken surrogates shown as U+FFFD."""
    return _NOT_TEXT.sub("\ufffd", value).strip()


def pruned(value: Any) -> Any:
    """`value` without None, empty strings, arrays, objects and extensions: R4 forbids them all.

    Raises:
        FhirError: a number that is not finite.
    """
    if isinstance(value, dict):
        kept = ((key, pruned(part)) for key, part in value.items())
        return {key: part for key, part in kept if not _is_empty(part)}
    if isinstance(value, list | tuple):
        return [part for part in map(pruned, value) if not _is_empty(part)]
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise FhirError(f"a FHIR decimal must be finite, got {value}; leave the value out when it is not known")
    return value


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict) and list(value) == ["url"]:
        return True
    return value is None or (isinstance(value, str | list | dict) and not value)


def instant(value: str, what: str) -> str:
    """`value` when it is a FHIR instant: date, time to the second and offset from UTC.

    Raises:
        FhirError: it is not; `what` names the field.
    """
    if not _INSTANT.fullmatch(value):
        raise FhirError(f"{what} must be a time to the second with an offset from UTC, got {value!r}")
    return value


def date_time(value: str, what: str) -> str:
    """The part of an ISO 8601 time that R4 can carry: all of it, or only the day when its offset is missing.

    R4 wants seconds and an offset with every time of day. Neither is invented here, so "2045-05-04T09:30"
    becomes "2045-05-04"; "2045-05" stays "2045-05".

    Raises:
        FhirError: not even the year can be read; `what` names the field.
    """
    if _INSTANT.fullmatch(value) or _DATE.fullmatch(value):
        return value
    day = value[:10]
    if len(value) > 10 and value[10] in "T " and _DATE.fullmatch(day) and len(day) == 10:
        return day
    raise FhirError(f"{what} must be an ISO 8601 date or time, got {value!r}")


def day(value: date) -> str:
    """A calendar day, as R4 writes it."""
    return value.isoformat()


def extension(name: str, **value: Any) -> Json:
    """Extension of ours with one `value[x]`, such as `extension("rule-id", valueString="CAMBRA")`."""
    return {"url": f"{BASE}/StructureDefinition/{name}", **value}


def nested(name: str, *parts: Json) -> Json:
    """Extension of ours made of `part`s."""
    return {"url": f"{BASE}/StructureDefinition/{name}", "extension": list(parts)}


def part(name: str, **value: Any) -> Json:
    """One part of a nested extension."""
    return {"url": name, **value}


def identifier(kind: str, value: str) -> Json:
    """Business identifier in a system of ours."""
    return {"system": f"{BASE}/sid/{kind}", "value": value}


def note(*texts: str) -> list[Json]:
    """Annotations, one for each text that is not empty."""
    return [{"text": text} for text in texts if clean(text)]

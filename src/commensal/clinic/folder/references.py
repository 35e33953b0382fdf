"""References in a FHIR bundle: which resolve, which are searches, which point elsewhere, whose they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class References:
    """Tally of a bundle's references; `conditional` and `unresolved` keep each text once, as they appear."""

    total: int = 0
    resolved: int = 0
    conditional: dict[str, None] = field(default_factory=dict)
    unresolved: dict[str, None] = field(default_factory=dict)


def addresses(entries: list[dict[str, object]]) -> set[str]:
    """Everything by which a reference can name an entry of the bundle: its fullUrl, and its type and id."""
    known = set()
    for entry in entries:
        resource = entry["resource"]
        if isinstance(entry.get("fullUrl"), str):
            known.add(str(entry["fullUrl"]))
        if isinstance(resource, dict) and isinstance(resource.get("id"), str):
            known.add(f"{resource['resourceType']}/{resource['id']}")
    return known


def tally(resources: list[dict[str, object]], known: set[str]) -> References:
    """Sorts every `reference` in the resources by where it leads."""
    found = References()
    for resource in resources:
        for reference in _references(resource):
            found.total += 1
            if reference.startswith("#") or _plain(reference) in known:
                found.resolved += 1
            elif "?" in reference:
                found.conditional[reference] = None
            else:
                found.unresolved[reference] = None
    return found


def names_somebody_else(resource: dict[str, object], patient_addresses: set[str], known: set[str]) -> str | None:
    """The element (`subject`, `patient`) by which a resource belongs to somebody else, or None."""
    for element in ("subject", "patient"):
        target = resource.get(element)
        reference = target.get("reference") if isinstance(target, dict) else None
        if not isinstance(reference, str):
            continue
        plain = _plain(reference)
        if plain in patient_addresses:
            continue
        is_about_a_patient = plain.startswith("Patient/") or "/Patient/" in plain
        is_dangling = plain.startswith("urn:") and plain not in known
        if is_about_a_patient or is_dangling:
            return element
    return None


def _references(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("reference"), str):
                yield value["reference"]
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)


def _plain(reference: str) -> str:
    """Without a version: `Patient/1/_history/2` names the same resource as `Patient/1`."""
    return reference.split("/_history/")[0]

"""A small reader of visit bundles: it knows the mapping document and nothing of the program."""

from typing import Any

OURS = "https://commensal.example/fhir"
FDI = "urn:iso:std:iso:3950"
Json = dict[str, Any]


def resources(bundle: Json, kind: str = "") -> list[Json]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if not kind or one["resourceType"] == kind]


def our_code(concept: Json, system: str) -> str | None:
    """The code of ours in a concept, when it is of that code system."""
    codes = [c["code"] for c in concept["coding"] if c["system"] == f"{OURS}/CodeSystem/{system}"]
    return codes[0] if codes else None


def about(bundle: Json, code: str) -> list[Json]:
    """Observations with this code of ours."""
    return [one for one in resources(bundle, "Observation") if our_code(one["code"], "observation") == code]


def tooth_of(observation: Json) -> str:
    [code] = [c["code"] for c in observation["bodySite"]["coding"] if c["system"] == FDI]
    return code


def components(observation: Json, system: str) -> dict[str, Json]:
    parts = {our_code(part["code"], system): part for part in observation.get("component", [])}
    return {code: part for code, part in parts.items() if code is not None}


def teeth(bundle: Json) -> dict[str, str]:
    """Each tooth's state: sound, present, absent, or not examined."""
    return {tooth_of(one): _state(one) for one in about(bundle, "tooth-exam")}


def _state(observation: Json) -> str:
    if "valueCodeableConcept" not in observation:
        return observation["dataAbsentReason"]["text"]
    return our_code(observation["valueCodeableConcept"], "tooth-state") or "?"


def surfaces(bundle: Json) -> dict[tuple[str, str], tuple[int | None, bool | None, str | None]]:
    """ICDAS (None = not examined), activity and restoration of every surface of every present tooth."""
    found = {}
    for one in about(bundle, "tooth-exam"):
        aspects = components(one, "surface-aspect")
        for name, part in components(one, "surface").items():
            value = part.get("valueCodeableConcept")
            restoration = aspects.get(f"{name}-restoration")
            found[tooth_of(one), name] = (
                int(our_code(value, "icdas")) if value else None,
                aspects.get(f"{name}-activity", {}).get("valueBoolean"),
                restoration["valueCodeableConcept"]["text"] if restoration else None,
            )
    return found


def probing(bundle: Json) -> dict[tuple[str, str], tuple[float, float | None, bool | None]]:
    """Depth and attachment loss in mm, and bleeding, of every probed site."""
    found = {}
    for one in about(bundle, "six-site-probing"):
        parts = components(one, "probing")
        for site in ("MB", "B", "DB", "ML", "L", "DL"):
            loss = parts.get(f"{site}-attachment-loss", {}).get("valueQuantity")
            found[tooth_of(one), site] = (
                parts[f"{site}-depth"]["valueQuantity"]["value"],
                loss["value"] if loss else None,
                parts.get(f"{site}-bleeding", {}).get("valueBoolean"),
            )
    return found


def score(bundle: Json, code: str) -> float | None:
    [one] = about(bundle, code)
    return one["valueQuantity"]["value"] if "valueQuantity" in one else None


def answers(bundle: Json) -> dict[str, list[Any]]:
    [form] = resources(bundle, "QuestionnaireResponse")
    return {
        item["linkId"]: [value for answer in item.get("answer", []) for value in answer.values()]
        for item in form["item"]
    }


def walk(value: Any, path: str = ""):
    """Every value in a resource with its path, the innermost last."""
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, f"{path}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from walk(part, f"{path}[{index}]")


def findings(bundle: Json) -> dict[str, Json]:
    """Every finding: its parts by name (the last of those that repeat) and the resource that carries it."""
    found = {}
    for one in resources(bundle):
        for extension in one.get("extension", []):
            if extension["url"] == f"{OURS}/StructureDefinition/finding":
                parts = {part["url"]: part for part in extension["extension"]}
                found[parts["id"]["valueString"]] = parts | {"resource": one}
    return found

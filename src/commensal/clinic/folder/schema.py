"""JSON Schemas of the visit folder, and their verdicts turned into problems a clinician can act on.

Our schemas say more than JSON Schema asks, in annotations that other validators ignore: `description`
completes the sentence "expected …"; `x-slips` lists likely slips of unit; `x-same-as` other names for a
field; `x-free-text` marks words that must not be repeated; `x-all-or-none` an object that is complete or
left out.
"""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from jsonschema import Draft202012Validator, ValidationError

from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.strict_json import readable_path

MAX_PROBLEMS = 100
"""Problems reported for one file; a file with more is not the right file."""


@cache
def load_schema(name: str) -> dict[str, object]:
    """The shipped schema `consent`, `exam`, `anxiety` or `lab`."""
    text = (files("commensal.clinic.folder") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(name))


def follows_schema(name: str, file: str, document: dict[str, object], problems: Problems) -> bool:
    """Whether `document` follows the schema; each place where it does not becomes one problem."""
    fields: set[str] = set()
    for error in _validator(name).iter_errors(document):
        for field, expected, came, remedy in _told(error, problems):
            if field not in fields and len(fields) < MAX_PROBLEMS:
                fields.add(field)
                problems.add(file, field, expected, came, remedy)
    return not fields


def _told(error: ValidationError, problems: Problems) -> list[tuple[str, str, str, str]]:
    """One schema error as (field, expected, came, remedy); several for a list of unknown fields."""
    path = tuple(error.absolute_path)
    field = readable_path(path, problems)
    schema: Mapping[str, object] = error.schema if isinstance(error.schema, dict) else {}
    expected = str(schema.get("description", error.validator))
    if error.validator == "required":
        return [_missing(error, path, schema, problems)]
    if error.validator == "additionalProperties":
        return _unknown(error, path, schema, problems)
    if "x-tooth-number" in schema:
        came = problems.shown(error.instance)
        key_path = readable_path((*path, str(error.instance)), problems)
        return [(key_path, expected, came, _universal_hint(str(error.instance)))]
    came = problems.shown(error.instance, is_free_text="x-free-text" in schema)
    return [(field, expected, came, _remedy(error, schema))]


def _missing(
    error: ValidationError, path: tuple[str | int, ...], schema: Mapping[str, object], problems: Problems
) -> tuple[str, str, str, str]:
    required: list[str] = schema["required"] if isinstance(schema["required"], list) else []
    instance: dict[str, object] = error.instance if isinstance(error.instance, dict) else {}
    missing = [name for name in required if name not in instance]
    if "x-all-or-none" in schema:
        there = [name for name in required if name in instance]
        came = f"{len(there)} ({', '.join(there)})" if there else "none"
        remedy = f"add {', '.join(missing)}, or leave it out if it was not done"
        return readable_path(path, problems), str(schema["description"]), came, remedy
    # jsonschema reports each missing field by itself; its name stands first in the message.
    name = next((name for name in missing if error.message.startswith(repr(name))), missing[0])
    return readable_path((*path, name), problems), _description(schema, name), "nothing", ""


def _unknown(
    error: ValidationError, path: tuple[str | int, ...], schema: Mapping[str, object], problems: Problems
) -> list[tuple[str, str, str, str]]:
    properties = schema.get("properties")
    known = [str(name) for name in properties] if isinstance(properties, dict) else []
    same_as = schema.get("x-same-as")
    told = []
    for key in error.instance if isinstance(error.instance, dict) else ():
        if key in known:
            continue
        other_name = same_as.get(key) if isinstance(same_as, dict) else None
        near = [other_name] if other_name else get_close_matches(key, known, n=1, cutoff=0.7)
        remedy = f"did you mean {near[0]}?" if near else "take it out"
        field = readable_path((*path, key), problems)
        told.append((field, f"only {', '.join(known)}", "a field of another name", remedy))
    return told


def _remedy(error: ValidationError, schema: Mapping[str, object]) -> str:
    value = error.instance
    if error.validator == "type" and isinstance(value, str) and _looks_like_number(value):
        return "write the number without quotes, with a point"
    choices = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if error.validator in ("enum", "const") and isinstance(choices, list) and isinstance(value, str):
        near = get_close_matches(value, [choice for choice in choices if isinstance(choice, str)], n=1, cutoff=0.6)
        if near:
            return f"did you mean {near[0]}?"
    if error.validator in ("maximum", "minimum") and isinstance(value, int | float):
        return _slip(value, schema)
    return ""


def _slip(value: float, schema: Mapping[str, object]) -> str:
    """A guess at what slipped, when one of the schema's known slips would explain the value."""
    slips = schema.get("x-slips")
    low, high = schema.get("minimum"), schema.get("maximum")
    if not isinstance(slips, list) or not isinstance(low, int | float) or not isinstance(high, int | float):
        return ""
    for slip in slips:
        if "times" not in slip and slip["from"] <= value <= slip["to"]:
            return str(slip["question"])
        if "times" in slip and value > high:
            fixed = value * slip["times"] + slip["plus"]
            if low <= fixed <= high:
                return f"{slip['question']} then write {fixed:.3g}"
    return ""


def _description(schema: Mapping[str, object], name: str) -> str:
    properties = schema.get("properties")
    inner = properties.get(name) if isinstance(properties, dict) else None
    if isinstance(inner, dict) and "$ref" in inner:
        definitions = load_schema("exam").get("$defs")
        inner = definitions.get(str(inner["$ref"]).rsplit("/", 1)[-1]) if isinstance(definitions, dict) else None
    return str(inner.get("description", "this field")) if isinstance(inner, dict) else "this field"


def _looks_like_number(text: str) -> bool:
    return text.strip().replace(",", ".", 1).removeprefix("-").replace(".", "", 1).isdigit()


def _universal_hint(key: str) -> str:
    """FDI is quadrant, then place from the midline; Universal counts 1-32 from the upper right."""
    if not (key.isascii() and key.isdigit() and len(key) <= 2 and 1 <= int(key) <= 32):
        return ""
    number = int(key)
    quadrant = (number - 1) // 8 + 1
    place = (9 - number, number - 8, 25 - number, number - 24)[quadrant - 1]
    return f"was that a Universal number? Universal {number} is FDI {quadrant}{place}"

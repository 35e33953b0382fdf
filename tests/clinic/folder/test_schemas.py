"""The shipped JSON Schemas: valid themselves, and saying the same as the types and the specification."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from commensal.clinic.folder import load_schema
from commensal.clinic.folder.diet import COLUMNS, HOW
from commensal.clinic.folder.files import MAX_BYTES
from commensal.clinic.people import Purpose
from commensal.diagnosis import exam
from tests.clinic.folder.broken import FIRST

NAMES = ("consent", "exam", "anxiety", "lab")
SPEC = (Path(__file__).parents[3] / "docs" / "specs" / "visit-folder.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_itself(name):
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://commensal.example/schemas/visit/1/{name}.json"


@pytest.mark.parametrize("name", NAMES)
def test_the_demonstration_visit_passes_with_a_plain_validator(name):
    file = FIRST / ("lab/lab.json" if name == "lab" else f"{name}.json")
    Draft202012Validator(load_schema(name)).validate(json.loads(file.read_text()))


def parts(schema):
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from parts(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from parts(inner)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_says_what_it_expects_and_closes_its_objects(name):
    for part in parts(load_schema(name)):
        if isinstance(part.get("type"), str | list):
            assert part.get("description"), part
        if part.get("type") == "object":
            assert "additionalProperties" in part


@pytest.mark.parametrize("name", NAMES)
def test_every_slip_would_be_explained_by_a_value_in_range(name):
    for part in parts(load_schema(name)):
        for slip in part.get("x-slips", ()):
            assert slip["question"].count("?") == 1
            assert ("times" in slip) != ("from" in slip)


def test_the_schema_names_the_same_things_as_the_types():
    schema = load_schema("exam")
    tooth = schema["$defs"]["tooth"]["properties"]
    assert set(schema["properties"]["teeth"]["propertyNames"]["enum"]) == exam.TEETH
    assert tuple(tooth["surfaces"]["properties"]) == exam.SURFACES
    assert tuple(tooth["probing"]["required"]) == exam.PROBING_SITES
    assert tooth["presence"]["enum"] == [one.value for one in exam.Presence]
    assert schema["$defs"]["sign"]["properties"]["kind"]["enum"] == [one.value for one in exam.SignKind]
    assert schema["properties"]["examiner"]["enum"] == [one.value for one in exam.ExaminerRole]
    assert set(schema["properties"]["history"]["properties"]) == {one.name for one in fields(exam.History)}
    purposes = load_schema("consent")["properties"]["permits"]["items"]["enum"]
    assert purposes == [one.value for one in Purpose]


def test_the_specification_names_every_field_value_and_limit():
    for name in NAMES:
        for part in parts(load_schema(name)):
            for field in part.get("properties", ()):
                assert field in SPEC, field
            for value in part.get("enum", ()):
                assert value is None or value in SPEC or value[0] in "\u00b5\u03bc" or value.isdigit(), value
    for word in (*COLUMNS, *HOW, *MAX_BYTES):
        assert word in SPEC, word


def test_the_examples_in_the_specification_are_valid():
    blocks = [block.split("```")[0] for block in SPEC.split("```json\n")[1:]]
    documents = [json.loads(block) for block in blocks if "…" not in block]
    assert len(documents) == 4
    for document in documents:
        name = next(
            n for n, key in zip(NAMES, ("given_on", "teeth", "mdas", "samples"), strict=True) if key in document
        )
        Draft202012Validator(load_schema(name)).validate(document)

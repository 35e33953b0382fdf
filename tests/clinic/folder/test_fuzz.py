"""Whatever is done to a valid folder, reading ends in a visit, a refusal or an InputError without a name."""

import copy
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commensal.clinic.folder import RecordRefused, VisitFolder, read_visit_folder
from commensal.errors import InputError
from tests.clinic.folder.broken import FIRST, TODAY

FILES = sorted(str(path.relative_to(FIRST)) for path in FIRST.rglob("*") if path.is_file() and path.name != "README.md")
DOCUMENTS = {name: json.loads((FIRST / name).read_text()) for name in FILES if name.endswith(".json")}
NAME = "Caldwell"

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(["", NAME, f"Mr {NAME}", "2025-11-20", "record", "present", "16", "M", "Bundle", "Patient"]),
    st.lists(st.none() | st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["16", "M", "icdas", "resourceType", NAME]), st.integers(), max_size=3),
)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


ALL_PLACES = [(name, path) for name, document in DOCUMENTS.items() for path in places(document)]


def read(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "visit"
        shutil.copytree(FIRST, folder)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        outcome = outcome_of(folder)
    if isinstance(outcome, InputError):
        assert outcome.file
        assert outcome.expected
        assert NAME not in str(outcome)
        assert str(outcome).encode()
    else:
        assert isinstance(outcome, VisitFolder | RecordRefused)


def outcome_of(folder):
    try:
        return read_visit_folder(folder, today=TODAY)
    except InputError as refused:
        return refused


def changed(document, path, how, value, other):
    document = copy.deepcopy(document)
    if not path:
        return value
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    last = path[-1]
    if how == "delete":
        del inside[last]
    elif how == "replace":
        inside[last] = value
    elif how == "rename" and isinstance(inside, dict):
        inside[other] = inside.pop(last)
    elif how == "add" and isinstance(inside, dict):
        inside[other] = value
    elif isinstance(inside, list):
        inside.append(copy.deepcopy(inside[last]))
    return document


QUICK = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))

mutated_values = given(
    st.sampled_from(ALL_PLACES),
    st.sampled_from(["delete", "replace", "rename", "add", "repeat"]),
    VALUES,
    st.text(max_size=8) | st.sampled_from(["19", "I", NAME, "x-"]),
)


def mutate_values(place, how, value, other):
    name, path = place
    # A lone half surrogate can be written in JSON but not in UTF-8, so JSON is written with escapes.
    read({name: json.dumps(changed(DOCUMENTS[name], path, how, value, other)).encode()})


mutated_bytes = given(
    st.sampled_from(FILES), st.integers(0, 10**6), st.integers(0, 30), st.binary(max_size=30), st.booleans()
)


def mutate_bytes(name, at, length, data, is_repeated):
    raw = (FIRST / name).read_bytes()
    at %= len(raw) + 1
    read({name: raw[:at] + data + raw[at if is_repeated else at + length :]})


mutated_lines = given(st.sampled_from(FILES), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 3))


def mutate_lines(name, first, second, times):
    lines = (FIRST / name).read_bytes().splitlines(keepends=True)
    line = lines[first % len(lines)]
    lines[second % len(lines) : second % len(lines)] = [line] * times
    read({name: b"".join(lines)})


test_a_changed_value_ends_in_words = QUICK(mutated_values(mutate_values))
test_changed_bytes_end_in_words = QUICK(mutated_bytes(mutate_bytes))
test_repeated_lines_end_in_words = QUICK(mutated_lines(mutate_lines))

test_very_many_changed_values_end_in_words = pytest.mark.long(LONG(mutated_values(mutate_values)))
test_very_many_changed_bytes_end_in_words = pytest.mark.long(LONG(mutated_bytes(mutate_bytes)))

"""The mapping document says what the program does."""

import re
from pathlib import Path

import pytest

from commensal.clinic.fhir import code_systems, visit_bundle
from tests.clinic.fhir import reader
from tests.clinic.fhir.factory import VARIANTS
from tests.clinic.fhir.judges import JUDGES
from tests.clinic.fhir.test_judges import DEFECTS

PAGE = (Path(__file__).parents[3] / "docs" / "specs" / "fhir-mapping.md").read_text()


def extension_names(bundle):
    """Names of our extensions and of their parts."""
    for path, value in reader.walk(bundle):
        if path.endswith(".url"):
            prefix, _, name = str(value).rpartition("/")
            if prefix in ("", f"{reader.OURS}/StructureDefinition"):
                yield name


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_extension_and_part_in_a_bundle_is_on_the_page(variant):
    names = set(extension_names(visit_bundle(VARIANTS[variant]())))
    assert names
    assert not {name for name in names if f"`{name}`" not in PAGE}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_resource_in_a_bundle_is_on_the_page(variant):
    kinds = {one["resourceType"] for one in reader.resources(visit_bundle(VARIANTS[variant]()))}
    assert not {kind for kind in kinds if f"`{kind}`" not in PAGE}


def test_the_page_lists_exactly_the_published_code_systems():
    [listed] = re.findall(r"CodeSystem/NAME`: (.*?)\.\n", PAGE, re.S)
    assert re.findall(r"`([a-z-]+)`", listed) == [system["id"] for system in code_systems()]


def test_the_table_of_judges_is_what_they_said():
    rows = [line.strip("| ").split(" | ") for line in PAGE.split("## 8.")[1].split("## 9.")[0].splitlines() if line]
    told = {
        row[0]: {judge for judge, said in zip(JUDGES, row[1:], strict=True) if said.startswith("rejects")}
        for row in rows
        if len(row) == 5
    }
    for defect, (_, rejecting) in DEFECTS.items():
        name = "invariant obs-6, con-5" if defect.startswith("invariant") else defect
        assert told[name] == rejecting

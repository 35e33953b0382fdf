"""Bundles that are not one R4 patient: each told by its entry, without the patient's name."""

import copy
import json

import pytest
from fhir.resources import get_fhir_model_class as r5_model
from fhir.resources.R4B import get_fhir_model_class as r4_model
from fhir.resources.STU3 import get_fhir_model_class as stu3_model

from commensal.clinic.folder import read_visit_folder
from commensal.clinic.folder.fhir_version import ELEMENTS_NOT_IN_R4
from tests.clinic.folder.broken import FIRST, TODAY, edit, first_visit, only_problem, problems_of, put

PATIENT = "entry.0.resource"
AT = "entry[0].resource"


def change(tmp_path, edit_bundle):
    folder = first_visit(tmp_path)
    edit(folder, "patient.fhir.json", edit_bundle)
    return folder


def with_resource(**resource):
    return lambda bundle: bundle["entry"].append({"resource": resource})


OTHER = {"resourceType": "Patient", "id": "b", "birthDate": "1990-01-01"}
WRONG_BUNDLES = [
    (
        lambda b: b.update(resourceType="Patient"),
        "resourceType",
        '"Bundle"',
        '"Patient"',
        "wrap it in a Bundle",
    ),
    (lambda b: b.pop("resourceType"), "resourceType", '"Bundle"', "nothing", ""),
    (lambda b: b.update(type="searchset"), "type", "collection or transaction", '"searchset"', ""),
    (lambda b: b.update(entry=[]), "entry", "a list of 1 to 20000 entries", "a list of 0", ""),
    (lambda b: b.pop("entry"), "entry", "a list of 1 to 20000 entries", "nothing", ""),
    (lambda b: b["entry"].pop(0), "entry", "exactly one Patient", "none", ""),
    (
        lambda b: b["entry"].append({"resource": OTHER}),
        "entry",
        "exactly one Patient",
        "2, at entries 0, 2",
        "for each patient",
    ),
    (
        lambda b: b["entry"].append({"fullUrl": "urn:uuid:1"}),
        "entry[2].resource",
        "a resource with its resourceType",
        "nothing",
        "",
    ),
    (
        lambda b: b["entry"].append("x"),
        "entry[2].resource",
        "a resource with its resourceType",
        "nothing",
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.animal", {}),
        f"{AT}.animal",
        "FHIR R4 (4.0.1)",
        "an element of STU3",
        "as R4",
    ),
    (lambda b: b.update(fhirVersion="5.0.0"), "fhirVersion", "FHIR R4 (4.0.1)", "another version", "as R4"),
    (
        with_resource(resourceType="Encounter", actualPeriod={}),
        "entry[2].resource.actualPeriod",
        "FHIR R4",
        "R5",
        "",
    ),
    (
        with_resource(resourceType="Encounter", **{"class": []}),
        "entry[2].resource.class",
        "FHIR R4",
        "R5",
        "",
    ),
    (
        with_resource(resourceType="Condition", clinicalStatus="active"),
        "entry[2].resource.clinicalStatus",
        "FHIR R4",
        "STU3",
        "",
    ),
    (
        with_resource(resourceType="Basic", meta={"profile": ["http://hl7.org/fhir/StructureDefinition/Basic|3.0.2"]}),
        "entry[2].resource.meta.profile",
        "FHIR R4",
        "STU3",
        "",
    ),
    (
        with_resource(resourceType="Condition", subject={"reference": "Patient/somebody-else"}),
        "entry[2].resource.subject",
        "a reference to this bundle's Patient",
        "one to somebody else",
        "take it out",
    ),
    (
        with_resource(resourceType="Immunization", patient={"reference": "urn:uuid:0c4b4f6e"}),
        "entry[2].resource.patient",
        "a reference to this bundle's Patient",
        "one to somebody else",
        "",
    ),
    (
        lambda b: b["entry"][0]["resource"].pop("birthDate"),
        f"{AT}.birthDate",
        "a whole day",
        "nothing",
        "age decides",
    ),
    (
        lambda b: put(b, f"{PATIENT}.birthDate", "1991-03"),
        f"{AT}.birthDate",
        "a whole day",
        "something else",
        "year or month",
    ),
    (
        lambda b: put(b, f"{PATIENT}.birthDate", "1991-02-30"),
        f"{AT}.birthDate",
        "YYYY-MM-DD",
        "1991-02-30",
        "no such day",
    ),
    (
        lambda b: put(b, f"{PATIENT}.birthDate", "2031-01-01"),
        f"{AT}.birthDate",
        "not in the future",
        "2031-01-01",
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.birthDate", "1891-03-14"),
        "birthDate",
        "130 years before the visit",
        "134 years before",
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.gender", "robot"),
        f"{AT}.gender",
        "male, female, other, unknown",
        '"robot"',
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.name", "Sam Caldwell"),
        f"{AT}.name",
        "a list of objects",
        "a text of 12 characters",
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.name.0.given", "Sam"),
        f"{AT}.name.given",
        "a list of texts",
        "a text of 3 characters",
        "",
    ),
    (
        lambda b: put(b, f"{PATIENT}.name.0.family", ["Caldwell"]),
        f"{AT}.name.family",
        "a text",
        "a list of 1",
        "",
    ),
    (lambda b: put(b, f"{PATIENT}.identifier", {}), f"{AT}.identifier", "a list of objects", "an object", ""),
    (
        lambda b: put(b, f"{PATIENT}.deceasedDateTime", True),
        f"{AT}.deceasedDateTime",
        "a date and time",
        "true",
        "",
    ),
]


@pytest.mark.parametrize(
    ("edit_bundle", "field", "expected", "came", "remedy"),
    WRONG_BUNDLES,
    ids=[f"{n}-{e[1]}" for n, e in enumerate(WRONG_BUNDLES)],
)
def test_a_bundle_that_is_not_one_patient_of_r4(tmp_path, edit_bundle, field, expected, came, remedy):
    problem = only_problem(change(tmp_path, edit_bundle))
    assert (problem.file, problem.field) == ("patient.fhir.json", field)
    assert expected in problem.expected
    assert came in problem.came
    assert remedy in problem.remedy


def test_two_patients_are_refused_even_when_they_are_the_same(tmp_path):
    folder = change(tmp_path, lambda bundle: bundle["entry"].append(copy.deepcopy(bundle["entry"][0])))
    assert only_problem(folder).expected == "exactly one Patient"


def test_a_visit_after_death_is_refused(tmp_path):
    folder = change(tmp_path, lambda bundle: put(bundle, f"{PATIENT}.deceasedDateTime", "2025-11-19T10:00:00Z"))
    problem = only_problem(folder)
    assert (problem.file, problem.field) == ("exam.json", "visit.on")
    assert problem.came == "2025-11-20, a day after it"


@pytest.mark.parametrize("died", ["2025-11-20T10:00:00Z", "2025", "2025-11"])
def test_a_visit_on_the_day_of_death_or_in_a_year_of_death_is_read(tmp_path, died):
    folder = change(tmp_path, lambda bundle: put(bundle, f"{PATIENT}.deceasedDateTime", died))
    assert read_visit_folder(folder, today=TODAY).patient.gender == "male"


def test_a_subject_that_is_a_search_is_kept_and_listed(tmp_path):
    search = "Patient?identifier=https://commensal.example|first"
    folder = change(tmp_path, with_resource(resourceType="Basic", subject={"reference": search}))
    assert read_visit_folder(folder, today=TODAY).bundle.conditional == (search,)


def test_the_birth_date_is_in_no_message(tmp_path):
    folder = change(tmp_path, lambda bundle: put(bundle, f"{PATIENT}.birthDate", "2025-11-21"))
    assert not [problem for problem in problems_of(folder) if "2025-11-21" in problem.came]


def test_the_official_name_and_the_preferred_language_are_taken(tmp_path):
    def edit_bundle(bundle):
        put(
            bundle,
            f"{PATIENT}.name",
            [{"use": "old", "family": "Before"}, {"use": "official", "family": "Now", "given": ["A", "B"]}],
        )
        spoken = [
            {"language": {"coding": [{"code": "de"}]}},
            {"language": {"coding": [{"code": "fr-CH"}]}, "preferred": True},
        ]
        put(bundle, f"{PATIENT}.communication", spoken)

    patient = read_visit_folder(change(tmp_path, edit_bundle), today=TODAY).patient
    assert (patient.name, patient.language, patient.ref) == ("A B Now", "fr-CH", "")


def test_references_are_sorted_by_where_they_lead(tmp_path):
    references = [
        "Location?identifier=a|b",
        "Organization/elsewhere",
        "#inside",
        "AllergyIntolerance/2b8e4a17-5c60-4d3b-9e21-7a4f0b6c8d12",
        "Location?identifier=a|b",
    ]
    folder = change(
        tmp_path,
        with_resource(resourceType="Basic", extension=[{"valueReference": {"reference": r}} for r in references]),
    )
    bundle = read_visit_folder(folder, today=TODAY).bundle
    assert (bundle.references, bundle.resolved) == (6, 3)
    assert bundle.conditional == ("Location?identifier=a|b",)
    assert bundle.unresolved == ("Organization/elsewhere",)


def test_other_resources_are_kept_as_they_came(tmp_path):
    told = json.loads((FIRST / "patient.fhir.json").read_text())
    visit = read_visit_folder(FIRST, today=TODAY)
    assert visit.patient_resource == told["entry"][0]["resource"]
    assert visit.other_resources == (told["entry"][1]["resource"],)


@pytest.mark.parametrize("version", ["STU3", "R5"])
def test_the_elements_that_tell_versions_apart_are_in_that_version_and_not_in_r4(version):
    theirs = {"STU3": stu3_model, "R5": r5_model}[version]
    for kind, elements in ELEMENTS_NOT_IN_R4[version].items():
        if version == "STU3" and kind == "MedicationStatement":
            continue
        r4 = {field.alias for field in r4_model(kind).model_fields.values()}
        for element in elements:
            assert element in {field.alias for field in _fields(theirs(kind))}, f"{kind}.{element}"
            assert element not in r4, f"{kind}.{element}"


def _fields(model):
    fields = getattr(model, "model_fields", None) or model.__fields__
    return fields.values()

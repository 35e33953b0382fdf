"""The judges judge: each defect is rejected by those who can see it, and a sound resource by none."""

import copy

import pytest

from commensal.clinic.fhir import code_systems, value_sets, visit_bundle
from commensal.diagnosis import acid_findings, fear_findings, find
from tests.clinic.fhir import reader
from tests.clinic.fhir.factory import VARIANTS, adult_exam, anxiety, forecast, plan, visit
from tests.clinic.fhir.judges import JUDGES, judge, rejected_by

M, N, S, C = JUDGES

OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "Examination of one tooth"},
    "subject": {"reference": "Patient/sam"},
    "effectiveDateTime": "2045-05-04",
    "valueInteger": 3,
}
PATIENT = {"resourceType": "Patient", "gender": "male", "birthDate": "2010-07-09"}
CONDITION = {
    "resourceType": "Condition",
    "subject": {"reference": "Patient/sam"},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
}
ERRONEOUS = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}]
}
UNKNOWN_STATUS = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "sparkling"}]
}
UNABLE = {"text": "not examined"}

DEFECTS = {
    "missing required element": ({k: v for k, v in OBSERVATION.items() if k != "code"}, {M, N, S, C}),
    "missing required primitive": ({k: v for k, v in OBSERVATION.items() if k != "status"}, {M, N, C}),
    "code outside a required binding": (PATIENT | {"gender": "robot"}, {N, S}),
    "unknown property": (OBSERVATION | {"toothiness": 3}, {M, N, S, C}),
    "malformed date": (PATIENT | {"birthDate": "09.07.2010"}, {M, S, C}),
    "two values": (OBSERVATION | {"valueString": "three"}, {M, C}),
    "invariant obs-6: a value and why there is none": (OBSERVATION | {"dataAbsentReason": UNABLE}, {M}),
    "invariant con-5: a status for an error": (CONDITION | {"verificationStatus": ERRONEOUS}, {M}),
    "wrong reference target": (OBSERVATION | {"subject": {"reference": "Organization/clinic"}}, {M, N}),
    "empty code": (OBSERVATION | {"code": {}}, {M}),
    "wrong code in a required CodeableConcept binding": (CONDITION | {"clinicalStatus": UNKNOWN_STATUS}, {N}),
}


def test_sound_resources_are_passed_by_every_judge():
    for resource, verdict in zip(
        [OBSERVATION, PATIENT, CONDITION], judge(OBSERVATION, PATIENT, CONDITION), strict=True
    ):
        assert not rejected_by(verdict), (resource["resourceType"], verdict)


def test_each_defect_is_rejected_by_exactly_the_judges_that_can_see_it():
    verdicts = judge(*(resource for resource, _ in DEFECTS.values()))
    found = {name: rejected_by(verdict) for name, verdict in zip(DEFECTS, verdicts, strict=True)}
    assert found == {name: expected for name, (_, expected) in DEFECTS.items()}
    assert all(found.values()), "some defect escapes the union"


def test_defects_inside_a_bundle_are_found_too():
    sound = visit_bundle(VARIANTS["rich"]())
    lost, mistyped, strange = (copy.deepcopy(sound) for _ in range(3))
    observation = next(
        i for i, entry in enumerate(sound["entry"]) if entry["resource"]["resourceType"] == "Observation"
    )
    practitioner = next(
        entry["fullUrl"] for entry in sound["entry"] if entry["resource"]["resourceType"] == "Practitioner"
    )
    lost["entry"][observation]["resource"]["subject"] = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
    mistyped["entry"][observation]["resource"]["subject"] = {"reference": practitioner}
    strange["entry"][observation]["resource"]["toothiness"] = 3
    verdicts = judge(lost, mistyped, strange)
    assert [rejected_by(verdict) for verdict in verdicts] == [{M}, {M, N}, {M, N, S, C}]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_judge_passes_the_visit(variant):
    [verdict] = judge(visit_bundle(VARIANTS[variant]()))
    assert not rejected_by(verdict), verdict


def test_every_judge_passes_what_the_rules_really_find():
    found = find(adult_exam()) + fear_findings(anxiety()) + acid_findings(forecast())
    bundle = visit_bundle(visit(findings=found, plan=plan(steps=())))
    assert {one.id for one in found} == set(reader.findings(bundle))
    [verdict] = judge(bundle)
    assert not rejected_by(verdict), verdict


def test_every_judge_passes_the_published_code_systems_and_value_sets():
    published = code_systems() + value_sets()
    for resource, verdict in zip(published, judge(*published), strict=True):
        assert not rejected_by(verdict), (resource["url"], verdict)


def test_emptiness_is_what_no_judge_sees():
    """Why the bundle has a test of its own for empty arrays and objects."""
    [verdict] = judge(OBSERVATION | {"note": [], "bodySite": {}})
    assert rejected_by(verdict) == set()

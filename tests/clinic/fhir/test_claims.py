"""What a bundle claims, and what it must never claim."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from commensal.clinic.fhir import (
    ExportRefusedError,
    FhirError,
    bundle_json,
    code_systems,
    value_sets,
    visit_bundle,
)
from commensal.clinic.people import Consent, Purpose
from commensal.diagnosis.exam import PERMANENT, PRIMARY, SURFACES, History, Saliva, SignKind
from commensal.diagnosis.finding import Kind
from commensal.lila.anxiety import Band, Level
from commensal.provenance import Mark
from tests.clinic.fhir import reader
from tests.clinic.fhir.factory import (
    CHECKPOINT,
    DAY,
    VARIANTS,
    adult_exam,
    anxiety,
    child_visit,
    finding,
    findings,
    overridden_visit,
    plan,
    refusing_visit,
    visit,
)

OURS = reader.OURS
FREE = {
    "urn:iso:std:iso:3950",
    "http://terminology.hl7.org/CodeSystem/ex-tooth",
    "http://terminology.hl7.org/CodeSystem/FDI-surface",
    "http://terminology.hl7.org/CodeSystem/risk-probability",
    "http://hl7.org/fhir/us/dental-data-exchange/CodeSystem/dental-category",
    "http://hl7.org/fhir/sid/icd-10",
}
"""Systems of others whose codes we may give beside ours."""
BOUND = {
    f"http://terminology.hl7.org/CodeSystem/{name}"
    for name in (
        "observation-category",
        "data-absent-reason",
        "condition-clinical",
        "condition-ver-status",
        "condition-category",
        "consentscope",
        "provenance-participant-type",
    )
} | {"urn:ietf:bcp:47"}
"""Systems that R4 itself binds an element to: their codes stand alone."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def bundle_of(variant):
    return json.loads(bundle_json(visit_bundle(VARIANTS[variant]())))


@every_variant
def test_every_reference_points_at_an_entry_of_the_type_it_names(variant):
    bundle = bundle_of(variant)
    there = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert len(there) == len(bundle["entry"])
    assert all(url == f"urn:uuid:{entry['resource']['id']}" for url, entry in zip(there, bundle["entry"], strict=True))
    told = [
        (value["reference"], value["type"])
        for _, value in reader.walk(bundle)
        if isinstance(value, dict) and "reference" in value
    ]
    assert told
    assert all(there.get(url) == kind for url, kind in told)


@every_variant
def test_nothing_is_empty(variant):
    empty = [path for path, value in reader.walk(bundle_of(variant)) if value is None or value in ("", [], {})]
    blank = [path for path, value in reader.walk(bundle_of(variant)) if isinstance(value, str) and not value.strip()]
    assert not empty + blank


@every_variant
def test_every_concept_has_words_and_a_code_of_ours_or_of_an_element_bound_by_r4(variant):
    concepts = [
        (path, value)
        for path, value in reader.walk(bundle_of(variant))
        if isinstance(value, dict) and "coding" in value
    ]
    assert concepts
    for path, concept in concepts:
        systems = {coding["system"] for coding in concept["coding"]}
        assert concept["text"], path
        others = {system for system in systems if not system.startswith(OURS)}
        if others == systems:
            assert systems <= BOUND | {"http://hl7.org/fhir/us/dental-data-exchange/CodeSystem/dental-category"}, path
        else:
            assert others <= FREE, path


@every_variant
def test_every_code_of_ours_is_published_with_the_same_display(variant):
    published = {
        (system["url"], concept["code"]): concept["display"]
        for system in code_systems()
        for concept in system["concept"]
    }
    told = [
        value
        for _, value in reader.walk(bundle_of(variant))
        if isinstance(value, dict) and str(value.get("system", "")).startswith(f"{OURS}/CodeSystem/")
    ]
    assert told
    assert all(published[coding["system"], coding["code"]] == coding["display"] for coding in told)


def test_published_systems_are_complete_and_each_has_its_value_set():
    systems, sets = code_systems(), value_sets()
    assert all(system["count"] == len(system["concept"]) > 0 for system in systems)
    assert [s["valueSet"] for s in systems] == [v["url"] for v in sets]
    assert len({c["code"] for c in systems[0]["concept"]}) == 52, "32 permanent and 20 primary teeth"


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("anxiety", [*Band, *Level]),
        ("soft-tissue", SignKind),
        ("finding", Kind),
        ("purpose", Purpose),
        ("mark", Mark),
        ("tooth", PERMANENT + PRIMARY),
        ("surface", SURFACES),
        ("icdas", "0123456"),
        ("history", [name.replace("_", "-") for name in History.__dataclass_fields__]),
    ],
)
def test_whatever_a_visit_can_hold_has_a_published_code(system, words):
    [codes] = [{c["code"] for c in s["concept"]} for s in code_systems() if s["id"] == system]
    assert {word.replace(" ", "-") for word in words} <= codes


def test_no_licensed_or_foreign_table_is_shipped():
    data = Path(sys.modules["commensal.clinic.fhir"].__file__).parent / "data"
    text = "".join(file.read_text() for file in sorted(data.iterdir())).lower()
    for name in ("snomed", "snodent", "ada.org/cdt", "loinc.org"):
        assert name not in text


def test_the_same_visit_gives_the_same_bytes_in_every_process():
    script = (
        "from hashlib import sha256; from commensal.clinic.fhir import bundle_json, visit_bundle;"
        "from tests.clinic.fhir.factory import VARIANTS;"
        "print([sha256(bundle_json(visit_bundle(v())).encode()).hexdigest() for v in VARIANTS.values()])"
    )
    root = Path(__file__).parents[3]

    def run(seed):
        env = os.environ | {"PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", script], env=env, cwd=root, capture_output=True, check=True).stdout

    assert run("1") == run("2")


def test_another_visit_shares_no_id():
    one, other = visit_bundle(visit()), visit_bundle(visit(visit_id="V-2"))
    assert not {entry["fullUrl"] for entry in one["entry"]} & {entry["fullUrl"] for entry in other["entry"]}


@pytest.mark.parametrize("variant", ["rich", "unsigned", "overridden"])
def test_what_the_twin_says_is_labelled_simulated_and_never_an_observation(variant):
    bundle = bundle_of(variant)
    for one in reader.resources(bundle):
        words = json.dumps(one, ensure_ascii=False)
        about_acid = "acid-time" in words and one["resourceType"] not in ("CarePlan", "Provenance")
        if about_acid:
            assert one["resourceType"] == "RiskAssessment"
            assert one["meta"]["tag"][0]["code"] == "simulated"
    [twin] = [
        one for one in reader.resources(bundle, "RiskAssessment") if one["code"]["text"] == "Simulated, not measured"
    ]
    assert twin["note"][0]["text"] == "Simulated, not measured."
    assert all("Simulated, not measured" in prediction["rationale"] for prediction in twin["prediction"])
    assert len(twin["prediction"]) == 2


def test_acid_minutes_and_their_interval_read_back():
    bundle = bundle_of("rich")
    [twin] = [
        one for one in reader.resources(bundle, "RiskAssessment") if one["code"]["text"] == "Simulated, not measured"
    ]
    parts = {part["url"]: part for part in twin["prediction"][0]["extension"][0]["extension"]}
    told = [
        parts[name]["valueQuantity"]["value"]
        for name in ("minutes", "minutes-p10", "minutes-p90", "minutes-alternative")
    ]
    assert told == [223.5, 111.75, 335.25, 55.875]
    assert {ref["type"] for ref in twin["basis"]} == {"Observation"}
    assert not any("probabilityDecimal" in prediction for prediction in twin["prediction"])


def test_a_diagnosis_is_provisional_until_signed_and_never_confirmed_against_the_dentist():
    def statuses(record):
        found = reader.findings(json.loads(bundle_json(visit_bundle(record))))
        return {
            name: parts["resource"]["verificationStatus"]["coding"][0]["code"]
            for name, parts in found.items()
            if parts["resource"]["resourceType"] == "Condition"
        }

    names = {"icdas-merge:16:M", "icdas-merge:16:B", "perio-case", "perio-stage", "perio-grade"}
    assert statuses(VARIANTS["unsigned"]()) == dict.fromkeys(names, "provisional")
    assert statuses(visit()) == dict.fromkeys(names, "confirmed")
    perio = dict.fromkeys(("perio-case", "perio-stage", "perio-grade", "icdas-merge:16:M"), "unconfirmed")
    assert statuses(overridden_visit()) == perio | {"icdas-merge:16:B": "confirmed"}


def test_an_override_is_seen_by_whoever_reads_only_words():
    parts = reader.findings(bundle_of("overridden"))["icdas-merge:16:M"]
    condition = parts["resource"]
    assert "This is a stain." in condition["code"]["text"]
    words = " ".join(note["text"] for note in condition["note"])
    for said in (
        "Dr Mia Chen decided otherwise",
        "It wipes off.",
        "The rule said: Statement of icdas-merge:16:M.",
    ):
        assert said in words
    told = {part["url"]: part for part in parts["override"]["extension"]}
    assert told["reason"]["valueString"] == "It wipes off."
    assert told["on"]["valueDate"] == "2045-05-04"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("grade", ["", "none", "no stage", "not examined", "health", "V", "low risk"])
def test_a_rule_that_finds_no_disease_never_leaves_as_a_diagnosis(kind, grade):
    record = visit(findings=(finding(kind, "rule:1", grade=grade),), plan=plan(steps=()))
    assert not reader.resources(visit_bundle(record), "Condition")


def test_periodontitis_is_one_condition_with_its_stage_and_grade():
    perio = [
        one
        for one in reader.resources(visit_bundle(visit()), "Condition")
        if one["code"]["text"] == "Title of perio-stage"
    ]
    [condition] = perio
    told = [(stage["type"]["text"], stage["summary"]["text"]) for stage in condition["stage"]]
    assert told == [("Stage of periodontitis", "Stage III"), ("Grade of periodontitis", "Grade C")]


def test_every_finding_travels_whole_with_rule_version_source_and_mark():
    found = reader.findings(bundle_of("rich"))
    assert set(found) == {one.id for one in findings()}
    for one in findings():
        parts = found[one.id]
        assert parts["statement"]["valueString"] == one.statement
        assert parts["rule-id"]["valueString"] == one.rule.id
        assert parts["rule-version"]["valueString"] == one.rule.version
        assert parts["source"]["valueString"] == one.rule.source
        assert parts["mark"]["valueCoding"]["code"] == one.rule.mark.value
        assert ("evidence" in parts) is bool(one.evidence)
        assert any(one.rule.id in note["text"] for note in parts["resource"]["note"])


def test_evidence_points_at_the_observations_it_was_read_from():
    bundle = bundle_of("rich")
    found = reader.findings(bundle)
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}

    def codes(references):
        return [reader.our_code(by_url[ref["reference"]]["code"], "observation") for ref in references]

    assert codes(found["ng12-r1:signs.0"]["resource"]["reasonReference"]) == ["soft-tissue-sign"]
    assert codes(found["icdas-merge:16:M"]["resource"]["evidence"][0]["detail"]) == ["tooth-exam"]
    assert codes(found["cambra"]["resource"]["basis"]) == ["history", "unstimulated-flow", "diet-day"]
    assert codes(found["perio-stage"]["resource"]["evidence"][0]["detail"]) == ["six-site-probing", "history"]


def test_evidence_about_what_is_not_in_the_bundle_points_nowhere():
    stray = finding(
        Kind.CARIES,
        "icdas-merge:85:O",
        "exam.json teeth.85.x",
        "exam.json soft_tissue.signs[9].kind",
        grade="initial",
        tooth="85",
    )
    made = reader.findings(visit_bundle(visit(findings=(stray,))))["icdas-merge:85:O"]["resource"]
    assert "evidence" not in made


def test_a_referral_is_a_proposal_until_signed_and_urgent_within_two_weeks():
    signed = reader.findings(bundle_of("rich"))["ng12-r1:signs.0"]["resource"]
    draft = reader.findings(bundle_of("unsigned"))["ng12-r1:signs.0"]["resource"]
    assert (signed["status"], signed["intent"], signed["priority"]) == ("active", "order", "urgent")
    assert (draft["status"], draft["intent"]) == ("draft", "proposal")
    assert signed["occurrencePeriod"] == {"start": "2045-05-04", "end": "2045-05-18"}


def test_caries_risk_is_said_in_words_without_an_invented_number():
    prediction = reader.findings(bundle_of("rich"))["cambra"]["resource"]["prediction"][0]
    assert reader.our_code(prediction["qualitativeRisk"], "risk") == "extreme"
    assert "high" in {coding["code"] for coding in prediction["qualitativeRisk"]["coding"]}
    assert set(prediction["probabilityRange"]) == {"extension"}


def test_each_purpose_is_permitted_or_denied_and_silence_is_refusal():
    [consent] = reader.resources(visit_bundle(refusing_visit()), "Consent")
    told = {p["purpose"][0]["code"]: p["type"] for p in consent["provision"]["provision"]}
    assert set(told) == {purpose.value for purpose in Purpose}
    assert {name for name, kind in told.items() if kind == "permit"} == {"record", "export"}
    assert "type" not in consent["provision"], "R4 does not permit a type in the root rule"
    meant = {p["purpose"][0]["code"] for p in consent["provision"]["provision"] if "extension" in p}
    assert meant == {"examination", "anxiety", "simulation", "lab"}


def test_without_consent_to_export_there_is_no_bundle():
    silent = Consent(given_on=DAY, given_by="patient", permits=frozenset(Purpose) - {Purpose.EXPORT})
    with pytest.raises(ExportRefusedError, match="consent to the purpose 'export'"):
        visit_bundle(visit(consent=silent))


def test_a_guardian_consents_as_a_related_person():
    bundle = visit_bundle(child_visit())
    [guardian] = reader.resources(bundle, "RelatedPerson")
    [consent] = reader.resources(bundle, "Consent")
    assert guardian["relationship"][0]["text"] == "mother"
    assert consent["performer"] == [{"reference": f"urn:uuid:{guardian['id']}", "type": "RelatedPerson"}]
    assert not reader.resources(visit_bundle(visit()), "RelatedPerson")


def test_provenance_covers_everything_and_keeps_checkpoint_and_signature_to_the_byte():
    bundle = bundle_of("rich")
    whole, signed = reader.resources(bundle, "Provenance")
    targets = {ref["reference"] for ref in whole["target"]}
    assert targets == {
        entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] != "Provenance"
    }
    assert base64.b64decode(whole["extension"][0]["valueBase64Binary"]).decode() == CHECKPOINT
    assert whole["entity"][0]["what"]["identifier"]["value"] == "12-57"
    assert {agent["who"]["type"] for agent in whole["agent"]} == {"Device", "Practitioner", "Organization"}
    assert base64.b64decode(signed["signature"][0]["data"]) == bytes(range(64))
    assert [ref["type"] for ref in signed["target"]] == ["CarePlan"]


def test_a_draft_carries_no_signature_and_says_preliminary():
    bundle = bundle_of("unsigned")
    assert len(reader.resources(bundle, "Provenance")) == 1
    [care_plan] = reader.resources(bundle, "CarePlan")
    assert (care_plan["status"], care_plan["intent"]) == ("draft", "proposal")
    assert {one["status"] for one in reader.resources(bundle, "Observation")} == {"preliminary"}


def test_a_signer_other_than_the_dentist_is_not_taken_for_her():
    signed = reader.resources(visit_bundle(visit(plan=plan(signed_by="Dr Ana Ortiz"))), "Provenance")[1]
    assert signed["signature"][0]["who"] == {"display": "Dr Ana Ortiz"}


def test_the_plan_keeps_every_step_its_reason_its_choices_and_what_was_agreed():
    [care_plan] = reader.resources(bundle_of("rich"), "CarePlan")
    steps = plan().steps
    for step, activity in zip(steps, care_plan["activity"], strict=True):
        detail = activity["detail"]
        told = (detail["description"], detail["reasonCode"][0]["text"], detail["scheduledString"])
        assert told == (step.what, step.why, step.when)
        extensions = {part["url"].rpartition("/")[2]: part["valueString"] for part in detail["extension"]}
        assert extensions["other-choices"] == step.other_choices
        assert extensions["source"] == step.source
    assert [note["text"] for note in care_plan["note"]] == list(plan().agreed_about_fear)
    assert {ref["type"] for ref in care_plan["addresses"]} == {"Condition"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(FhirError, match="must be finite"):
        visit_bundle(visit(exam=adult_exam(saliva=Saliva(unstimulated_ml_min=value))))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (lambda: visit(recorded_at="2045-05-04T10:12:34"), "recorded_at must be a time to the second"),
        (lambda: visit(plan=plan(signed_at="2045-05-04")), "plan.signed_at must be a time to the second"),
        (lambda: visit(plan=plan(signature="not base64!")), "plan.signature must be base64"),
        (lambda: visit(anxiety=anxiety(taken_at="yesterday")), "anxiety.taken_at must be an ISO 8601"),
        (lambda: visit(findings=(findings()[0],) * 2), "two findings of the visit have the same id"),
    ],
)
def test_what_r4_cannot_say_is_refused_with_its_field(record, said):
    with pytest.raises(FhirError, match=said):
        visit_bundle(record())


def test_ids_follow_from_the_visit_and_the_part_alone():
    plain, changed = visit_bundle(visit()), visit_bundle(replace(visit(), reason="something else"))
    ids = [[entry["fullUrl"] for entry in bundle["entry"]] for bundle in (plain, changed)]
    assert ids[0] == ids[1]
    assert (
        hashlib.sha256(bundle_json(plain).encode()).digest() != hashlib.sha256(bundle_json(changed).encode()).digest()
    )

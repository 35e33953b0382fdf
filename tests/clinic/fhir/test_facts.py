"""What goes into a bundle can be read out of it again, by a reader who knows only the mapping document."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.clinic.fhir import bundle_json, visit_bundle
from commensal.diagnosis.exam import (
    PERMANENT,
    PRIMARY,
    PROBING_SITES,
    SURFACES,
    History,
    Presence,
    ProbingSite,
    Surface,
    ToothExam,
)
from tests.clinic.fhir import reader
from tests.clinic.fhir.factory import VARIANTS, adult_exam, anxiety, child_visit, plan, probing, samples, sound, visit


def read_back(record):
    return json.loads(bundle_json(visit_bundle(record)))


def test_sound_absent_and_not_examined_teeth_stay_three_things_and_all_are_there():
    states = reader.teeth(read_back(visit()))
    assert set(states) == set(PERMANENT)
    assert (states["21"], states["36"], states["47"]) == ("sound", "absent", "not examined")
    assert states["16"] == "present"
    assert states["28"] == "not examined", "a tooth nobody mentioned was not examined"


def tooth_observation(bundle, fdi):
    [found] = [one for one in reader.about(bundle, "tooth-exam") if reader.tooth_of(one) == fdi]
    return found


def test_a_tooth_with_a_filling_is_not_called_sound():
    filled = replace(sound("21"), surfaces=sound("21").surfaces | {"O": Surface(icdas=0, restoration="filling")})
    bundle = read_back(visit(exam=adult_exam(teeth={"21": filled, "22": sound("22")}), findings=()))
    assert reader.teeth(bundle)["21"] == "present"
    assert reader.teeth(bundle)["22"] == "sound"


def test_a_loss_of_nought_is_a_measurement():
    measured = sound("21", probing=probing(losses=(0.0,) * 6))
    bundle = read_back(visit(exam=adult_exam(teeth={"21": measured}), findings=()))
    assert reader.probing(bundle)["21", "MB"] == (2.0, 0.0, None)


@pytest.mark.parametrize(("fdi", "edge_and_lip_side"), [("11", ["I", "V"]), ("43", ["I", "V"]), ("14", ["O", "B"])])
def test_front_teeth_have_an_edge_and_a_lip_side(fdi, edge_and_lip_side):
    bundle = read_back(visit(exam=adult_exam(teeth={fdi: sound(fdi)}), findings=()))
    parts = reader.components(tooth_observation(bundle, fdi), "surface")
    told = [
        coding["code"]
        for name in ("O", "B")
        for coding in parts[name]["code"]["coding"]
        if coding["system"] == "http://terminology.hl7.org/CodeSystem/FDI-surface"
    ]
    assert told == edge_and_lip_side


def test_primary_teeth_are_there_when_mentioned_and_the_words_why_travel():
    bundle = read_back(child_visit())
    states = reader.teeth(bundle)
    assert set(states) == set(PERMANENT) | {"53", "54", "55", "63", "65", "73", "75", "83"}
    assert (states["55"], states["54"], states["75"], states["53"]) == (
        "present",
        "absent",
        "not examined",
        "sound",
    )
    assert tooth_observation(bundle, "54")["note"] == [{"text": "fell out"}]


def test_standard_codes_never_name_a_primary_tooth_by_the_permanent_table():
    for one in reader.about(read_back(child_visit()), "tooth-exam"):
        systems = {coding["system"] for coding in one["bodySite"]["coding"]}
        is_primary = reader.tooth_of(one) in PRIMARY
        assert ("http://terminology.hl7.org/CodeSystem/ex-tooth" in systems) is not is_primary


def expected_surfaces(exam):
    return {
        (fdi, name): (
            (found.icdas, found.is_active, found.restoration) if (found := tooth.surfaces.get(name)) else (None,) * 3
        )
        for fdi, tooth in exam.teeth.items()
        if tooth.presence is Presence.PRESENT
        for name in SURFACES
    }


def expected_probing(exam):
    return {
        (fdi, name): (site.depth_mm, site.attachment_loss_mm, site.bleeding)
        for fdi, tooth in exam.teeth.items()
        for name, site in tooth.probing.items()
    }


def test_surfaces_and_probing_read_back_as_they_were():
    exam = adult_exam()
    bundle = read_back(visit(exam=exam))
    assert reader.surfaces(bundle) == expected_surfaces(exam)
    assert reader.probing(bundle) == expected_probing(exam)


surface = st.builds(
    Surface,
    icdas=st.integers(0, 6),
    is_active=st.sampled_from([None, True, False]),
    restoration=st.sampled_from([None, "filling", "sealant", "crown"]),
)
millimetres = st.integers(0, 40).map(lambda halves: halves / 2)
site = st.builds(
    ProbingSite,
    depth_mm=millimetres,
    attachment_loss_mm=st.none() | millimetres,
    bleeding=st.sampled_from([None, True, False]),
)


@st.composite
def charts(draw):
    teeth = {}
    for fdi in draw(st.sets(st.sampled_from(PERMANENT + PRIMARY), max_size=6)):
        presence = draw(st.sampled_from(Presence))
        is_present = presence is Presence.PRESENT
        surfaces = draw(st.dictionaries(st.sampled_from(SURFACES), surface)) if is_present else {}
        probed = {name: draw(site) for name in PROBING_SITES} if is_present and draw(st.booleans()) else {}
        teeth[fdi] = ToothExam(fdi=fdi, presence=presence, surfaces=surfaces, probing=probed)
    return teeth


@settings(max_examples=60, deadline=None, database=None)
@given(charts())
def test_any_chart_reads_back_as_it_was(teeth):
    exam = adult_exam(teeth=teeth)
    bundle = read_back(visit(exam=exam, findings=(), plan=plan(steps=())))
    states = reader.teeth(bundle)
    for fdi, tooth in teeth.items():
        told = "present" if states[fdi] == "sound" else states[fdi]
        assert told == tooth.presence.value
        is_spotless = set(tooth.surfaces) == set(SURFACES) and {s.icdas for s in tooth.surfaces.values()} == {0}
        assert (states[fdi] == "sound") is is_spotless
    assert {fdi for fdi, state in states.items() if state != "not examined"} == {
        fdi for fdi, tooth in teeth.items() if tooth.presence is not Presence.NOT_EXAMINED
    }
    assert reader.surfaces(bundle) == expected_surfaces(exam)
    assert reader.probing(bundle) == expected_probing(exam)


def test_scores_and_answers_read_back_and_nothing_is_imputed():
    full = read_back(visit())
    assert (reader.score(full, "mdas"), reader.score(full, "vas-anxiety")) == (20, 7.5)
    assert [reader.answers(full)[f"mdas-{i}"] for i in range(1, 6)] == [[3], [3], [5], [4], [5]]
    assert reader.answers(full)["hardest"] == ["needles", "losing control"]
    half = read_back(child_visit())
    assert (reader.score(half, "mdas"), reader.score(half, "vas-anxiety")) == (None, None)
    assert [reader.answers(half)[f"mdas-{i}"] for i in range(1, 6)] == [[3], [], [5], [], [5]]
    forms = [reader.resources(one, "QuestionnaireResponse")[0]["status"] for one in (full, half)]
    assert forms == ["completed", "stopped"]
    [mdas] = reader.about(half, "mdas")
    assert mdas["dataAbsentReason"]["text"] == "2 of 5 answers are missing"


def test_a_score_of_nought_is_a_score():
    assert reader.score(read_back(visit(anxiety=anxiety(vas=0.0))), "vas-anxiety") == 0.0


def test_what_was_not_asked_says_so_and_a_no_is_a_no():
    [history] = reader.about(read_back(visit()), "history")
    told = reader.components(history, "history")
    assert len(told) == len(History.__dataclass_fields__)
    assert told["has-diabetes"]["valueBoolean"] is False
    assert told["cigarettes-a-day"]["valueQuantity"]["value"] == 0.0
    assert told["hba1c-percent"]["valueQuantity"] == {
        "value": 7.4,
        "unit": "%",
        "system": "http://unitsofmeasure.org",
        "code": "%",
    }
    assert told["xylitol"]["dataAbsentReason"]["text"] == "not asked or not known"


def test_saliva_that_was_not_measured_is_not_nought():
    bundle = read_back(visit())
    assert reader.score(bundle, "unstimulated-flow") == 0.22
    [stimulated] = reader.about(bundle, "stimulated-flow")
    assert stimulated["dataAbsentReason"]["text"] == "not measured"


def test_soft_tissues_tell_a_sign_no_sign_and_no_look_apart():
    def look(exam):
        [found] = reader.about(read_back(visit(exam=exam, findings=())), "soft-tissue-exam")
        return found

    signed = look(adult_exam())
    assert reader.our_code(signed["valueCodeableConcept"], "soft-tissue") == "sign-seen"
    assert len(signed["hasMember"]) == 2
    clean = look(adult_exam(signs=()))
    assert reader.our_code(clean["valueCodeableConcept"], "soft-tissue") == "no-sign"
    unseen = look(adult_exam(signs=(), soft_tissue_examined=False))
    assert "valueCodeableConcept" not in unseen
    assert unseen["dataAbsentReason"]["text"] == "not examined"


def test_a_sign_keeps_its_day_its_place_and_who_did_not_judge_it():
    ulcer = reader.about(read_back(visit()), "soft-tissue-sign")[0]
    told = reader.components(ulcer, "sign-aspect")
    assert ulcer["bodySite"]["text"] == "left side of the tongue"
    assert told["since"]["valueDateTime"] == "2045-04-08"
    assert told["unexplained"]["valueBoolean"] is True
    assert told["suspicious"]["dataAbsentReason"]["text"] == "not judged"


def test_lab_values_come_as_they_came_and_are_labelled_not_interpreted():
    bundle = read_back(visit())
    markers = {one["code"]["text"]: one for one in reader.about(bundle, "biomarker")}
    assert markers["MMP-8"]["valueQuantity"] == {
        "value": 312.5,
        "unit": "ng/mL",
        "system": "http://unitsofmeasure.org",
        "code": "ng/mL",
    }
    assert markers["IL-1β"]["valueQuantity"]["comparator"] == "<"
    assert markers["IL-1β"]["valueQuantity"]["value"] == 0.5
    assert markers["odd one"]["valueQuantity"] == {"value": 1e-07, "unit": "arbitrary units"}
    assert "valueQuantity" not in markers["no limit told"]
    results = [*markers.values(), *reader.about(bundle, "taxon-table")]
    assert {one["interpretation"][0]["text"] for one in results} == {"not interpreted"}
    reports = reader.resources(bundle, "DiagnosticReport")
    assert {(one["status"], one["conclusion"]) for one in reports} == {("preliminary", "not interpreted")}
    assert len(reports) == len(samples())


def test_a_lab_report_is_final_only_when_read_and_signed():
    read = tuple(replace(sample, reading="within the panel's range") for sample in samples())
    [signed, draft] = [
        {one["status"] for one in reader.resources(read_back(record), "DiagnosticReport")}
        for record in (visit(samples=read), visit(samples=read, plan=plan(signature="", signed_at="")))
    ]
    assert (signed, draft) == ({"final"}, {"preliminary"})


def test_dates_keep_their_precision():
    bundle = read_back(visit())
    collected = [one["collection"]["collectedDateTime"] for one in reader.resources(bundle, "Specimen")]
    assert collected == ["2045-05-04", "2045-05"]
    [child] = reader.resources(read_back(child_visit()), "Patient")
    assert child["birthDate"] == "2037-02"
    assert child["name"][0]["given"] == ["Noa", "Li"]


@pytest.mark.parametrize(
    ("taken_at", "said"),
    [
        ("2045-05-04T08:55:00+02:00", "2045-05-04T08:55:00+02:00"),
        ("2045-05-04T08:55:00.5Z", "2045-05-04T08:55:00.5Z"),
        ("2045-05-04T08:55", "2045-05-04"),
        ("2045-05-04T08:55:00", "2045-05-04"),
        ("2045-05-04", "2045-05-04"),
        ("2045", "2045"),
    ],
)
def test_a_time_without_offset_is_told_as_its_day_rather_than_guessed(taken_at, said):
    [form] = reader.resources(read_back(visit(anxiety=anxiety(taken_at=taken_at))), "QuestionnaireResponse")
    assert form["authored"] == said


def test_decimals_keep_their_digits():
    text = bundle_json(visit_bundle(visit(anxiety=anxiety(vas=7.0))))
    assert '"value": 7.0,' in text
    assert '"value": 20,' in text
    assert '"value": 0.22,' in text


@pytest.mark.parametrize("variant", VARIANTS)
def test_text_survives_in_every_script(variant):
    record = VARIANTS[variant]()
    [patient] = reader.resources(read_back(record), "Patient")
    family = record.patient.family.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    assert patient["name"][0]["family"] == family
    assert patient["identifier"][0]["value"] == record.patient.ref


def test_the_patient_is_ours_with_every_identifier_of_the_source():
    resource = {
        "resourceType": "Patient",
        "id": "abc",
        "address": [{"city": "Olathe"}],
        "birthDate": "2010-07-09",
    }
    [patient] = reader.resources(read_back(visit(patient_resource=resource)), "Patient")
    told = [(one["system"].rpartition("/")[2], one["value"]) for one in patient["identifier"]]
    assert told == [("patient", "P-9f2c41aa"), ("source-patient-id", "abc"), ("mrn", "40017")]
    assert "address" not in patient
    assert patient["communication"][0]["language"]["coding"][0]["code"] == "en-GB"

"""Periodontitis: what is a case, its stage, its extent, its grade; and when there is none to give."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import find
from commensal.diagnosis.exam import PERMANENT, Exam, History, Presence, ProbingSite, ToothExam
from commensal.diagnosis.finding import Certainty, Kind
from commensal.diagnosis.rules.attachment import extent, support
from commensal.diagnosis.rules.perio import STAGES, stage_of
from commensal.diagnosis.rules.perio_grade import (
    grade_by_age,
    grade_by_change,
    grade_by_diabetes,
    grade_by_smoking,
)
from tests.diagnosis.mouths import absent, lossy, mouth, periodontal, probing, tooth

KNOWN = History(
    teeth_lost_to_periodontitis=0,
    vertical_bone_loss_mm=0,
    needs_complex_rehabilitation=False,
    cigarettes_a_day=0,
    has_diabetes=False,
    bone_loss_change_5_y_mm=0,
)


def about(exam: Exam):
    return {finding.id: finding for finding in find(exam) if finding.kind is Kind.PERIODONTITIS}


def stage(exam: Exam) -> str:
    return about(exam)["perio-stage"].grade


def unmeasured(fdi: str, depth_mm: float = 3) -> ToothExam:
    return tooth(fdi, probing=probing(depth_mm, None))


@pytest.mark.parametrize(
    ("one", "other", "is_case"),
    [
        ("16", "36", True),
        ("15", "17", True),
        ("15", "16", False),
        ("11", "21", False),
        ("31", "41", False),
        ("11", "41", True),
        ("18", "28", True),
    ],
)
def test_a_case_needs_loss_between_teeth_at_two_that_are_not_neighbours(one, other, is_case):
    assert support(mouth(lossy(one, 1), lossy(other, 1))).is_case is is_case


def test_loss_of_less_than_a_millimetre_makes_no_case():
    assert support(mouth(lossy("16", 0.9), lossy("36", 1))).is_case is False


@pytest.mark.parametrize(
    ("loss_mm", "depth_mm", "teeth", "is_case"),
    [(3, 4, 2, True), (2.9, 4, 2, False), (3, 3, 2, False), (3, 3.1, 2, True), (3, 4, 1, False)],
)
def test_cheek_side_loss_of_3_mm_counts_with_a_pocket_over_3_mm_at_two_teeth(loss_mm, depth_mm, teeth, is_case):
    site = ProbingSite(depth_mm=depth_mm, attachment_loss_mm=loss_mm)
    exam = mouth(*[tooth(fdi, probing=probing(B=site)) for fdi in ("16", "17")[:teeth]])
    assert support(exam).is_case is is_case
    if is_case:
        assert stage(exam) == "II"


def test_what_was_not_measured_is_not_called_healthy_and_gets_no_stage():
    exam = mouth(*[unmeasured(fdi, 5) for fdi in PERMANENT])
    assert support(exam).is_case is None
    assert set(about(exam)) == {"perio-case"}
    assert about(exam)["perio-case"].grade == "no stage"
    assert "not measured" in about(exam)["perio-case"].cannot_know[0]


def test_without_probing_a_bone_loss_gives_no_stage_and_says_what_is_missing():
    exam = mouth(teeth={}, history=History(bone_loss_percent_of_root=40))
    assert set(about(exam)) == {"perio-case"}
    assert "not probed" in about(exam)["perio-case"].statement


def test_bone_loss_stages_where_loss_was_not_measured_and_says_so():
    teeth = [unmeasured(fdi) for fdi in PERMANENT]
    found = about(mouth(*teeth, history=replace(KNOWN, bone_loss_percent_of_root=34)))["perio-stage"]
    assert found.grade == "III"
    assert found.certainty is Certainty.LIMITED
    assert any("rests on the X-ray" in doubt for doubt in found.cannot_know)


def test_measured_loss_comes_before_bone_loss_and_a_disagreement_is_told():
    exam = periodontal(4, history=replace(KNOWN, bone_loss_percent_of_root=40))
    found = about(exam)["perio-stage"]
    assert found.grade == "II"
    assert any("X-ray shows more loss" in doubt for doubt in found.cannot_know)


def test_bone_loss_without_measured_loss_is_handed_to_a_dentist():
    assert about(mouth(history=History(bone_loss_percent_of_root=15)))["perio-case"].grade == "no stage"
    assert about(mouth(history=History(bone_loss_percent_of_root=14.9))) == {}


@pytest.mark.parametrize(
    ("loss_mm", "expected"),
    [(1, "I"), (2.9, "I"), (3, "II"), (4.9, "II"), (5, "III"), (12, "III"), (0.9, "")],
)
def test_attachment_loss_sets_the_stage(loss_mm, expected):
    assert stage_of(attachment_loss_mm=loss_mm, bone_loss_percent=None, depth_mm=2) == expected


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, ""), (1, "I"), (14.9, "I"), (15, "II"), (33, "II"), (33.1, "III"), (90, "III")],
)
def test_else_bone_loss_sets_it(percent, expected):
    assert stage_of(attachment_loss_mm=None, bone_loss_percent=percent, depth_mm=2) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"depth_mm": 4}, "I"),
        ({"depth_mm": 4.1}, "II"),
        ({"depth_mm": 5}, "II"),
        ({"depth_mm": 5.1}, "III"),
        ({"depth_mm": 6}, "III"),
        ({"vertical_loss_mm": 2.9}, "I"),
        ({"vertical_loss_mm": 3}, "III"),
        ({"furcation": 1}, "I"),
        ({"furcation": 2}, "III"),
        ({"furcation": 3}, "III"),
        ({"teeth_lost": 0}, "I"),
        ({"teeth_lost": 1}, "III"),
        ({"teeth_lost": 4}, "III"),
        ({"teeth_lost": 5}, "IV"),
        ({"needs_rehabilitation": True}, "I"),
        ({"needs_rehabilitation": True, "depth_mm": 5}, "II"),
        ({"needs_rehabilitation": True, "depth_mm": 6}, "IV"),
    ],
)
def test_complexity_lifts_a_stage_at_its_boundary(changes, expected):
    inputs = {"attachment_loss_mm": 1.0, "bone_loss_percent": None, "depth_mm": 2.0} | changes
    assert stage_of(**inputs) == expected


@pytest.mark.parametrize(("mobility", "expected"), [(1, "III"), (2, "IV"), (3, "IV")])
def test_loose_teeth_lift_iii_to_iv(mobility, expected):
    exam = periodontal(5, history=KNOWN)
    loose = replace(exam.teeth["26"], mobility=mobility)
    assert stage(replace(exam, teeth=exam.teeth | {"26": loose})) == expected


@pytest.mark.parametrize(("gone", "expected"), [(12, "III"), (13, "IV")])
def test_fewer_than_20_teeth_lift_iii_to_iv(gone, expected):
    far = [fdi for fdi in PERMANENT if fdi not in ("16", "36")][:gone]
    exam = periodontal(5, history=KNOWN)
    assert stage(replace(exam, teeth=exam.teeth | {fdi: absent(fdi) for fdi in far})) == expected


def test_teeth_nobody_looked_at_are_not_counted_as_gone():
    exam = periodontal(5, history=KNOWN)
    unseen = {fdi: ToothExam(fdi=fdi, presence=Presence.NOT_EXAMINED) for fdi in PERMANENT if fdi not in ("16", "36")}
    assert stage(replace(exam, teeth=exam.teeth | unseen)) == "III"


def test_a_stage_that_unknown_inputs_could_raise_says_at_least():
    exam = periodontal(4)
    gap = replace(exam, teeth=exam.teeth | {"46": absent("46")})
    found = about(gap)["perio-stage"]
    assert "at least stage II" in found.statement
    assert any("how many teeth gum disease took" in doubt for doubt in found.cannot_know)
    known = about(periodontal(4, history=KNOWN))["perio-stage"]
    assert "at least" not in known.statement
    assert known.certainty is Certainty.HIGH


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        (("16", "14", "34"), "localised"),
        (PERMANENT[:9], "localised"),
        (PERMANENT[:10], "generalised"),
        (("16", "26", "11", "31"), "molar and incisor pattern"),
        (("16", "26"), "localised"),
        (("16", "11", "13"), "localised"),
    ],
)
def test_extent_is_the_share_of_touched_teeth_or_the_molar_and_incisor_pattern(touched, expected):
    assert extent(support(mouth(*[lossy(fdi, 2) for fdi in touched]))) == expected


@pytest.mark.parametrize(("mm", "grade"), [(-1, "A"), (0, "A"), (0.1, "B"), (1.9, "B"), (2, "C"), (5, "C")])
def test_grade_by_change_over_five_years(mm, grade):
    assert grade_by_change(mm) == grade


@pytest.mark.parametrize(
    ("percent", "age_y", "grade"),
    [(9.9, 40, "A"), (10, 40, "B"), (40, 40, "B"), (40.1, 40, "C"), (48, 40, "C"), (12, 60, "A")],
)
def test_grade_by_bone_loss_over_age(percent, age_y, grade):
    assert grade_by_age(percent, age_y) == grade


@pytest.mark.parametrize(("cigarettes", "grade"), [(0, "A"), (0.5, "B"), (9.9, "B"), (10, "C"), (40, "C")])
def test_grade_by_smoking(cigarettes, grade):
    assert grade_by_smoking(cigarettes) == grade


@pytest.mark.parametrize(
    ("has_diabetes", "hba1c", "grade"),
    [
        (False, None, "A"),
        (False, 5.5, "A"),
        (True, None, "B"),
        (True, 6.9, "B"),
        (True, 7.0, "C"),
        (None, None, None),
        (None, 6.9, None),
        (None, 7.0, "C"),
        (False, 7.0, "C"),
    ],
)
def test_grade_by_diabetes(has_diabetes, hba1c, grade):
    assert grade_by_diabetes(has_diabetes, hba1c) == grade


def test_direct_evidence_comes_before_age():
    history = replace(KNOWN, bone_loss_change_5_y_mm=0, bone_loss_percent_of_root=90)
    assert about(periodontal(5, history=history))["perio-grade"].grade == "A"


def test_without_evidence_the_grade_starts_at_b_and_says_what_is_missing():
    found = about(periodontal(5, history=History()))["perio-grade"]
    assert (found.grade, found.certainty) == ("B", Certainty.LIMITED)
    assert "how fast the bone went, if you smoke and if you have diabetes" in found.cannot_know[0]


inputs = st.fixed_dictionaries(
    {
        "attachment_loss_mm": st.none() | st.floats(0, 15),
        "bone_loss_percent": st.none() | st.floats(0, 100),
        "depth_mm": st.floats(0, 15),
        "teeth_lost": st.none() | st.integers(0, 32),
        "vertical_loss_mm": st.none() | st.floats(0, 10),
        "furcation": st.none() | st.integers(0, 3),
        "needs_rehabilitation": st.booleans(),
    }
)


@given(inputs, st.integers(0, 32))
def test_the_stage_never_falls_when_more_teeth_are_lost(given_inputs, more):
    before = stage_of(**given_inputs)
    lost = (given_inputs["teeth_lost"] or 0) + more
    assert STAGES.index(stage_of(**given_inputs | {"teeth_lost": lost})) >= STAGES.index(before)


@given(inputs, st.sampled_from(["depth_mm", "vertical_loss_mm", "furcation"]), st.integers(0, 3))
def test_complexity_may_only_raise_a_stage(given_inputs, name, more):
    raised = (given_inputs[name] or 0) + more
    if name == "furcation":
        raised = min(raised, 3)
    after = stage_of(**given_inputs | {name: raised})
    assert STAGES.index(after) >= STAGES.index(stage_of(**given_inputs))


@given(
    st.none() | st.floats(-2, 10),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 40),
    st.sampled_from([None, True, False]),
    st.none() | st.floats(4, 14),
    st.integers(1, 100),
)
def test_the_grade_is_the_highest_of_its_parts(change, bone, smoked, diabetic, hba1c, age_y):
    history = History(
        bone_loss_change_5_y_mm=change,
        bone_loss_percent_of_root=bone,
        cigarettes_a_day=smoked,
        has_diabetes=diabetic,
        hba1c_percent=hba1c,
    )
    pace = "B"
    if change is not None:
        pace = "A" if change <= 0 else "B" if change < 2 else "C"
    elif bone is not None:
        pace = "A" if bone / age_y < 0.25 else "B" if bone / age_y <= 1 else "C"
    smoking = "A" if not smoked else "B" if smoked < 10 else "C"
    sugar = "C" if hba1c is not None and hba1c >= 7 else "B" if diabetic else "A"
    found = about(periodontal(5, history=history, age_y=age_y))["perio-grade"]
    assert found.grade == max(pace, smoking, sugar)

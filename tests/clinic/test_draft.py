"""The plan drafted from findings: what is in it, on what it rests, and what is left to the dentist."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.clinic.draft import draft_plan
from commensal.diagnosis import acid_findings, apply_overrides, find
from commensal.diagnosis.exam import ExaminerRole, History, Saliva, SignKind
from commensal.diagnosis.finding import DecidedBy, Override
from commensal.lila import flesch_kincaid_grade, score_anxiety
from tests.diagnosis.mouths import ALL_NO, TODAY, decayed, mouth, periodontal, probing, sign, tooth
from tests.diagnosis.test_findings import EXAMS
from tests.diagnosis.test_twin_findings import forecast, site

AFRAID = score_anxiety(
    mdas=(5, 4, 4, 4, 4),
    vas=7.0,
    language="en",
    mode="self",
    taken_at="2045-11-22T09:00Z",
    hardest=("needles", "losing control"),
    wishes=("I choose the music.",),
)
DAY = forecast(
    site("upper back", 223, other=137),
    site("lower back", 196, other=119),
    alternative="no sweet drinks between meals",
)


def plan(exam, anxiety=None, day=None, findings=None):
    findings = find(exam) if findings is None else findings
    return draft_plan(findings, exam, anxiety, day, TODAY)


def step(made, words: str):
    found = [one for one in made.steps if words in one.what]
    assert len(found) == 1, [one.what for one in made.steps]
    return found[0]


def test_a_referral_comes_first_with_its_day():
    first = plan(mouth(decayed("16", icdas=5), signs=(sign(SignKind.ULCER, 30),))).steps[0]
    assert "cancer clinic" in first.what
    assert first.when == "within 14 days, by 2045-12-06"
    assert first.findings == ("ng12-r1:signs.0",)
    assert "NICE NG12 (2015), oral cancer (S)" in first.source


def test_a_referral_to_a_dentist_is_not_called_one_to_a_cancer_clinic():
    exam = mouth(signs=(sign(SignKind.RED_PATCH, 1),), examiner=ExaminerRole.OTHER)
    assert plan(exam).steps[0].what.startswith("Go to a dentist")


def test_the_earliest_recheck_sets_the_day():
    exam = mouth(signs=(sign(SignKind.ULCER, 3), sign(SignKind.NUMBNESS, 10)))
    assert step(plan(exam), "Let us look again").when == "on 2045-12-03"


def test_holes_come_before_broken_enamel_in_one_step():
    exam = mouth(decayed("16", "M", icdas=3), decayed("36", "O", icdas=5))
    made = step(plan(exam), "Treat")
    assert made.what == "Treat 36, top; 16, front side"
    assert made.findings == ("icdas-merge:36:O", "icdas-merge:16:M")


def test_early_spots_are_not_treated_but_rest_under_the_fluoride_step():
    made = plan(mouth(decayed("16", "B", icdas=1)))
    assert not [one for one in made.steps if "Treat" in one.what]
    assert "icdas-merge:16:B" in step(made, "fluoride").findings


@pytest.mark.parametrize(
    ("history", "saliva", "when"),
    [
        (ALL_NO, Saliva(unstimulated_ml_min=0.3), "in 6 to 12 months"),
        (ALL_NO, Saliva(unstimulated_ml_min=0.05), "in 4 to 6 months"),
        (replace(ALL_NO, radiographic_dentine_caries=True), Saliva(), "in 3 to 4 months"),
        (replace(ALL_NO, radiographic_dentine_caries=True, unable_to_clean=True), Saliva(), "in 3 months"),
    ],
)
def test_the_next_check_follows_the_caries_risk(history, saliva, when):
    exam = mouth(history=history, saliva=saliva)
    findings = find(exam, occasions=())
    assert step(plan(exam, findings=findings), "check-up").when == when


@pytest.mark.parametrize(("age_y", "when"), [(5, "in 3 to 12 months")])
def test_without_a_risk_level_the_next_check_follows_the_age(age_y, when):
    assert step(plan(mouth(age_y=age_y)), "check-up").when == when


def test_the_other_choices_of_fluoride_follow_age_and_risk():
    high = History(radiographic_dentine_caries=True)
    adult, child = plan(mouth(history=high)), plan(mouth(history=high, age_y=12))
    assert "chlorhexidine" in step(adult, "fluoride").other_choices
    assert "chlorhexidine" not in step(child, "fluoride").other_choices
    assert "5000" in step(adult, "fluoride").why
    assert "5000" not in step(child, "fluoride").why


def test_the_diet_step_says_how_much_less_acid_and_that_it_is_simulated():
    exam = mouth()
    made = step(plan(exam, day=DAY, findings=find(exam) + acid_findings(DAY)), "No sweet drinks")
    assert made.why == "About 86 minutes less acid a day on upper back teeth. Simulated, not measured."
    assert made.source == "twin 0.1 (C)"
    assert made.findings == ("twin-acid-time:upper back", "twin-acid-time:lower back")


@pytest.mark.parametrize(
    "day",
    [
        None,
        replace(DAY, alternative=""),
        forecast(site("a", 60, other=None), alternative="no cola"),
        forecast(site("a", 60, other=59.6), alternative="no cola"),
        forecast(site("a", 60, other=80), alternative="no cola"),
        forecast(site("a", 60, teeth=(), other=10), alternative="no cola"),
    ],
)
def test_there_is_no_diet_step_without_a_change_that_helps(day):
    assert not [one for one in plan(mouth(), day=day).steps if "acid" in one.why]


def test_a_dentists_decision_takes_the_place_of_the_rules_step_and_says_so():
    exam = mouth(signs=(sign(SignKind.ULCER, 30),))
    no = Override(statement="See me on Monday", reason="It is a burn", by="Dr Chen", on=date(2045, 11, 22))
    findings = apply_overrides(find(exam), {"ng12-r1:signs.0": no}, decided_by=DecidedBy.DENTIST)
    made = plan(exam, findings=findings)
    assert not [one for one in made.steps if "cancer clinic" in one.what]
    decided = step(made, "See me on Monday.")
    assert decided.why == "A dentist decided this: It is a burn."
    assert decided.findings == ("ng12-r1:signs.0",)


@pytest.mark.parametrize(
    ("exam", "what"),
    [
        (periodontal(5), "Plan gum care"),
        (mouth(*[tooth(fdi, probing=probing(5, None)) for fdi in mouth().teeth]), "Measure the gums"),
        (mouth(*[tooth(fdi, probing={}) for fdi in mouth().teeth]), "Measure the gums"),
        (mouth(*[tooth(fdi, probing=probing(bleeds=True)) for fdi in mouth().teeth]), "where the gums bleed"),
    ],
)
def test_gums_get_the_step_that_fits_what_was_measured(exam, what):
    assert step(plan(exam), what).findings


def test_healthy_gums_get_no_step():
    assert not [one for one in plan(mouth()).steps if "gum" in one.what]


def test_what_was_agreed_about_fear_is_said_in_full():
    said = plan(mouth(), AFRAID).agreed_about_fear
    assert said[0] == "You said this is hardest: needles, losing control."
    assert said[-1] == "You asked for this: I choose the music."
    assert set(AFRAID.visit_marks) <= set(said)
    assert plan(mouth()).agreed_about_fear == ()


def test_without_an_examination_nothing_is_drafted_but_the_diet():
    made = draft_plan(acid_findings(DAY), None, None, DAY, TODAY)
    assert [one.what for one in made.steps] == ["No sweet drinks between meals"]
    assert draft_plan((), None, None, None, TODAY).steps == ()


@given(st.sampled_from(EXAMS), st.sampled_from([None, AFRAID]), st.sampled_from([None, DAY]))
def test_a_plan_has_at_most_eight_steps_each_with_something_to_rest_on(exam, anxiety, day):
    findings = find(exam) + (() if day is None else acid_findings(day))
    made = draft_plan(findings, exam, anxiety, day, TODAY)
    known = {finding.id for finding in findings}
    assert len(made.steps) <= 8
    for one in made.steps:
        assert set(one.findings) <= known
        assert one.source
        assert "{" not in one.what + one.why + one.other_choices + one.when + one.source
    assert made.signature == ""
    referrals = {finding.id for finding in findings if finding.kind == "referral"}
    assert referrals <= {name for one in made.steps for name in one.findings}
    assert made == draft_plan(findings, exam, anxiety, day, TODAY)


def test_what_patients_read_is_at_grade_six_or_below_on_average():
    made = [plan(exam, AFRAID, DAY) for exam in EXAMS]
    texts = {text for one in made for text in one.agreed_about_fear}
    for one in made:
        texts |= {text for each in one.steps for text in (each.what, each.why, each.other_choices)}
    grades = {text: flesch_kincaid_grade(text) for text in texts if ";" not in text}
    assert sum(grades.values()) / len(grades) <= 6
    assert max(grades.values()) <= 9

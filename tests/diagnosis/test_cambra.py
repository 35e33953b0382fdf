"""Caries risk: the rule in words, its boundaries, and our own score beside it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import find
from commensal.diagnosis.exam import Exam, History, Saliva, Surface
from commensal.diagnosis.finding import Certainty, Kind
from commensal.diagnosis.forecast import Occasion
from commensal.diagnosis.rules.cambra import LEVELS, answers, level, score
from commensal.provenance import Mark
from tests.diagnosis.mouths import ALL_NO, decayed, mouth, tooth

RISKS = (
    "heavy_plaque",
    "mutans_and_lactobacilli_high",
    "deep_pits",
    "exposed_roots",
    "appliances",
    "recreational_drugs",
    "medical_condition",
)
ENOUGH = Saliva(unstimulated_ml_min=0.3, stimulated_ml_min=1.0)


def risk(exam: Exam, occasions: tuple[Occasion, ...] | None = ()):
    [found] = [finding for finding in find(exam, occasions=occasions) if finding.kind is Kind.CARIES_RISK]
    return found


def sweet(count: int) -> tuple[Occasion, ...]:
    return tuple(
        Occasion(
            name="cola",
            at_min=600 + 60 * place,
            duration_min=5,
            is_sweet=True,
            is_between_meals=True,
            is_left_out=False,
        )
        for place in range(count)
    )


def with_risks(count: int, **changes: object) -> Exam:
    return mouth(history=replace(ALL_NO, **dict.fromkeys(RISKS[:count], True), **changes), saliva=Saliva())


def test_no_indicator_and_more_help_than_risk_is_low():
    found = risk(mouth(history=ALL_NO, saliva=ENOUGH))
    assert found.grade == "low"
    assert found.rule.mark is Mark.RECALLED
    assert any("not the published" in doubt for doubt in found.cannot_know)


@pytest.mark.parametrize("field", ["radiographic_dentine_caries", "radiographic_approximal_enamel_lesions"])
def test_any_indicator_on_an_x_ray_is_high_and_an_open_one_is_never_low(field):
    assert risk(mouth(history=replace(ALL_NO, **{field: True}), saliva=ENOUGH)).grade == "high"
    open_question = risk(mouth(history=replace(ALL_NO, **{field: None}), saliva=ENOUGH))
    assert open_question.grade == "moderate"
    assert "We do not say low while a main question is open." in open_question.cannot_know


@pytest.mark.parametrize(("icdas", "grade"), [(2, "low"), (3, "high"), (4, "high"), (5, "high"), (6, "high")])
def test_a_cavity_counts_from_broken_enamel(icdas, grade):
    exam = mouth(decayed("16", "O", icdas=icdas, is_active=False), history=ALL_NO, saliva=ENOUGH)
    assert risk(exam).grade == grade


@pytest.mark.parametrize(
    ("surface", "is_active", "grade"),
    [("B", True, "high"), ("B", False, "low"), ("B", None, "moderate"), ("O", True, "low")],
)
def test_a_white_spot_counts_when_it_is_active_and_on_a_smooth_surface(surface, is_active, grade):
    exam = mouth(decayed("16", surface, icdas=1, is_active=is_active), history=ALL_NO, saliva=ENOUGH)
    assert risk(exam).grade == grade


@pytest.mark.parametrize(("months", "grade"), [(0, "high"), (36, "high"), (36.1, "low"), (48, "low")])
def test_a_filling_counts_for_36_months(months, grade):
    history = replace(ALL_NO, months_since_caries_restoration=months)
    assert risk(mouth(history=history, saliva=ENOUGH)).grade == grade


def test_a_filling_of_unknown_age_leaves_the_question_open():
    filled = tooth("16", surfaces={"O": Surface(icdas=0, restoration="filling")})
    assert risk(mouth(filled, history=ALL_NO, saliva=ENOUGH)).grade == "moderate"


@pytest.mark.parametrize(("count", "is_risk"), [(3, False), (4, True)])
def test_more_than_three_sweet_things_between_meals_are_a_risk(count, is_risk):
    [snacks] = [a for a in answers(mouth(), sweet(count)) if a.factor == "snacks"]
    assert snacks.is_yes is is_risk


@pytest.mark.parametrize(
    ("saliva", "is_low"),
    [
        (Saliva(), None),
        (Saliva(unstimulated_ml_min=0.1), False),
        (Saliva(unstimulated_ml_min=0.099), True),
        (Saliva(stimulated_ml_min=0.7), False),
        (Saliva(stimulated_ml_min=0.69), True),
        (Saliva(unstimulated_ml_min=0.3, stimulated_ml_min=0.5), True),
    ],
)
def test_saliva_is_too_little_below_0_1_at_rest_or_0_7_stimulated(saliva, is_low):
    form = {answer.factor: answer for answer in answers(mouth(saliva=saliva))}
    assert form["low_saliva"].is_yes is is_low
    assert form["adequate_saliva"].is_yes is (None if is_low is None else not is_low)


@pytest.mark.parametrize(
    ("ppm", "times", "daily", "strong"),
    [
        (999, 2, False, False),
        (1000, 1, True, False),
        (1450, 0.9, False, False),
        (4999, 2, True, False),
        (5000, 2, True, True),
        (None, 2, None, None),
        (1450, None, None, False),
    ],
)
def test_paste_protects_from_1000_ppm_once_a_day_and_again_from_5000(ppm, times, daily, strong):
    history = History(fluoride_paste_ppm=ppm, fluoride_paste_times_a_day=times)
    form = {answer.factor: answer.is_yes for answer in answers(mouth(history=history))}
    assert (form["fluoride_paste"], form["strong_paste"]) == (daily, strong)


@pytest.mark.parametrize(("risks", "points", "grade"), [(1, 0, "moderate"), (4, 3, "moderate"), (5, 4, "high")])
def test_risks_clearly_outweigh_from_four_points_of_our_score(risks, points, grade):
    exam = with_risks(risks)
    form = answers(exam, ())
    assert score(form) == points
    assert level(form) == grade == risk(exam).grade


def test_the_score_weighs_an_indicator_three_too_little_saliva_two_a_risk_one_and_help_minus_one():
    alone = History()
    assert score(answers(mouth(teeth={}, history=replace(alone, radiographic_dentine_caries=True)))) == 3
    assert score(answers(mouth(teeth={}, saliva=Saliva(unstimulated_ml_min=0.05)))) == 2
    assert score(answers(mouth(teeth={}, history=replace(alone, heavy_plaque=True)))) == 1
    assert score(answers(mouth(teeth={}, history=replace(alone, xylitol=True)))) == -1


def test_drying_drugs_are_the_same_factor_as_the_dryness_they_make():
    dry = mouth(teeth={}, saliva=Saliva(unstimulated_ml_min=0.05))
    drugged = replace(dry, history=History(hyposalivatory_drugs=True))
    assert score(answers(drugged)) == score(answers(dry)) == 2


def test_high_with_cleaning_that_cannot_be_done_is_extreme_and_drugs_alone_are_not():
    high = replace(ALL_NO, radiographic_dentine_caries=True)
    assert risk(mouth(history=replace(high, unable_to_clean=True))).grade == "extreme"
    assert risk(mouth(history=replace(high, hyposalivatory_drugs=True))).grade == "high"


def test_too_little_saliva_alone_is_not_extreme():
    exam = mouth(history=ALL_NO, saliva=Saliva(unstimulated_ml_min=0.05))
    assert risk(exam).grade == "moderate"


@pytest.mark.parametrize(("age_y", "is_assessed"), [(5, False), (6, True)])
def test_the_form_starts_at_six_years(age_y, is_assessed):
    assert (risk(mouth(age_y=age_y)).grade != "not assessed") is is_assessed


def test_a_form_without_any_answer_gives_no_level():
    found = risk(mouth(teeth={}), None)
    assert found.grade == "not assessed"
    assert found.certainty is Certainty.LIMITED


def test_missing_answers_are_named():
    found = risk(mouth(history=replace(ALL_NO, deep_pits=None), saliva=Saliva()))
    assert any("deep pits" in doubt and "too little saliva" in doubt for doubt in found.cannot_know)


histories = st.builds(
    History,
    **{
        name: st.sampled_from([True, False, None])
        for name in (
            *RISKS,
            "hyposalivatory_drugs",
            "unable_to_clean",
            "radiographic_dentine_caries",
            "xylitol",
        )
    },
    months_since_caries_restoration=st.sampled_from([None, 1.0, 36.0, 40.0]),
)


@given(
    histories,
    st.sampled_from((*RISKS, "hyposalivatory_drugs", "unable_to_clean", "radiographic_dentine_caries")),
)
def test_one_more_risk_never_lowers_the_level(history, name):
    before = level(answers(mouth(history=replace(history, **{name: False})), ()))
    after = level(answers(mouth(history=replace(history, **{name: True})), ()))
    assert LEVELS.index(after) >= LEVELS.index(before)


@given(histories, st.sampled_from(["xylitol", "fluoride_rinse", "chlorhexidine", "fluoridated_water"]))
def test_one_more_protection_never_raises_the_level(history, name):
    before = level(answers(mouth(history=replace(history, **{name: False})), ()))
    after = level(answers(mouth(history=replace(history, **{name: True})), ()))
    assert LEVELS.index(after) <= LEVELS.index(before)

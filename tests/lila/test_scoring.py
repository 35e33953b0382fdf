"""Measured fear: what is scored, what is refused, and what the visit does about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.errors import InputError
from commensal.lila import Band, Level, flesch_kincaid_grade, mdas_change, score_anxiety
from commensal.lila.instruments import cut_offs
from commensal.lila.scoring import visit_marks
from commensal.provenance import Mark


def scored(mdas=(1, 1, 1, 1, 1), vas=None, **told):
    told = {"language": "en", "mode": "self", "taken_at": "2045-11-22T09:00Z"} | told
    return score_anxiety(mdas=mdas, vas=vas, **told)


def summing_to(total: int) -> tuple[int, ...]:
    """Five answers 1-5 with this sum."""
    answers = []
    for left in range(5, 0, -1):
        answers.append(min(5, total - (left - 1)))
        total -= answers[-1]
    return tuple(answers)


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (5, "low"),
        (9, "low"),
        (10, "mild"),
        (12, "mild"),
        (13, "moderate"),
        (18, "moderate"),
        (19, "high"),
        (25, "high"),
    ],
)
def test_five_answers_are_summed_and_banded_at_10_13_and_19(total, band):
    found = scored(summing_to(total))
    assert (found.mdas, found.mdas_band) == (total, Band(band))
    assert found.level is (Level.L1 if total >= 19 else Level.L0)


def test_only_the_published_cut_off_is_marked_seen():
    marks = {cut.band: cut.mark for cut in cut_offs("mdas")}
    assert marks.pop(Band.HIGH) is Mark.SEEN
    assert set(marks.values()) == {Mark.CALIBRATED}
    assert scored(summing_to(19)).mark is Mark.SEEN
    assert scored(summing_to(18)).mark is Mark.CALIBRATED


@pytest.mark.parametrize(
    ("vas", "band", "level"),
    [
        (0, "low", "L0"),
        (5.0, "low", "L0"),
        (5.1, "moderate", "L0"),
        (6.9, "moderate", "L0"),
        (7.0, "high", "L1"),
        (10, "high", "L1"),
        (None, "not scored", "L0"),
    ],
)
def test_the_line_is_banded_at_5_1_and_7(vas, band, level):
    found = scored(vas=vas)
    assert (found.vas_band, found.level) == (Band(band), Level(level))
    assert found.vas == vas


@pytest.mark.parametrize("vas", [-0.1, 10.1, 71, float("nan"), float("inf"), True])
def test_a_line_outside_0_to_10_is_refused_never_clipped(vas):
    with pytest.raises(InputError, match=r"anxiety.json: vas: expected a number 0 to 10"):
        scored(vas=vas)


@pytest.mark.parametrize("answer", [0, 6, -1, 2.5, True, "3"])
def test_an_answer_that_cannot_be_is_refused_by_its_place(answer):
    with pytest.raises(InputError, match=r"mdas\.2: expected a whole number 1 to 5"):
        scored((1, 1, answer, 1, 1))


@pytest.mark.parametrize("answers", [(), (1, 1, 1, 1), (1, 1, 1, 1, 1, 1)])
def test_a_form_with_other_than_five_places_is_refused(answers):
    with pytest.raises(InputError, match="expected 5 answers"):
        scored(answers)


def test_an_unknown_mode_is_refused():
    with pytest.raises(InputError, match="self, staff-read, proxy"):
        scored(mode="guess")


def test_an_incomplete_form_is_not_scored_and_says_which_answers_are_missing():
    found = scored((1, None, 3, 4, None))
    assert found.mdas is None
    assert found.mdas_band is Band.NOT_SCORED
    assert found.mdas_answers == (1, None, 3, 4, None)
    assert found.not_scored_because == "No answer to question 2 (the waiting room), 5 (the numbing shot)."
    assert any("do not score" in sentence for sentence in found.visit_marks)


@pytest.mark.parametrize(("answers", "level"), [((5, 5, 5, 4, None), "L1"), ((5, 5, 5, 3, None), "L0")])
def test_answers_that_reach_19_already_get_the_care_of_a_high_score_without_a_score(answers, level):
    found = scored(answers)
    assert found.mdas is None
    assert found.level is Level(level)


def test_high_fear_gets_a_longer_slot_a_stop_signal_a_person_and_a_word_before_each_step():
    said = " ".join(scored(summing_to(19)).visit_marks)
    for promise in ("longer slot", "we stop at once", "A person greets you", "before each step"):
        assert promise in said


def test_everyone_has_the_stop_signal():
    for mdas, vas in [((1, 1, 1, 1, 1), None), ((None,) * 5, None), ((5, 5, 5, 5, 5), 10)]:
        assert "Raise your hand and we stop at once, every time." in scored(mdas, vas).visit_marks


def test_what_the_visit_does_is_read_at_grade_six_or_below():
    texts = {text for level in Level for band in Band for text in visit_marks(level, band, band)}
    assert len(texts) == 5
    assert max(map(flesch_kincaid_grade, texts)) <= 6


def test_our_own_wording_is_named_unvalidated_unless_another_form_was_shown():
    assert scored().instrument == "MDAS, own words 0.1, en, not validated"
    assert scored(instrument="MDAS official, 1995").instrument == "MDAS official, 1995"


@pytest.mark.parametrize(
    ("before", "after", "is_meaningful"), [(20, 18, False), (20, 17, True), (17, 20, True), (19, 19, False)]
)
def test_three_points_of_change_count_and_are_called_our_own_choice(before, after, is_meaningful):
    change = mdas_change(before, after)
    assert change.points == after - before
    assert change.is_meaningful is is_meaningful
    assert "our own choice" in change.source
    assert change.mark is Mark.CALIBRATED


def test_a_change_between_sums_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="5 to 25, got 4"):
        mdas_change(4, 10)


answer = st.none() | st.integers(1, 5)


@given(st.tuples(answer, answer, answer, answer, answer), st.none() | st.floats(0, 10))
def test_no_answer_is_ever_imputed_and_the_raw_answers_stay(answers, vas):
    found = scored(answers, vas)
    assert found.mdas_answers == answers
    assert (found.mdas is None) is (None in answers)
    assert found.mdas is None or found.mdas == sum(answers)
    assert bool(found.not_scored_because) is (None in answers)


@given(st.tuples(*[st.integers(1, 4)] * 5), st.integers(0, 4))
def test_one_worse_answer_never_lowers_the_level(answers, place):
    worse = tuple(one + (place == here) for here, one in enumerate(answers))
    assert scored(worse).level >= scored(answers).level

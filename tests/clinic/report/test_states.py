from dataclasses import replace
from datetime import date

import pytest

from commensal.clinic.report.acid import acid_teeth, band, bands
from commensal.clinic.report.odontogram import STATE_FILLS, UNKNOWN_ACID, acid_fill
from commensal.clinic.report.states import LETTERS, State, tooth_states
from commensal.diagnosis.exam import Exam, ExaminerRole, Presence, Surface, ToothExam
from tests.clinic.report import made_up


def examined(**teeth: ToothExam):
    by_fdi = {name.removeprefix("t"): tooth for name, tooth in teeth.items()}
    exam = Exam(on=date(2045, 11, 22), age_y=34, examiner=ExaminerRole.DENTIST, teeth=by_fdi, soft_tissue_examined=True)
    return {tooth.fdi: tooth for tooth in tooth_states(exam, 34)}


def tooth(fdi="16", **surfaces: Surface) -> ToothExam:
    return ToothExam(fdi=fdi, presence=Presence.PRESENT, surfaces=surfaces)


def test_sound_not_examined_and_absent_are_three_different_things():
    states = examined(
        t16=tooth(**made_up.whole()),
        t17=ToothExam(fdi="17", presence=Presence.NOT_EXAMINED, why="you asked us to stop"),
        t18=ToothExam(fdi="18", presence=Presence.ABSENT, why="taken out"),
    )
    assert [states[fdi].overall for fdi in ("16", "17", "18")] == [State.SOUND, State.NOT_EXAMINED, State.ABSENT]
    assert states["16"].text == "sound: all five sides"
    assert states["17"].text == "not examined: you asked us to stop"
    assert states["18"].text == "absent: taken out"


def test_a_tooth_nobody_mentioned_is_not_examined():
    assert examined()["26"].overall is State.NOT_EXAMINED


def test_a_side_nobody_looked_at_is_not_called_sound():
    states = examined(t16=tooth(O=Surface(icdas=0)))
    assert states["16"].surfaces == {
        "M": State.NOT_EXAMINED,
        "D": State.NOT_EXAMINED,
        "O": State.SOUND,
        "B": State.NOT_EXAMINED,
        "L": State.NOT_EXAMINED,
    }
    assert states["16"].letters == ("?",)


@pytest.mark.parametrize(
    ("icdas", "state"),
    [(0, State.SOUND), (1, State.WATCH), (2, State.WATCH), *((n, State.CARIES) for n in (3, 4, 5, 6))],
)
def test_icdas_codes_become_sound_watch_and_caries(icdas, state):
    assert examined(t16=tooth(**made_up.whole(O=Surface(icdas=icdas))))["16"].surfaces["O"] is state


def test_caries_beside_a_filling_shows_both_letters_worst_first():
    seen = examined(t36=tooth("36", **made_up.whole(O=Surface(icdas=4, restoration="filling"), M=Surface(icdas=1))))
    assert seen["36"].letters == ("C4", "W", "R")
    assert seen["36"].surfaces["O"] is State.CARIES
    assert (
        seen["36"].text
        == "caries: top (ICDAS 4); early change: front side (ICDAS 1); filling: top; sound: back side, outer side and inner side"
    )


def test_every_tooth_of_every_variant_has_a_state_and_words():
    for make in made_up.VARIANTS.values():
        visit = make()
        for seen in tooth_states(visit.exam, visit.patient.age_y(visit.on)):
            assert seen.overall in State
            assert seen.text
            assert set(seen.surfaces) in (set(), set("MDOBL"))


def test_every_state_can_be_told_without_colour():
    looks = {state: (fill.pattern, LETTERS[state]) for state, fill in STATE_FILLS.items()}
    looks[State.ABSENT] = ("dashed outline", LETTERS[State.ABSENT])
    assert set(looks) == set(State)
    assert len(set(looks.values())) == len(looks)
    # Filled and crowned share dots: the crown has its letter and a thick outline. All other patterns differ.
    patterns = [pattern for state, (pattern, _) in looks.items() if state is not State.CROWN]
    assert len(set(patterns)) == len(patterns)


def test_every_band_of_acid_time_can_be_told_without_colour():
    patterns = [acid_fill(step).pattern for step in bands()] + [UNKNOWN_ACID.pattern]
    assert patterns[0] == ""
    assert len(set(patterns)) == 6


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "hardly any"),
        (14.9, "hardly any"),
        (15, "short"),
        (60, "some"),
        (180, "long"),
        (359, "long"),
        (360, "very long"),
    ],
)
def test_minutes_fall_into_the_bands_of_the_ramp(minutes, words):
    assert band(minutes).words == words


@pytest.mark.parametrize("minutes", [-1.0, float("nan")])
def test_minutes_that_cannot_be_are_refused(minutes):
    with pytest.raises(ValueError, match="minutes in acid"):
        band(minutes)


def test_a_tooth_takes_the_longest_of_the_sites_that_share_a_side():
    day = made_up.forecast()
    for order in (1, -1):
        longer = (day.sites[0], replace(day.sites[0], id="more", acid_min=300.0))[::order]
        (first,) = acid_teeth(replace(day, sites=(*longer, *day.sites[1:])), ("16",))
        assert first.minutes["M"] == 300.0
        assert first.minutes["O"] == 131.0
        assert first.longest == 300.0


def test_a_tooth_outside_every_site_has_no_time():
    (wisdom,) = acid_teeth(made_up.forecast(), ("18",))
    assert wisdom.longest is None

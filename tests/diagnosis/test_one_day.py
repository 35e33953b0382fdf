"""The twin's statement about one patient's day: whose teeth, what changes it, and what it admits not to know."""

from dataclasses import asdict, replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from commensal.diagnosis import Exam, Forecast, exam, forecast_day, intake
from commensal.errors import InputError
from commensal.mouth import load_parameters
from commensal.provenance import Mark

ALL = exam.PERMANENT


def mouth(teeth: tuple[str, ...] = ALL, **saliva: float) -> Exam:
    present = {fdi: exam.ToothExam(fdi=fdi, presence=exam.Presence.PRESENT) for fdi in teeth}
    return Exam(
        on=date(2025, 11, 20),
        age_y=41,
        examiner=exam.ExaminerRole.DENTIST,
        teeth=present,
        soft_tissue_examined=True,
        saliva=exam.Saliva(**saliva),
    )


def told(hour: float, what: str, how: str, minutes: float, sugar: float | None = None):
    return intake(at_min=60.0 * hour, what=what, how=how, duration_min=minutes, sugar_percent=sugar)


SWEET_DAY = (
    told(7.5, "toast with jam", "meal", 10),
    told(10.0, "cola", "sip", 30, 10.6),
    told(12.5, "cheese sandwich", "meal", 20),
    told(16.0, "chewy caramels", "sticky", 10),
    told(19.0, "pasta", "meal", 25),
)


@cache
def sweet_day() -> Forecast:
    return forecast_day(mouth(), SWEET_DAY)


def test_the_same_patient_gets_the_same_forecast():
    assert asdict(forecast_day(mouth(), SWEET_DAY)) == asdict(sweet_day())


def test_the_day_has_a_sample_every_five_minutes_for_24_hours():
    times = np.array(sweet_day().time_min)
    assert times[-1] - times[0] == 1440.0
    assert np.allclose(np.diff(times), 5.0)
    assert all(len(site.ph) == times.size == len(site.ph_alternative) for site in sweet_day().sites)


def test_every_group_names_the_patients_own_teeth_and_no_others():
    few = forecast_day(mouth(("11", "36", "84")), SWEET_DAY)
    named = {site.id: site.teeth for site in few.sites}
    assert named["upper-front-cheek"] == ("11",)
    assert named["lower-back-biting"] == ("36", "84")
    assert not [name for name in named if name.startswith(("upper-back", "lower-front"))]
    assert len(sweet_day().sites) == 14
    assert {tooth for site in sweet_day().sites for tooth in site.teeth} == set(ALL)


def test_a_tooth_nobody_looked_at_is_not_named():
    looked = mouth(("11",))
    unseen = exam.ToothExam(fdi="12", presence=exam.Presence.NOT_EXAMINED)
    gone = exam.ToothExam(fdi="13", presence=exam.Presence.ABSENT)
    looked = replace(looked, teeth=looked.teeth | {"12": unseen, "13": gone})
    assert all(site.teeth == ("11",) for site in forecast_day(looked, ()).sites)


def test_the_change_leaves_out_sweet_things_between_meals_and_nothing_else():
    forecast = sweet_day()
    assert forecast.alternative == "no sweet drinks or snacks between meals"
    left_out = {one.name for one in forecast.occasions if one.is_left_out}
    assert left_out == {"cola", "chewy caramels"}
    assert {one.name for one in forecast.occasions if one.is_sweet} == left_out | {"toast with jam"}


def test_the_change_never_adds_acid_and_takes_some_away_where_there_is_much():
    for site in sweet_day().sites:
        assert site.acid_min_alternative <= site.acid_min + 0.1
    worst = max(sweet_day().sites, key=lambda site: site.acid_min)
    assert worst.acid_min_alternative < 0.7 * worst.acid_min


def test_without_anything_sweet_between_meals_there_is_no_change_to_try():
    plain = forecast_day(mouth(("36",)), (told(12.5, "cheese sandwich", "meal", 20), told(15.0, "water", "drink", 5)))
    assert plain.alternative == ""
    assert all(site.acid_min_alternative is None and site.ph_alternative == () for site in plain.sites)


def test_minutes_in_acid_are_those_of_the_course_that_is_shown():
    step = 5.0
    for site in sweet_day().sites:
        counted = step * np.sum(np.array(site.ph) < sweet_day().critical_ph)
        assert abs(counted - site.acid_min) < 40.0  # eight crossings, each known to within one sample
        assert site.lowest_ph <= min(site.ph) + 1e-3
        low, high = site.acid_min_interval
        assert 0.0 <= low <= site.acid_min <= high <= 1440.0


def test_a_dry_mouth_stays_in_acid_longer_and_says_that_flow_was_measured():
    dry = forecast_day(mouth(("36",), unstimulated_ml_min=0.08, stimulated_ml_min=0.4), SWEET_DAY)
    usual = {site.id: site for site in sweet_day().sites}
    assert all(site.acid_min > 1.2 * usual[site.id].acid_min for site in dry.sites if usual[site.id].acid_min > 30.0)
    assert dry.flow_is_measured
    assert dry.unstimulated_flow_ml_min == 0.08
    assert not sweet_day().flow_is_measured
    assert sweet_day().unstimulated_flow_ml_min == load_parameters().value("flow_unstimulated")
    assert len(sweet_day().cannot_know) == len(dry.cannot_know) + 1


def test_the_slowest_film_has_more_acid_than_the_fastest_on_the_same_plaque():
    minutes = {site.id: site.acid_min for site in sweet_day().sites}
    assert minutes["upper-front-cheek"] > minutes["lower-front-tongue"]
    assert minutes["lower-back-between"] > minutes["lower-back-cheek"]


def test_what_is_eaten_after_midnight_belongs_to_the_night_of_that_day():
    late = forecast_day(mouth(("36",)), (told(1.0, "biscuits", "snack", 5),))
    assert [one.at_min for one in late.occasions] == [1500.0]
    assert late.time_min[0] <= late.sites[0].lowest_ph_at_min <= late.time_min[-1]
    assert late.sites[0].lowest_ph_at_min > 1500.0


def test_a_food_we_do_not_know_needs_its_sugar():
    assert told(9.0, "gravel soup of the house", "snack", 5).hexose_mmol_l < 60.0  # soup is known
    with pytest.raises(InputError, match=r"the row of 09:00, what: expected a food or drink of our table"):
        told(9.0, "grmpf", "snack", 5)
    assert told(9.0, "grmpf", "snack", 5, 10.0).hexose_mmol_l == pytest.approx(584.0)
    with pytest.raises(InputError, match=r"diet\.csv"):
        told(9.0, "tea", "gulp", 5)


def test_the_forecast_carries_its_marks():
    forecast = sweet_day()
    assert forecast.mark is Mark.RECALLED
    assert forecast.parameters_sha256 == load_parameters().sha256
    assert forecast.critical_ph == 5.5
    assert "plaque column" in forecast.model
    assert all(sentence.endswith(".") for sentence in forecast.cannot_know)


def test_progress_is_told_from_start_to_end():
    heard: list[float] = []
    forecast_day(mouth(("36",)), SWEET_DAY, progress=lambda share, _what: heard.append(share))
    assert heard == sorted(heard)
    assert heard[0] == 0.0
    assert heard[-1] == 1.0

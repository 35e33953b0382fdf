"""Every surface of a patient's mouth through one day, and what each choice changes there."""

from dataclasses import replace

import pytest

from commensal.diagnosis import exam
from commensal.diagnosis.one_day import forecast_day
from commensal.diagnosis.whole_mouth import DEFICIT, brushed, with_brushing
from commensal.mouth import Day, find_food
from tests.diagnosis.test_one_day import SWEET_DAY, mouth, sweet_day, told

DAY = Day(intakes=(), begin_min=420.0, end_min=1860.0, asleep_min=1380.0)


def test_every_surface_of_every_tooth_that_is_there_is_worked_out():
    found = {(one.fdi, one.surface) for one in sweet_day().surfaces}
    fronts = {(fdi, side) for fdi in exam.PERMANENT if fdi[1] in "123" for side in "MDBL"}
    backs = {(fdi, side) for fdi in exam.PERMANENT if fdi[1] in "45678" for side in "MDBLO"}
    assert found == fronts | backs


def test_a_surface_is_near_its_group_and_larger_crowns_are_longer_in_acid():
    groups = {site.id: site for site in sweet_day().sites}
    for one in sweet_day().surfaces:
        low, high = groups[one.group].acid_min_interval
        assert low - 1.0 <= one.acid_min <= high + 60.0
    at = {(one.fdi, one.surface): one.acid_min for one in sweet_day().surfaces}
    assert at["13", "M"] > at["12", "M"]  # a canine is thicker than the incisor beside it
    assert at["11", "M"] == at["21", "M"]


def test_where_the_dentist_saw_a_white_spot_mineral_can_come_back():
    sound = mouth(("46",))
    spot = replace(sound.teeth["46"], surfaces={"B": exam.Surface(icdas=2)})
    calm = (told(12.5, "cheese sandwich", "meal", 20),)
    at = {
        which: {one.surface: one.mineral for one in forecast_day(looked, calm).surfaces}
        for which, looked in (("sound", sound), ("spot", replace(sound, teeth={"46": spot})))
    }
    assert at["spot"]["B"] < -5.0 < -1.0 < at["sound"]["B"]
    assert at["spot"]["L"] == pytest.approx(at["sound"]["L"], abs=0.05)
    assert set(DEFICIT) == {1, 2}


def test_choices_are_told_where_it_is_longest_in_acid_and_help():
    forecast = sweet_day()
    worst = max(forecast.surfaces, key=lambda one: one.acid_min)
    assert [one.id for one in forecast.what_ifs] == ["diet", "paste", "both"]
    for one in forecast.what_ifs:
        assert (one.acid_min, one.mineral) == (worst.acid_min, worst.mineral)
        assert one.mineral_with < one.mineral
    diet, paste, both = forecast.what_ifs
    assert both.acid_min_with <= min(diet.acid_min_with, paste.acid_min_with)
    assert both.mineral_with < min(diet.mineral_with, paste.mineral_with)


def test_what_a_patient_does_already_is_no_choice():
    twice = replace(mouth(("36",)), history=exam.History(fluoride_paste_times_a_day=2.0, fluoride_paste_ppm=1450.0))
    assert [one.id for one in forecast_day(twice, SWEET_DAY).what_ifs] == ["diet"]


@pytest.mark.parametrize(("times", "expected"), [(None, 0), (0.0, 0), (1.0, 1), (2.0, 2), (7.0, 3)])
def test_the_day_holds_the_brushings_that_the_patient_tells_of(times, expected):
    looked = replace(mouth(("36",)), history=exam.History(fluoride_paste_times_a_day=times))
    assert len(with_brushing(DAY, looked).exposures) == expected


def test_strong_paste_counts_as_strong():
    looked = replace(mouth(("36",)), history=exam.History(fluoride_paste_times_a_day=1.0, fluoride_paste_ppm=5000.0))
    assert with_brushing(DAY, looked).exposures[0].holds_mmol_l["fluoride"] > 40.0


def test_nobody_brushes_while_eating():
    assert find_food("cola") is not None
    full = tuple(told(7.0 + 0.5 * i, "cola", "sip", 25, 10.6) for i in range(33))
    day = replace(DAY, intakes=full)
    for one in brushed(day, 3).exposures:
        assert all(one.end_min <= x.at_min or x.end_min <= one.at_min for x in full)


def test_a_mouth_without_teeth_has_no_surfaces():
    bare = replace(mouth(("36",)), teeth={})
    forecast = forecast_day(bare, ())
    assert (forecast.surfaces, forecast.what_ifs, forecast.shift) == ((), (), None)


def test_sweet_days_shift_the_plaque_to_germs_that_thrive_in_acid_and_the_change_less():
    shift = sweet_day().shift
    worst = max(sweet_day().surfaces, key=lambda one: one.acid_min)
    assert shift.place.partition("-")[0] == worst.fdi
    low, high = shift.times_interval
    assert low <= shift.times <= high
    assert shift.times > shift.times_with > 0.0


def test_without_anything_to_change_there_is_no_shift_with_it():
    assert forecast_day(mouth(("36",)), (told(12.5, "cheese sandwich", "meal", 20),)).shift.times_with is None

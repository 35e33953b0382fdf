"""How each way of eating reaches the plaque, and how a day is cut where something jumps."""

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Site, simulate
from commensal.mouth.day import (
    FREE_RUN,
    HELD_AT_REST,
    SEG_BEGIN,
    SEG_CHEW,
    SEG_DRINK,
    SEG_END,
    SEG_MIX,
    SUGAR,
    segments,
)
from commensal.mouth.parameters import load

SITE = Site(film_speed_mm_min=4.0)


def eaten(how: str, at: float = 10.0, minutes: float = 10.0, sugar: float = 10.0) -> Intake:
    return Intake(name=how, at_min=at, duration_min=minutes, how=how, sugar_percent_w_v=sugar)


def course_of(*intakes: Intake, asleep: float | None = None, end: float = 120.0):
    return simulate([SITE], Mouth(), Day(intakes=intakes, begin_min=0.0, end_min=end, asleep_min=asleep), every_s=30.0)


def test_a_day_is_cut_where_anything_begins_or_ends():
    day = Day(intakes=(eaten("meal"), eaten("drink", at=15.0)), begin_min=0.0, end_min=60.0, asleep_min=50.0)
    cut = segments([day], load())
    assert list(cut.rows[:, SEG_BEGIN] / 60.0) == [0, 10, 15, 20, 25, 50]
    assert list(cut.rows[1:, SEG_BEGIN]) == list(cut.rows[:-1, SEG_END])
    assert cut.names == ("nothing eaten or drunk", "meal", "meal, drink", "drink", "nothing eaten or drunk", "sleep")
    assert cut.name_at(60.0 * 17.0) == "meal, drink"


def test_a_rinse_holds_everything_and_a_meal_only_the_sugar():
    rinse, meal, drink = (
        segments([Day(intakes=(eaten(how),), begin_min=0.0, end_min=60.0)], load())
        for how in ("rinse", "meal", "drink")
    )
    assert (rinse.hold[1, 1:] == HELD_AT_REST).all()
    assert (meal.hold[1, 1:] == FREE_RUN).all()
    assert meal.held[1, SUGAR] == rinse.held[1, SUGAR] == pytest.approx(584.0)
    assert meal.rows[1, SEG_CHEW] > 0.0
    assert meal.rows[1, SEG_MIX] == 1.0
    assert (drink.hold == FREE_RUN).all()
    assert drink.rows[1, SEG_DRINK] == 30.0
    assert drink.drink[1, SUGAR] == pytest.approx(584.0)


def test_the_strongest_sugar_is_the_one_held_when_a_meal_and_a_drink_overlap():
    day = Day(intakes=(eaten("meal", sugar=2.0), eaten("drink", sugar=10.0)), begin_min=0.0, end_min=60.0)
    assert segments([day], load()).held[1, SUGAR] == pytest.approx(584.0)


def test_what_is_eaten_at_night_is_not_washed_away():
    awake = course_of(eaten("rinse", minutes=1.0))
    asleep = course_of(eaten("rinse", minutes=1.0), asleep=11.0)
    assert asleep.data["minutes_below"][0] > 1.5 * awake.data["minutes_below"][0]


def test_unsweetened_chewing_and_water_make_no_acid():
    for how in ("meal", "snack", "gum", "drink", "sip"):
        course = course_of(eaten(how, sugar=0.0))
        assert float(course.data["lowest_ph"][0]) > 6.6
        assert float(course.data["minutes_below"][0]) == 0.0


def test_sugar_free_gum_after_sugar_brings_the_ph_back_sooner():
    """Gum for ten minutes raises flow and the buffer that comes with it: the textbook advice, as a direction."""
    sugar = eaten("rinse", minutes=1.0)
    bare = course_of(sugar)
    gum = course_of(sugar, eaten("gum", at=15.0, minutes=20.0, sugar=0.0))
    assert gum.data["minutes_below"][0] < 0.7 * bare.data["minutes_below"][0]


def test_the_same_sugar_sipped_or_sticking_lasts_longer_than_rinsed():
    rinse = float(course_of(eaten("rinse", minutes=1.0)).data["minutes_below"][0])
    for how in ("sip", "sticky"):
        assert float(course_of(eaten(how, minutes=30.0)).data["minutes_below"][0]) > rinse


def test_a_drink_thins_saliva_and_sugar_reaches_what_the_drink_holds():
    course = course_of(eaten("drink", minutes=10.0))
    mouth = course.data["concentration"].sel(time=19.5).isel(site=0, node=-1)
    assert float(mouth.sel(solute="hexose")) == pytest.approx(584.0 * 30.0 / 32.3, rel=0.02)
    assert float(mouth.sel(solute="phosphate")) < 0.5


def test_flow_follows_the_clock():
    """With nothing eaten, a marker clears fastest at the peak hour."""

    def half_time(at_h: float) -> float:
        rinse = Intake(name="marker", at_min=60.0 * at_h, duration_min=1.0, how="rinse", sugar_mmol_l=0.1)
        day = Day(intakes=(rinse,), begin_min=60.0 * at_h, end_min=60.0 * at_h + 30.0)
        course = simulate(
            [Site(glycolysis_mmol_l_h=0.0)], Mouth(plaque_area_cm2=1e-6), day, every_s=60.0, tolerance=1e-4
        )
        sugar = course.data["concentration"].sel(solute="hexose").values[0, :, -1]
        return 20.0 * np.log(2.0) / np.log(sugar[2] / sugar[22])

    mean = Mouth().clearance_half_time_min
    assert half_time(17.0) == pytest.approx(mean / 1.25, rel=0.01)
    assert half_time(5.0) == pytest.approx(mean / 0.75, rel=0.01)


def test_chewing_makes_saliva_and_clears_a_marker_faster():
    """Chewing something without sugar brings the paraffin flow, 1.66 mL/min at a resting 0.3."""
    marker = Intake(name="marker", at_min=0.0, duration_min=1.0, how="rinse", sugar_mmol_l=0.01)
    chewed = Intake(name="paraffin", at_min=1.0, duration_min=9.0, how="meal", sugar_mmol_l=0.0)
    mouth = Mouth(circadian_swing=0.0, plaque_area_cm2=1e-6)
    day = Day(intakes=(marker, chewed), begin_min=0.0, end_min=10.0)
    course = simulate([Site(glycolysis_mmol_l_h=0.0)], mouth, day, every_s=60.0, tolerance=1e-4)
    sugar = course.data["concentration"].sel(solute="hexose").values[0, :, -1]
    flow_ml_min = np.log(sugar[2] / sugar[4]) / 2.0 * mouth.volume_ml
    assert flow_ml_min == pytest.approx(1.66, abs=0.01)

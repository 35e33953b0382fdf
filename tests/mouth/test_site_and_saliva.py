"""Sites, mouths and intakes refuse what cannot be, and say what would have been right."""

import math

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Saliva, Site, simulate
from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.parameters import load

DAY = Day(intakes=(), begin_min=0.0, end_min=10.0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Site(thickness_um=math.nan), "thickness_um must be a finite number >= 0, got nan"),
        (lambda: Site(thickness_um=0.0), "thickness_um must be > 0"),
        (lambda: Site(film_speed_mm_min=-1.0), "film_speed_mm_min"),
        (lambda: Site(glycolysis_ph_lowest=7.5), "pH must rise from lowest to best to highest"),
        (lambda: Site(lactate_yield=2.0, acetate_yield=0.5), "six carbons"),
        (lambda: Site(endogenous_lactate_share=1.5), "endogenous_lactate_share must be 0 to 1"),
        (lambda: Mouth(residual_ml=1.2), "below swallow_ml"),
        (lambda: Mouth(flow_unstimulated_ml_min=math.nan), "0 to 20 mL/min, got nan"),
        (lambda: Mouth(flow_added_ml_min=-0.1), "0 to 20 mL/min"),
        (lambda: Mouth(circadian_swing=1.1), "circadian_swing must be 0 to 1"),
        (lambda: Mouth(circadian_peak_h=25.0), "0 to 24 h"),
        (lambda: Mouth(plaque_area_cm2=0.0), "plaque_area_cm2 must be > 0"),
        (lambda: Saliva(ph=2.0, carbonate_mmol_l=5.0, phosphate_mmol_l=4.0), "ph of saliva must be 4 to 9"),
        (lambda: Saliva(ph=7.0, carbonate_mmol_l=math.inf, phosphate_mmol_l=4.0), "carbonate_mmol_l"),
    ],
)
def test_what_no_mouth_has_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at_min": -1.0}, "0 to 2880 minutes"),
        ({"at_min": math.nan}, "0 to 2880 minutes"),
        ({"duration_min": 0.0}, "duration_min must be > 0"),
        ({"sugar_percent_w_v": None}, "one of them"),
        ({"sugar_mmol_l": 10.0}, "one of them"),
        ({"sugar_percent_w_v": 101.0}, "got 101.0 % w/v"),
        ({"sugar_percent_w_v": math.nan}, "sugar must be 0 to 100"),
        ({"how": "gulp"}, "gulp"),
        ({"arginine_mmol_l": 900.0}, "arginine_mmol_l must be 0 to 500"),
        ({"how": "meal", "arginine_mmol_l": 10.0}, "arginine comes with a rinse"),
    ],
)
def test_what_nobody_eats_is_refused(change, message):
    told = {"name": "tea", "at_min": 0.0, "duration_min": 5.0, "how": "drink", "sugar_percent_w_v": 5.0}
    with pytest.raises(ValueError, match=message):
        Intake(**(told | change))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"every_s": 0.0}, "every_s must be > 0 s"),
        ({"layers": 1}, "layers must be 2 to 64"),
        ({"tolerance": 0.5}, "tolerance must be 1e-8 to 0.1"),
        ({"threshold_ph": math.nan}, "threshold_ph must be 3 to 9"),
    ],
)
def test_a_run_refuses_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        simulate([Site()], Mouth(), DAY, **settings)


def test_a_run_needs_a_site_and_a_mouth_for_each():
    with pytest.raises(ValueError, match="equally many"):
        simulate([], Mouth(), DAY)
    with pytest.raises(ValueError, match="equally many"):
        simulate([Site()], [Mouth(), Mouth()], DAY)


def test_a_day_must_hold_what_is_eaten_in_it():
    late = Intake(name="tea", at_min=8.0, duration_min=5.0, how="drink", sugar_percent_w_v=0.0)
    with pytest.raises(ValueError, match="tea: must lie within 0 to 10 min"):
        Day(intakes=(late,), begin_min=0.0, end_min=10.0)
    with pytest.raises(ValueError, match="before end_min"):
        Day(intakes=(), begin_min=10.0, end_min=10.0)
    with pytest.raises(ValueError, match="asleep_min"):
        Day(intakes=(), begin_min=0.0, end_min=10.0, asleep_min=11.0)


def test_the_strong_charge_of_each_saliva_is_the_one_that_gives_its_ph():
    constants = AcidConstants.of(load())
    assert Saliva.of_table("rest").bare().strong_charge_mmol_l(constants) == pytest.approx(10.91, abs=0.005)
    assert Saliva.of_table("stimulated").bare().strong_charge_mmol_l(constants) == pytest.approx(16.08, abs=0.005)


def test_a_site_does_not_depend_on_its_neighbours_in_the_block():
    sugar = Intake(name="rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_percent_w_v=10.0)
    day = Day(intakes=(sugar,), begin_min=0.0, end_min=60.0)
    alone = simulate([Site()], Mouth(), day)
    others = [Site(thickness_um=float(t)) for t in range(50, 500, 50)]
    among = simulate([*others, Site()], Mouth(), day)
    assert np.abs(alone.ph_enamel[0] - among.ph_enamel[-1]).max() < 1e-3  # they share steps, so the tolerance


def test_fewer_and_larger_swallows_clear_more_slowly_and_more_flow_clears_faster():
    small, large = (Mouth(swallow_ml=0.77 + swallow).clearance_half_time_min for swallow in (0.3, 1.0))
    assert large > 1.2 * small
    assert Mouth(flow_unstimulated_ml_min=0.8).clearance_half_time_min < 0.5 * Mouth().clearance_half_time_min
    assert Mouth(flow_unstimulated_ml_min=0.0).clearance_half_time_min == math.inf

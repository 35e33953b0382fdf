"""What holds for every mouth, whatever it eats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.mouth import Day, Intake, Mouth, Site, simulate
from commensal.mouth.community import Community
from commensal.mouth.intake import How

SITES = st.builds(
    Site,
    thickness_um=st.floats(20.0, 500.0),
    film_thickness_um=st.floats(70.0, 100.0),
    film_speed_mm_min=st.floats(0.0, 8.0),
    crossing_length_mm=st.floats(2.0, 10.0),
    glycolysis_mmol_l_h=st.floats(0.0, 800.0),
    glycolysis_half_mmol_l=st.floats(0.02, 5.0),
    glycolysis_ph_lowest=st.floats(3.8, 4.6),
    lactate_yield=st.sampled_from([0.0, 1.0, 2.0]),
    arginine_mmol_l_h=st.sampled_from([0.0, 180.0]),
    veillonella_mmol_l_h=st.sampled_from([0.0, 108.0]),
    endogenous_acid_mmol_l_h=st.floats(0.0, 40.0),
    fixed_buffer_1_mmol_l=st.floats(0.0, 250.0),
    fixed_buffer_2_mmol_l=st.floats(0.0, 20.0),
)
MOUTHS = st.builds(
    Mouth,
    flow_unstimulated_ml_min=st.floats(0.0, 1.5),
    flow_added_ml_min=st.floats(0.0, 5.0),
    plaque_area_cm2=st.floats(0.5, 10.0),
)
INTAKES = st.builds(
    Intake,
    name=st.just("something"),
    at_min=st.floats(0.0, 100.0),
    duration_min=st.floats(0.1, 60.0),
    how=st.sampled_from(How),
    sugar_percent_w_v=st.one_of(st.just(0.0), st.floats(0.001, 100.0)),
)


@given(st.lists(SITES, min_size=1, max_size=8), MOUTHS, st.lists(INTAKES, max_size=5), st.floats(60.0, 200.0))
@settings(max_examples=100, deadline=None)
def test_no_solute_is_ever_negative_and_ph_stays_in_its_bounds(sites, mouth, intakes, asleep):
    day = Day(intakes=tuple(intakes), begin_min=0.0, end_min=240.0, asleep_min=asleep)
    course = simulate(sites, mouth, day)
    concentration = course.data["concentration"].values
    assert np.isfinite(concentration).all()
    assert concentration[:, :, :-1].min() >= 0.0  # all but strong charge, which may be negative
    ph = course.data["ph"].values
    assert ph.min() > 2.0  # endogenous acid goes on where glycolysis has stopped
    assert ph.max() < 9.0
    assert course.data.attrs["largest_relative_residual"] < 1e-9
    lifted = course.data["account"].sel(entry="lifted_to_0").values
    assert lifted.max() < 1e-5  # umol, where a day moves hundreds: traces are lifted, not mistakes


@given(MOUTHS, st.floats(0.0, 250.0))
@settings(max_examples=15, deadline=None)
def test_saliva_without_sugar_keeps_its_ph(mouth, groups):
    site = Site(fixed_buffer_1_mmol_l=groups)
    course = simulate([site], mouth, Day(intakes=(), begin_min=0.0, end_min=1440.0, asleep_min=960.0))
    assert np.abs(course.data["ph"].values - 6.8).max() < 1e-6


@given(st.floats(0.5, 3.0), st.floats(1.1, 3.0))
@settings(max_examples=10, deadline=None)
def test_more_sugar_never_means_less_acid(percent, times):
    def lowest(sugar: float) -> float:
        rinse = Intake(name="rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_percent_w_v=sugar)
        course = simulate([Site()], Mouth(), Day(intakes=(rinse,), begin_min=0.0, end_min=60.0), profiles=False)
        return float(course.data["lowest_ph"][0])

    assert lowest(percent * times) <= lowest(percent) + 1e-3


def test_a_site_is_the_same_beside_one_of_another_kind():
    """A plaque seen as one beside one of ten guilds: neither is changed by what only the other has."""
    rinse = Intake(name="rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_percent_w_v=10.0)
    day = Day(intakes=(rinse,), begin_min=0.0, end_min=90.0)
    kinds = [Site(), Site(community=Community.usual()), Site(community=Community.usual(is_growing=False))]
    alone = [simulate([site], Mouth(), day).data for site in kinds]
    for order in ([0, 1, 2], [2, 0, 1]):
        together = simulate([kinds[i] for i in order], Mouth(), day).data
        for at, i in enumerate(order):
            assert float(together["lowest_ph"][at]) == pytest.approx(float(alone[i]["lowest_ph"][0]), abs=0.002)
            assert float(together["thickness_um"][at, -1]) == pytest.approx(
                float(alone[i]["thickness_um"][0, -1]), rel=1e-3
            )

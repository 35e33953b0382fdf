"""What matters most, and how sure a day is: known where it can be known, ranked as biofilm science says."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Mouth, Site, site_groups
from commensal.mouth.day import Day
from commensal.mouth.fitting import bands, draw_ranks, sensitivity
from commensal.mouth.fitting.fit import rinse_of
from commensal.mouth.fitting.sensitivity import partial_rank_correlations
from commensal.seeds import stream

GROUP = next(group for group in site_groups() if group.id == "lower-back-cheek")
DAY = Day(intakes=(rinse_of(),), begin_min=0.0, end_min=210.0)


@pytest.fixture(scope="module")
def ranked():
    return sensitivity(people=120)


def test_partial_correlations_see_through_what_moves_together():
    draw = stream(1, "test")
    a, noise = draw.normal(size=2000), draw.normal(size=2000)
    b = a + 0.5 * draw.normal(size=2000)  # moves with a, does nothing
    found = partial_rank_correlations(np.column_stack([a, b, draw.normal(size=2000)]), 2.0 * a + noise)
    assert found[0] > 0.5
    assert abs(found[1]) < 0.06
    assert abs(found[2]) < 0.06
    exact = partial_rank_correlations(np.column_stack([a, noise]), np.exp(-a))
    assert exact[0] == pytest.approx(-1.0)


def test_film_thickness_of_plaque_and_fermentation_lead_and_signs_are_right(ranked):
    lowest = [one for one in ranked if one.result == "lowest pH"]
    assert {one.unknown for one in lowest[:3]} == {"film speed", "plaque thickness", "fermentation"}
    sign = {one.unknown: np.sign(one.correlation) for one in lowest}
    assert (sign["film speed"], sign["plaque thickness"], sign["fermentation"]) == (1.0, -1.0, -1.0)
    assert sign["fixed buffer"] == 1.0
    for one in ranked:
        assert one.low <= one.correlation <= one.high


def test_the_ranking_is_drawn(ranked, tmp_path):
    draw_ranks(ranked, 120, tmp_path / "ranks.svg")
    assert b"plaque thickness" in (tmp_path / "ranks.svg").read_bytes()


@pytest.mark.parametrize("people", [29, 5001])
def test_too_few_or_too_many_draws_are_refused(people):
    with pytest.raises(ValueError, match="people must be 30 to 5000"):
        sensitivity(people=people)


def test_bands_are_percentiles_of_the_people_drawn():
    site = Site(film_speed_mm_min=GROUP.film_speed_mm_min, endogenous_acid_mmol_l_h=27.0)
    found = bands(site, GROUP, Mouth(), DAY, people=40)
    assert found.lowest_ph == pytest.approx(np.percentile(found.drawn_lowest_ph, [10, 50, 90]))
    assert np.all(np.diff(found.ph, axis=0) >= 0.0)
    assert found.drawn_minutes_below.size == 40
    thick = bands(replace(site, thickness_um=400.0), GROUP, Mouth(), DAY, people=40)
    assert thick.lowest_ph[1] < found.lowest_ph[1]

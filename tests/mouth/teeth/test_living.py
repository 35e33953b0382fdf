"""A whole mouth through days: one call for a site, a tooth or all of it; nothing lost, nothing different."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Day, Mouth, simulate
from commensal.mouth.exposure import Exposure, Slow
from commensal.mouth.study import usual_day
from commensal.mouth.teeth import Dentition, Twin, live, places
from commensal.mouth.teeth.living import MouthCourse

BRUSH = Exposure(
    name="brushing", at_min=440.0, duration_min=2.0, removes={"everywhere": 0.4, "between": 0.2},
    holds_mmol_l={"fluoride": 19.0}, lingers={"fluoride": Slow(amount_umol=1.7, half_min=45.0)},
)  # fmt: skip
DAY = replace(usual_day(), exposures=(BRUSH,))
FEW = Twin(dentition=Dentition.of(["11", "21", "36", "46"]))


@pytest.fixture(scope="module")
def whole() -> MouthCourse:
    return live(FEW, DAY, every_s=3600.0)


def test_alike_places_are_computed_once_and_stand_everywhere(whole):
    assert len(whole.places) == 26
    assert whole.columns < len(whole.places) / 2
    at = whole.data.set_index(site="site")["minutes_below"].sel
    assert at(site="11-B").item() == at(site="21-B").item()
    assert at(site="36-O").item() == at(site="46-O").item()


def test_a_site_alone_is_the_same_site_as_in_its_mouth(whole):
    # Neighbours in a block choose the steps together: within the tolerance, not bit for bit.
    alone = live(FEW, DAY, where="46-DB", every_s=3600.0).data
    among = whole.data.isel(site=[place.id for place in whole.places].index("46-DB"))
    assert alone["ph_enamel"].values[0] == pytest.approx(among["ph_enamel"].values, abs=0.002)


def test_a_place_is_the_column_that_simulate_runs(whole):
    place = places(FEW.dentition, "46-L")[0]
    column = simulate([FEW.site_at(place)], Mouth(), DAY, every_s=3600.0, profiles=False, tolerance=0.03).data
    alone = live(FEW, DAY, where="46-L", every_s=3600.0).data
    assert np.array_equal(alone["ph_enamel"].values, column["ph_enamel"].values)


def test_books_of_every_place_close(whole):
    assert np.abs(whole.data["residual"].values).max() < 1e-12


def test_the_same_again_is_the_same_to_the_bit_and_so_is_going_on(whole):
    stops = []
    again = live(FEW, DAY, every_s=3600.0, threads=1, on_checkpoint=stops.append)
    assert again.data.identical(whole.data)
    assert live(FEW, DAY, every_s=3600.0, resume=stops[1]).data.identical(whole.data)


def test_months_are_kept_a_day_at_a_time_unless_asked():
    days = live(FEW, Day(intakes=(), begin_min=0.0, end_min=1440.0), days=3, where="11-B").data
    assert list(days["time"].values) == [0.0, 1440.0, 2880.0, 4320.0]
    assert "concentration" not in days


def test_plaque_that_somebody_charted_is_where_it_was_charted():
    twin = replace(FEW, thickness_um={"46": 200.0, "46-B": 20.0})
    at = {place.id: twin.site_at(place).thickness_um for place in places(twin.dentition)}
    assert (at["46-B"], at["46-L"]) == (20.0, 200.0)
    assert at["36-L"] == FEW.site_at(places(FEW.dentition, "36-L")[0]).thickness_um


def test_a_figure_by_tooth_is_the_mean_of_its_places(whole):
    mine = whole.data["minutes_below"].values[[place.tooth == "36" for place in whole.places]]
    assert whole.by_tooth("minutes_below")["36"] == pytest.approx(mine.mean())
    assert whole.by_tooth("minutes_below", np.max)["36"] == mine.max()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"thickness_um": {"47": 50.0}}, "47: expected a tooth of this mouth"),
        ({"thickness_um": {"46-B": 0.0}}, "thickness_um of 46-B must be 1 to 2000 um, got 0.0"),
        ({"film_speed_share": 0.0}, "film_speed_share must be > 0"),
    ],
)
def test_a_twin_that_cannot_be_is_refused(what, message):
    with pytest.raises(ValueError, match=message):
        replace(FEW, **what)

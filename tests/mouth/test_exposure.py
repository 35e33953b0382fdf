"""What is done to a mouth and is not eaten: refused where it cannot be, exact where it acts, and nothing lost."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Site, simulate
from commensal.mouth.community import Community
from commensal.mouth.errors import ParameterError
from commensal.mouth.exposure import Exposure, Slow

STILL = Mouth(circadian_swing=0.0)
GROWING = Site(thickness_um=80.0, aspect="cheek", community=Community.usual())
AT, LONG = 60.0, 2.0


def act(**what) -> Exposure:
    return Exposure(name="act", at_min=AT, duration_min=LONG, **what)


def day_with(*exposures: Exposure, end_min: float = 180.0) -> Day:
    return Day(intakes=(), exposures=exposures, begin_min=0.0, end_min=end_min)


def run(site: Site, *exposures: Exposure, end_min: float = 180.0, **options):
    return simulate([site], STILL, day_with(*exposures, end_min=end_min), **options).data.isel(site=0)


def drop(data, name: str) -> tuple[float, float]:
    """A variable just before and just after AT, from samples a second apart."""
    near = data[name].sel(time=[AT, AT + 1.0 / 60.0], method="nearest")
    return float(near[0]), float(near[1])


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"at_min": -1.0}, r"at_min must be 0 to 2880 minutes after midnight, got -1\.0"),
        ({"duration_min": 0.0}, r"duration_min must be > 0"),
        ({"holds_mmol_l": {"toothpaste": 1.0}}, r"expected solutes of hexose, .*got 'toothpaste'"),
        ({"holds_mmol_l": {"fluoride": float("nan")}}, r"holds_mmol_l of fluoride must be 0 to 5000 mmol/L, got nan"),
        ({"removes": {"cheek": 1.2}}, r"removes of cheek must be 0 to 1, got 1\.2"),
        ({"removes": {"lip": 0.2}}, r"removes must name everywhere, cheek, tongue, between, biting, got lip"),
        ({"kills_log10": {"mutans": -1.0}}, r"kills_log10 of mutans must be 0 to 12"),
        ({"adds_g_m2": {"mutans": float("inf")}}, r"adds_g_m2 of mutans must be 0 to 1000 g/m2"),
        ({"kills_to_um": 0.0}, r"kills_to_um must be > 0"),
    ],
)
def test_an_exposure_that_cannot_be_is_refused(what, message):
    with pytest.raises(ValueError, match=message):
        Exposure(**{"name": "act", "at_min": AT, "duration_min": LONG, **what})


@pytest.mark.parametrize(("amount", "half"), [(-1.0, 30.0), (1.0, 0.0), (float("inf"), 30.0)])
def test_what_cannot_linger_is_refused(amount, half):
    with pytest.raises(ValueError, match=r"must be"):
        Slow(amount_umol=amount, half_min=half)


def test_two_things_done_in_the_same_minute_are_refused_by_name():
    second = replace(act(), name="varnish", at_min=AT)
    with pytest.raises(
        ValueError, match=r"act and varnish are done at the same time \(60 to 62 min and 60 to 62 min\)"
    ):
        day_with(act(), second)


def test_nothing_is_eaten_while_the_mouth_is_held():
    toast = Intake(name="toast", at_min=55.0, duration_min=10.0, how="meal", sugar_percent_w_v=2.0)
    with pytest.raises(ValueError, match=r"act: nothing is eaten or drunk meanwhile, got toast \(55 to 65 min\)"):
        Day(intakes=(toast,), exposures=(act(holds_mmol_l={"fluoride": 1.0}),), begin_min=0.0, end_min=180.0)
    Day(intakes=(toast,), exposures=(act(lingers={"fluoride": Slow(amount_umol=1.0, half_min=9.0)}),),
        begin_min=0.0, end_min=180.0)  # fmt: skip


def test_an_exposure_must_end_before_the_day_does():
    with pytest.raises(ValueError, match=r"act: must begin at 0 min or later and end before 62 min, got 60 to 62 min"):
        day_with(act(), end_min=62.0)


@pytest.mark.parametrize(("aspect", "left"), [("cheek", 0.5), ("between", 0.9), ("tongue", 0.7), ("", 0.7)])
def test_a_brush_leaves_of_each_side_what_it_does_not_reach(aspect, left):
    brush = act(removes={"cheek": 0.5, "between": 0.1, "everywhere": 0.3})
    data = run(replace(GROWING, aspect=aspect), brush, every_s=1.0, end_min=63.0)
    before, after = drop(data, "thickness_um")
    assert after / before == pytest.approx(left, rel=1e-4)  # a second of growth lies between the samples
    before, after = drop(data["guild_g_m2"].sum("guild").to_dataset(name="living"), "living")
    assert after / before == pytest.approx(left, rel=0.02)  # by chance of what grew on top


def test_a_plaque_that_does_not_grow_is_not_brushed():
    data = run(Site(thickness_um=80.0), act(removes={"everywhere": 0.5}))
    assert np.ptp(data["thickness_um"].values) == 0.0


@pytest.mark.parametrize("to_um", [np.inf, 20.0])
def test_who_is_killed_is_left_as_dead_matter_and_others_are_not(to_um):
    data = run(GROWING, act(kills_log10={"mutans": 2.0}, kills_to_um=to_um), every_s=1.0, end_min=64.0)
    near = data.sel(time=[AT + LONG, AT + LONG + 1.0 / 60.0], method="nearest")
    mutans = near["biomass"].sel(guild="mutans").isel(node=slice(0, 16)).values
    depth = 80.0 * (16 - np.arange(16) - 0.5) / 16
    expected = 10.0 ** (-2.0 * np.exp(-depth / to_um))
    assert mutans[1] / mutans[0] == pytest.approx(
        expected, rel=0.02
    )  # the plaque is 3 % thicker by then, and is laid anew
    others = near["biomass"].drop_sel(guild="mutans").isel(node=slice(0, 16)).sum(("guild", "node")).values
    assert others[1] / others[0] == pytest.approx(1.0, rel=1e-3)
    dead = near["solids"].sel(solid="inert").isel(node=slice(0, 16)).values
    assert dead[1] - dead[0] == pytest.approx(mutans[0] - mutans[1], rel=0.02)


def test_what_is_added_settles_to_the_gram():
    site = replace(GROWING, community=Community(shares={**Community.usual().shares, "salivarius": 0.0}))
    data = run(site, act(adds_g_m2={"salivarius": 0.05}), every_s=1.0, end_min=64.0)
    salivarius = data["guild_g_m2"].sel(guild="salivarius").sel(time=AT + LONG + 1.0 / 60.0, method="nearest")
    assert float(salivarius) == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize("what", [{"kills_log10": {"candida": 1.0}}, {"adds_g_m2": {"candida": 1.0}}])
def test_bacteria_that_no_plaque_has_are_refused_by_name(what):
    with pytest.raises(ParameterError, match=r"act: (kills|adds) candida, but the plaque holds actinomyces, "):
        run(GROWING, act(**what))
    with pytest.raises(ParameterError, match=r"but the plaque holds none"):
        run(Site(), act(**what))


@pytest.mark.parametrize("solute", ["fluoride", "phosphate", "carbonate", "ammonium", "calcium", "nitrate", "urea"])
def test_what_is_brought_has_the_ph_of_resting_saliva(solute):
    slow = Slow(amount_umol=20.0, half_min=20.0)
    data = run(Site(), act(holds_mmol_l={solute: 20.0}, lingers={solute: slow}), every_s=30.0)
    in_mouth = data["ph"].isel(node=-1).values
    assert data["concentration"].sel(solute=solute).isel(node=-1).sel(time=61.0) == pytest.approx(20.0)
    assert in_mouth == pytest.approx(np.full(in_mouth.size, 6.8), abs=0.02)


def test_what_lingers_comes_free_as_it_decays_and_all_of_it_does():
    slow = Slow(amount_umol=3.0, half_min=25.0)
    day = day_with(act(lingers={"fluoride": slow}), end_min=1400.0)
    data = simulate([Site()], STILL, day, every_s=60.0, tolerance=1e-4).data.isel(site=0)
    assert float(data["account"].sel(entry="from_diet", solute="fluoride")) == pytest.approx(3.0, rel=1e-4)
    # One stirred mouth fed by an exponential: C = C0 + k A / (V (q - k)) (e^-kt - e^-qt), plaque and film left out.
    t, k, q = data["time"].values - (AT + LONG), np.log(2.0) / 25.0, 0.3 / STILL.volume_ml
    mine = data["concentration"].sel(solute="fluoride").isel(node=-1).values
    exact = 0.00075 + k * 3.0 / (STILL.volume_ml * (q - k)) * (np.exp(-k * t) - np.exp(-q * t))
    late = t > 60.0  # the plaque takes up and gives back: a minute's delay
    assert mine[late & (t < 300.0)] == pytest.approx(exact[late & (t < 300.0)], rel=0.03)


def test_books_close_whatever_is_done():
    brush = act(
        removes={"everywhere": 0.4}, holds_mmol_l={"fluoride": 19.0, "arginine": 50.0, "calcium": 5.0},
        lingers={"fluoride": Slow(amount_umol=2.0, half_min=40.0), "ammonium": Slow(amount_umol=5.0, half_min=10.0)},
        kills_log10={"mutans": 1.0}, kills_to_um=30.0, adds_g_m2={"arginolytic": 0.2},
    )  # fmt: skip
    data = run(GROWING, brush)
    assert np.abs(data["residual"].values).max() < 1e-12


def test_a_day_given_thrice_is_the_day_lived_thrice_and_stops_anywhere():
    brush = act(removes={"everywhere": 0.4}, holds_mmol_l={"fluoride": 19.0},
                lingers={"fluoride": Slow(amount_umol=2.0, half_min=200.0)})  # fmt: skip
    day = day_with(brush, end_min=1440.0)
    once = simulate([GROWING], STILL, day, days=3, every_s=3600.0).data
    listed = simulate([GROWING], STILL, [day, replace(day), day], every_s=3600.0).data
    assert once.identical(listed)
    stops = []
    simulate([GROWING], STILL, day, days=3, every_s=3600.0, on_checkpoint=stops.append)
    for stop in stops[:-1]:
        assert simulate([GROWING], STILL, day, days=3, every_s=3600.0, resume=stop).data.identical(once)


def test_days_that_do_not_follow_each_other_are_refused():
    late = Day(intakes=(), begin_min=60.0, end_min=1500.0)
    with pytest.raises(ValueError, match=r"several days must each last 1440 min and begin at the same time"):
        simulate([Site()], STILL, [day_with(end_min=1440.0), late])
    with pytest.raises(ValueError, match=r"days must be left out when each day is given, got 3 and 2 days"):
        simulate([Site()], STILL, [day_with(end_min=1440.0)] * 2, days=3)

"""Whole runs: their books close, they can be stopped and resumed, and who shares a block or a thread changes nothing."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commensal.mouth import Day, Intake, Mouth, Saliva, Site, simulate
from commensal.mouth import run as running
from commensal.mouth.balance import QUANTITIES
from commensal.mouth.community import Community
from commensal.mouth.errors import SolveError
from commensal.mouth.parameters import Parameters, load
from commensal.mouth.processes.table import PLAQUE_GUILDS
from commensal.mouth.run import Checkpoint

USUAL = Community.usual()
RICH = {
    "ammonium": 2.0,
    "arginine": 0.05,
    "urea": 3.5,
    "oxygen": 0.15,
    "nitrate": 0.3,
    "calcium": 1.4,
    "fluoride": 1e-3,
}
"""What saliva brings beside carbonate and phosphate, mmol/L, so that each process has something to run on."""
BROUGHT = {f"{name}_mmol_l": amount for name, amount in RICH.items()}
MOUTH = Mouth(
    rest=replace(Saliva.of_table("rest"), **BROUGHT), stimulated=replace(Saliva.of_table("stimulated"), **BROUGHT)
)
LAYERS = 6


def eaten(at_min: float, how: str, minutes: float, percent: float) -> Intake:
    return Intake(name=f"{how} at {at_min:g}", at_min=at_min, duration_min=minutes, how=how, sugar_percent_w_v=percent)


MEALS = (
    eaten(450.0, "meal", 10.0, 5.0),
    eaten(600.0, "drink", 5.0, 10.0),
    eaten(720.0, "sticky", 8.0, 20.0),
    eaten(780.0, "rinse", 1.0, 10.0),
)
DAY = Day(intakes=MEALS, begin_min=420.0, end_min=1860.0, asleep_min=1380.0)
SHORT = Day(intakes=MEALS[:1], begin_min=420.0, end_min=540.0)


def places(count: int) -> list[Site]:
    """Sites of every kind: lumped, growing, still, with engineered and with missing guilds."""
    kinds = (
        Site(community=USUAL, thickness_um=120.0),
        Site(veillonella_mmol_l_h=36.0, thickness_um=200.0),
        Site(community=replace(USUAL, is_growing=False), fixed_buffer_1_mmol_l=90.0),
        Site(community=Community(shares={"mutans": 0.7, "veillonella": 0.3}, changes={"mutans.q_sugar": 11.0})),
        Site(thickness_um=80.0, arginine_mmol_l_h=72.0),
    )
    speeds = np.linspace(0.8, 8.0, 19)
    return [replace(kinds[n % len(kinds)], film_speed_mm_min=float(speeds[n])) for n in range(count)]


def same_bits(one: xr.Dataset, other: xr.Dataset, *, sites: int | None = None) -> None:
    """Everything in two results is equal bit for bit, or in their first sites."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        a, b = one[name], other[name]
        if sites is not None and "site" in a.dims:
            a, b = a.isel(site=slice(sites)), b.isel(site=slice(sites))
        assert a.dims == b.dims, name
        assert a.values.tobytes() == b.values.tobytes(), name


# Books


INTAKES = st.builds(
    eaten,
    at_min=st.floats(430.0, 560.0),
    how=st.sampled_from(["rinse", "meal", "snack", "drink", "sip", "sticky", "gum"]),
    minutes=st.floats(0.5, 60.0),
    percent=st.floats(0.0, 60.0),
)
SHARES = st.dictionaries(st.sampled_from(PLAQUE_GUILDS), st.floats(0.01, 1.0), min_size=1)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "all.wane": st.floats(0.0, 0.05),
        "mutans.q_sugar": st.floats(0.0, 20.0),
        "mutans.q_glucan": st.floats(0.0, 3.0),
        "mutans.q_mutacin": st.floats(0.0, 5e-4),
        "mitis.mu_host": st.floats(0.0, 0.6),
        "veillonella.yield_lactate": st.floats(0.02, 0.07),
    },
)


@st.composite
def communities(draw: st.DrawFn) -> Community:
    shares = draw(SHARES)
    changes = {}
    for name, value in draw(CHANGES).items():
        guild, _, what = name.partition(".")
        for each in shares if guild == "all" else [guild] if guild in shares else []:
            changes[f"{each}.{what}"] = value
    return Community(shares=shares, changes=changes, is_growing=draw(st.booleans()))


SITES = st.builds(
    Site,
    thickness_um=st.floats(5.0, 400.0),
    film_thickness_um=st.floats(50.0, 150.0),
    film_speed_mm_min=st.floats(0.0, 8.0),
    fixed_buffer_1_mmol_l=st.floats(0.0, 250.0),
    fixed_buffer_2_mmol_l=st.floats(0.0, 20.0),
    community=st.one_of(st.none(), communities()),
)
MOUTHS = st.builds(
    replace,
    st.just(MOUTH),
    flow_unstimulated_ml_min=st.floats(0.0, 1.5),
    flow_added_ml_min=st.floats(0.0, 5.0),
    plaque_area_cm2=st.floats(0.5, 10.0),
)


def books_close(sites: Sequence[Site], mouth: Mouth, day: Day, tolerance: float) -> None:
    data = simulate(sites, mouth, day, layers=LAYERS, tolerance=tolerance, every_s=3600.0).data
    assert list(data.quantity.values) == list(QUANTITIES)
    assert {"carbon", "nitrogen", "phosphorus", "calcium", "fluorine", "electrons", "strong_charge"} == set(QUANTITIES)
    assert np.abs(data["residual"].values).max() <= 1e-11  # 8e-13 was the most in hundreds of days; 1e-9 is asked for
    assert data.attrs["largest_relative_residual"] == np.abs(data["residual"].values).max()
    concentration, solids = data["concentration"], data["solids"]
    assert concentration.sel(solute=[x for x in data.solute.values if x != "strong_charge"]).values.min() >= 0.0
    assert solids.size == 0 or solids.values.min() >= 0.0
    assert np.isfinite(concentration.values).all()
    lifted = data["account"].sel(entry="lifted_to_0").values
    assert lifted.min() >= 0.0
    moved = np.abs(data["account"].values).sum(axis=(1, 2))
    assert (lifted.sum(axis=1) <= 1e-6 * moved).all()
    thickness = data["thickness_um"].values
    assert (thickness >= 1.0).all()
    for site, course in zip(sites, thickness, strict=True):
        if site.community is None or not site.community.is_growing:
            assert (course == course[0]).all()


@given(
    st.lists(SITES, min_size=1, max_size=3), MOUTHS, st.lists(INTAKES, max_size=5), st.sampled_from([0.1, 0.01, 0.003])
)
@example(
    [Site(thickness_um=98.0, film_speed_mm_min=3.0, community=Community(shares={"actinomyces": 1.0}, is_growing=False)),
     Site(thickness_um=5.0, film_speed_mm_min=0.0, community=Community(shares={"mutans": 1.0, "mitis": 1.0, "veillonella": 1.0}, is_growing=False))],
    replace(MOUTH, flow_unstimulated_ml_min=0.0, flow_added_ml_min=0.0, plaque_area_cm2=1.0), [], 0.1,
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_the_books_of_any_day_close(sites, mouth, intakes, tolerance):
    books_close(sites, mouth, Day(intakes=tuple(intakes), begin_min=420.0, end_min=720.0, asleep_min=640.0), tolerance)


@pytest.mark.long
@given(
    st.lists(SITES, min_size=1, max_size=9), MOUTHS, st.lists(INTAKES, max_size=9), st.sampled_from([0.1, 0.01, 0.003])
)
@settings(max_examples=200, deadline=None)
def test_the_books_of_any_of_two_hundred_long_days_close(sites, mouth, intakes, tolerance):
    books_close(
        sites, mouth, Day(intakes=tuple(intakes), begin_min=420.0, end_min=1440.0, asleep_min=1320.0), tolerance
    )


def test_the_books_of_a_week_of_growth_close_and_everything_happens_in_it():
    data = simulate(places(5), MOUTH, DAY, days=7, layers=LAYERS, every_s=43200.0).data
    assert np.abs(data["residual"].values).max() <= 1e-11
    entries = data["account_solid"].sel(solid="biomass.mutans").isel(site=3)
    assert (entries.sel(entry=["at_start", "settled", "worn_off", "at_end"]).values > 0.0).all()
    turned = np.abs(data["turnover"].isel(site=[0, 1, 4])).max("site")
    idle = {str(name) for name in data.process.values if turned.sel(process=name) <= 0.0}
    assert all(name.endswith(("die_of_acid", "endogenous_acid")) for name in idle)  # no sugar here kills anybody
    fluoride = data["account"].sel(solute="fluoride")  # nothing makes or uses it: it comes and goes
    assert fluoride.sel(entry="swallowed").values.min() > 0.0


# Stopping and going on


def checkpoints_of(sites: Sequence[Site], day: Day, **options: object) -> tuple[xr.Dataset, list[Checkpoint]]:
    found: list[Checkpoint] = []
    data = simulate(sites, MOUTH, day, layers=LAYERS, every_s=1800.0, on_checkpoint=found.append, **options).data
    return data, found


def through_a_file(checkpoint: Checkpoint) -> Checkpoint:
    """What `np.savez` makes of it."""
    blocks = []
    for arrays in checkpoint:
        file = io.BytesIO()
        np.savez(file, **arrays)
        file.seek(0)
        with np.load(file) as loaded:
            blocks.append({name: loaded[name] for name in loaded.files})
    return tuple(blocks)


@pytest.mark.parametrize(("count", "days"), [(1, 1), (2, 2), (17, 1)], ids=["one site", "two days", "three blocks"])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(count, days):
    sites = places(count)
    whole = simulate(sites, MOUTH, DAY, layers=LAYERS, every_s=1800.0, days=days).data
    watched, found = checkpoints_of(sites, DAY, days=days)
    same_bits(whole, watched)  # to be watched changes nothing
    assert len(found) == 4 * days
    for n, checkpoint in enumerate(found):
        later: list[Checkpoint] = []
        resumed = simulate(
            sites, MOUTH, DAY, layers=LAYERS, every_s=1800.0, days=days,
            resume=through_a_file(checkpoint) if n % 2 else checkpoint, on_checkpoint=later.append if n == 1 else None,
        ).data  # fmt: skip
        same_bits(whole, resumed)
        if n == 1:  # and it can be stopped once more
            twice = simulate(sites, MOUTH, DAY, layers=LAYERS, every_s=1800.0, days=days, resume=later[-2]).data
            same_bits(whole, twice)


def test_going_on_leaves_the_checkpoint_as_it_was():
    _, found = checkpoints_of(places(2), DAY)
    before = [{name: array.copy() for name, array in arrays.items()} for arrays in found[0]]
    simulate(places(2), MOUTH, DAY, layers=LAYERS, every_s=1800.0, resume=found[0])
    for arrays, kept in zip(found[0], before, strict=True):
        assert all(np.array_equal(arrays[name], kept[name], equal_nan=True) for name in kept)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 8}, r"of another run: expected state of shape \(\d+, 80\), got \(\d+, 64\)"),
        ({"every_s": 900.0}, r"of another run: expected kept of shape \(97, \d+, 8\), got \(49, \d+, 8\)"),
        ({"profiles": False}, "of another run: expected profiles of shape"),
        ({"sites": places(9)}, "this checkpoint holds 1 blocks of sites, the run has 2"),
        ({"sites": [Site()]}, "of another run: expected state of shape"),
    ],
    ids=["layers", "samples", "profiles", "blocks", "guilds"],
)
def test_a_checkpoint_of_another_run_is_refused(change, message):
    _, found = checkpoints_of(places(2), DAY)
    told = {"sites": places(2), "layers": LAYERS, "every_s": 1800.0} | change
    with pytest.raises(ValueError, match=message):
        simulate(told.pop("sites"), MOUTH, DAY, resume=found[0], **told)


def test_half_a_checkpoint_is_refused():
    _, found = checkpoints_of(places(1), DAY)
    without = ({name: array for name, array in found[0][0].items() if name != "totals"},)
    with pytest.raises(ValueError, match=r"of another run: expected totals of shape .* got nothing"):
        simulate(places(1), MOUTH, DAY, layers=LAYERS, every_s=1800.0, resume=without)


# Company, threads and order


@pytest.fixture(scope="module")
def many() -> xr.Dataset:
    return simulate(places(19), MOUTH, SHORT, layers=LAYERS, threads=1).data


@pytest.mark.parametrize("threads", [2, 3])
def test_the_number_of_threads_changes_nothing(many, threads):
    same_bits(many, simulate(places(19), MOUTH, SHORT, layers=LAYERS, threads=threads).data)


def test_a_block_that_is_not_full_is_one_that_repeats_its_last_site(many):
    """The last of three blocks of the run holds three sites; they do as they do among five copies of the last."""
    sites = places(19)
    full = simulate([*sites, *[sites[-1]] * 5], MOUTH, SHORT, layers=LAYERS, threads=1).data
    same_bits(many, full, sites=19)
    assert full["ph"].values[18].tobytes() == full["ph"].values[23].tobytes()


def near(one: xr.Dataset, other: xr.Dataset, *, in_plaque: float, around: float) -> None:
    """pH within limits at every sample, in the plaque and in film and mouth; thickness but for when it was looked at."""
    off = np.abs(one["ph"].values - other["ph"].values)
    plaque = (one["node_kind"] == "plaque").values
    assert off[:, :, plaque].max() <= in_plaque
    assert off[:, :, ~plaque].max() <= around
    assert np.abs(one["thickness_um"].values / other["thickness_um"].values - 1.0).max() <= 3e-3


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_sites_changes_no_ph_by_more_than_two_thousandths(many, seed):
    """Eight at a time share their steps. In the film, for seconds after a meal, it is up to 0.0025."""
    sites, order = places(19), np.random.default_rng(seed).permutation(19)
    mixed = simulate([sites[i] for i in order], MOUTH, SHORT, layers=LAYERS).data
    near(mixed, many.isel(site=order), in_plaque=0.002, around=0.003)


def test_with_a_third_of_the_tolerance_the_order_of_sites_changes_no_ph_anywhere_by_more_than_that():
    sites, order = places(19), np.random.default_rng(6).permutation(19)
    one, other = (
        simulate([sites[i] for i in some], MOUTH, SHORT, layers=LAYERS, tolerance=0.003).data
        for some in (range(19), order)
    )
    near(other, one.isel(site=order), in_plaque=0.001, around=0.002)


@pytest.mark.parametrize("index", range(5))
def test_a_site_alone_is_the_same_in_company(many, index):
    alone = simulate([places(5)[index]], MOUTH, SHORT, layers=LAYERS).data
    near(alone, many.isel(site=[index]), in_plaque=0.002, around=0.003)


def test_glucan_slows_what_diffuses_in_a_plaque_that_stays_as_it_is_alone_and_in_company(monkeypatch):
    """The matrix of mutans streptococci that are fed all day, in a plaque whose grid is left alone."""
    still = Site(community=Community(shares={"mutans": 1.0}, changes={"mutans.q_glucan": 3.0}, is_growing=False))
    day = Day(intakes=(eaten(430.0, "sip", 360.0, 5.0),), begin_min=420.0, end_min=900.0)
    alone = simulate([still], MOUTH, day, layers=LAYERS).data
    company = simulate([still, Site(community=USUAL)], MOUTH, day, layers=LAYERS).data
    assert alone["solids"].sel(solid="glucan").values[0, -1, :LAYERS].max() > 2.0
    near(alone, company.isel(site=[0]), in_plaque=0.001, around=0.006)  # the film, in the seconds of each sip
    table = load()
    rows = table.rows | {
        "glucan_most": replace(table["glucan_most"], value=100.0 * table.value("glucan_most"), high=1e9)
    }
    monkeypatch.setattr(running, "load", lambda: Parameters(rows=rows, sha256=""))
    unhindered = simulate([still], MOUTH, day, layers=LAYERS).data
    assert float(np.abs(alone["ph_enamel"] - unhindered["ph_enamel"]).max()) > 0.01


def test_the_order_in_which_guilds_are_named_changes_nothing():
    changes = {"mutans.q_sugar": 9.0, "mitis.mu_host": 0.3, "neisseria.q_oxidise": 1.0}
    runs = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(list(USUAL.shares))
        shares = {str(guild): 0.125 * n for n, guild in enumerate(USUAL.shares, 1)}  # whose sum is exact in any order
        several = dict(np.random.default_rng(seed).permutation(list(changes.items())).tolist())
        community = Community(
            shares={guild: shares[guild] for guild in order}, changes={k: float(v) for k, v in several.items()}
        )
        runs.append(simulate([Site(community=community)], MOUTH, DAY, layers=LAYERS).data)
    for other in runs[1:]:
        same_bits(runs[0], other)


def test_shares_that_round_otherwise_in_another_order_change_nothing_that_matters():
    """The ten usual shares add up to 1 or to the number before it."""
    runs = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(list(USUAL.shares))
        community = Community(shares={guild: USUAL.shares[guild] for guild in order})
        runs.append(simulate([Site(community=community)], MOUTH, DAY, layers=LAYERS).data)
    for other in runs[1:]:
        for name in ("ph", "thickness_um", "biomass"):
            assert other[name].values == pytest.approx(runs[0][name].values, rel=1e-10, abs=1e-12)


# Days that cannot be computed


def test_a_community_that_cannot_be_computed_says_where_when_and_what_to_do():
    poisoned = Community(shares=USUAL.shares, changes={"neisseria.q_oxidise": 1e100})
    with pytest.raises(SolveError) as refused:
        simulate([Site(), Site(community=poisoned, film_speed_mm_min=2.5)], MOUTH, DAY, layers=LAYERS)
    told = str(refused.value)
    assert "cannot meet its tolerance of 0.01 even with steps of" in told
    assert "at 420.00 min after midnight (nothing eaten or drunk), in " in told
    assert "(film 2.5 mm/min); " in told
    assert "check the site's and the mouth's parameters against their ranges" in told


def test_a_community_asked_for_too_much_says_so(monkeypatch):
    table = load()
    old = table["step_smallest"]
    rows = {**table.rows, "step_smallest": replace(old, value=0.2, high=0.2)}
    monkeypatch.setattr(running, "load", lambda: replace(table, rows=rows))
    with pytest.raises(SolveError, match=r"tolerance of 1e-07 .* at \d+\.\d\d min after midnight \(.*\), in .*, [a-z]"):
        simulate([Site(community=USUAL)], MOUTH, DAY, layers=LAYERS, tolerance=1e-7)


def test_one_site_that_fails_fails_the_run_in_any_thread():
    poisoned = Community(shares=USUAL.shares, changes={"neisseria.q_oxidise": 1e100})
    sites = [*places(9), Site(community=poisoned, film_speed_mm_min=2.5)]
    with pytest.raises(SolveError, match=r"at 420\.00 min .*\(film 2\.5 mm/min\)"):
        simulate(sites, MOUTH, SHORT, layers=LAYERS, threads=2)

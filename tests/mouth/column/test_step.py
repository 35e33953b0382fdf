"""The step itself: its order, and that a loose step still keeps the books."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Saliva, Site, simulate
from commensal.mouth.balance import contents
from commensal.mouth.column import shape
from commensal.mouth.column.acidity import settle
from commensal.mouth.column.block import Block, build, depths_m
from commensal.mouth.column.growth import set_geometry
from commensal.mouth.column.laws import chemistry
from commensal.mouth.column.march import accept, enter_segment
from commensal.mouth.column.shape import LANES
from commensal.mouth.column.step import attempt, begin
from commensal.mouth.community import Community
from commensal.mouth.day import segments
from commensal.mouth.parameters import load
from commensal.mouth.reference import rinse_day
from tests.mouth.column.slab import plain_diet

LAYERS = 8
ONE_GUILD = Site(veillonella_mmol_l_h=108.0)
TEN_GUILDS = Site(community=Community.usual())
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
WATCHED = {
    "one guild": (ONE_GUILD, ("hexose", "lactate", "propionate", "strong_charge")),
    "ten guilds": (
        TEN_GUILDS,
        (
            *("hexose", "lactate", "acetate", "propionate", "carbonate", "phosphate", "ammonium", "strong_charge"),
            *("arginine", "ornithine", "urea", "oxygen", "peroxide", "nitrate", "nitrite", "host_nutrient.mitis"),
            *("storage.mitis", "biomass.mutans", "inert", "glucan"),
        ),
    ),
}


def rich_mouth() -> Mouth:
    brought = {f"{name}_mmol_l": amount for name, amount in RICH.items()}
    return Mouth(
        rest=replace(Saliva.of_table("rest"), **brought), stimulated=replace(Saliva.of_table("stimulated"), **brought)
    )


def started(site: Site, sugar: float) -> Block:
    """A block at the end of a rinse, with some sugar everywhere."""
    block = build(chemistry([site.table()], RICH), [site], [rich_mouth()], LAYERS, 5.5, load())
    laws, work = block.chemistry.laws, block.work
    for node in range(LAYERS + 2):
        work.state[laws.sugar, node * LANES : (node + 1) * LANES] = sugar + node
    return block


def march_with_equal_steps(block: Block, steps: int, minutes: float) -> None:
    """Some minutes after the rinse in equal steps, whatever the error."""
    laws, lane, work = block.chemistry.laws, block.lane, block.work
    fields = len(block.chemistry.names)
    diet = plain_diet(segments([rinse_day()], load()).rows, fields)
    enter_segment(laws, lane, work, diet, 1, LAYERS + 2)
    scale = np.ones(fields)
    assert settle(laws, work.state, work.ph, lane.acid, LAYERS)
    h = 60.0 * minutes / steps
    for i in range(steps):
        begin(laws, lane, work, 60.0 + i * h, diet, 1, LAYERS)
        attempt(laws, lane, work, 60.0 + i * h, h, diet, 1, LAYERS, scale, scale)
        accept(laws, work, h, LAYERS)
        set_geometry(laws, lane, work, LAYERS)
        assert settle(laws, work.state, work.ph, lane.acid, LAYERS)


def innermost(which: str, steps: int) -> np.ndarray:
    site, names = WATCHED[which]
    block = started(site, 20.0)
    march_with_equal_steps(block, steps, 2.0)
    return block.work.state[[block.chemistry.row(name) for name in names], 0]


@pytest.mark.parametrize("which", WATCHED)
def test_halving_the_step_quarters_the_error(which):
    truth = innermost(which, 12800)
    errors = [np.abs(innermost(which, n) - truth) for n in (200, 400, 800, 1600)]
    for coarse, fine in pairwise(errors):
        assert coarse.max() / fine.max() == pytest.approx(4.0, rel=0.25)
    # Each on its own: nothing that is made or used follows in a lower order behind the largest error.
    assert errors[2] / errors[3] == pytest.approx(np.full(truth.size, 4.0), rel=0.3)


@pytest.mark.parametrize("which", WATCHED)
@pytest.mark.parametrize("steps", [3, 30])
def test_a_step_far_too_long_still_keeps_the_books(which, steps):
    """Everything that is conserved, to rounding, though steps of 40 s get the course of sugar and acid wrong."""
    site, _ = WATCHED[which]
    block = started(site, 20.0)
    made, work = block.chemistry, block.work
    fields = len(made.names)

    def held() -> np.ndarray:
        state = work.state[:fields].reshape(fields, LAYERS + 2, LANES)[:, :, 0]
        return state @ depths_m(block, 0)

    start = held()
    march_with_equal_steps(block, steps, 2.0)
    totals = work.totals[:, :, 0]
    came = totals[shape.FROM_SALIVA] + totals[shape.FROM_DIET] + totals[shape.LIFTED] - totals[shape.SWALLOWED]
    outside = np.zeros(contents(made.names).shape[1])
    table = {(one.guild, one.name): one for one in site.table().processes}
    for p, key in enumerate(made.processes):
        outside[-1] += table[key].strong_charge * work.extents[p, ::LANES].sum()
    left = (start + came - held()) @ contents(made.names) + outside
    assert np.abs(left).max() < 1e-12 * np.abs(start @ np.abs(contents(made.names))).max()


RINSE = Intake(name="rinse", at_min=60.0, duration_min=1.0, how="rinse", sugar_percent_w_v=10.0)
MEAL = Intake(name="meal", at_min=120.0, duration_min=10.0, how="meal", sugar_percent_w_v=5.0)
MORNING = Day(intakes=(RINSE, MEAL), begin_min=0.0, end_min=240.0)


STILL = Site(community=replace(Community.usual(), is_growing=False))


def ladder(site: Site) -> list[float]:
    """With meals and all: the largest error of pH at the enamel at four tolerances, against the last of them."""

    def run(tolerance: float) -> np.ndarray:
        return simulate([site], rich_mouth(), MORNING, every_s=120.0, layers=LAYERS, tolerance=tolerance).ph_enamel[0]

    truth = run(1e-5)
    return [float(np.abs(run(tolerance) - truth).max()) for tolerance in (1e-2, 1e-3, 1e-4)]


@pytest.mark.parametrize("site", [ONE_GUILD, STILL], ids=list(WATCHED))
def test_a_tenth_of_the_tolerance_is_a_smaller_error(site):
    loose, middle, tight = ladder(site)
    assert loose < 0.001
    assert middle < 0.4 * loose
    assert tight < 0.4 * middle


def test_growth_is_looked_at_often_enough_for_the_fourth_digit_of_ph():
    """Looks are a minute apart or a step; when they come depends on the steps, whatever the tolerance."""
    loose, middle, tight = ladder(TEN_GUILDS)
    assert loose < 0.001
    assert max(middle, tight) < 2e-4

"""Growth, wear and settling: nothing is lost, the plaque stays as wet as it is, and the water does not move with it."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.mouth import Mouth, Site
from commensal.mouth.column.block import Block, build, depths_m
from commensal.mouth.column.growth import LEAST_M, grow
from commensal.mouth.column.laws import chemistry, way_of
from commensal.mouth.column.march import DONE, N_INFO, STEP, march
from commensal.mouth.column.shape import (
    FIX1,
    FIX2,
    FIXED1,
    FIXED2,
    FROM_DIET,
    GROWS,
    LANES,
    POROSITY,
    SETTLED,
    STAYS,
    THICKNESS,
    WEAR,
    WORN,
    Floats,
    H,
)
from commensal.mouth.community import Community
from commensal.mouth.day import SEG_COLUMNS, SEG_END, SEG_SPEED
from commensal.mouth.parameters import load
from tests.mouth.column.slab import NO_SAMPLES, plain_diet, table_of

GROWING = Community.usual()
MADE = chemistry([Site(community=GROWING).table()], ("fluoride",), eaten=("calcium",))
FIELDS = len(MADE.names)
MARKER = MADE.row("calcium")


def random_block(seed: int, layers: int, elapsed_s: float) -> Block:
    """Eight plaques of any thickness up to 400 um, with anything in them, that wear and are settled on."""
    chance = np.random.default_rng(seed)
    block = build(MADE, [Site(community=GROWING)] * LANES, [Mouth()] * LANES, layers, 5.5, load())
    work, lane = block.work, block.lane
    work.lane[THICKNESS] = 10.0 ** chance.uniform(-5.5, -3.4, LANES)
    lane.plaque[WEAR] = 10.0 ** chance.uniform(-4.0, 0.0, LANES)
    lane.plaque[[FIX1, FIX2]] = chance.uniform(0.0, 200.0, (2, LANES))
    lane.settling[:] *= 10.0 ** chance.uniform(-1.0, 2.0, LANES) / elapsed_s * 60.0
    cells = layers * LANES
    work.ph[H, :cells] = 10.0 ** chance.uniform(-5.0, -1.0, cells)
    for row, group in ((FIXED1, FIX1), (FIXED2, FIX2)):
        work.ph[row, :cells] = np.tile(lane.plaque[group], layers)
    for f in range(FIELDS):
        nodes = layers if way_of(MADE.names[f]) == STAYS else layers + 2
        work.state[f, : nodes * LANES] = chance.uniform(0.0, 20.0, nodes * LANES)
    solid = lane.density > 0.0
    volume = (work.state[:FIELDS][solid, :cells] / lane.density[solid, np.newaxis]).sum(axis=0)
    swelling = np.tile(chance.choice([0.5, 1.0, 4.0], LANES), layers) * chance.uniform(0.7, 1.2, cells)
    work.state[:FIELDS][solid, :cells] *= (1.0 - lane.plaque[POROSITY, 0]) * swelling / volume
    return block


def by_lane(block: Block) -> Floats:
    """(fields, nodes, lanes), copied."""
    return block.work.state[:FIELDS].reshape(FIELDS, block.layers + 2, LANES).copy()


def amounts(block: Block) -> Floats:
    """What each lane holds per area, (fields, lanes)."""
    return np.stack([by_lane(block)[:, :, k] @ depths_m(block, k) for k in range(LANES)], axis=1)


def grown(block: Block, elapsed_s: float) -> None:
    grow(MADE.laws, block.lane, block.work, elapsed_s, block.layers)


def held_by_food(block: Block) -> None:
    """As `enter_segment` leaves a mouth while somebody rinses."""
    block.work.inverse[:, (block.layers + 1) * LANES :] = 0.0


SEEDS, LAYERS = st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 8, 16])
ELAPSED = st.sampled_from([60.0, 600.0, 36000.0])


@given(SEEDS, LAYERS, ELAPSED, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_was_there_and_what_settled_is_there_or_worn_off(seed, layers, elapsed_s, is_held):
    block = random_block(seed, layers, elapsed_s)
    if is_held:
        held_by_food(block)
    before, totals, in_mouth = amounts(block), block.work.totals.copy(), by_lane(block)[:, layers + 1]
    grown(block, elapsed_s)
    settled, worn, eaten = (block.work.totals[row] - totals[row] for row in (SETTLED, WORN, FROM_DIET))
    scale = np.abs(before) + np.abs(settled) + np.abs(worn) + np.abs(eaten)
    left = before + settled + eaten - worn - amounts(block)
    assert np.abs(left).max() <= 1e-12 * scale.max()
    assert (np.abs(left) <= 1e-11 * scale).all()
    assert (by_lane(block)[:, layers + 1] == in_mouth).all() == is_held
    assert eaten.any() == is_held
    assert np.isfinite(block.work.state).all()
    solid = [f for f in range(FIELDS) if way_of(MADE.names[f]) == STAYS]
    assert (block.work.state[[f for f in range(FIELDS) if f != MADE.laws.charge]] >= 0.0).all()
    assert (worn[solid] > 0.0).all()
    assert not worn[[f for f in range(FIELDS) if f not in solid and f != MADE.laws.charge]].any()
    living = [f for f in solid if MADE.names[f].startswith("biomass.")]
    assert settled[living].sum(axis=0) == pytest.approx(block.lane.settling.sum(axis=0) * elapsed_s, rel=1e-12)


@given(SEEDS, LAYERS, ELAPSED)
@settings(max_examples=40, deadline=None)
def test_every_layer_is_as_wet_as_the_table_says(seed, layers, elapsed_s):
    block = random_block(seed, layers, elapsed_s)
    density = block.lane.density
    solid = density > 0.0
    swollen = (amounts(block)[solid] / density[solid, np.newaxis]).sum(axis=0)
    swollen += (block.lane.settling[solid] / density[solid, np.newaxis]).sum(axis=0) * elapsed_s
    swollen /= 1.0 - block.lane.plaque[POROSITY]
    grown(block, elapsed_s)
    volume = (by_lane(block)[solid, :layers] / density[solid, np.newaxis, np.newaxis]).sum(axis=0)
    assert volume == pytest.approx(np.broadcast_to(1.0 - block.lane.plaque[POROSITY], volume.shape), rel=1e-11)
    expected = 1.0 / (1.0 / swollen + block.lane.plaque[WEAR] * elapsed_s)
    assert block.work.lane[THICKNESS] == pytest.approx(expected, rel=1e-12)


def below(heights: Floats, edges: Floats, amounts_of: Floats) -> Floats:
    """What lies below each height when amounts are spread evenly between edges."""
    return np.interp(heights, edges, np.append(0.0, np.cumsum(amounts_of)))


@given(SEEDS, LAYERS)
@settings(max_examples=40, deadline=None)
def test_a_marker_in_the_water_stays_where_it_is_and_bacteria_move_with_their_layer(seed, layers):
    block = random_block(seed, layers, 60.0)
    before, thick, density = by_lane(block), block.work.lane[THICKNESS].copy(), block.lane.density
    grown(block, 60.0)
    after, new = by_lane(block), block.work.lane[THICKNESS]
    guild = MADE.row("biomass.mutans")
    solid = density > 0.0
    for k in range(LANES):
        dz, to = thick[k] / layers, np.arange(layers + 1) * new[k] / layers
        delta = depths_m(block, k)[layers]
        edges = np.append(np.arange(layers + 1) * dz, max(thick[k], new[k]) + delta)  # plaque, then film
        from_mouth = before[MARKER, layers + 1, k] * max(new[k] - thick[k], 0.0)
        of_water = np.append(before[MARKER, :layers, k] * dz, before[MARKER, layers, k] * delta + from_mouth)
        expected = np.diff(below(to, edges, of_water)) * layers / new[k]
        assert after[MARKER, :layers, k] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        width = dz * (before[solid, :layers, k] / density[solid, np.newaxis]).sum(axis=0)
        settled = block.lane.settling[:, k] * 60.0
        width[-1] += (settled[solid] / density[solid]).sum()
        material = np.append(0.0, np.cumsum(width / (1.0 - block.lane.plaque[POROSITY, k])))
        of_cells = before[guild, :layers, k] * dz
        of_cells[-1] += settled[guild]
        expected = np.diff(below(to, material, of_cells)) * layers / new[k]
        assert after[guild, :layers, k] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_marker_that_is_everywhere_alike_is_alike_in_plaque_and_film_after(seed):
    block = random_block(seed, 8, 60.0)
    block.work.state[MARKER] = 3.0
    grown(block, 60.0)
    found = by_lane(block)[MARKER]
    assert found[:9] == pytest.approx(np.full((9, LANES), 3.0), rel=1e-12)


STORAGE = "storage.mutans"  # nothing but sugar: it grows out of what is outside, and closes its balance with it


@dataclass(frozen=True, slots=True)
class Growth:
    """What a plaque of one substance does that grows at a constant rate."""

    rate_per_h: float
    wear_per_m_h: float
    start_m: float

    def exact(self, hours: float) -> float:
        """dL/dt = mu L - k L^2."""
        most = self.rate_per_h / self.wear_per_m_h
        return most / (1.0 + (most / self.start_m - 1.0) * math.exp(-self.rate_per_h * hours))

    def marched(self, hours: float, step_s: float, layers: int = 8) -> Block:
        """The same by reaction in the layers in equal steps, and a look at what grew after each."""
        row = "grow,mutans,mu * storage,storage = 1,-host_substance,here,recalled,\n"
        table = table_of(row, f"mutans.mu,{self.rate_per_h!r},1/h,0,1,here,recalled,\n")
        block = build(chemistry([table], ()), [Site(thickness_um=1e6 * self.start_m)], [Mouth()], layers, 5.5, load())
        fields, f = len(block.chemistry.names), block.chemistry.row(STORAGE)
        block.work.state[f, : layers * LANES] = block.lane.density[f] * (1.0 - block.lane.plaque[POROSITY, 0])
        block.lane.plaque[GROWS], block.lane.plaque[WEAR] = 1.0, self.wear_per_m_h / 3600.0
        rows = np.zeros((1, SEG_COLUMNS))
        rows[0, SEG_END], rows[0, SEG_SPEED] = 3600.0 * hours, 1.0
        info = np.zeros(N_INFO)
        info[STEP] = step_s
        control = np.array([step_s, 1e-9, step_s, 1e-9, 1e6, 1.0, 3600.0 * hours])
        status = march(
            block.chemistry.laws, block.lane, block.work, layers, np.full(fields, 1e6), np.full(fields, 1e6),
            control, plain_diet(rows, fields), *NO_SAMPLES, info,
        )  # fmt: skip
        assert status == DONE
        return block


@pytest.mark.parametrize("start_m", [20e-6, 900e-6], ids=["thin", "thick"])
@pytest.mark.parametrize("hours", [2.0, 24.0, 240.0])
def test_one_guild_that_grows_and_wears_is_the_logistic_curve(start_m, hours):
    growth = Growth(0.05, 100.0, start_m)  # comes to rest at 500 um
    block = growth.marched(hours, 60.0)
    assert block.work.lane[THICKNESS, 0] == pytest.approx(growth.exact(hours), rel=1e-3)
    expected = block.lane.density[block.chemistry.row(STORAGE)] * (1.0 - block.lane.plaque[POROSITY, 0])
    assert block.work.state[block.chemistry.row(STORAGE), 0] == pytest.approx(expected, rel=1e-9)


def test_looks_ten_times_as_often_are_ten_times_as_near():
    growth = Growth(0.05, 100.0, 20e-6)
    errors = [abs(growth.marched(48.0, step).work.lane[THICKNESS, 0] - growth.exact(48.0)) for step in (600.0, 60.0)]
    assert errors[0] / errors[1] == pytest.approx(10.0, rel=0.1)
    assert errors[0] / growth.exact(48.0) < 0.005  # the longest step of a run


@pytest.mark.parametrize("start_m", [1e-9, 5e-7])
def test_bacteria_that_do_not_fill_the_thinnest_plaque_lie_evenly_in_it(start_m):
    growth = Growth(0.05, 1e-9, start_m)
    before = growth.marched(1.0, 60.0)
    row = before.chemistry.row(STORAGE)
    assert before.work.lane[THICKNESS, 0] == LEAST_M
    found = before.work.state[row, : before.layers * LANES]
    assert found == pytest.approx(np.full(found.size, found[0]), rel=1e-9)
    assert found[0] * LEAST_M == pytest.approx(
        before.lane.density[row] * (1.0 - before.lane.plaque[POROSITY, 0]) * start_m * math.exp(0.05), rel=1e-4
    )

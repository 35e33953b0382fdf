"""Slabs with known answers, solved with the column's own table, laws, transport and steps.

Where the answer is smooth, three or four grids give it to 1e-6: the face to the film is half a cell away from the
outer centre and half a cell from its mirror image, so the error has even powers of the cells' size only. Where sugar
ends within the slab (zero order, deep) it has a kink, and no extrapolation helps: the flux is off by up to
(cell / depth of the living part)^2 / 8, unless the kink falls on a face.
"""

import math
from itertools import pairwise

import pytest

from tests.mouth.column.slab import Slab, at_rest, eats_sugar, richardson

DAY_S = 86400.0
GRIDS = (16, 32, 64)


def extrapolated(what: str, slabs: list[Slab]) -> float:
    return richardson([getattr(slab, what) for slab in slabs])


FIRST = [
    # thickness m, D m2/d, k /d, around, film m, then flux g/m2/d, at the surface, at the base
    pytest.param((1e-4, 1e-4, 1e4, 10.0, None), (7.61594156, 10.0, 6.4805427), id="phi 1"),
    pytest.param((5e-4, 1e-4, 1e4, 10.0, None), (9.99909204, 10.0, 0.13475282), id="phi 5"),
    pytest.param((2e-4, 2e-4, 5e4, 8.0, 5e-5), (14.10031999, 4.47492, 0.37816217), id="phi 3.2 under water"),
]


def first_order(layers: int, thickness: float, d: float, k: float, around: float, film: float | None) -> Slab:
    table = eats_sugar("k * hexose", k=(k / DAY_S, "1/s"))
    return at_rest([table], layers, thickness_m=thickness, diffusivity_m2_s=d / DAY_S, around=around, film_m=film)


@pytest.mark.parametrize(("slab", "expected"), FIRST)
def test_a_first_order_slab_is_the_closed_form(slab, expected):
    thickness, d, k, around, film = slab
    phi = thickness * math.sqrt(k / d)
    surface = around if film is None else around / (1.0 + phi * math.tanh(phi) * film / thickness)
    exact = (d * surface / thickness * phi * math.tanh(phi), surface, surface / math.cosh(phi))
    assert exact == pytest.approx(expected, rel=1e-6)  # as printed for the slab, to its digits
    found = [first_order(n, *slab) for n in GRIDS]
    assert DAY_S * extrapolated("flux", found) == pytest.approx(exact[0], rel=1e-6)
    assert extrapolated("surface", found) == pytest.approx(exact[1], rel=1e-6)
    assert extrapolated("base", found) == pytest.approx(exact[2], rel=1e-6)
    assert found[0].through_face == pytest.approx(found[0].flux, rel=1e-9)  # at rest, what enters is what reacts


@pytest.mark.parametrize(("slab", "expected"), FIRST)
def test_halving_the_layers_quarters_the_error(slab, expected):
    errors = [abs(DAY_S * first_order(n, *slab).flux - expected[0]) for n in (16, 32, 64)]
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(4.0, rel=0.03)


def zero_order(layers: int, thickness: float, halves: tuple[float, ...]) -> Slab:
    rate = (6e4 / DAY_S, "mmol/L/s")
    tables = [eats_sugar("k * monod(hexose, half)", k=rate, half=(half, "mmol/L")) for half in halves]
    return at_rest(tables, layers, thickness_m=thickness, diffusivity_m2_s=1e-4 / DAY_S, around=10.0, tolerance=1e-6)


def test_a_zero_order_slab_that_sugar_crosses_is_the_closed_form():
    found = [zero_order(n, 1e-4, (1e-9,)) for n in GRIDS]
    assert DAY_S * found[0].flux == pytest.approx(6.0, rel=1e-6)
    assert extrapolated("base", found) == pytest.approx(7.0, rel=1e-6)
    assert abs(found[0].base - 7.0) / abs(found[1].base - 7.0) == pytest.approx(4.0, rel=1e-3)


LIVING_M = math.sqrt(2.0 * 1e-4 * 10.0 / 6e4)
EVER_SHARPER = tuple(0.1 * 0.5**n for n in range(26))
"""Half-saturations, mmol/L: each slab at rest is where the next begins, or steps would not find so sharp an end."""


def test_a_deep_zero_order_slab_is_the_closed_form_when_its_end_falls_on_a_face():
    found = zero_order(64, LIVING_M * 64 / 24, EVER_SHARPER)
    assert abs(1e6 * LIVING_M - 182.574) < 1e-3
    assert DAY_S * found.flux == pytest.approx(10.95445115, rel=1e-6)
    assert found.base == 0.0


@pytest.mark.parametrize("layers", GRIDS)
def test_a_deep_zero_order_slab_is_off_by_what_its_end_hides_within_a_cell(layers):
    """More than half of the bound on these grids, against the same Monod law in a slab without end."""
    halves = EVER_SHARPER[:10]
    flux = math.sqrt(2.0 * 1e-4 * 6e4 * (10.0 - halves[-1] * math.log(1.0 + 10.0 / halves[-1])))
    assert flux == pytest.approx(10.95445115, rel=2e-4)
    found = zero_order(layers, 5e-4, halves)
    bound = (5e-4 / layers / LIVING_M) ** 2 / 8.0
    assert 0.5 * bound < abs(DAY_S * found.flux / flux - 1.0) < bound
    assert found.base == pytest.approx(0.0, abs=1e-12)


MONOD = [
    (0.5, 1.0, 0.9391299, 0.12239748),
    (1.0, 1.0, 0.77597711, 0.45875149),
    (2.0, 1.0, 0.37097515, 1.41816767),
    (5.0, 1.0, 0.01832386, 3.91590960),
    (2.0, 0.1, 0.27583576, 1.85822441),
    (1.0, 10.0, 0.95470731, 0.09065098),
    (5.0, 10.0, 0.13733831, 1.88322039),
    (10.0, 10.0, 7.2592933e-4, 3.89925083),
    (10.0, 100.0, 0.50851131, 0.98470427),
]
"""phi, beta, s(0) and J* , integrated by shooting at 1e-13."""


@pytest.mark.parametrize(("phi", "beta", "base", "flux"), MONOD)
def test_a_monod_slab_is_the_table(phi, beta, base, flux):
    thickness, d, half = 1e-4, 1e-9, 0.5
    table = eats_sugar(
        "v * monod(hexose, half)", v=(phi**2 * d * half / thickness**2, "mmol/L/s"), half=(half, "mmol/L")
    )
    around = beta * half
    found = [at_rest([table], n, thickness_m=thickness, diffusivity_m2_s=d, around=around) for n in (8, *GRIDS)]
    ours, ours_flux = extrapolated("base", found) / around, extrapolated("flux", found) * thickness / (d * around)
    assert ours == pytest.approx(base, rel=1e-6)
    assert ours_flux == pytest.approx(flux, rel=1e-6)
    first_integral = 2.0 * phi**2 * ((1.0 - ours) / beta - math.log((1.0 + beta) / (1.0 + beta * ours)) / beta**2)
    assert ours_flux**2 == pytest.approx(first_integral, rel=1e-6)

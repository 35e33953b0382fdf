"""Products by name: every row is an exposure that can be, and does what its name says."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Day, Mouth, Site, simulate
from commensal.mouth.community import Community
from commensal.mouth.enamel.fluoride import fluoride_stores
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.products import find_product, products

SITE = Site(
    thickness_um=100.0, aspect="between", community=Community.usual(), enamel=Enamel(deficit_vol_percent_um=500)
)


@pytest.mark.parametrize("product", products(), ids=lambda one: one.name)
def test_every_product_runs_and_its_books_close(product):
    day = Day(intakes=(), exposures=(product.exposure(10.0),), begin_min=0.0, end_min=60.0)
    data = simulate([SITE], Mouth(), day, profiles=False).data
    assert data.attrs["largest_relative_residual"] < 1e-12
    gone = float(data["thickness_um"][0, -1]) < 99.0
    assert gone == ("between" in dict(product.removes))


def test_names_are_found_whatever_the_capitals_and_nothing_is_guessed():
    assert find_product("  Brushing with  Toothpaste ").name == "brushing with fluoride paste"
    assert find_product("brush harder") is None


def test_brushing_as_seen_removes_two_fifths_on_average():
    removed = dict(find_product("brushing").removes)
    around = [removed[one] for one in ("between", "cheek", "between", "between", "tongue", "between")]
    assert sum(removed.values()) / 4 == pytest.approx(0.40, abs=0.03)
    assert 0.2 < sum(around) / 6 < 0.42


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("brushing with fluoride paste", "paste_1450"),
        ("brushing with strong fluoride paste", "paste_5000"),
        ("fluoride rinse", "rinse_226"),
        ("fluoride varnish", "varnish_22600"),
    ],
)
def test_fluoride_of_products_is_that_of_its_pharmacokinetics(name, table):
    mouth = Mouth()
    stores = fluoride_stores(table, mouth.flow_unstimulated_ml_min, mouth.volume_ml)
    product = find_product(name)
    (_, fast), (_, slow) = [pair for pair in product.lingers if pair[0] == "fluoride"]
    assert (fast.amount_umol, slow.amount_umol) == (
        pytest.approx(1e3 * stores.fast_mmol, rel=0.05), pytest.approx(1e3 * stores.slow_mmol, rel=0.05)
    )  # fmt: skip
    assert np.log(2.0) / (60.0 * slow.half_min) == pytest.approx(stores.slow_per_s, rel=1e-6)
    if name != "fluoride varnish":  # it is not held in the mouth
        assert dict(product.holds_mmol_l)["fluoride"] == pytest.approx(stores.held_mmol_l, rel=0.01)


def test_stronger_paste_leaves_more_fluoride():
    def fluoride(name):
        exposures = (find_product(name).exposure(10.0),)
        day = Day(intakes=(), exposures=exposures, begin_min=0.0, end_min=90.0)
        at = simulate([replace(SITE)], Mouth(), day).data["concentration"].sel(solute="fluoride").isel(site=0, node=-1)
        return float(at[-1])

    weak, strong = fluoride("brushing with fluoride paste"), fluoride("brushing with 5000 ppm paste")
    assert strong / weak == pytest.approx(5000.0 / 1450.0, rel=0.1)
    assert 0.1 < weak * 19.0 < 1.0  # ppm, more than an hour later


def test_xylitol_holds_mutans_streptococci_back_where_it_is_brought():
    gum = find_product("xylitol gum")
    chewed = tuple(gum.exposure(60.0 * h) for h in (1, 5, 9))

    def mutans(exposures):
        day = Day(intakes=(), exposures=exposures, begin_min=0.0, end_min=1440.0)
        data = simulate([SITE], Mouth(), day, every_s=1440.0 * 60.0, profiles=False).data
        assert data.attrs["largest_relative_residual"] < 1e-12
        grams = data["guild_g_m2"].isel(site=0, time=-1)
        return {str(guild): float(x) for guild, x in zip(grams["guild"].values, grams.values, strict=True)}

    with_it, without = mutans(chewed), mutans(())
    assert with_it["mutans"] < 0.95 * without["mutans"]
    assert with_it["mitis"] == pytest.approx(without["mitis"], rel=0.02)
    assert "xylitol" not in SITE.table().states

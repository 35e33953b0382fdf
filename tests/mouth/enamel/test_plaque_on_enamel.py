"""Plaque and the enamel under it: what one loses the other gains, to rounding; and the balance is that of the fluid."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Site, simulate
from commensal.mouth.community import Community
from commensal.mouth.enamel.saturation import fluxes
from commensal.mouth.enamel.surface import Enamel, vol_percent_um
from commensal.mouth.exposure import Exposure, Slow

SWEET = Intake(name="sugar", at_min=30.0, duration_min=30.0, how="sip", sugar_percent_w_v=10.0)
DAY = Day(intakes=(SWEET,), begin_min=0.0, end_min=360.0)
SLOW = Site(film_speed_mm_min=0.8, community=Community.usual(), enamel=Enamel(deficit_vol_percent_um=500.0))


def run(site, day=DAY, **options):
    return simulate([site], Mouth(circadian_swing=0.0), day, **options).data.isel(site=0)


def test_calcium_that_leaves_the_enamel_is_five_times_its_mineral_and_every_book_closes():
    data = run(SLOW)
    given = data["account"].sel(entry="from_enamel")
    mineral_umol = (data["mineral_missing"][-1] - data["mineral_missing"][0]) / vol_percent_um(1.0) * 2e-4 * 1e6
    assert float(given.sel(solute="calcium")) == pytest.approx(5.0 * float(mineral_umol), rel=1e-9)
    assert float(given.sel(solute="phosphate")) == pytest.approx(3.0 * float(mineral_umol), rel=1e-9)
    assert np.abs(data["residual"].values).max() < 1e-12


@pytest.mark.parametrize("lumped", [False, True], ids=["guilds", "one guild"])
def test_the_balance_is_the_rate_summed_over_the_fluid_at_the_enamel(lumped):
    site = replace(SLOW, community=None) if lumped else SLOW
    data = run(site, every_s=10.0, tolerance=1e-3)
    at = data["concentration"].isel(node=0)
    ph = data["ph"].isel(node=0).values
    of = {name: at.sel(solute=name).values if name in data["solute"] else np.zeros(ph.size)
          for name in ("lactate", "acetate", "propionate", "phosphate", "calcium", "fluoride")}  # fmt: skip
    share = data["mineral_missing"].values / 3000.0
    told = {f"{name}_mmol_l": values for name, values in of.items()}
    rates = fluxes(ph, deficit_share=share, **told)
    summed = np.concatenate([[0.0], np.cumsum(10.0 * 0.5 * (rates[1:] + rates[:-1]))])
    gone = (data["mineral_missing"].values - data["mineral_missing"].values[0]) / vol_percent_um(1.0)
    assert gone == pytest.approx(summed, abs=0.01 * np.abs(gone).max())
    assert gone.max() > 0.0  # it was acid enough


def test_sugar_takes_mineral_and_a_calm_day_gives_it_back():
    calm = Day(intakes=(), begin_min=0.0, end_min=360.0)
    sweet, quiet = (run(SLOW, day)["mineral_missing"].values for day in (DAY, calm))
    assert quiet[-1] < quiet[0]
    assert sweet[-1] > quiet[-1]


def test_enamel_without_plaque_acid_stays_sound():
    calm = Day(intakes=(), begin_min=0.0, end_min=360.0)
    assert run(replace(SLOW, enamel=Enamel()), calm)["mineral_missing"].values == pytest.approx(np.zeros(73), abs=1e-9)


def test_fluoride_that_lingers_saves_mineral():
    slow = Slow(amount_umol=3.0, half_min=60.0)
    rinse = Exposure(name="fluoride rinse", at_min=10.0, duration_min=1.0, lingers={"fluoride": slow})
    plain, saved = (run(SLOW, replace(DAY, exposures=e))["mineral_missing"].values for e in ((), (rinse,)))
    assert saved.max() - saved[0] < 0.7 * (plain.max() - plain[0])


def test_bound_calcium_is_at_rest_in_saliva_and_acid_frees_some_of_it():
    data = run(SLOW, every_s=60.0)
    bound = data["solids"].sel(solid="bound_calcium").isel(node=0).values / 0.056077  # g/L to mmol/L
    assert bound[1] == pytest.approx(bound[0], rel=0.05)
    assert 0.5 < bound[0] - bound.min() < 3.0


def test_sites_on_enamel_and_without_run_side_by_side():
    mixed = [SLOW, replace(SLOW, enamel=None)]
    data = simulate(mixed, Mouth(circadian_swing=0.0), DAY).data
    assert data["mineral_missing"].values[1] == pytest.approx(np.zeros(73))
    assert data["mineral_missing"].values[0, -1] != 500.0
    assert np.abs(data["residual"].values).max() < 1e-12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Enamel(deficit_vol_percent_um=4000.0), "deficit_vol_percent_um must be 0 to 3000 vol%.um, got 4000"),
        (lambda: Enamel(deficit_vol_percent_um=float("nan")), "deficit_vol_percent_um must be"),
        (lambda: Enamel(changes={"dissolution": 1.0}), "dissolution must be 8.5e-09 to 2.6e-07 m/s"),
        (lambda: Enamel(changes={"hardness": 1.0}), "expected numbers of enamel.csv"),
    ],
)
def test_enamel_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()

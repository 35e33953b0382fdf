"""The column against the same equations written anew, everything coupled, and solved by CVODE at 1e-9.

Goals: pH at the enamel within 0.005 at every sample, lactate at the enamel within 0.5 % of its norm over the run.
"""

import numpy as np
import pytest
from benchmarks.column.equations import equations
from benchmarks.column.peers import Answer, cvode, solved
from benchmarks.column.stretches import stretches

from commensal.mouth import Day, Site
from commensal.mouth.run import Options, run_columns
from tests.mouth.against_cvode.scenes import DAY, DAYS, FOUR, MORNING, PLACES, Place, mouth

PH, LACTATE = 0.005, 0.005


def reference(place: Place, day: Day, days: int, sample_s: np.ndarray) -> Answer:
    made = equations(place.site, place.mouth, 16, frozenset(["arginine"]))
    return solved(made, stretches(day, days), sample_s, cvode(1e-9, 1e-10))


def ours(places: list[Place], day: Day, days: int, sample_s: np.ndarray, tolerance: float = 0.01) -> list[Answer]:
    options = Options(threshold_ph=5.5, layers=16, tolerance=tolerance, days=days)
    run = run_columns([x.site for x in places], [x.mouth for x in places], day, options, sample_s=sample_s)
    lactate = run.profiles[:, :, run.row("lactate"), 0]
    return [Answer(*rows, 0.0) for rows in zip(run.enamel_ph, lactate, run.thickness_m, strict=True)]


def errors(here: Answer, there: Answer) -> tuple[float, float, float]:
    """Of pH, the largest; of lactate, relative to its norm; of thickness, relative, the largest."""
    ph = np.max(np.abs(here.ph - there.ph))
    lactate = np.linalg.norm(here.lactate_mmol_l - there.lactate_mmol_l) / np.linalg.norm(there.lactate_mmol_l)
    return float(ph), float(lactate), float(np.max(np.abs(here.thickness_m / there.thickness_m - 1.0)))


def samples(day: Day, days: int, every_min: float) -> np.ndarray:
    return 60.0 * np.arange(day.begin_min, day.end_min + 1440.0 * (days - 1) + 0.5, every_min)


LUMPED = Place(
    "lumped",
    Site(veillonella_mmol_l_h=108.0, arginine_mmol_l_h=72.0, endogenous_acid_mmol_l_h=27.0),
    mouth(arginine_mmol_l=0.05),
)


@pytest.mark.parametrize("place", [FOUR, LUMPED], ids=["four guilds", "lumped"])
def test_a_morning_is_that_of_an_independent_solver(place):
    sample_s = samples(MORNING, 1, 5.0)
    there = reference(place, MORNING, 1, sample_s)
    ph, lactate, thickness = errors(ours([place], MORNING, 1, sample_s)[0], there)
    assert ph < PH
    assert lactate < LACTATE
    assert thickness < 0.003  # the grid follows a minute behind
    if place.site.community is not None:
        assert abs(there.thickness_m[-1] / there.thickness_m[0] - 1.0) > 0.005  # it did change


@pytest.mark.long
def test_three_days_at_24_sites_are_those_of_an_independent_solver():
    sample_s = samples(DAY, DAYS, 10.0)
    found = ours(PLACES, DAY, DAYS, sample_s)
    report = []
    for place, here in zip(PLACES, found, strict=True):
        there = reference(place, DAY, DAYS, sample_s)
        ph, lactate, thickness = errors(here, there)
        most = float(np.max(np.abs(here.lactate_mmol_l - there.lactate_mmol_l)))
        report.append((place.name, ph, lactate))
        print(
            f"{place.name:26} pH {ph:.5f}  lactate {lactate:.5f} (at most {most:.4f} mmol/L)  thickness {thickness:.5f}",
            flush=True,
        )
    worst = [(name, ph, lactate) for name, ph, lactate in report if not (ph < PH and lactate < LACTATE)]
    assert not worst

"""What the targets of the saliva film come to, by id: potassium chloride leaving plaque, and gel worn on teeth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.groups import site_groups
from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import load
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

Floats = NDArray[np.float64]
LOADED_MIN = 120.0
FOLLOWED_MIN = 240.0
GEL_UM = 1500.0
"""Depth of the wells of agarose that were worn on teeth."""
GEL_DIAMETERS_MM = (3.0, 4.0, 6.0)
TONGUE_SIDE, LIP_SIDE = ("lower-front-tongue", "upper-back-tongue"), ("upper-front-cheek", "lower-front-cheek")


def half_times_min(sites: Sequence[Site], every_s: float = 10.0) -> Floats:
    """Minutes in which half of a salt leaves lifeless columns into a mouth that holds none, by site."""
    stirred = Mouth(circadian_swing=0.0, flow_unstimulated_ml_min=20.0, plaque_area_cm2=0.01)
    load_up = Intake(
        name="marker", at_min=0.0, duration_min=LOADED_MIN, how=How.RINSE, sugar_mmol_l=0.0, arginine_mmol_l=10.0
    )
    day = Day(intakes=(load_up,), begin_min=0.0, end_min=LOADED_MIN + FOLLOWED_MIN)
    course = simulate(sites, stirred, day, every_s=every_s)
    content = course.data["concentration"].sel(solute="arginine").values[:, :, :-2].mean(axis=-1)
    after = course.time_min >= LOADED_MIN
    halves = [np.interp(-0.5, -c[after] / c[after][0], course.time_min[after]) - LOADED_MIN for c in content]
    return np.array(halves)


def _salty(share_of_water: float) -> dict[str, Any]:
    """A site without life in which the marker diffuses as potassium chloride does."""
    water = load().value("diffusivity_water_kcl")
    return {
        "diffusivity_film_ion_m2_s": water,
        "diffusivity_plaque_ion_m2_s": water * share_of_water,
        "glycolysis_mmol_l_h": 0.0,
    }


def film_slopes() -> dict[str, float]:
    """FI05: log-log slope of the half-time of potassium chloride's content against l/v, mouth stirred."""
    marker = _salty(load().value("biofilm_share_inorganic"))
    ratios = np.array([(v, length) for v in (0.8, 2.0, 4.0, 7.6) for length in (2.0, 10.0)])
    got = {}
    for thickness in (150.0, 500.0, 1000.0):
        sites = [
            Site(thickness_um=thickness, film_speed_mm_min=v, crossing_length_mm=length, **marker)
            for v, length in ratios
        ]
        slope = np.polyfit(np.log(ratios[:, 1] / ratios[:, 0]), np.log(half_times_min(sites)), 1)[0]
        got[f"FI05-{thickness:g}"] = float(slope)
    return got


def gel_on_teeth() -> dict[str, float]:
    """FI02 to FI04: half-times of gel under the film of several places over that in stirred water; and under fast film.

    Agarose of 1 % hardly hinders salt. Sour sweets make the film as much faster as gum does.
    """
    marker, faster = _salty(1.0), load().value("gum_film_speedup")
    speeds = {one.id: one.film_speed_mm_min for one in site_groups()}
    places = [*TONGUE_SIDE, *LIP_SIDE]
    stirred_min = 0.197 * (1e-6 * GEL_UM) ** 2 / marker["diffusivity_plaque_ion_m2_s"] / 60.0
    rest, sour = (
        half_times_min(
            [
                Site(thickness_um=GEL_UM, film_speed_mm_min=times * speeds[place], crossing_length_mm=length, **marker)
                for place in places
                for length in GEL_DIAMETERS_MM
            ],
            every_s=30.0,
        ).reshape(len(places), -1)
        for times in (1.0, faster)
    )
    relative = rest.mean(axis=1) / stirred_min
    return {
        "FI02": float(relative[: len(TONGUE_SIDE)].mean()),
        "FI03": float(relative[len(TONGUE_SIDE) :].mean()),
        "FI04": float((sour / rest).mean()),
    }

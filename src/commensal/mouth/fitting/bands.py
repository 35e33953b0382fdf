"""How sure a day is at a site: percentiles over what is not measured, by a Latin hypercube."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.groups import SiteGroup
from commensal.mouth.run import Progress
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.mouth.unknowns import SEED, draws

Floats = NDArray[np.float64]
PERCENTILES = (10.0, 50.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bands:
    """10th, 50th and 90th percentile, first axis, over the people drawn."""

    time_min: Floats
    ph: Floats
    """(3, times)"""
    lowest_ph: Floats
    """(3,)"""
    minutes_below: Floats
    """(3,)"""
    drawn_lowest_ph: Floats
    """(draws,)"""
    drawn_minutes_below: Floats


def bands(
    site: Site, group: SiteGroup, mouth: Mouth, day: Day, *, people: int = 200, seed: int = SEED,
    every_s: float = 300.0, threads: int | None = None, progress: Progress | None = None,
) -> Bands:  # fmt: skip
    """Lives a day at a site for people who differ in film, thickness, fermentation and fixed buffer.

    Args:
        site: the one in the middle. group: whose range of film speed counts.
        people: how many are drawn.
        mouth, day, every_s, threads, progress: see `simulate`.

    Raises:
        ValueError: arguments outside their ranges.
        SolveError: a day that cannot be computed.
    """
    data = simulate(
        [draw.at(site, group) for draw in draws(people, seed)], mouth, day, every_s=every_s, profiles=False,
        threads=threads, progress=progress,
    ).data  # fmt: skip
    lowest, minutes = data["lowest_ph"].values, data["minutes_below"].values
    return Bands(
        time_min=data["time"].values,
        ph=np.percentile(data["ph_enamel"].values, PERCENTILES, axis=0),
        lowest_ph=np.percentile(lowest, PERCENTILES),
        minutes_below=np.percentile(minutes, PERCENTILES),
        drawn_lowest_ph=lowest,
        drawn_minutes_below=minutes,
    )

"""A whole mouth through days: each distinct plaque column is computed once, and stands for all places it is at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.run import Checkpoint, Progress
from commensal.mouth.teeth.places import Place, places
from commensal.mouth.teeth.twin import Twin

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
DAY_S, CLOSE_S = 86400.0, 300.0
TOLERANCE = 0.03
"""Error allowed per step of a whole mouth. Over a day it moves the lowest pH by 0.0005, minutes in acid by 0.2, and the
pH on the steepest flank by 0.006."""


@dataclass(frozen=True, slots=True, eq=False)
class MouthCourse:
    """The result of `live`: `data` as in a Course, by place; coordinates `tooth` and `surface` name each."""

    data: "xr.Dataset"
    places: tuple[Place, ...]
    columns: int
    """How many distinct columns were computed."""

    def by_tooth(self, name: str, how: Callable[[Floats], float] = np.mean) -> dict[str, float]:
        """A figure for each tooth, from a variable with one value a place: the mean over them, or what `how` makes.

        Raises:
            KeyError: no such variable.
        """
        values = np.asarray(self.data[name].values, dtype=np.float64)
        found: dict[str, list[float]] = {}
        for place, value in zip(self.places, values, strict=True):
            found.setdefault(place.tooth, []).append(float(value))
        return {tooth: float(how(np.array(of_tooth))) for tooth, of_tooth in found.items()}


def live(
    twin: Twin,
    day: Day | Sequence[Day],
    *,
    days: int | None = None,
    where: str | Sequence[str] | None = None,
    every_s: float | None = None,
    threshold_ph: float | None = None,
    layers: int | None = None,
    tolerance: float | None = None,
    profiles: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
    on_checkpoint: Callable[[Checkpoint], None] | None = None,
    resume: Checkpoint | None = None,
) -> MouthCourse:
    """Runs a site, a tooth or the whole mouth through a day, or days.

    Args:
        twin: whose mouth.
        day: what happens; or one day after the other.
        days: how often one day is lived.
        where: a tooth ("16"), a place ("16-MB") or several; None = the whole mouth.
        every_s: time between samples, s; None = 300 for a day, one a day for more, so that months need no more memory.
        profiles: keep all solutes and solids at all depths: 100 kB for each column and sample.
        tolerance: None = 0.03. threshold_ph, layers, threads, progress, on_checkpoint, resume: see `simulate`.

    Raises:
        ValueError: a place that does not exist; arguments outside their ranges.
        SolveError: a day that cannot be computed to its tolerance.

    Leaves out: places exchange nothing but through a mouth of their own, which holds `plaque_area_cm2` of plaque like
    theirs; plaque does not spread from place to place.
    """
    here = places(twin.dentition, where)
    keys = [_key(twin, place) for place in here]
    distinct = list(dict.fromkeys(keys))
    first = [here[keys.index(key)] for key in distinct]
    is_long = not isinstance(day, Day) or (days or 1) > 1
    course = simulate(
        [twin.site_at(place) for place in first],
        twin.mouth,
        day,
        days=days,
        every_s=(DAY_S if is_long else CLOSE_S) if every_s is None else every_s,
        threshold_ph=threshold_ph,
        layers=layers,
        tolerance=TOLERANCE if tolerance is None else tolerance,
        profiles=profiles,
        threads=threads,
        progress=progress,
        on_checkpoint=on_checkpoint,
        resume=resume,
    )
    data = course.data.isel(site=[distinct.index(key) for key in keys])
    data = data.assign_coords(
        site=("site", [place.id for place in here]),
        tooth=("site", [place.tooth for place in here]),
        surface=("site", [place.surface for place in here]),
    )
    return MouthCourse(data=data, places=here, columns=len(distinct))


def _key(twin: Twin, place: Place) -> tuple[str, float, float]:
    """What two places must share to be one column."""
    return place.group.id, place.crossing_length_mm, twin.site_at(place).thickness_um

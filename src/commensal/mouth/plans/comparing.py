"""Two plans for one tooth, lived for some days: figures of the last day, with bands from what is not measured.

Every site of the tooth lives all days under both plans. Then, for the site that is longest in acid, a number of people
who differ in what is not measured live the last day, each from the plaque and the enamel that the plan has led to by
then, their own plaque so many times as thick. The same people live under both plans, so that a difference has a band of
its own.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.course import simulate
from commensal.mouth.enamel.surface import enamel_rows
from commensal.mouth.parameters import load
from commensal.mouth.plans.plan import Plan
from commensal.mouth.run import Progress
from commensal.mouth.site import Site
from commensal.mouth.teeth import MouthCourse, live
from commensal.mouth.unknowns import draws
from commensal.provenance import Mark, weakest

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
DAY_S, CURVE_S = 86400.0, 480.0
DRAWN_TOLERANCE = 0.06
"""Error allowed per step of the people drawn: 0.003 pH; they differ from each other by far more."""
LOW, HIGH = 10.0, 90.0
"""Percentiles of a band: a stated interval of 80 %."""
LIVED = 0.5
"""Share of the whole that is behind us once the days are lived; for progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure under one plan, and the 10th to 90th percentile over what is not measured."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one plan does."""

    title: str
    acid_min: Figure
    """Minutes of the last day below the critical pH, where it is longest in acid."""
    lowest_ph: Figure
    mineral: Figure
    """Mineral that the last day takes (> 0) or gives back (< 0) there, vol%.um."""
    thickness_um: float
    by_site: dict[str, float]
    """Minutes of the last day below the critical pH at each site of the tooth."""
    shares: dict[str, float]
    """Of the living weight at the end, by guild."""
    time_min: Floats
    ph: Floats
    """pH at the enamel through the last day."""
    ph_band: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two plans side by side; differences are the second less the first."""

    tooth: str
    site: str
    """The site of the tooth that is longest in acid under the first plan."""
    days: int
    draws: int
    critical_ph: float
    first: Side
    second: Side
    acid_less: Figure
    """Minutes of acid a day that the second plan has more (< 0: less)."""
    mineral_less: Figure
    surely_less: float
    """Share of the people drawn who have less acid under the second plan."""
    mark: Mark


def compare(
    first: Plan, second: Plan, *, tooth: str, days: int = 7, people: int = 50, seed: int = 2045,
    threads: int | None = None, progress: Progress | None = None,
) -> Comparison:  # fmt: skip
    """Lives two plans and sets them side by side.

    Args:
        first, second: the plans; both must have the tooth.
        tooth: FDI number, or one site of it ("46-MB").
        days: how long each is lived, 2 to 365.
        people: how many are drawn for the bands, 8 to 1000.
        seed: of the draws.
        threads, progress: see `simulate`.

    Raises:
        ValueError: a tooth or a site that one of them has not; days or people outside their ranges.
        SolveError: a day that cannot be computed.
    """
    if not 2 <= days <= 365:
        raise ValueError(f"days must be 2 to 365, got {days}")
    if not 8 <= people <= 1000:
        raise ValueError(f"people must be 8 to 1000, got {people}")
    tell = progress or (lambda share, what: None)
    plans = (first, second)
    begun = _Shared(tell)
    each = 1 if threads is None or threads > 1 else threads

    def life(i: int) -> MouthCourse:
        return live(
            plans[i].twin, plans[i].day, days=days, where=tooth, every_s=DAY_S, threads=each,
            progress=begun.part(i, 0.0, LIVED, f"{days} days of both plans"),
        )  # fmt: skip

    def last(i: int) -> "xr.Dataset":
        site = _as_left(plans[i].twin.site_at(places[i]), lived[i].data.isel(site=worst))
        drawn = [draw.at(site, places[i].group) for draw in draws(people, seed)]
        return simulate(
            [site, *drawn], plans[i].twin.mouth, plans[i].day, every_s=CURVE_S, tolerance=DRAWN_TOLERANCE,
            profiles=False, threads=each, progress=begun.part(i, LIVED, 1.0, f"{people} people at {places[i].id}"),
        ).data  # fmt: skip

    with ThreadPoolExecutor(max_workers=1 if threads == 1 else 2) as pool:  # a plan each
        lived = list(pool.map(life, range(2)))
        last_day = [_last_day(course) for course in lived]
        worst = int(np.argmax(last_day[0]))
        places = [course.places[worst] for course in lived]
        of_a, of_b = pool.map(last, range(2))
    a, b = (_side(plans[i], lived[i], last_day[i], worst, part) for i, part in enumerate((of_a, of_b)))
    acid = of_b["minutes_below"].values - of_a["minutes_below"].values
    mineral = _mineral(of_b) - _mineral(of_a)
    marks = [Mark(course.data.attrs["mark"]) for course in lived]
    marks += [place.group.mark for place in places] + [mark for plan in plans for mark in plan.marks]
    return Comparison(
        tooth=places[0].tooth,
        site=places[0].id,
        days=days,
        draws=people,
        critical_ph=load().value("critical_ph"),
        first=a,
        second=b,
        acid_less=_figure(b.acid_min.value - a.acid_min.value, acid[1:]),
        mineral_less=_figure(b.mineral.value - a.mineral.value, mineral[1:]),
        surely_less=float(np.mean(acid[1:] < 0.0)),
        mark=weakest(marks),
    )


class _Shared:
    """Progress of two plans that go on at once, as one share."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self._done, self._lock = tell, [0.0, 0.0], Lock()

    def part(self, i: int, begin: float, end: float, what: str) -> Progress:
        """The progress of one plan from `begin` to `end` of the whole."""

        def told(share: float, doing: str) -> None:
            with self._lock:
                self._done[i] = begin + (end - begin) * share
                self._tell(0.5 * sum(self._done), doing if "ready" in doing else what)

        return told


def _last_day(course: MouthCourse) -> Floats:
    below = course.data["below_min"].values
    return np.asarray(below[:, -1] - below[:, -2])


def _as_left(site: Site, course: "xr.Dataset") -> Site:
    """The site with the plaque and the enamel it has when the last day begins."""
    grams = course["guild_g_m2"].isel(time=-2)
    shares = {str(guild): float(x) for guild, x in zip(grams["guild"].values, grams.values, strict=True)}
    community = None
    if site.community is not None:
        community = replace(site.community, shares={guild: shares[guild] for guild in site.community.shares})
    missing = min(max(float(course["mineral_missing"][-2]), 0.0), enamel_rows()["deficit_most"].value)
    enamel = None if site.enamel is None else replace(site.enamel, deficit_vol_percent_um=missing)
    return replace(site, thickness_um=float(course["thickness_um"][-2]), community=community, enamel=enamel)


def _mineral(data: "xr.Dataset") -> Floats:
    missing = data["mineral_missing"].values
    return np.asarray(missing[:, -1] - missing[:, 0])


def _figure(value: float, drawn: Floats) -> Figure:
    low, high = np.percentile(drawn, [LOW, HIGH])
    return Figure(value=float(value), low=float(min(low, value)), high=float(max(high, value)))


def _side(plan: Plan, course: MouthCourse, last_day: Floats, worst: int, drawn: "xr.Dataset") -> Side:
    """Figures of one plan; the first of those drawn is the person in the middle."""
    at = course.data.isel(site=worst)
    grams = at["guild_g_m2"].isel(time=-1)
    missing = at["mineral_missing"].values
    curves = drawn["ph_enamel"].values
    low, high = np.percentile(curves[1:], [LOW, HIGH], axis=0)
    return Side(
        title=plan.title,
        acid_min=_figure(float(last_day[worst]), drawn["minutes_below"].values[1:]),
        lowest_ph=_figure(float(at["lowest_since"][-1]), drawn["lowest_ph"].values[1:]),
        mineral=_figure(float(missing[-1] - missing[-2]), _mineral(drawn)[1:]),
        thickness_um=float(at["thickness_um"][-1]),
        by_site={place.id: float(minutes) for place, minutes in zip(course.places, last_day, strict=True)},
        shares={str(guild): float(x) for guild, x in zip(grams["guild"].values, grams / grams.sum(), strict=True)},
        time_min=np.asarray(drawn["time"].values),
        ph=np.asarray(curves[0]),
        ph_band=(np.asarray(low), np.asarray(high)),
    )

"""One day, cut into segments between which something jumps: a meal begins, teeth are brushed, sleep comes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.exposure import Exposure, Slow
from commensal.mouth.intake import DAY_MIN, How, Intake
from commensal.mouth.parameters import Parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FREE_RUN, HELD_AT_VALUE, HELD_AT_REST = 0, 1, 2
SEG_BEGIN, SEG_END, SEG_MIX, SEG_SPEED, SEG_DRINK, SEG_RELEASE, SEG_CHEW, SEG_ASLEEP = range(8)
"""Columns of a segment: between its ends nothing jumps."""
SEG_COLUMNS = 8
EATEN = ("hexose", "arginine")
"""What a diet brings; these stand first among what a day carries."""
SUGAR, ARG = range(2)
MIXING = (How.RINSE, How.MEAL, How.SNACK, How.DRINK)
CHEWED = (How.MEAL, How.SNACK, How.GUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happens from `begin_min` to `end_min` (minutes after midnight; above 1440 is the next day).

    `asleep_min` is when sleep begins and lasts to the end; None = awake throughout.
    """

    intakes: tuple[Intake, ...]
    exposures: tuple[Exposure, ...] = ()
    """What is done besides. One that holds the mouth stands alone: nothing is eaten or done meanwhile."""
    begin_min: float
    end_min: float
    asleep_min: float | None = None

    def __post_init__(self) -> None:
        """Refuses a day that ends before it begins, what lies outside it, and two things done at once."""
        if not (0.0 <= self.begin_min < self.end_min < math.inf):
            raise ValueError(f"begin_min must be >= 0 and before end_min, got {self.begin_min} and {self.end_min}")
        if self.asleep_min is not None and not self.begin_min <= self.asleep_min <= self.end_min:
            raise ValueError(f"asleep_min must lie within the day, got {self.asleep_min}")
        for intake in self.intakes:
            if not (self.begin_min <= intake.at_min and intake.end_min <= self.end_min):
                span = f"{intake.at_min:g} to {intake.end_min:g} min"
                raise ValueError(
                    f"{intake.name}: must lie within {self.begin_min:g} to {self.end_min:g} min, got {span}"
                )
        for exposure in self.exposures:
            if not (self.begin_min <= exposure.at_min and exposure.end_min < self.end_min):
                span = f"{exposure.at_min:g} to {exposure.end_min:g} min"
                expected = f"must begin at {self.begin_min:g} min or later and end before {self.end_min:g} min"
                raise ValueError(f"{exposure.name}: {expected}, got {span}")
        self._refuse_two_at_once()

    def _refuse_two_at_once(self) -> None:
        by_time = sorted(self.exposures, key=lambda one: (one.at_min, one.end_min))
        for first, second in pairwise(by_time):
            if second.at_min < first.end_min:
                when = f"{first.at_min:g} to {first.end_min:g} min and {second.at_min:g} to {second.end_min:g} min"
                raise ValueError(f"{first.name} and {second.name} are done at the same time ({when}); move one of them")
        for one in self.exposures:
            for eaten in self.intakes if one.holds_mmol_l or one.removes else ():
                if eaten.at_min < one.end_min and one.at_min < eaten.end_min:
                    when = f"{eaten.at_min:g} to {eaten.end_min:g} min"
                    raise ValueError(
                        f"{one.name}: nothing is eaten or drunk meanwhile, got {eaten.name} ({when}); move one of them"
                    )


@dataclass(frozen=True, slots=True)
class Pool:
    """What lingers and comes free with one half-time: a solute, and how fast, 1/s."""

    solute: str
    per_s: float


@dataclass(frozen=True, slots=True)
class Segments:
    """One or more days as the kernels take them, one row per segment; times in s, amounts in mmol/L."""

    rows: Floats
    carried: tuple[str, ...]
    """EATEN, then what exposures bring; the last column of what follows stands for everything else."""
    hold: Ints
    """FREE_RUN, HELD_AT_VALUE or HELD_AT_REST, per segment."""
    held: Floats
    drink: Floats
    pools: tuple[Pool, ...]
    doses: Floats
    """umol that each pool gets as a segment begins, (segments, pools)."""
    starting: tuple[Exposure | None, ...]
    """The exposure that begins with each segment."""
    ended: tuple[Exposure | None, ...]
    """The one that ended just before."""
    names: tuple[str, ...]
    """What is going on, for error messages."""

    @property
    def brought(self) -> frozenset[str]:
        """Solutes that anything eaten, drunk or done brings."""
        used = {name for j, name in enumerate(self.carried) if self.held[:, j].any() or self.drink[:, j].any()}
        return frozenset(used | {pool.solute for pool in self.pools})

    def name_at(self, t_s: float) -> str:
        """What is going on at a time."""
        index = int(np.searchsorted(self.rows[:, SEG_BEGIN], t_s, side="right")) - 1
        return self.names[max(index, 0)]


def segments(days: Sequence[Day], parameters: Parameters) -> Segments:
    """Cuts days, one after the other, where anything begins or ends.

    What is eaten at once adds up; the strongest sugar is the one held.

    Raises:
        ValueError: several days of which one does not last 24 hours or begins at another time.
    """
    if len(days) > 1 and any(
        day.end_min - day.begin_min != DAY_MIN or day.begin_min != days[0].begin_min for day in days
    ):
        came = ", ".join(sorted({f"{day.begin_min:g} to {day.end_min:g}" for day in days}))
        raise ValueError(f"several days must each last 1440 min and begin at the same time, got {came} min")
    exposures = [exposure for day in days for exposure in day.exposures]
    others = sorted({name for one in exposures for name in one.holds_mmol_l} - set(EATEN))
    carried = (*EATEN, *others)
    pools = tuple(dict.fromkeys(_pool(name, slow) for one in exposures for name, slow in one.stores))
    cut: dict[int, Segments] = {id(day): _cut(day, carried, pools, parameters) for day in days}
    parts = [cut[id(day)] for day in days]
    rows = [part.rows + 60.0 * DAY_MIN * i * (np.arange(SEG_COLUMNS) <= SEG_END) for i, part in enumerate(parts)]
    return Segments(
        rows=np.concatenate(rows),
        carried=carried,
        hold=np.concatenate([part.hold for part in parts]),
        held=np.concatenate([part.held for part in parts]),
        drink=np.concatenate([part.drink for part in parts]),
        pools=pools,
        doses=np.concatenate([part.doses for part in parts]),
        starting=tuple(one for part in parts for one in part.starting),
        ended=tuple(one for part in parts for one in part.ended),
        names=tuple(name for part in parts for name in part.names),
    )


def _spans(day: Day) -> list[tuple[float, float]]:
    return [(x.at_min, x.end_min) for x in day.intakes] + [(x.at_min, x.end_min) for x in day.exposures]


def _pool(name: str, slow: Slow) -> Pool:
    return Pool(name, math.log(2.0) / (60.0 * slow.half_min))


def _cut(day: Day, carried: tuple[str, ...], pools: tuple[Pool, ...], parameters: Parameters) -> Segments:
    asleep_min = day.end_min if day.asleep_min is None else day.asleep_min
    cuts = {day.begin_min, day.end_min, asleep_min}
    for at_min, end_min in _spans(day):
        cuts |= {at_min, end_min}
    edges = sorted(cuts)
    n, wide = len(edges) - 1, len(carried) + 1
    rows = np.zeros((n, SEG_COLUMNS))
    hold = np.full((n, wide), FREE_RUN, dtype=np.int64)
    held, drink, doses = np.zeros((n, wide)), np.zeros((n, wide)), np.zeros((n, len(pools)))
    names = []
    for i, (begin, end) in enumerate(pairwise(edges)):
        active = [x for x in day.intakes if x.at_min <= begin and end <= x.end_min]
        done = [x for x in day.exposures if x.at_min <= begin and end <= x.end_min]
        is_asleep = begin >= asleep_min
        rows[i, SEG_BEGIN], rows[i, SEG_END] = 60.0 * begin, 60.0 * end
        rows[i, SEG_ASLEEP] = float(is_asleep)
        _eat(rows[i], hold[i], held[i], drink[i], active, parameters)
        for one in done:
            _hold(rows[i], hold[i], held[i], one, carried, parameters)
        going_on = [*(x.name for x in active), *(x.name for x in done)]
        names.append(", ".join(going_on) or ("sleep" if is_asleep else "nothing eaten or drunk"))
    starting = tuple(next((x for x in day.exposures if x.at_min == begin), None) for begin in edges[:-1])
    ended = tuple(next((x for x in day.exposures if x.end_min == begin), None) for begin in edges[:-1])
    for i, over in enumerate(ended):
        for name, slow in over.stores if over is not None else ():
            doses[i, pools.index(_pool(name, slow))] += slow.amount_umol
    return Segments(rows, carried, hold, held, drink, pools, doses, starting, ended, tuple(names))


def _eat(row: Floats, hold: Ints, held: Floats, drink: Floats, active: list[Intake], parameters: Parameters) -> None:
    """Writes what is eaten and drunk during one segment into its rows."""
    row[SEG_SPEED] = 1.0
    inflow_ml_min = {How.DRINK: parameters.value("drink_inflow"), How.SIP: parameters.value("sip_inflow")}
    carried = np.zeros(held.size)
    for intake in active:
        how, sugar = intake.way, intake.hexose_mmol_l
        if how in MIXING:
            row[SEG_MIX] = parameters.value("film_mixing")
        if how is How.SIP:
            row[SEG_MIX] = max(row[SEG_MIX], parameters.value("sip_mixing"))
        if how in CHEWED:
            row[SEG_CHEW] = parameters.value("chewing_stimulus")
        if how is How.GUM:
            row[SEG_SPEED] = parameters.value("gum_film_speedup")
        if how in inflow_ml_min:
            row[SEG_DRINK] += inflow_ml_min[how]
            carried[SUGAR] += inflow_ml_min[how] * sugar
            carried[ARG] += inflow_ml_min[how] * intake.arginine_mmol_l
        if how in (How.STICKY, How.GUM):
            row[SEG_RELEASE] += sugar * parameters.value("sticky_flow")
    if row[SEG_DRINK] > 0.0:
        drink[:] = carried / row[SEG_DRINK]
    rinses = [x for x in active if x.way is How.RINSE]
    sweet_food = [x for x in active if x.way in (How.MEAL, How.SNACK) and x.hexose_mmol_l > 0.0]
    if rinses:
        hold[:] = HELD_AT_REST
        if any(x.arginine_mmol_l > 0.0 for x in rinses):
            hold[ARG], held[ARG] = HELD_AT_VALUE, max(x.arginine_mmol_l for x in rinses)
    if rinses or sweet_food:
        hold[SUGAR] = HELD_AT_VALUE
        held[SUGAR] = max(
            x.hexose_mmol_l for x in [*rinses, *sweet_food, *(x for x in active if x.way in inflow_ml_min)]
        )


def _hold(
    row: Floats, hold: Ints, held: Floats, exposure: Exposure, carried: tuple[str, ...], parameters: Parameters
) -> None:
    """Writes what the mouth is held at during an exposure into the rows of its segment."""
    if not exposure.holds_mmol_l:
        return
    row[SEG_MIX] = parameters.value("film_mixing")
    hold[:] = HELD_AT_REST
    for name, amount in exposure.holds_mmol_l.items():
        hold[carried.index(name)], held[carried.index(name)] = HELD_AT_VALUE, amount

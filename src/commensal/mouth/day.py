"""One day, cut into segments between which something jumps: a meal begins, a drink ends, sleep comes."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import Parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FREE_RUN, HELD_AT_VALUE, HELD_AT_REST = 0, 1, 2
SEG_BEGIN, SEG_END, SEG_MIX, SEG_SPEED, SEG_DRINK, SEG_RELEASE, SEG_CHEW, SEG_ASLEEP = range(8)
"""Columns of a segment: between its ends nothing jumps."""
SEG_COLUMNS = 8
CARRIED = ("hexose", "arginine")
"""What a diet brings; a column behind theirs stands for everything else."""
SUGAR, ARG, ALL_ELSE = range(3)
MIXING = (How.RINSE, How.MEAL, How.SNACK, How.DRINK)
CHEWED = (How.MEAL, How.SNACK, How.GUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happens from `begin_min` to `end_min` (minutes after midnight; above 1440 is the next day).

    `asleep_min` is when sleep begins and lasts to the end; None = awake throughout.
    """

    intakes: tuple[Intake, ...]
    begin_min: float
    end_min: float
    asleep_min: float | None = None

    def __post_init__(self) -> None:
        """Refuses a day that ends before it begins, or an intake that lies outside it."""
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


@dataclass(frozen=True, slots=True)
class Segments:
    """The day as the kernels take it, one row per segment; times in s, amounts in mmol/L."""

    rows: Floats
    hold: Ints
    """FREE_RUN, HELD_AT_VALUE or HELD_AT_REST, per segment, for each of CARRIED and for all else."""
    held: Floats
    drink: Floats
    names: tuple[str, ...]
    """What is going on, for error messages."""

    def name_at(self, t_s: float) -> str:
        """What is going on at a time."""
        index = int(np.searchsorted(self.rows[:, SEG_BEGIN], t_s, side="right")) - 1
        return self.names[max(index, 0)]


def segments(day: Day, parameters: Parameters) -> Segments:
    """Cuts a day where anything begins or ends. What overlaps adds up; the strongest sugar is the one held."""
    asleep_min = day.end_min if day.asleep_min is None else day.asleep_min
    cuts = {day.begin_min, day.end_min, asleep_min}
    for intake in day.intakes:
        cuts |= {intake.at_min, intake.end_min}
    edges = sorted(cuts)
    n = len(edges) - 1
    rows = np.zeros((n, SEG_COLUMNS))
    hold = np.full((n, len(CARRIED) + 1), FREE_RUN, dtype=np.int64)
    held, drink = np.zeros((n, len(CARRIED) + 1)), np.zeros((n, len(CARRIED) + 1))
    names = []
    for i, (begin, end) in enumerate(pairwise(edges)):
        active = [x for x in day.intakes if x.at_min <= begin and end <= x.end_min]
        is_asleep = begin >= asleep_min
        rows[i, SEG_BEGIN], rows[i, SEG_END] = 60.0 * begin, 60.0 * end
        rows[i, SEG_ASLEEP] = float(is_asleep)
        _fill(rows[i], hold[i], held[i], drink[i], active, parameters)
        names.append(", ".join(x.name for x in active) or ("sleep" if is_asleep else "nothing eaten or drunk"))
    return Segments(rows, hold, held, drink, tuple(names))


def _fill(row: Floats, hold: Ints, held: Floats, drink: Floats, active: list[Intake], parameters: Parameters) -> None:
    """Writes what goes on during one segment into its rows."""
    row[SEG_SPEED] = 1.0
    inflow_ml_min = {How.DRINK: parameters.value("drink_inflow"), How.SIP: parameters.value("sip_inflow")}
    carried = np.zeros(len(CARRIED) + 1)
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

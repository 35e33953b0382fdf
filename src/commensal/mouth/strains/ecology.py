"""What a strain does in a mouth, from trials in a vessel: taking hold, displacing, harming others, leaving again."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.strains.strain import BACTERIOCINS, GROWTH, Strain
from commensal.mouth.strains.trial import (
    DAY_H,
    RESIDENTS,
    WILD,
    Floats,
    Trial,
    number,
    run_trial,
    untouched,
    usual_doses,
)

LEAST_CFU, MOST_CFU = 1e5, 1e11
"""Single doses that are tried, by tenfolds."""
NOTHING = 1e-300
KILL_TOLERANCE, FOLLOWED_G_L = 1e-4, 1e-6
"""A kill is followed down to what this tolerance can tell, and drawn on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Washout:
    """What a kill signal, or a nutrient withheld, leaves of those that cannot escape it."""

    by: str
    logs_lost: float
    """Tenfold fewer at the end; more than `logs_gone` is not told apart."""
    gone_after_h: float | None
    """Hours until `logs_gone` of them, beyond what can be followed at the same pace; None = not within the trial."""


def holds(trial: Trial, who: str) -> bool:
    """True when a strain is found at the end and keeps its place."""
    share, back = trial.share(who), int(number("held_days"))
    return bool(share[-1] >= number("detected") and share[-1] >= number("held") * share[-1 - back])


def course(strain: Strain) -> Trial:
    """The usual course of doses, an auxotroph supplied.

    Raises:
        SolveError: it cannot be computed.
    """
    return run_trial(strain, usual_doses(), _days())


def dose_to_colonise_cfu(strain: Strain) -> float | None:
    """The least single dose, of tenfolds, after which a strain holds; None = not even the largest does.

    Takes it that more never holds less.

    Raises:
        SolveError: it cannot be computed.
    """
    first, last = round(math.log10(LEAST_CFU)), round(math.log10(MOST_CFU))
    if not _colonises(strain, last):
        return None
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if _colonises(strain, middle) else (middle + 1, last)
    return 10.0**last


def displacement_day(trial: Trial) -> float | None:
    """The day on which wild S. mutans is down to `displaced` of what it is without the strain; None = it stays."""
    left = trial.living[WILD] / np.maximum(untouched(len(trial.at_d)).living[WILD], NOTHING)
    return _first(trial.at_d, left <= number("displaced"))


def off_target_log10(trial: Trial) -> dict[str, float]:
    """Tenfold more (> 0) or fewer (< 0) of each guild but S. mutans at the end than without the strain.

    Less than one bacterium in the mouth counts as one.
    """
    without, one = untouched(len(trial.at_d)), number("living") / number("mouth_cfu")
    return {
        guild: math.log10(max(trial.living[guild][-1], one) / max(without.living[guild][-1], one))
        for guild in RESIDENTS
        if guild != WILD
    }


def persistence_days(strain: Strain, trial: Trial) -> float | None:
    """Days from the last dose until PCR finds a strain no more; None = it still does at the end."""
    last_dose = usual_doses()[-1][0]
    is_gone = (trial.share(strain.id) < number("detected")) & (trial.at_d > last_dose)
    day = _first(trial.at_d, is_gone)
    if day is None:
        return None
    after = int(np.flatnonzero(trial.at_d == day)[0])
    logs = np.log(np.maximum(trial.share(strain.id)[after - 1 : after + 1], NOTHING))
    into = (logs[0] - math.log(number("detected"))) / (logs[0] - logs[1])
    return float(trial.at_d[after - 1] + np.clip(into, 0.0, 1.0) - last_dose)


def washout(strain: Strain, trial: Trial) -> Washout | None:
    """The strain's end by its kill signal or, without one, by withholding its nutrient; None = it has neither.

    Source: the card. Leaves out: who escapes (`escape`), and where the signal does not reach.

    Raises:
        SolveError: it cannot be computed.
    """
    if strain.kill_switch is not None:
        by, is_signalled = f"the signal {strain.kill_switch.signal}", True
    elif strain.auxotrophy is not None and strain.auxotrophy.death_per_h is not None:
        by, is_signalled = f"withholding {strain.auxotrophy.nutrient}", False
    else:
        return None
    start = {**trial.end, f"biomass.{strain.id}": max(trial.end[f"biomass.{strain.id}"], number("detected"))}
    ended = run_trial(
        strain,
        [],
        int(number("kill_days")),
        start=start,
        is_rescued=is_signalled,
        is_signalled=is_signalled,
        looks_a_day=round(DAY_H),
        tolerance=KILL_TOLERANCE,
    )
    lost = np.log10(start[f"biomass.{strain.id}"] / np.maximum(ended.living[strain.id], NOTHING))
    logs_lost, gone_after_h = _drawn_on(ended.at_d * DAY_H, lost, ended.living[strain.id] >= FOLLOWED_G_L)
    return Washout(by=by, logs_lost=logs_lost, gone_after_h=gone_after_h)


def _drawn_on(at_h: Floats, lost: Floats, is_followed: NDArray[np.bool_]) -> tuple[float, float | None]:
    """Tenfolds lost at the end, and when `logs_gone` are: as followed, then at the pace of the last day followed."""
    last = int(np.flatnonzero(is_followed)[-1]) if is_followed.any() else 0
    before = max(0, last - round(DAY_H))
    span_h = at_h[last] - at_h[before]
    pace_per_h = (lost[last] - lost[before]) / span_h if span_h > 0.0 else lost[last] / at_h[last]
    logs = number("logs_gone")
    at_end = lost[last] + pace_per_h * (at_h[-1] - at_h[last])
    if at_end < logs:
        return float(at_end), None
    return logs, float(at_h[last] + (logs - lost[last]) / pace_per_h)


def at_end_of_range(strain: Strain, bound: str) -> Strain:
    """The strain that grows, and makes bacteriocin, as little ("low") or much ("high") as its card holds possible."""
    moved = {*GROWTH, *(f"q_{name}" for name in BACTERIOCINS)}
    changes = (replace(x, value=getattr(x, bound)) if x.name in moved else x for x in strain.changes)
    return replace(strain, changes=tuple(changes))


def _colonises(strain: Strain, log10_cfu: int) -> bool:
    return holds(run_trial(strain, [(0.0, 10.0**log10_cfu)], _days()), strain.id)


def _days() -> int:
    return int(number("trial_days"))


def _first(at_d: Floats, is_so: NDArray[np.bool_]) -> float | None:
    found = np.flatnonzero(is_so)
    return float(at_d[found[0]]) if found.size else None

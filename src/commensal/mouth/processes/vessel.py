"""A stirred vessel: the processes of a table in a chemostat whose pH is held or follows a known course.

Several vessels that differ in pH are run, each with steps of its own. Time runs in ROS2, the Rosenbrock-W method of the
column (`commensal.mouth.step`). Its matrix holds every answer of the rates but that to pH, and loses nothing: what came
in, went out and stayed of everything conserved adds up to rounding at any tolerance, with what is outside the states.
Traces below 0 are lifted to 0 and counted; a step that leaves more than a trace is refused.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.errors import ParameterError, SolveError
from commensal.mouth.parameters import load
from commensal.mouth.processes.components import WEIGHED
from commensal.mouth.processes.rates import Programme, programme, run_rates
from commensal.mouth.processes.table import ProcessTable, component_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
SAFETY, GROWTH, SHRINK = 0.9, 5.0, 0.2
TOO_LOW = 4.0
"""The error that a step counts for which leaves less than nothing: the next is a little under half as long."""
S_PER_H = 3600.0
STEP_FIRST_S, STEP_LEAST_S = 1.0, 1e-6
MOST_TRACES = 10_000
"""So many traces may be lifted in all before a state counts as having run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """Several stirred vessels with the same table, flow and feed, and each its own course of pH.

    Concentrations are mmol/L for solutes and g/L for solids; a state that is not named is 0.
    """

    table: ProcessTable
    dilution_per_h: float
    start: Mapping[str, float]
    feed: Mapping[str, float]
    pulses: Sequence[tuple[float, Mapping[str, float]]]
    """(hour, what is added at once)."""
    ph_h: Floats
    """When the pH is known, h, rising, (points,); straight lines in between."""
    ph: Floats
    """(vessels, points)"""

    def __post_init__(self) -> None:
        """Refuses what no vessel has."""
        if not 0.0 <= self.dilution_per_h <= 10.0:
            raise ParameterError(f"dilution_per_h: expected 0 to 10 /h, got {self.dilution_per_h}")
        for where in (self.start, self.feed, *(added for _, added in self.pulses)):
            for state, amount in where.items():
                if state not in self.table.states:
                    raise ParameterError(f"expected one of the states {', '.join(self.table.states)}, got {state!r}")
                if not 0.0 <= amount < math.inf:
                    raise ParameterError(f"{state}: expected an amount >= 0, got {amount}")
        if self.ph.ndim != 2 or self.ph.shape[1] != self.ph_h.size or self.ph_h.size < 2:
            raise ParameterError("ph: expected a row for each vessel and a column for each of at least two hours")
        if not (np.all(np.diff(self.ph_h) > 0.0) and np.all((self.ph >= 1.0) & (self.ph <= 14.0))):
            raise ParameterError("ph: expected rising hours and values from 1 to 14")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirred:
    """What became of some vessels."""

    at_h: Floats
    states: Floats
    """(times, vessels, states)"""
    residual: Floats
    """Unexplained over turnover of everything conserved, (vessels, len(CONSERVED))."""
    lifted: Floats
    """Traces lifted to 0, mmol/L or g/L in all, (vessels, states)."""
    outside: Floats
    """What left (> 0) or came (< 0) unfollowed, mmol/L, (vessels, what the table calls outside)."""
    steps: int


def stir(vessel: Vessel, at_h: Sequence[float], *, tolerance: float | None = None) -> Stirred:
    """Run vessels from hour 0, and look at them at these hours.

    Args:
        vessel: what is in them.
        at_h: rising, from 0 to the last hour whose pH is known.
        tolerance: relative error a step; None = the twin's.

    Raises:
        ParameterError: hours that do not rise, or beyond the known pH.
        SolveError: a step that cannot meet its tolerance, with where, when and why.
    """
    times = [float(x) for x in at_h]
    if not times or times != sorted(set(times)) or times[0] < 0.0 or times[-1] > vessel.ph_h[-1]:
        raise ParameterError(f"at_h: expected rising hours from 0 to {vessel.ph_h[-1]:g}, got {times[:3]} ...")
    tolerance = load().value("tolerance") if tolerance is None else tolerance
    table, laws = vessel.table, programme(vessel.table)
    width, inside = vessel.ph.shape[0], len(table.states)
    y = np.repeat(_amounts(table, vessel.start)[None, :], width, axis=0)
    feed, scale = _amounts(table, vessel.feed), np.array([_scale(state) for state in (*table.states, *table.outside)])
    came, went, lifted = y.copy(), np.zeros_like(y), np.zeros_like(y)
    pulses = sorted(vessel.pulses, key=lambda one: one[0])
    stops = sorted({*times, *(hour for hour, _ in pulses if hour < times[-1])})
    kept, steps, now = [], 0, 0.0
    for stop in stops:
        if stop > now:
            taken = _advance(vessel, laws, y, went, lifted, feed, (now, stop), tolerance * scale, tolerance)
            came += feed * vessel.dilution_per_h * (stop - now)
            steps, now = steps + taken, stop
        for hour, added in pulses:
            if hour == stop:
                y += _amounts(table, added)
                came += _amounts(table, added)
        if stop in times:
            kept.append(y[:, :inside].copy())
    contents = np.concatenate([table.contents, table.outside_contents])
    left = (came + lifted - went - y) @ contents
    turnover = (np.abs(came) + np.abs(went) + np.abs(y)) @ np.abs(contents)
    return Stirred(
        at_h=np.array(times),
        states=np.array(kept),
        residual=left / np.where(turnover > 0.0, turnover, 1.0),
        lifted=lifted[:, :inside],
        outside=y[:, inside:],
        steps=steps,
    )


def _advance(
    vessel: Vessel, laws: Programme, y: Floats, went: Floats, lifted: Floats, feed: Floats,
    span_h: tuple[float, float], floor: Floats, relative: float,
) -> int:  # fmt: skip
    table, info, taken = vessel.table, np.zeros(3), 0
    amounts = np.concatenate([table.stoichiometry, table.outside_stoichiometry], axis=1)
    wash = np.where(np.arange(y.shape[1]) < len(table.states), vessel.dilution_per_h / S_PER_H, 0.0)
    for m, ph in enumerate(vessel.ph):
        steps = march_vessel(
            y[m], went[m], lifted[m], len(table.states), feed, wash, vessel.ph_h * S_PER_H, ph,
            laws.constants, laws.ends, laws.kinds, laws.rows, laws.numbers, amounts,
            span_h[0] * S_PER_H, span_h[1] * S_PER_H, floor, relative, load().value("trace"), info,
        )  # fmt: skip
        if steps < 0:
            raise SolveError(
                f"vessel {m + 1} cannot meet its tolerance of {relative:g} at {info[0] / S_PER_H:.3f} h even with "
                f"steps of {info[1]:.1e} s: {vessel.table.states[int(info[2])]} runs out or moves too fast; feed more "
                "of it, or check the guilds' parameters against their ranges"
            )
        taken += int(steps)
    return taken


def _amounts(table: ProcessTable, named: Mapping[str, float]) -> Floats:
    return np.array([named.get(state, 0.0) for state in (*table.states, *table.outside)])


def _scale(state: str) -> float:
    """Below which an error counts as absolute: 1 mmol/L; 0.001 g/L of what is weighed, for it grows from little."""
    return 1e-3 if component_of(state).kind in WEIGHED else load().value("scale_solute")


@compiled
def ph_at(t_s: float, known_s: Floats, known: Floats) -> float:
    """The pH at one moment, on the straight line between the two that are known."""
    after = min(max(int(np.searchsorted(known_s, t_s)), 1), known_s.size - 1)
    share = (t_s - known_s[after - 1]) / (known_s[after] - known_s[after - 1])
    value: float = known[after - 1] + min(max(share, 0.0), 1.0) * (known[after] - known[after - 1])
    return value


@compiled
def factor(matrix: Floats, order: Ints) -> None:
    """Replaces a matrix by its LU factors, rows exchanged as `order` says."""
    n = order.size
    for i in range(n):
        order[i] = i
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[best, k]):
                best = i
        if best != k:
            order[k], order[best] = order[best], order[k]
            for j in range(n):
                matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
        for i in range(k + 1, n):
            matrix[i, k] /= matrix[k, k]
            for j in range(k + 1, n):
                matrix[i, j] -= matrix[i, k] * matrix[k, j]


@compiled
def solved(matrix: Floats, order: Ints, right: Floats, out: Floats) -> None:
    """Solves the factored system for `right` into `out`."""
    n = order.size
    for i in range(n):
        total = right[order[i]]
        for j in range(i):
            total -= matrix[i, j] * out[j]
        out[i] = total
    for i in range(n - 1, -1, -1):
        total = out[i]
        for j in range(i + 1, n):
            total -= matrix[i, j] * out[j]
        out[i] = total / matrix[i, i]


@compiled
def march_vessel(
    y: Floats, went: Floats, lifted: Floats, inside: int, feed: Floats, wash: Floats, known_s: Floats, known: Floats,
    constants: Floats, ends: Ints, kinds: Ints, rows: Ints, numbers: Floats, amounts: Floats,
    begin_s: float, end_s: float, floor: Floats, relative: float, trace: float, info: Floats,
) -> int:  # fmt: skip
    """Runs one vessel from `begin_s` to `end_s` in place; gives the steps taken, -1 when a step met no tolerance.

    The first `inside` of `y` are states, which are never less than 0; `wash` (1/s) is each one's own.
    """
    n, ph = y.size, np.empty(1)
    rates, slopes = np.empty((constants.size, 1)), np.empty((kinds.size, 1))
    answers, matrix, order = np.empty((n, n)), np.empty((n, n)), np.empty(n, dtype=np.int64)
    first, right, k1, k2 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    trial = np.empty((n, 1))
    t, h, steps = begin_s, STEP_FIRST_S, 0
    while t < end_s:
        ph[0] = ph_at(t, known_s, known)
        run_rates(y.reshape((n, 1)), ph, constants, ends, kinds, rows, numbers, rates, slopes)
        first[:] = wash * (feed - y)
        answers[:] = 0.0
        begin = 0
        for p in range(constants.size):
            for s in range(n):
                first[s] += amounts[p, s] * rates[p, 0]
                for f in range(begin, ends[p]):
                    answers[s, rows[f]] += amounts[p, s] * slopes[f, 0]
            begin = ends[p]
        for s in range(n):
            answers[s, s] -= wash[s]
        while True:
            step = end_s - t if h >= 0.999 * (end_s - t) else h
            gh = GAMMA * step
            for i in range(n):
                for j in range(n):
                    matrix[i, j] = (1.0 if i == j else 0.0) - gh * answers[i, j]
            factor(matrix, order)
            right[:] = step * first
            solved(matrix, order, right, k1)
            trial[:, 0] = y + k1
            ph[0] = ph_at(t + step, known_s, known)
            run_rates(trial, ph, constants, ends, kinds, rows, numbers, rates, slopes)
            for s in range(n):
                right[s] = step * wash[s] * (feed[s] - trial[s, 0]) - 2.0 * k1[s]
                for p in range(constants.size):
                    right[s] += step * amounts[p, s] * rates[p, 0]
            solved(matrix, order, right, k2)
            worst, where = 0.0, 0
            for s in range(n):
                new = y[s] + 1.5 * k1[s] + 0.5 * k2[s]
                error = 0.5 * abs(k1[s] + k2[s]) / (floor[s] + relative * abs(new))
                if new < -trace and s < inside:
                    error = max(error, TOO_LOW)
                if not error <= worst:
                    worst, where = error, s
            if worst <= 1.0:
                break
            shrink = SAFETY / math.sqrt(worst)
            h = step * max(SHRINK, shrink if shrink == shrink else SHRINK)
            if not h >= STEP_LEAST_S:
                info[0], info[1], info[2] = t, h, where
                return -1
        for s in range(n):  # what is washed out goes the same two stages
            out1 = wash[s] * (step * y[s] + gh * k1[s])
            out2 = wash[s] * (step * (y[s] + k1[s]) + gh * k2[s]) - 2.0 * out1
            went[s] += 1.5 * out1 + 0.5 * out2
            y[s] += 1.5 * k1[s] + 0.5 * k2[s]
            if y[s] < 0.0 and s < inside:
                lifted[s] -= y[s]
                y[s] = 0.0
                if lifted[s] > MOST_TRACES * trace:
                    info[0], info[1], info[2] = t, step, s
                    return -1
        t += step
        steps += 1
        h = step * min(GROWTH, SAFETY / math.sqrt(max(worst, 1e-4)))
    return steps

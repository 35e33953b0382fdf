"""One stirred vessel through time: ROS2 on its states, with a pH that is known or its own."""

import math

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import KA, KF, KL, KP, LOG10_E, bracketed_ln_h
from commensal.mouth.compiled import compiled
from commensal.mouth.processes.rates import run_rates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
SAFETY, GROWTH, SHRINK = 0.9, 5.0, 0.2
TOO_LOW = 4.0
"""The error that a step counts for which leaves less than nothing: the next is a little under half as long."""
STEP_FIRST_S, STEP_LEAST_S = 1.0, 1e-6
MOST_TRACES = 10_000
"""So many traces may be lifted in all before a state counts as having run out."""


@compiled
def acids_of(y: Floats, acids: Ints) -> Floats:
    """The weak acids of a vessel in the order of `acid_base.imbalance`, mmol/L."""
    solutes = np.zeros(acids.size)
    for j in range(acids.size):
        if acids[j] >= 0:
            solutes[j] = max(y[acids[j]], 0.0)
    return solutes


@compiled
def fill(full: Floats, y: Floats, acids: Ints, ph: float, k: Floats) -> None:
    """What rate laws may ask for: the states, and behind them what follows from them and the pH (`table.DERIVED`)."""
    n, solutes, h = y.size, acids_of(y, acids), math.exp(math.log(10.0) * (3.0 - ph))
    full[:n, 0] = y
    full[n, 0] = solutes[0] * h / (k[KL] + h) + solutes[1] * h / (k[KA] + h) + solutes[2] * h / (k[KP] + h)
    full[n + 1, 0] = solutes[6] * h / (k[KF] + h)


@compiled
def ph_of(y: Floats, acids: Ints, fixed: Floats, k: Floats) -> float:
    """The pH of a vessel from what is in it.

    Args:
        y: its states; the last is the strong charge, mmol/L.
        acids: where the weak acids stand in it, in the order of `acid_base.imbalance`; -1 = not at all.
        fixed: two kinds of fixed groups, mmol/L.
        k: the dissociation constants of `AcidConstants`.
    """
    solutes = acids_of(y, acids)
    value: float = 3.0 - LOG10_E * bracketed_ln_h(y[y.size - 1], solutes, fixed[0], fixed[1], k)
    return value


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
    acids: Ints, fixed: Floats, k: Floats,
    constants: Floats, ends: Ints, kinds: Ints, rows: Ints, numbers: Floats, amounts: Floats,
    begin_s: float, end_s: float, floor: Floats, relative: float, trace: float, info: Floats,
) -> int:  # fmt: skip
    """Runs one vessel from `begin_s` to `end_s` in place; gives the steps taken, -1 when a step met no tolerance.

    The first `inside` of `y` are states, which are never less than 0; `wash` (1/s) is each one's own. Where no pH is
    known (`known` empty) it is `ph_of` them.
    """
    n, ph = y.size, np.empty(1)
    rates, slopes = np.empty((constants.size, 1)), np.empty((kinds.size, 1))
    answers, matrix, order = np.empty((n, n)), np.empty((n, n)), np.empty(n, dtype=np.int64)
    first, right, k1, k2 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    trial, full = np.empty(n), np.empty((n + 2, 1))
    t, h, steps = begin_s, STEP_FIRST_S, 0
    while t < end_s:
        ph[0] = ph_at(t, known_s, known) if known.size else ph_of(y, acids, fixed, k)
        fill(full, y, acids, ph[0], k)
        run_rates(full, ph, constants, ends, kinds, rows, numbers, rates, slopes)
        first[:] = wash * (feed - y)
        answers[:] = 0.0
        begin = 0
        for p in range(constants.size):
            for s in range(n):
                first[s] += amounts[p, s] * rates[p, 0]
                for f in range(begin, ends[p]):
                    if rows[f] >= 0:
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
            trial[:] = y + k1
            ph[0] = ph_at(t + step, known_s, known) if known.size else ph_of(trial, acids, fixed, k)
            fill(full, trial, acids, ph[0], k)
            run_rates(full, ph, constants, ends, kinds, rows, numbers, rates, slopes)
            for s in range(n):
                right[s] = step * wash[s] * (feed[s] - trial[s]) - 2.0 * k1[s]
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

"""One step of the two-stage Rosenbrock-W method ROS2 for a block of lanes, everything coupled in time.

    (I - g h A) k1 = h F(t, y)
    (I - g h A) k2 = h F(t + h, y + k1) - 2 k1        y+ = y + 3/2 k1 + 1/2 k2,  error = 1/2 (k1 + k2)

with g = 1 - 1/sqrt 2: of order 2 for any A. F uses the true pH of each stage; A holds diffusion, film, washing
out, the slopes of uptake, what they make, and how free charge follows the acids. Only the answer of the
reactions to pH is left out of A; it is slow. The columns of A add up to nothing lost, the running totals
included, so every step keeps carbon and strong charge to rounding, however loose the tolerance.

Source: Verwer, Spee, Blom & Hundsdorfer 1999, SIAM J Sci Comput 20:1456 (ROS2).
"""

import math

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import charge_slopes, free_charge, newton_sweep
from commensal.mouth.compiled import compiled
from commensal.mouth.exchange import exchange, exchange_slopes
from commensal.mouth.fields import (
    ACE,
    ARG,
    CHARGE,
    FACE_ION,
    FACE_SUGAR,
    FACTOR_ARG,
    FACTOR_CHARGE,
    FACTOR_LAC,
    FACTOR_PLAIN,
    FACTOR_SUGAR,
    FREE,
    FREE_RUN,
    FREED,
    H_START,
    INV_ION,
    INV_SUGAR,
    LAC,
    LANES,
    LN_H,
    LN_H_START,
    LOSS,
    N_FIELDS,
    N_TOTALS,
    ONE,
    PRO,
    RATE,
    REACT_START,
    REACT_TRIAL,
    SHARE,
    STAGE1,
    STAGE2,
    STATE,
    STRIDE,
    SUGAR,
    TOTAL_RATE,
    TOTAL_STAGE1,
    TOTAL_STAGE2,
    TRIAL,
    USED,
    VALENCE,
    WASH,
    WASH_START,
    WORK1,
    WORK2,
    H,
)
from commensal.mouth.reactions import add_lactate, add_others, rates
from commensal.mouth.transport import add_fluxes, factorise, solve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
SWEEPS = 2
"""Newton sweeps for pH per stage, from the last stage's pH."""


@compiled
def derivative(
    w: Floats, first: int, out: int, react: int, totals: int, t_s: float,
    segment: Floats, hold: Ints, drink: Floats, live: Ints, layers: int, k: Floats,
) -> None:  # fmt: skip
    """F of the fields from row `first` into the rows from `out`; pH (LN_H, H) must be settled for `first`."""
    nodes = layers + 2
    free_charge(w, first, layers, k)
    rates(w, first, react, layers, live[ARG] == 1, live[PRO] == 1)
    add_fluxes(w, out + SUGAR, first + SUGAR, FACE_SUGAR, INV_SUGAR, nodes)
    for f in range(1, N_FIELDS):
        if live[f] == 1:
            add_fluxes(w, out + f, FREE if f == CHARGE else first + f, FACE_ION, INV_ION, nodes)
    add_lactate(w, out + LAC, react, 1.0, 1.0, layers)
    add_others(w, out, react, 1.0, 1.0, layers)
    o, x = out * STRIDE & 0xFFFFFFF, react * STRIDE & 0xFFFFFFF
    for m in range(layers * LANES):
        w[o + SUGAR * STRIDE + m] -= w[x + m]
        w[o + ARG * STRIDE + m] -= w[x + STRIDE + m]
        w[o + LAC * STRIDE + m] -= w[x + 2 * STRIDE + m]
    exchange(w, first, out, totals, t_s, segment, hold, drink, nodes)
    count_used(w, react, totals, 1.0, layers)


@compiled
def count_used(w: Floats, used: int, totals: int, scale: float, layers: int) -> None:
    """Adds `scale` times the sums over the plaque of the three rows from `used` to the running totals."""
    u, r = used * STRIDE & 0xFFFFFFF, (totals + USED) * STRIDE & 0xFFFFFFF
    for j in range(3):
        row = j * STRIDE & 0xFFFFFFF
        for k in range(LANES):
            w[WORK2 * STRIDE + k] = 0.0
        for i in range(layers):
            start = i * LANES & 0xFFFFFFF
            for k in range(LANES):
                w[WORK2 * STRIDE + k] += w[u + row + start + k]
        for k in range(LANES):  # all layers are equally thick
            w[r + row + k] += scale * w[WORK2 * STRIDE + k] / w[INV_ION * STRIDE + k]


@compiled
def begin(
    w: Floats, t_s: float, segment: Floats, hold: Ints, drink: Floats, live: Ints, layers: int, k: Floats
) -> None:
    """What every try of a step from here shares: F, slopes of uptake and charge, washing out, pH."""
    derivative(w, STATE, RATE, REACT_START, TOTAL_RATE, t_s, segment, hold, drink, live, layers, k)
    charge_slopes(w, STATE, layers, k)
    for j in range(LANES):
        w[WASH_START * STRIDE + j] = w[WASH * STRIDE + j]
    for m in range(layers * LANES):
        w[LN_H_START * STRIDE + m] = w[LN_H * STRIDE + m]
        w[H_START * STRIDE + m] = w[H * STRIDE + m]


@compiled
def factor_for(w: Floats, gh: float, uptake: int, held: bool, factor: int, layers: int) -> None:
    """Factors for one kind of field; `uptake` is the row of its slope of uptake, or -1 for none."""
    nodes = layers + 2
    mouth = (nodes - 1) * LANES & 0xFFFFFFF
    slope = max(uptake, 0) * STRIDE & 0xFFFFFFF
    for m in range(nodes * LANES):
        w[LOSS * STRIDE + m] = 0.0
    if uptake >= 0:
        for m in range(layers * LANES):
            w[LOSS * STRIDE + m] = w[slope + m]
    if not held:
        for j in range(LANES):
            w[LOSS * STRIDE + mouth + j] = w[WASH_START * STRIDE + j]
    sugar = factor == FACTOR_SUGAR
    share = SHARE if factor == FACTOR_CHARGE else ONE
    factorise(w, gh, FACE_SUGAR if sugar else FACE_ION, INV_SUGAR if sugar else INV_ION, share, factor, nodes)


@compiled
def factor_all(w: Floats, gh: float, hold: Ints, live: Ints, layers: int) -> None:
    """The five kinds of implicit system of one step."""
    held = hold[CHARGE] != FREE_RUN
    factor_for(w, gh, REACT_START + 3, hold[SUGAR] != FREE_RUN, FACTOR_SUGAR, layers)
    if live[ARG] == 1:
        factor_for(w, gh, REACT_START + 4, held, FACTOR_ARG, layers)
    if live[PRO] == 1:
        factor_for(w, gh, REACT_START + 5, held, FACTOR_LAC, layers)
    factor_for(w, gh, -1, held, FACTOR_PLAIN, layers)
    factor_for(w, gh, -1, held, FACTOR_CHARGE, layers)


@compiled
def used_by_stage(w: Floats, row: int, slope: int, out: int, layers: int) -> None:
    """Row `out` = slope x stage: how much more is used because of the stage's change."""
    r, s, o = row * STRIDE & 0xFFFFFFF, slope * STRIDE & 0xFFFFFFF, out * STRIDE & 0xFFFFFFF
    for m in range(layers * LANES):
        w[o + m] = w[s + m] * w[r + m]


@compiled
def solve_stage(w: Floats, out: int, totals: int, gh: float, hold: Ints, live: Ints, layers: int) -> None:
    """Solves (I - g h A) k = right side for all fields and running totals, in place, in the order of the fields."""
    nodes = layers + 2
    extra = REACT_TRIAL  # the trial's rates are no longer needed: three rows of further use
    solve(w, out + SUGAR, FACTOR_SUGAR, nodes)
    used_by_stage(w, out + SUGAR, REACT_START + 3, extra, layers)
    if live[ARG] == 1:
        solve(w, out + ARG, FACTOR_ARG, nodes)
        used_by_stage(w, out + ARG, REACT_START + 4, extra + 1, layers)
    add_lactate(w, out + LAC, extra, 0.0, gh, layers)
    solve(w, out + LAC, FACTOR_LAC if live[PRO] == 1 else FACTOR_PLAIN, nodes)
    if live[PRO] == 1:
        used_by_stage(w, out + LAC, REACT_START + 5, extra + 2, layers)
    add_others(w, out, extra, 0.0, gh, layers)
    o = out * STRIDE & 0xFFFFFFF
    for f in range(ACE, CHARGE):
        if live[f] == 1:
            solve(w, out + f, FACTOR_PLAIN, nodes)
    for m in range(nodes * LANES):
        w[WORK1 * STRIDE + m] = 0.0
    for f in range(LAC, CHARGE):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(layers * LANES):
                w[WORK1 * STRIDE + m] += w[VALENCE * STRIDE + row + m] * w[o + row + m]
    for m in range(layers * LANES):
        w[WORK1 * STRIDE + m] *= w[FREED * STRIDE + m]
    add_fluxes(w, WORK2, WORK1, FACE_ION, INV_ION, nodes)
    for m in range(nodes * LANES):
        w[o + CHARGE * STRIDE + m] += gh * w[WORK2 * STRIDE + m]
    solve(w, out + CHARGE, FACTOR_CHARGE, nodes)
    exchange_slopes(w, out, totals, gh, hold, nodes)
    count_used(w, extra, totals, gh, layers)


@compiled
def attempt(
    w: Floats, t_s: float, h_s: float, segment: Floats, hold: Ints, drink: Floats, live: Ints,
    layers: int, k: Floats, floor: Floats, relative: Floats,
) -> float:  # fmt: skip
    """Tries a step of `h_s` from the state; leaves the result in TRIAL and returns its error (<= 1 is good).

    The error is the root mean square over nodes of error / (floor + relative |y|), summed over fields and
    lanes, so no lane hides another. NaN in, NaN out.
    """
    n = (layers + 2) * LANES
    gh = GAMMA * h_s
    factor_all(w, gh, hold, live, layers)
    for f in range(N_FIELDS):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(n):
                w[STAGE1 * STRIDE + row + m] = h_s * w[RATE * STRIDE + row + m]
    for r in range(N_TOTALS):
        row = r * STRIDE & 0xFFFFFFF
        for j in range(LANES):
            w[TOTAL_STAGE1 * STRIDE + row + j] = h_s * w[TOTAL_RATE * STRIDE + row + j]
    solve_stage(w, STAGE1, TOTAL_STAGE1, gh, hold, live, layers)
    for f in range(N_FIELDS):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(n):
                w[TRIAL * STRIDE + row + m] = w[STATE * STRIDE + row + m] + w[STAGE1 * STRIDE + row + m]
    for m in range(layers * LANES):
        w[LN_H * STRIDE + m] = w[LN_H_START * STRIDE + m]
        w[H * STRIDE + m] = w[H_START * STRIDE + m]
    for _ in range(SWEEPS):
        newton_sweep(w, TRIAL, layers, k)
    derivative(w, TRIAL, STAGE2, REACT_TRIAL, TOTAL_STAGE2, t_s + h_s, segment, hold, drink, live, layers, k)
    for f in range(N_FIELDS):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(n):
                change = h_s * w[STAGE2 * STRIDE + row + m]
                w[STAGE2 * STRIDE + row + m] = change - 2.0 * w[STAGE1 * STRIDE + row + m]
    for r in range(N_TOTALS):
        row = r * STRIDE & 0xFFFFFFF
        for j in range(LANES):
            change = h_s * w[TOTAL_STAGE2 * STRIDE + row + j]
            w[TOTAL_STAGE2 * STRIDE + row + j] = change - 2.0 * w[TOTAL_STAGE1 * STRIDE + row + j]
    solve_stage(w, STAGE2, TOTAL_STAGE2, gh, hold, live, layers)
    total = 0.0
    for f in range(N_FIELDS):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            a, b = floor[f], relative[f]
            for m in range(n):
                k1, k2 = w[STAGE1 * STRIDE + row + m], w[STAGE2 * STRIDE + row + m]
                y = w[STATE * STRIDE + row + m] + 1.5 * k1 + 0.5 * k2
                w[TRIAL * STRIDE + row + m] = y
                e = 0.5 * (k1 + k2) / (a + b * abs(y))
                total += e * e
    return math.sqrt(total / (layers + 2))

"""One step of the two-stage Rosenbrock-W method ROS2 for a block of lanes, everything coupled in time.

    (I - g h A) k1 = h F(t, y)
    (I - g h A) k2 = h F(t + h, y + k1) - 2 k1        y+ = y + 3/2 k1 + 1/2 k2,  error = 1/2 (k1 + k2)

with g = 1 - 1/sqrt 2: of order 2 for any A. F uses the true pH of each stage; A holds diffusion, film, washing out, how
each process answers to the substrate that limits it and everything it makes of it, and how free charge follows the
acids. Only the answer of the reactions to pH, to what inhibits them and to the bacteria themselves is left out of A; it
is slow. The columns of A add up to nothing lost, the running totals included, so every step keeps what is conserved to
rounding, however loose the tolerance.

Source: Verwer, Spee, Blom & Hundsdorfer 1999, SIAM J Sci Comput 20:1456 (ROS2).
"""

import math

from commensal.mouth.column.acidity import charge_slopes, free_charge, newton_sweep
from commensal.mouth.column.exchange import exchange, exchange_slopes
from commensal.mouth.column.growth import set_faces
from commensal.mouth.column.rates import add_sums, derive, fill_operands, run_answers, run_laws
from commensal.mouth.column.shape import (
    FREE,
    FREE_RUN,
    FREED,
    H_START,
    LANES,
    LN_H,
    LN_H_START,
    MASK,
    N_FLOWS,
    ONE,
    SHARE,
    STAYS,
    SUGAR_CLASS,
    WASH,
    WASH_START,
    WORK1,
    Diet,
    Floats,
    H,
    Ints,
    Lane,
    Laws,
    Work,
)
from commensal.mouth.column.surface import meet_enamel
from commensal.mouth.column.transport import add_fluxes, factorise, solve
from commensal.mouth.compiled import bare

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
SWEEPS = 2
"""Newton sweeps for pH per stage, from the last stage's pH."""


@bare
def derivative(
    laws: Laws, lane: Lane, w: Work, y: Floats, face: Floats, out: Floats, rates: Floats, totals: Floats,
    t_s: float, diet: Diet, s: int, layers: int,
) -> None:  # fmt: skip
    """F of the fields in `y` into `out`; pH (LN_H, H) must be settled for `y`. Leaves the slopes of factors behind."""
    nodes = layers + 2
    free_charge(laws, y, w.ph, lane.acid, layers)
    derive(laws, y, w.ph, lane.acid, layers)
    fill_operands(laws, y, w.ph, layers, w.operands, w.slopes)
    run_laws(laws, w.operands, layers, rates)
    for f in range(laws.classes.size):
        kind = laws.classes[f]
        if kind == STAYS:
            for m in range(nodes * LANES):
                out[f, m] = 0.0
        elif f == laws.charge:
            add_fluxes(out, f, w.ph, FREE, face, kind, w.inverse, 1, nodes)
        else:
            add_fluxes(out, f, y, f, face, kind, w.inverse, 0 if kind == SUGAR_CLASS else 1, nodes)
        add_sums(laws.made, f, 1.0, rates, layers, out)
    if laws.calcium >= 0:
        meet_enamel(laws, lane, w, y, out, totals)
    exchange(laws, lane, y, out, totals, w.lane, face, w.pools, t_s, diet, s, nodes)


@bare
def begin(laws: Laws, lane: Lane, w: Work, t_s: float, diet: Diet, s: int, layers: int) -> None:
    """What every try of a step from here shares: F, how rates and charge answer, washing out, pH."""
    derivative(laws, lane, w, w.state, w.face, w.rate, w.rates, w.total_rate, t_s, diet, s, layers)
    run_answers(laws, w.slopes, w.rates, layers, w.answers)
    charge_slopes(laws, w.state, w.ph, w.valence, lane.acid, layers)
    for k in range(LANES):
        w.lane[WASH_START, k] = w.lane[WASH, k]
    for m in range(layers * LANES):
        w.ph[LN_H_START, m] = w.ph[LN_H, m]
        w.ph[H_START, m] = w.ph[H, m]


@bare
def factor_all(laws: Laws, w: Work, gh: float, hold: Ints, layers: int) -> None:
    """The implicit systems of a step: one for each way of transport, for each field with uptake, and for charge."""
    nodes = layers + 2
    mouth = (nodes - 1) * LANES & MASK
    for row in range(laws.systems.size):
        f = laws.systems[row]
        for m in range(nodes * LANES):
            w.loss[f, m] = 0.0
        add_sums(laws.own, f, -1.0, w.answers, layers, w.loss)
        if hold[f] == FREE_RUN:
            for k in range(LANES):
                w.loss[f, mouth + k] = w.lane[WASH_START, k]
        kind = laws.classes[f]
        factorise(
            w.factors, row, gh, w.face, kind, w.inverse, 0 if kind == SUGAR_CLASS else 1,
            w.ph, SHARE if f == laws.charge else ONE, w.loss, f, nodes,
        )  # fmt: skip


@bare
def solve_stage(
    laws: Laws, lane: Lane, w: Work, stage: Floats, totals: Floats, gh: float, hold: Ints, layers: int
) -> None:
    """Solves (I - g h A) k = right side for all fields and running totals, in place, in the order of the fields."""
    nodes = layers + 2
    for j in range(laws.order.size):
        f = laws.order[j]
        add_sums(laws.follows, f, gh, w.uses, layers, stage)
        if f == laws.charge:
            follow_acids(laws, w, stage, gh, layers)
        solve(stage, f, w.factors, laws.factor_rows[f], nodes)
        for b in range(laws.own.ends[f - 1] if f > 0 else 0, laws.own.ends[f]):
            p = laws.own.processes[b]
            for m in range(layers * LANES):
                w.uses[p, m] = w.answers[p, m] * stage[f, m]
    for f in range(laws.classes.size):
        if laws.classes[f] == STAYS:
            add_sums(laws.follows, f, gh, w.uses, layers, stage)
    exchange_slopes(laws, lane, stage, totals, w.lane, w.face, gh, hold, nodes)


@bare
def follow_acids(laws: Laws, w: Work, stage: Floats, gh: float, layers: int) -> None:
    """How free charge moves with what the acids of a stage free from the fixed groups."""
    nodes = layers + 2
    for m in range(nodes * LANES):
        w.ph[WORK1, m] = 0.0
    for a in range(laws.acids.size):
        f = laws.acids[a]
        if f < laws.classes.size:
            for m in range(layers * LANES):
                w.ph[WORK1, m] += w.valence[a, m] * stage[f, m]
    for m in range(layers * LANES):
        w.ph[WORK1, m] *= w.ph[FREED, m]
    add_fluxes(w.extra, 1, w.ph, WORK1, w.face, laws.classes[laws.charge], w.inverse, 1, nodes)
    for m in range(nodes * LANES):
        stage[laws.charge, m] += gh * w.extra[1, m]


@bare
def second_right_side(laws: Laws, w: Work, h_s: float, layers: int) -> None:
    """h F(trial) - 2 k1 in place of F(trial), for fields and totals."""
    for f in range(laws.classes.size):
        for m in range((layers + 2) * LANES):
            w.stage2[f, m] = h_s * w.stage2[f, m] - 2.0 * w.stage1[f, m]
        for r in range(N_FLOWS):
            for k in range(LANES):
                w.total_stage2[r, f, k] = h_s * w.total_stage2[r, f, k] - 2.0 * w.total_stage1[r, f, k]


@bare
def attempt(
    laws: Laws, lane: Lane, w: Work, t_s: float, h_s: float, diet: Diet, s: int, layers: int, floor: Floats,
    relative: Floats,
) -> float:  # fmt: skip
    """Tries a step of `h_s` from the state; leaves the result in `trial` and returns its error (<= 1 is good).

    The error is the root mean square over nodes of error / (floor + relative |y|), summed over fields and
    lanes, so no lane hides another. NaN in, NaN out.
    """
    n = (layers + 2) * LANES
    gh, hold = GAMMA * h_s, diet.hold[s]
    factor_all(laws, w, gh, hold, layers)
    for f in range(laws.classes.size):
        for m in range(n):
            w.stage1[f, m] = h_s * w.rate[f, m]
        for r in range(N_FLOWS):
            for k in range(LANES):
                w.total_stage1[r, f, k] = h_s * w.total_rate[r, f, k]
    solve_stage(laws, lane, w, w.stage1, w.total_stage1, gh, hold, layers)
    for f in range(laws.classes.size):
        for m in range(n):
            w.trial[f, m] = w.state[f, m] + w.stage1[f, m]
    for m in range(layers * LANES):
        w.ph[LN_H, m] = w.ph[LN_H_START, m]
        w.ph[H, m] = w.ph[H_START, m]
    for _ in range(SWEEPS):
        newton_sweep(laws, w.trial, w.ph, lane.acid, layers)
    face = w.face
    if laws.glucan >= 0:
        face = w.trial_face
        for kind in range(face.shape[0]):
            for m in range(n):
                face[kind, m] = w.face[kind, m]
        set_faces(laws, lane, w.trial, w.lane, layers, face)
    derivative(laws, lane, w, w.trial, face, w.stage2, w.trial_rates, w.total_stage2, t_s + h_s, diet, s, layers)
    second_right_side(laws, w, h_s, layers)
    solve_stage(laws, lane, w, w.stage2, w.total_stage2, gh, hold, layers)
    for m in range(n):
        w.extra[0, m] = 0.0
    for f in range(laws.classes.size):
        a, b = floor[f], relative[f]
        for m in range(n):
            k1, k2 = w.stage1[f, m], w.stage2[f, m]
            y = w.state[f, m] + 1.5 * k1 + 0.5 * k2
            w.trial[f, m] = y
            e = 0.5 * (k1 + k2) / (a + b * abs(y))
            w.extra[0, m] += e * e
    total = 0.0
    for m in range(n):
        total += w.extra[0, m]
    return math.sqrt(total / (layers + 2))

"""What enters and leaves the mouth in one instant: saliva, stimulation, drinks, what dissolves (section 5)."""

import math

from commensal.mouth.column.shape import (
    DAY_PEAK,
    DAY_SWING,
    DEPTH,
    FLOW_MORE,
    FLOW_REST,
    FREE_RUN,
    FROM_DIET,
    FROM_SALIVA,
    HALF_TASTE,
    ION_CLASS,
    LANES,
    MASK,
    SALIVA,
    SLEEP_SHARE,
    STAYS,
    STIMULUS,
    SWALLOWED,
    VOLUME,
    WASH,
    WASH_START,
    Diet,
    Floats,
    Ints,
    Lane,
    Laws,
)
from commensal.mouth.compiled import bare
from commensal.mouth.day import SEG_ASLEEP, SEG_BEGIN, SEG_CHEW, SEG_DRINK, SEG_RELEASE

DAY_S = 86400.0
TURN = 2.0 * math.pi


@bare
def exchange(
    laws: Laws, lane: Lane, y: Floats, out: Floats, totals: Floats, scratch: Floats, face: Floats, pools: Floats,
    t_s: float, diet: Diet, s: int, nodes: int,
) -> None:  # fmt: skip
    """Adds what the mouth gains and loses per second to the fields in `out`, and sets the rates in `totals`.

    Flow Q = rest (with its daily rhythm, or the sleeping share) + more x w, where w joins taste, C/(half + C),
    and chewing as independent stimuli; the inflow is w of the way from resting to stimulated saliva. What is
    held by the diet gains and loses nothing: the diet makes good what the film takes. What lingers comes free at a rate
    in proportion to what is left of it.
    """
    segment, hold, drink = diet.rows[s], diet.hold[s], diet.drink[s]
    mouth = (nodes - 1) * LANES & MASK
    film = (nodes - 2) * LANES & MASK
    awake = 1.0 - segment[SEG_ASLEEP]
    given = lane.mouth
    for k in range(LANES):
        sugar = max(y[laws.sugar, mouth + k], 0.0)
        taste = sugar / (given[HALF_TASTE, k] + sugar)
        stimulus = awake * (1.0 - (1.0 - taste) * (1.0 - segment[SEG_CHEW]))
        rhythm = 1.0 + given[DAY_SWING, k] * math.cos(TURN * (t_s - given[DAY_PEAK, k]) / DAY_S)
        rest = given[FLOW_REST, k] * (awake * rhythm + (1.0 - awake) * given[SLEEP_SHARE, k])
        per_s = 1.0 / (60.0 * given[VOLUME, k])
        scratch[STIMULUS, k] = stimulus
        scratch[SALIVA, k] = (rest + given[FLOW_MORE, k] * stimulus) * per_s
        scratch[WASH, k] = scratch[SALIVA, k] + segment[SEG_DRINK] * per_s
    for f in range(laws.classes.size):
        if laws.classes[f] == STAYS:
            continue
        if hold[f] != FREE_RUN:
            for k in range(LANES):
                totals[FROM_DIET, f, k] = face[ION_CLASS, film + k] * (y[f, mouth + k] - y[f, film + k])
                totals[FROM_SALIVA, f, k] = 0.0
                totals[SWALLOWED, f, k] = 0.0
            continue
        for k in range(LANES):
            resting, depth = lane.rest[f, k], given[DEPTH, k]
            secreted = scratch[SALIVA, k] * (resting + scratch[STIMULUS, k] * (lane.stimulated[f, k] - resting))
            eaten = segment[SEG_DRINK] * drink[f]
            if f == laws.sugar:
                eaten += segment[SEG_RELEASE]
            eaten /= 60.0 * given[VOLUME, k]
            gone = scratch[WASH, k] * y[f, mouth + k]
            out[f, mouth + k] += secreted + eaten - gone
            totals[FROM_SALIVA, f, k] = depth * secreted
            totals[FROM_DIET, f, k] = depth * eaten
            totals[SWALLOWED, f, k] = depth * gone
    for j in range(diet.pool_fields.size):
        f = diet.pool_fields[j]
        left = pools[j] * math.exp(-diet.pool_rates[j] * (t_s - segment[SEG_BEGIN]))
        for k in range(LANES):
            freed = diet.pool_rates[j] * left / given[VOLUME, k]
            freed_charge = diet.pool_charges[j, k] * freed
            if hold[f] == FREE_RUN:
                out[f, mouth + k] += freed
                totals[FROM_DIET, f, k] += given[DEPTH, k] * freed
            if hold[laws.charge] == FREE_RUN:
                out[laws.charge, mouth + k] += freed_charge
                totals[FROM_DIET, laws.charge, k] += given[DEPTH, k] * freed_charge


@bare
def exchange_slopes(
    laws: Laws,
    lane: Lane,
    stage: Floats,
    totals: Floats,
    scratch: Floats,
    face: Floats,
    gh: float,
    hold: Ints,
    nodes: int,
) -> None:
    """Completes the stage of the running totals from the solved stage of the fields.

    It mirrors the linear part of `exchange` that the implicit systems contain, so that what leaves a node and
    what is counted as gone are the same number.
    """
    mouth = (nodes - 1) * LANES & MASK
    film = (nodes - 2) * LANES & MASK
    for f in range(laws.classes.size):
        if laws.classes[f] == STAYS:
            continue
        for k in range(LANES):
            if hold[f] != FREE_RUN:
                totals[FROM_DIET, f, k] -= gh * face[ION_CLASS, film + k] * stage[f, film + k]
            else:
                totals[SWALLOWED, f, k] += gh * lane.mouth[DEPTH, k] * scratch[WASH_START, k] * stage[f, mouth + k]

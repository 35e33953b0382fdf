"""What enters and leaves the mouth in one instant: saliva, stimulation, drinks, what dissolves (section 5)."""

import math

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.fields import (
    DAY_PEAK,
    DAY_SWING,
    DEPTH,
    FACE_ION,
    FLOW_MORE,
    FLOW_REST,
    FREE_RUN,
    FROM_DIET,
    FROM_SALIVA,
    HALF_TASTE,
    LANES,
    N_FIELDS,
    N_TOTALS,
    REST,
    SEG_ASLEEP,
    SEG_CHEW,
    SEG_DRINK,
    SEG_RELEASE,
    SLEEP_SHARE,
    STIMULATED,
    STRIDE,
    SUGAR,
    SWALLOWED,
    VOLUME,
    WASH,
    WASH_START,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DAY_S = 86400.0
TURN = 2.0 * math.pi


@compiled
def exchange(
    w: Floats,
    first_field: int,
    out: int,
    totals: int,
    t_s: float,
    segment: Floats,
    hold: Ints,
    drink: Floats,
    nodes: int,
) -> None:
    """Adds what the mouth gains and loses per second to the fields from row `out`, and its rates to `totals`.

    Flow Q = rest (with its daily rhythm, or the sleeping share) + more x w, where w joins taste, C/(half + C),
    and chewing as independent stimuli; the inflow is w of the way from resting to stimulated saliva. What is
    held by the diet gains and loses nothing: the diet makes good what the film takes.
    """
    base, o = first_field * STRIDE & 0xFFFFFFF, out * STRIDE & 0xFFFFFFF
    r = totals * STRIDE & 0xFFFFFFF
    mouth = (nodes - 1) * LANES & 0xFFFFFFF
    film = (nodes - 2) * LANES & 0xFFFFFFF
    awake = 1.0 - segment[SEG_ASLEEP]
    for row in range(N_TOTALS):
        for k in range(LANES):
            w[r + row * STRIDE + k] = 0.0
    for k in range(LANES):
        sugar = max(w[base + SUGAR * STRIDE + mouth + k], 0.0)
        taste = sugar / (w[HALF_TASTE * STRIDE + k] + sugar)
        stimulus = awake * (1.0 - (1.0 - taste) * (1.0 - segment[SEG_CHEW]))
        rhythm = 1.0 + w[DAY_SWING * STRIDE + k] * math.cos(TURN * (t_s - w[DAY_PEAK * STRIDE + k]) / DAY_S)
        rest = w[FLOW_REST * STRIDE + k] * (awake * rhythm + (1.0 - awake) * w[SLEEP_SHARE * STRIDE + k])
        per_s = 1.0 / (60.0 * w[VOLUME * STRIDE + k])
        saliva = (rest + w[FLOW_MORE * STRIDE + k] * stimulus) * per_s
        drunk = segment[SEG_DRINK] * per_s
        wash = saliva + drunk
        w[WASH * STRIDE + k] = wash
        depth = w[DEPTH * STRIDE + k]
        for f in range(N_FIELDS):
            row = f * STRIDE
            here = w[base + row + mouth + k]
            if hold[f] != FREE_RUN:
                given = w[FACE_ION * STRIDE + film + k] * (here - w[base + row + film + k])
                w[r + FROM_DIET * STRIDE + row + k] = given
                continue
            resting = w[REST * STRIDE + row + k]
            secreted = saliva * (resting + stimulus * (w[STIMULATED * STRIDE + row + k] - resting))
            eaten = drunk * drink[f]
            if f == SUGAR:
                eaten += segment[SEG_RELEASE] * per_s
            w[o + row + mouth + k] += secreted + eaten - wash * here
            w[r + FROM_SALIVA * STRIDE + row + k] = depth * secreted
            w[r + FROM_DIET * STRIDE + row + k] = depth * eaten
            w[r + SWALLOWED * STRIDE + row + k] = depth * wash * here


@compiled
def exchange_slopes(w: Floats, out: int, totals: int, gh: float, hold: Ints, nodes: int) -> None:
    """Completes the stage of the running totals in rows `totals` from the solved stage of the fields in `out`.

    It mirrors the linear part of `exchange` that the implicit systems contain, so that what leaves a node and
    what is counted as gone are the same number.
    """
    o, r = out * STRIDE & 0xFFFFFFF, totals * STRIDE & 0xFFFFFFF
    mouth = (nodes - 1) * LANES & 0xFFFFFFF
    film = (nodes - 2) * LANES & 0xFFFFFFF
    for f in range(N_FIELDS):
        row = f * STRIDE & 0xFFFFFFF
        for k in range(LANES):
            if hold[f] != FREE_RUN:
                taken = w[FACE_ION * STRIDE + film + k] * w[o + row + film + k]
                w[r + FROM_DIET * STRIDE + row + k] -= gh * taken
            else:
                gone = w[DEPTH * STRIDE + k] * w[WASH_START * STRIDE + k] * w[o + row + mouth + k]
                w[r + SWALLOWED * STRIDE + row + k] += gh * gone

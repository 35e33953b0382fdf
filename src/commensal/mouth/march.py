"""From waking to the end: adaptive steps that stop exactly where the day jumps and where a sample is wanted."""

import math

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import LOG10_E, settle
from commensal.mouth.compiled import compiled
from commensal.mouth.fields import (
    BELOW,
    CHARGE,
    CLIPPED,
    DEPTH,
    ENAMEL_PH,
    FACE_ION,
    FACE_SUGAR,
    FILM_DEPTH,
    FREE_RUN,
    FROM_DIET,
    HELD_AT_VALUE,
    INV_ION,
    INV_SUGAR,
    LANES,
    LN_H,
    LOWEST,
    LOWEST_AT,
    N_FIELDS,
    N_TOTALS,
    RENEWAL,
    REST,
    SEG_BEGIN,
    SEG_END,
    SEG_MIX,
    SEG_SPEED,
    STATE,
    STRIDE,
    SUGAR,
    THRESHOLD,
    TOTAL,
    TOTAL_STAGE1,
    TOTAL_STAGE2,
    TRIAL,
)
from commensal.mouth.step import attempt, begin

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DONE, STEP_TOO_SMALL, TOO_MANY_STEPS, NO_PH = range(4)
TIME, STEP, ERROR, ACCEPTED, REJECTED = range(5)  # entries of `info`
MAX_STEP, MIN_STEP, RESTART, TRACE, STEP_LIMIT = range(5)  # entries of `control`; s, s, s, mmol/L, steps
SAFETY, GROWTH, SHRINK = 0.9, 5.0, 0.2


@compiled
def enter_segment(w: Floats, segment: Floats, hold: Ints, held: Floats, nodes: int) -> None:
    """Sets what a new segment of the day changes at once: film exchange, what is held, and at which values."""
    film = (nodes - 2) * LANES & 0xFFFFFFF
    mouth = film + LANES
    for j in range(LANES):
        renewal = max(segment[SEG_MIX], segment[SEG_SPEED] * w[RENEWAL * STRIDE + j])
        w[FACE_SUGAR * STRIDE + film + j] = renewal * w[FILM_DEPTH * STRIDE + j]
        w[FACE_ION * STRIDE + film + j] = renewal * w[FILM_DEPTH * STRIDE + j]
        open_mouth = 1.0 / w[DEPTH * STRIDE + j]
        w[INV_SUGAR * STRIDE + mouth + j] = open_mouth if hold[SUGAR] == FREE_RUN else 0.0
        w[INV_ION * STRIDE + mouth + j] = open_mouth if hold[CHARGE] == FREE_RUN else 0.0
        for f in range(N_FIELDS):
            if hold[f] == FREE_RUN:
                continue
            row = f * STRIDE
            value = held[f] if hold[f] == HELD_AT_VALUE else w[REST * STRIDE + row + j]
            w[(TOTAL + FROM_DIET) * STRIDE + row + j] += w[DEPTH * STRIDE + j] * (value - w[row + mouth + j])
            w[row + mouth + j] = value


@compiled
def accept(w: Floats, live: Ints, layers: int) -> None:
    """Makes the trial the state, adds up the running totals and lifts traces below 0 to 0, counting the lift."""
    nodes = layers + 2
    for f in range(N_FIELDS):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(nodes * LANES):
                w[row + m] = w[TRIAL * STRIDE + row + m]
            if f == CHARGE:
                continue
            for i in range(nodes):
                for j in range(LANES):
                    y = w[row + i * LANES + j]
                    if y < 0.0:
                        w[CLIPPED * STRIDE + row + j] -= y / w[INV_ION * STRIDE + i * LANES + j]
                        w[row + i * LANES + j] = 0.0
    for r in range(N_TOTALS):
        row = r * STRIDE & 0xFFFFFFF
        for j in range(LANES):
            k1, k2 = w[TOTAL_STAGE1 * STRIDE + row + j], w[TOTAL_STAGE2 * STRIDE + row + j]
            w[TOTAL * STRIDE + row + j] += 1.5 * k1 + 0.5 * k2


@compiled
def most_negative(w: Floats, live: Ints, nodes: int) -> float:
    """The sum of all trial concentrations below 0 (strong charge may be negative), mmol/L."""
    total = 0.0
    for f in range(CHARGE):
        if live[f] == 1:
            row = f * STRIDE & 0xFFFFFFF
            for m in range(nodes * LANES):
                total += min(w[TRIAL * STRIDE + row + m], 0.0)
    return total


@compiled
def watch(w: Floats, t_s: float, h_s: float) -> None:
    """Minutes below the threshold and the lowest pH at the enamel; pH is taken as straight within a step."""
    for j in range(LANES):
        before, now = w[ENAMEL_PH * STRIDE + j], 3.0 - LOG10_E * w[LN_H * STRIDE + j]
        limit = w[THRESHOLD * STRIDE + j]
        if before < limit and now < limit:
            w[BELOW * STRIDE + j] += h_s / 60.0
        elif before < limit or now < limit:
            w[BELOW * STRIDE + j] += h_s / 60.0 * (limit - min(before, now)) / abs(now - before)
        if now < w[LOWEST * STRIDE + j]:
            w[LOWEST * STRIDE + j] = now
            w[LOWEST_AT * STRIDE + j] = t_s
        w[ENAMEL_PH * STRIDE + j] = now


@compiled
def march(
    w: Floats, layers: int, k: Floats, live: Ints, floor: Floats, relative: Floats, control: Floats,
    segments: Floats, hold: Ints, held: Floats, drink: Floats, samples: Floats,
    enamel: Floats, profiles: Floats, info: Floats,
) -> int:  # fmt: skip
    """Runs a block of lanes through all segments; returns DONE or why it stopped.

    Args:
        w: the workspace, with state, parameters and ENAMEL_PH filled in.
        samples: times (s) at which to keep the pH at the enamel in `enamel`, shape (samples, LANES), and, when
            `profiles` is not empty, all fields in `profiles`, shape (samples, N_FIELDS, nodes, LANES).
        info: TIME and STEP (s), ERROR of the last try, ACCEPTED and REJECTED steps.
    """
    nodes = layers + 2
    wanted = 0
    t = segments[0, SEG_BEGIN]
    if not settle(w, STATE, layers, k):
        return NO_PH
    h = control[RESTART]
    for s in range(segments.shape[0]):
        segment, end = segments[s], segments[s, SEG_END]
        enter_segment(w, segment, hold[s], held[s], nodes)
        h = min(h, control[RESTART])
        while True:
            while wanted < samples.size and samples[wanted] <= t:
                for j in range(LANES):
                    enamel[wanted, j] = 3.0 - LOG10_E * w[LN_H * STRIDE + j]
                if profiles.shape[0] > 0:
                    for f in range(N_FIELDS):
                        for i in range(nodes):
                            for j in range(LANES):
                                profiles[wanted, f, i, j] = w[f * STRIDE + i * LANES + j]
                wanted += 1
            if t >= end:
                break
            begin(w, t, segment, hold[s], drink[s], live, layers, k)
            while True:
                stop = end if wanted >= samples.size else min(end, samples[wanted])
                room = stop - t
                step = room if h >= 0.999 * room else h
                step = step if step < control[MAX_STEP] else control[MAX_STEP]
                error = attempt(w, t, step, segment, hold[s], drink[s], live, layers, k, floor, relative)
                good = error <= 1.0 and most_negative(w, live, nodes) >= -control[TRACE]
                if good:
                    break
                info[REJECTED] += 1.0
                shrink = SAFETY / math.sqrt(error) if error > 1.0 else 0.5
                h = step * max(SHRINK, shrink if shrink == shrink else SHRINK)
                info[TIME], info[STEP], info[ERROR] = t, h, error
                if not h >= control[MIN_STEP]:
                    return STEP_TOO_SMALL
            accept(w, live, layers)
            if not settle(w, STATE, layers, k):
                info[TIME], info[STEP], info[ERROR] = t, step, error
                return NO_PH
            t = stop if step == room else t + step
            watch(w, t, step)
            grown = step * min(GROWTH, SAFETY / math.sqrt(max(error, 1e-4)))
            h = max(grown, h) if step < 0.999 * h else grown
            h = min(h, control[MAX_STEP])
            info[ACCEPTED] += 1.0
            if info[ACCEPTED] + info[REJECTED] > control[STEP_LIMIT]:
                info[TIME], info[STEP], info[ERROR] = t, step, error
                return TOO_MANY_STEPS
    return DONE

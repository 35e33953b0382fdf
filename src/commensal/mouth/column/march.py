"""From the beginning to the end: adaptive steps that stop exactly where the day jumps and where a sample is wanted."""

import math

from commensal.mouth.column.acidity import settle
from commensal.mouth.column.growth import grow, set_geometry
from commensal.mouth.column.rates import LOG10_E
from commensal.mouth.column.shape import (
    BELOW_MIN,
    DEPTH,
    ENAMEL_PH,
    FILM_DEPTH,
    FREE_RUN,
    FROM_DIET,
    GROWS,
    HELD_AT_VALUE,
    LANES,
    LARGE_CLASS,
    LIFTED,
    LN_H,
    LOWEST,
    LOWEST_AT,
    LOWEST_SINCE,
    MASK,
    N_FLOWS,
    RENEWAL,
    SETTLED,
    SHORTER,
    STAYS,
    THICKNESS,
    THRESHOLD,
    Diet,
    Floats,
    Lane,
    Laws,
    Work,
)
from commensal.mouth.column.step import GAMMA, attempt, begin
from commensal.mouth.column.surface import missing
from commensal.mouth.compiled import bare
from commensal.mouth.day import SEG_BEGIN, SEG_END, SEG_MIX, SEG_SPEED

DONE, STEP_TOO_SMALL, TOO_MANY_STEPS, NO_PH = range(4)
TIME, STEP, ERROR, ACCEPTED, REJECTED, SEGMENT, ENTERED, WANTED = range(8)
"""Entries of `info`; what a run goes on from."""
N_INFO = 8
KEPT_PH, KEPT_THICKNESS, KEPT_BELOW, KEPT_LOWEST, KEPT_MISSING = range(5)
"""Rows of `kept`: at the enamel; m; minutes below the threshold so far; the lowest since the sample before; mol/m2."""
N_KEPT = 5
MAX_STEP, MIN_STEP, RESTART, TRACE, STEP_LIMIT, IS_GROWING, STOP_AT = range(7)
"""Entries of `control`: s, s, s, mmol/L, steps, 1 or 0, s."""
SAFETY, GROWTH, SHRINK = 0.9, 5.0, 0.2


@bare
def enter_segment(laws: Laws, lane: Lane, w: Work, diet: Diet, s: int, nodes: int) -> None:
    """Sets what a new segment changes at once: film exchange, what is held and at which values, what lingers."""
    segment, hold, held = diet.rows[s], diet.hold[s], diet.held[s]
    film = (nodes - 2) * LANES & MASK
    mouth = film + LANES
    for k in range(LANES):
        renewal = max(segment[SEG_MIX], segment[SEG_SPEED] * lane.mouth[RENEWAL, k])
        for kind in range(LARGE_CLASS + 1):
            w.face[kind, film + k] = renewal * lane.mouth[FILM_DEPTH, k]
        open_mouth = 1.0 / lane.mouth[DEPTH, k]
        w.inverse[0, mouth + k] = open_mouth if hold[laws.sugar] == FREE_RUN else 0.0
        w.inverse[1, mouth + k] = open_mouth if hold[laws.charge] == FREE_RUN else 0.0
    for j in range(w.pools.size):
        if s > 0:
            w.pools[j] *= math.exp(-diet.pool_rates[j] * (segment[SEG_BEGIN] - diet.rows[s - 1, SEG_BEGIN]))
        w.pools[j] += diet.doses[s, j]
    for f in range(laws.classes.size):
        if hold[f] == FREE_RUN:
            continue
        for k in range(LANES):
            value = held[f] if hold[f] == HELD_AT_VALUE else lane.rest[f, k]
            if f == laws.charge:
                value += diet.charge[s, k]
            w.totals[FROM_DIET, f, k] += lane.mouth[DEPTH, k] * (value - w.state[f, mouth + k])
            w.state[f, mouth + k] = value


@bare
def undergo(laws: Laws, lane: Lane, w: Work, diet: Diet, s: int, layers: int) -> None:
    """What an exposure does to plaque that grows, as a segment begins: some die, some settle, the top is taken off."""
    top = (layers - 1) * LANES & MASK
    for f in range(laws.classes.size):
        if diet.killed[s, f] > 0.0 and laws.inert >= 0:
            for i in range(layers):
                for k in range(LANES):
                    dz = w.lane[THICKNESS, k] / layers
                    depth = (layers - i - 0.5) * dz
                    share = 10.0 ** (-diet.killed[s, f] * math.exp(-depth / diet.kills_to[s]))
                    gone = lane.plaque[GROWS, k] * (1.0 - share) * w.state[f, i * LANES + k]
                    w.state[f, i * LANES + k] -= gone
                    w.state[laws.inert, i * LANES + k] += gone
        for k in range(LANES):
            more = lane.plaque[GROWS, k] * diet.added[s, f, k]
            w.state[f, top + k] += more * layers / w.lane[THICKNESS, k]
            w.totals[SETTLED, f, k] += more
    for k in range(LANES):
        w.lane[SHORTER, k] = diet.left[s, k]
    grow(laws, lane, w, 0.0, layers)
    for k in range(LANES):
        w.lane[SHORTER, k] = 1.0


@bare
def accept(laws: Laws, w: Work, h_s: float, layers: int) -> None:
    """Makes the trial the state and adds up the running totals.

    A substrate that a step of reactions left below 0 has been used by that much too much: so much of its use is taken
    back, with everything that was made of it. What is then still below 0 is a trace; it is lifted to 0, and counted.
    """
    count_turnover(laws, w, h_s, layers)
    for j in range(laws.order.size):
        f = laws.order[j]
        start = laws.own.ends[f - 1] if f > 0 else 0
        if start < laws.own.ends[f] and is_below(w.trial, f, layers * LANES):
            for m in range(layers * LANES):
                if w.trial[f, m] < 0.0:
                    take_back(laws, w, f, m, start, laws.own.ends[f])
    for f in range(laws.classes.size):
        nodes = layers if laws.classes[f] == STAYS else layers + 2
        for m in range(nodes * LANES):
            w.state[f, m] = w.trial[f, m]
        if f != laws.charge and is_below(w.state, f, nodes * LANES):
            for i in range(nodes):
                for k in range(LANES):
                    y = w.state[f, i * LANES + k]
                    if y < 0.0:
                        w.totals[LIFTED, f, k] -= y / w.inverse[1, i * LANES + k]
                        w.state[f, i * LANES + k] = 0.0
        for r in range(N_FLOWS):
            for k in range(LANES):
                w.totals[r, f, k] += 1.5 * w.total_stage1[r, f, k] + 0.5 * w.total_stage2[r, f, k]


@bare
def is_below(values: Floats, f: int, count: int) -> bool:
    """Whether one of the first values of a row is below 0."""
    found = 0
    for m in range(count):
        found += 1 if values[f, m] < 0.0 else 0
    return found > 0


@bare
def count_turnover(laws: Laws, w: Work, h_s: float, layers: int) -> None:
    """Adds to `extents` what each process turned over in an accepted step: 3/2 and 1/2 of its two stages."""
    gh = GAMMA * h_s
    for m in range(layers * LANES):
        w.extra[0, m] = 0.5 / w.inverse[1, m]
    for p in range(laws.constants.shape[0]):
        f = laws.implicit[p]
        if f >= 0:
            for m in range(layers * LANES):
                both = gh * w.answers[p, m] * (w.stage1[f, m] + w.stage2[f, m])
                w.extents[p, m] += w.extra[0, m] * (h_s * (w.rates[p, m] + w.trial_rates[p, m]) + both)
        else:
            for m in range(layers * LANES):
                w.extents[p, m] += w.extra[0, m] * h_s * (w.rates[p, m] + w.trial_rates[p, m])


@bare
def take_back(laws: Laws, w: Work, f: int, m: int, start: int, end: int) -> None:
    """Takes back what was used too much of field `f` in cell `m`, from those who use it in proportion."""
    k = m % LANES
    using = used(laws, w, f, m)
    if not using > 0.0:
        return
    missing = w.trial[f, m]
    for b in range(start, end):
        p = laws.own.processes[b]
        back = missing * (w.rates[p, m] + w.trial_rates[p, m]) / using
        w.extents[p, m] += back / w.inverse[1, m]
        w.uses[p, m] = back
    for other in range(laws.classes.size):
        for e in range(laws.follows.ends[other - 1] if other > 0 else 0, laws.follows.ends[other]):
            p = laws.follows.processes[e]
            if laws.implicit[p] == f:
                w.trial[other, m] += laws.follows.amounts[e, k] * w.uses[p, m]
    w.trial[f, m] = 0.0


@bare
def most_negative(laws: Laws, w: Work, h_s: float, layers: int) -> float:
    """The sum of the trial concentrations below 0 that no use can be taken back for, mmol/L or g/L."""
    total = 0.0
    cells = layers * LANES
    for f in range(laws.charge):
        if not is_below(w.trial, f, cells + 2 * LANES):
            continue
        for m in range(cells):
            if w.trial[f, m] < 0.0 and not -w.trial[f, m] <= h_s * used(laws, w, f, m):
                total += w.trial[f, m]
        for m in range(cells, cells + 2 * LANES):
            total += min(w.trial[f, m], 0.0)
    return total


@bare
def used(laws: Laws, w: Work, f: int, m: int) -> float:
    """How fast field `f` is used in cell `m` by those that answer to it: both stages' rates together."""
    using = 0.0
    for b in range(laws.own.ends[f - 1] if f > 0 else 0, laws.own.ends[f]):
        p = laws.own.processes[b]
        using -= laws.own.amounts[b, m % LANES] * (w.rates[p, m] + w.trial_rates[p, m])
    return using


@bare
def watch(lane: Lane, w: Work, t_s: float, h_s: float) -> None:
    """Minutes below the threshold and the lowest pH at the enamel; pH is taken as straight within a step."""
    for k in range(LANES):
        before, now = w.lane[ENAMEL_PH, k], 3.0 - LOG10_E * w.ph[LN_H, k]
        limit = lane.mouth[THRESHOLD, k]
        if before < limit and now < limit:
            w.lane[BELOW_MIN, k] += h_s / 60.0
        elif before < limit or now < limit:
            w.lane[BELOW_MIN, k] += h_s / 60.0 * (limit - min(before, now)) / abs(now - before)
        if now < w.lane[LOWEST, k]:
            w.lane[LOWEST, k] = now
            w.lane[LOWEST_AT, k] = t_s
        w.lane[LOWEST_SINCE, k] = min(w.lane[LOWEST_SINCE, k], now)
        w.lane[ENAMEL_PH, k] = now


@bare
def keep(
    laws: Laws, lane: Lane, w: Work, wanted: int, layers: int, kept: Floats, amounts: Floats, profiles: Floats
) -> None:  # fmt: skip
    """One sample: what `kept` and `amounts` hold, and all fields in `profiles` where those are asked for."""
    for k in range(LANES):
        kept[wanted, KEPT_PH, k] = 3.0 - LOG10_E * w.ph[LN_H, k]
        kept[wanted, KEPT_THICKNESS, k] = w.lane[THICKNESS, k]
        kept[wanted, KEPT_BELOW, k] = w.lane[BELOW_MIN, k]
        kept[wanted, KEPT_LOWEST, k] = w.lane[LOWEST_SINCE, k]
        w.lane[LOWEST_SINCE, k] = w.lane[ENAMEL_PH, k]
        kept[wanted, KEPT_MISSING, k] = missing(laws, lane, w, k) if laws.calcium >= 0 else 0.0
    for f in range(laws.classes.size):
        for k in range(LANES):
            total = 0.0
            for i in range(layers):
                total += w.state[f, i * LANES + k]
            amounts[wanted, f, k] = total * w.lane[THICKNESS, k] / layers
    if profiles.shape[0] > 0:
        for f in range(laws.classes.size):
            for m in range((layers + 2) * LANES):
                profiles[wanted, f, m] = w.state[f, m]


@bare
def march(
    laws: Laws, lane: Lane, w: Work, layers: int, floor: Floats, relative: Floats, control: Floats, diet: Diet,
    samples: Floats, kept: Floats, amounts: Floats, profiles: Floats, info: Floats,
) -> int:  # fmt: skip
    """Runs a block of lanes through its segments, from where `info` says; returns DONE or why it stopped.

    Args:
        laws, lane, w: the block; `w` holds state, pH and geometry of the moment.
        diet: what happens.
        samples: times (s) at which to keep what is there in `kept`, (samples, N_KEPT, LANES), how much of each field is
            in the plaque in `amounts`, (samples, fields, LANES), and, when `profiles` is not empty, all fields
            everywhere in `profiles`, (samples, fields, row).
        info: see TIME; a run that was stopped at `control[STOP_AT]` goes on from it bit for bit as if it had not been.
    """
    nodes = layers + 2
    wanted = int(info[WANTED])
    t, h = info[TIME], info[STEP]
    if info[ACCEPTED] == 0.0 and not settle(laws, w.state, w.ph, lane.acid, layers):
        return NO_PH
    for s in range(int(info[SEGMENT]), diet.rows.shape[0]):
        end = diet.rows[s, SEG_END]
        if s >= int(info[ENTERED]):
            enter_segment(laws, lane, w, diet, s, nodes)
            if control[IS_GROWING] != 0.0 and diet.is_event[s] != 0:
                undergo(laws, lane, w, diet, s, layers)
                if not settle(laws, w.state, w.ph, lane.acid, layers):
                    return NO_PH
            info[ENTERED] = s + 1
            h = min(h, control[RESTART])
        while True:
            while wanted < samples.size and samples[wanted] <= t:
                keep(laws, lane, w, wanted, layers, kept, amounts, profiles)
                wanted += 1
            info[SEGMENT], info[WANTED], info[TIME], info[STEP] = s, wanted, t, h
            if t >= control[STOP_AT]:
                return DONE
            if t >= end:
                break
            begin(laws, lane, w, t, diet, s, layers)
            while True:
                stop = end if wanted >= samples.size else min(end, samples[wanted])
                room = stop - t
                step = room if h >= 0.999 * room else min(h, 0.5 * room)  # no tiny step before a stop
                step = step if step < control[MAX_STEP] else control[MAX_STEP]
                error = attempt(laws, lane, w, t, step, diet, s, layers, floor, relative)
                if error <= 1.0 and most_negative(laws, w, step, layers) >= -control[TRACE]:
                    break
                info[REJECTED] += 1.0
                shrink = SAFETY / math.sqrt(error) if error > 1.0 else 0.5
                h = step * max(SHRINK, shrink if shrink == shrink else SHRINK)
                info[STEP], info[ERROR] = h, error
                if not h >= control[MIN_STEP]:
                    return STEP_TOO_SMALL
            accept(laws, w, step, layers)
            info[ERROR] = error
            if control[IS_GROWING] != 0.0:
                grow(laws, lane, w, step, layers)
            elif laws.glucan >= 0:
                set_geometry(laws, lane, w, layers)
            if not settle(laws, w.state, w.ph, lane.acid, layers):
                return NO_PH
            t = stop if step == room else t + step
            watch(lane, w, t, step)
            grown = step * min(GROWTH, SAFETY / math.sqrt(max(error, 1e-4)))
            h = max(grown, h) if step < 0.999 * h else grown
            h = min(h, control[MAX_STEP])
            info[ACCEPTED] += 1.0
            if info[ACCEPTED] + info[REJECTED] > control[STEP_LIMIT]:
                return TOO_MANY_STEPS
    return DONE

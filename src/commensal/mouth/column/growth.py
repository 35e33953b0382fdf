"""Plaque that thickens as its bacteria grow, wears off at its surface and is settled on: the grid follows.

Between steps each layer has swollen or shrunk to what its solids need at the plaque's water content; wear takes
dL/dt = -k L^2 off the top, and what settles is added to it (Wanner & Gujer 1986, Biotechnol Bioeng 28:314). Solids move
with their layer; the water and what is dissolved in it stay where they are. The film stays as deep as it is: it takes
as much of the mouth's water as growing plaque then takes over from it, and gives on what thinning plaque leaves to it.
Then everything is laid out again in layers of equal thickness, nothing lost. A mouth that is held at what somebody eats
gives and takes as well, and stays as it is: the food makes good for it.

Fixed groups come and go with the solids, their counter-ions with them; both are counted.
"""

import math

from commensal.mouth.acid_base import KB1, KB2
from commensal.mouth.column.shape import (
    D_PLAQUE,
    D_WATER,
    FILM_DEPTH,
    FIXED1,
    FIXED2,
    FROM_DIET,
    GLUCAN_MOST,
    GROWS,
    HELD,
    LAID,
    LANES,
    LARGE_CLASS,
    MATTER,
    PART,
    POROSITY,
    SETTLED,
    STAYS,
    SUGAR_CLASS,
    THICKNESS,
    WATER,
    WEAR,
    WORN,
    Floats,
    H,
    Lane,
    Laws,
    Work,
)
from commensal.mouth.compiled import compiled

LEAST_UM = 1e-6
"""A plaque is at least so thick, m: about one bacterium."""
SLOWEST = 0.05
"""Share of a diffusivity that glucan leaves at the least."""


@compiled
def set_geometry(laws: Laws, lane: Lane, w: Work, layers: int, glucan: int) -> None:
    """Conductances and volumes of plaque and film from the thickness of each lane; the mouth's are left alone.

    `glucan` is the row of the glucan that slows diffusion, or -1.
    """
    for k in range(LANES):
        set_lane(lane, w, k, layers, glucan)


@compiled
def set_lane(lane: Lane, w: Work, k: int, layers: int, glucan: int) -> None:
    """The geometry of one lane."""
    dz = w.lane[THICKNESS, k] / layers
    delta = lane.mouth[FILM_DEPTH, k]
    for i in range(layers):
        w.inverse[0, i * LANES + k] = 1.0 / dz
        w.inverse[1, i * LANES + k] = 1.0 / dz
    w.inverse[0, layers * LANES + k] = 1.0 / delta
    w.inverse[1, layers * LANES + k] = 1.0 / delta
    for kind in range(LARGE_CLASS + 1):
        inner, outer = lane.plaque[D_PLAQUE + kind, k], lane.plaque[D_WATER + kind, k]
        for i in range(layers):
            here = slowed(w.state, glucan, lane.plaque[GLUCAN_MOST, k], i * LANES + k)
            if i + 1 < layers:
                above = slowed(w.state, glucan, lane.plaque[GLUCAN_MOST, k], (i + 1) * LANES + k)
                w.face[kind, i * LANES + k] = inner / dz * 2.0 * here * above / (here + above)
            else:
                w.face[kind, i * LANES + k] = 1.0 / (0.5 * delta / outer + 0.5 * dz / (inner * here))


@compiled
def slowed(state: Floats, glucan: int, most: float, m: int) -> float:
    """The share of diffusivity that is left in a cell: 1 - E / E_most."""
    if glucan < 0:
        return 1.0
    share: float = max(1.0 - state[glucan, m] / most, SLOWEST)
    return share


@compiled
def lay_out(w: Work, which: int, layers: int, dz: float) -> int:
    """How parts between `edges[which]` are shared among layers of `dz`: entries of `w.shares`, `from_part`, `to_layer`.

    There are layers + 1 parts, the film or nothing last; what lies beyond the last layer goes to layer `layers`.
    Returns how many entries there are.
    """
    count, i = 0, 0
    for j in range(layers + 1):
        bottom, top = w.edges[which, j], w.edges[which, j + 1]
        while True:
            end = dz * (i + 1) if i < layers else math.inf
            share = 1.0 if top <= bottom else (min(end, top) - max(bottom, dz * i)) / (top - bottom)
            w.shares[which, count] = share
            w.from_part[which, count] = j
            w.to_layer[which, count] = i
            count += 1
            if end >= top:
                break
            i += 1
    return count


@compiled
def relay(w: Work, which: int, count: int, part: int, laid: int, layers: int) -> None:
    """Shares out the amounts in `w.edges[part]` as `lay_out` found, into `w.edges[laid]`."""
    for i in range(layers + 1):
        w.edges[laid, i] = 0.0
    for e in range(count):
        w.edges[laid, w.to_layer[which, e]] += w.shares[which, e] * w.edges[part, w.from_part[which, e]]


@compiled
def swell(lane: Lane, w: Work, k: int, elapsed_s: float, layers: int, dz: float, fields: int) -> None:
    """Where the layers of a lane end when each is as thick as its solids need: `w.edges[MATTER]`."""
    w.edges[MATTER, 0] = 0.0
    for i in range(layers):
        volume = 0.0
        for f in range(fields):
            if lane.density[f, k] > 0.0:
                volume += w.state[f, i * LANES + k] / lane.density[f, k]
                if i + 1 == layers:
                    volume += lane.settling[f, k] * elapsed_s / (dz * lane.density[f, k])
        w.edges[MATTER, i + 1] = w.edges[MATTER, i] + dz * volume / (1.0 - lane.plaque[POROSITY, k])
    w.edges[MATTER, layers + 1] = w.edges[MATTER, layers]


@compiled
def grow(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int, glucan: int) -> None:
    """Lets the grid follow what grew, wore off and settled in the last `elapsed_s`."""
    fields = laws.classes.size
    film, mouth = layers * LANES, (layers + 1) * LANES
    kb1, kb2 = lane.acid[KB1], lane.acid[KB2]
    for k in range(LANES):
        if lane.plaque[GROWS, k] == 0.0:
            continue
        thick = w.lane[THICKNESS, k]
        dz, delta = thick / layers, lane.mouth[FILM_DEPTH, k]
        swell(lane, w, k, elapsed_s, layers, dz, fields)
        new = max(1.0 / (1.0 / w.edges[MATTER, layers] + lane.plaque[WEAR, k] * elapsed_s), LEAST_UM)
        new_dz = new / layers
        for i in range(layers + 1):
            w.edges[WATER, i] = dz * i
        w.edges[WATER, layers + 1] = max(thick, new) + delta
        of_matter, of_water = lay_out(w, MATTER, layers, new_dz), lay_out(w, WATER, layers, new_dz)
        taken, given = max(new - thick, 0.0), max(thick - new, 0.0)
        for f in range(fields):
            for i in range(layers):
                w.edges[PART, i] = dz * w.state[f, i * LANES + k]
            if laws.classes[f] == STAYS:
                settled = lane.settling[f, k] * elapsed_s
                w.edges[PART, layers - 1] += settled
                w.edges[PART, layers] = 0.0
                relay(w, MATTER, of_matter, PART, LAID, layers)
                w.totals[SETTLED, f, k] += settled
                w.totals[WORN, f, k] += w.edges[LAID, layers]
                for i in range(layers):
                    w.state[f, i * LANES + k] = w.edges[LAID, i] / new_dz
                continue
            if f == laws.charge:  # counter-ions that fixed groups hold move with the solids, the rest with the water
                for i in range(layers):
                    h, width = w.ph[H, i * LANES + k], w.edges[MATTER, i + 1] - w.edges[MATTER, i]
                    fixed = w.ph[FIXED1, i * LANES + k] * kb1 / (kb1 + h)
                    fixed += w.ph[FIXED2, i * LANES + k] * kb2 / (kb2 + h)
                    w.edges[HELD, i] = fixed * width
                    w.edges[PART, i] -= dz * fixed
                    w.totals[SETTLED, f, k] += fixed * (width - dz)
                w.edges[HELD, layers] = 0.0
                relay(w, MATTER, of_matter, HELD, LAID, layers)
                w.totals[WORN, f, k] += w.edges[LAID, layers]
                for i in range(layers):
                    w.edges[HELD, i] = w.edges[LAID, i]
            in_mouth = w.state[f, mouth + k]
            w.edges[PART, layers] = delta * w.state[f, film + k] + taken * in_mouth
            relay(w, WATER, of_water, PART, LAID, layers)
            for i in range(layers):
                held = w.edges[HELD, i] if f == laws.charge else 0.0
                w.state[f, i * LANES + k] = (held + w.edges[LAID, i]) / new_dz
            leaves = w.edges[LAID, layers] * given / (delta + given)
            w.state[f, film + k] = (w.edges[LAID, layers] - leaves) / delta
            gain = leaves - taken * in_mouth
            open_mouth = w.inverse[0 if laws.classes[f] == SUGAR_CLASS else 1, mouth + k]
            if open_mouth > 0.0:
                w.state[f, mouth + k] += open_mouth * gain
            else:
                w.totals[FROM_DIET, f, k] -= gain
        w.lane[THICKNESS, k] = new
        set_lane(lane, w, k, layers, glucan)

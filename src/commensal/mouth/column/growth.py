"""Plaque that thickens as its bacteria grow, wears off at its surface and is settled on: the grid follows.

Between steps each layer has swollen or shrunk to what its solids need at the plaque's water content; wear takes
dL/dt = -k L^2 off the top, and what settles is added to it (Wanner & Gujer 1986, Biotechnol Bioeng 28:314). Solids move
with their layer; the water and what is dissolved in it stay where they are, so plaque that grows takes over the film's
water, and the film the mouth's. Then everything is laid out again in layers of equal thickness, nothing lost.

Fixed groups come and go with the solids, their counter-ions with them; both are counted.
"""

import numpy as np

from commensal.mouth.acid_base import KB1, KB2
from commensal.mouth.column.shape import (
    D_PLAQUE,
    D_WATER,
    DEPTH,
    FILM_DEPTH,
    FIXED1,
    FIXED2,
    GLUCAN_MOST,
    GROWS,
    LANES,
    LARGE_CLASS,
    POROSITY,
    SETTLED,
    STAYS,
    THICKNESS,
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
def relaid(old: Floats, edges: Floats, layers: int, dz: float, new: Floats) -> None:
    """Amounts per area between `edges` (layers + 2 of them: the last part is the film) laid out in layers of `dz`.

    `old` holds amounts per area of each part; parts beyond the last new layer are left in `new[layers]`.
    """
    for i in range(layers + 1):
        new[i] = 0.0
    i = 0
    for j in range(old.size):
        bottom, top = edges[j], edges[j + 1]
        width = top - bottom
        if width <= 0.0:
            new[min(i, layers)] += old[j]
            continue
        while True:
            end = dz * (i + 1) if i < layers else np.inf
            share = (min(end, top) - max(bottom, dz * i if i > 0 else -np.inf)) / width
            new[i] += old[j] * max(share, 0.0)
            if end >= top:
                break
            i += 1


@compiled
def grow(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int, glucan: int) -> None:
    """Lets the grid follow what grew, wore off and settled in the last `elapsed_s`."""
    fields = laws.classes.size
    edges, moved = np.empty(layers + 2), np.empty(layers + 2)
    part, laid = np.empty(layers + 1), np.empty(layers + 1)
    film, mouth = layers * LANES, (layers + 1) * LANES
    kb1, kb2 = lane.acid[KB1], lane.acid[KB2]
    for k in range(LANES):
        if lane.plaque[GROWS, k] == 0.0:
            continue
        thick = w.lane[THICKNESS, k]
        dz = thick / layers
        delta, depth = lane.mouth[FILM_DEPTH, k], lane.mouth[DEPTH, k]
        moved[0] = 0.0
        for i in range(layers):
            volume = 0.0
            for f in range(fields):
                if lane.density[f, k] > 0.0:
                    volume += w.state[f, i * LANES + k] / lane.density[f, k]
                    if i + 1 == layers:
                        volume += lane.settling[f, k] * elapsed_s / (dz * lane.density[f, k])
            moved[i + 1] = moved[i] + dz * volume / (1.0 - lane.plaque[POROSITY, k])
        swollen = moved[layers]
        new = max(1.0 / (1.0 / swollen + lane.plaque[WEAR, k] * elapsed_s), LEAST_UM)
        new_dz = new / layers
        for i in range(layers + 1):
            edges[i] = dz * i
        edges[layers + 1] = max(thick, new) + delta
        moved[layers + 1] = moved[layers]
        for f in range(fields):
            if laws.classes[f] == STAYS:
                for i in range(layers):
                    part[i] = dz * w.state[f, i * LANES + k]
                part[layers] = 0.0
                settled = lane.settling[f, k] * elapsed_s
                part[layers - 1] += settled
                relaid(part, moved, layers, new_dz, laid)
                w.totals[SETTLED, f, k] += settled
                w.totals[WORN, f, k] += laid[layers]
                for i in range(layers):
                    w.state[f, i * LANES + k] = laid[i] / new_dz
                continue
            outer = w.state[f, film + k]
            for i in range(layers):
                part[i] = dz * w.state[f, i * LANES + k]
            if f == laws.charge:  # counter-ions that fixed groups hold move with the solids, the rest with the water
                held = np.empty(layers + 1)
                for i in range(layers):
                    h = w.ph[H, i * LANES + k]
                    fixed = w.ph[FIXED1, i * LANES + k] * kb1 / (kb1 + h) + w.ph[FIXED2, i * LANES + k] * kb2 / (
                        kb2 + h
                    )
                    held[i] = fixed * (moved[i + 1] - moved[i])
                    part[i] -= dz * fixed
                    w.totals[SETTLED, f, k] += fixed * (moved[i + 1] - moved[i] - dz)
                held[layers] = 0.0
                relaid(held, moved, layers, new_dz, laid)
                w.totals[WORN, f, k] += laid[layers]
                for i in range(layers):
                    w.state[f, i * LANES + k] = laid[i] / new_dz
            part[layers] = outer * (edges[layers + 1] - thick)
            relaid(part, edges, layers, new_dz, laid)
            for i in range(layers):
                had = w.state[f, i * LANES + k] if f == laws.charge else 0.0
                w.state[f, i * LANES + k] = had + laid[i] / new_dz
            # The film is `delta` thick again: it takes over mouth's water, or gives its own to it.
            gain = thick - new
            left = laid[layers]
            if gain < 0.0:
                taken = w.state[f, mouth + k] * -gain
                w.state[f, film + k] = (left + gain * outer + taken) / delta
                w.state[f, mouth + k] -= taken / depth
            else:
                given = left * gain / (delta + gain)
                w.state[f, film + k] = (left - given) / delta
                w.state[f, mouth + k] += given / depth
        w.lane[THICKNESS, k] = new
        set_lane(lane, w, k, layers, glucan)

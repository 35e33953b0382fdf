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
    BEFORE,
    D_PLAQUE,
    D_WATER,
    FILM_DEPTH,
    FIXED1,
    FIXED2,
    FROM_DIET,
    GIVEN,
    GLUCAN_MOST,
    GROWS,
    HELD,
    LAID,
    LANES,
    LARGE_CLASS,
    MASK,
    MATTER,
    POROSITY,
    SETTLED,
    SHORTER,
    STAYS,
    SUGAR_CLASS,
    SWOLLEN,
    TAKEN,
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
from commensal.mouth.compiled import bare

LEAST_M = 1e-6
"""A plaque is at least so thick, m: about one bacterium. Fewer bacteria than fill it lie scattered in more water."""
SLOWEST = 0.05
"""Share of a diffusivity that glucan leaves at the least."""


@bare
def set_geometry(laws: Laws, lane: Lane, w: Work, layers: int) -> None:
    """Conductances and volumes of plaque and film from the thickness of each lane; the mouth's are left alone."""
    for k in range(LANES):
        dz = w.lane[THICKNESS, k] / layers
        for i in range(layers + 1):
            depth = dz if i < layers else lane.mouth[FILM_DEPTH, k]
            w.inverse[0, i * LANES + k] = 1.0 / depth
            w.inverse[1, i * LANES + k] = 1.0 / depth
    set_faces(laws, lane, w.state, w.lane, layers, w.face)


@bare
def set_faces(laws: Laws, lane: Lane, y: Floats, places: Floats, layers: int, face: Floats) -> None:
    """Conductances between plaque layers, and to the film, for the glucan that `y` holds; `places` is `Work.lane`."""
    for k in range(LANES):
        dz, delta, most = places[THICKNESS, k] / layers, lane.mouth[FILM_DEPTH, k], lane.plaque[GLUCAN_MOST, k]
        here = slowed(y, laws.glucan, most, k)
        for i in range(layers):
            above = slowed(y, laws.glucan, most, (i + 1) * LANES + k) if i + 1 < layers else 1.0
            between = 2.0 * here * above / ((here + above) * dz)
            for kind in range(LARGE_CLASS + 1):
                inner, outer = lane.plaque[D_PLAQUE + kind, k], lane.plaque[D_WATER + kind, k]
                if i + 1 < layers:
                    face[kind, i * LANES + k] = inner * between
                else:
                    face[kind, i * LANES + k] = 1.0 / (0.5 * delta / outer + 0.5 * dz / (inner * here))
            here = above


@bare
def slowed(state: Floats, glucan: int, most: float, m: int) -> float:
    """The share of diffusivity that is left in a cell: 1 - E / E_most."""
    if glucan < 0:
        return 1.0
    share: float = max(1.0 - state[glucan, m] / most, SLOWEST)
    return share


@bare
def swell(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int) -> None:
    """How many times as thick each layer becomes as it was, by what its solids need: `w.extra[SWOLLEN]`."""
    top = (layers - 1) * LANES & MASK
    for m in range(layers * LANES):
        w.extra[SWOLLEN, m] = 0.0
    for f in range(laws.classes.size):
        if lane.density[f] > 0.0:
            room = 1.0 / lane.density[f]
            for m in range(layers * LANES):
                w.extra[SWOLLEN, m] += room * w.state[f, m]
            for k in range(LANES):
                w.extra[SWOLLEN, top + k] += room * lane.settling[f, k] * elapsed_s * layers / w.lane[THICKNESS, k]
    for i in range(layers):
        for k in range(LANES):
            w.extra[SWOLLEN, i * LANES + k] /= 1.0 - lane.plaque[POROSITY, k]


@bare
def lay_out(w: Work, which: int, k: int, layers: int, old: float, old_top: float, new: float, new_top: float) -> int:
    """How each layer of a lane, `new` m thick, is made of old parts, in shares of their concentrations.

    Leaves in `w.laying[which, layers + d]` what layer i takes of part i + d; returns the largest |d|. Parts end at
    `w.edges[which]`. The last of both, beyond the layers, are `old_top` and `new_top` deep.
    """
    reach, i = 0, 0
    for j in range(layers + 1):
        bottom, top = w.edges[which, j], w.edges[which, j + 1]
        while True:
            end = new * (i + 1) if i < layers else math.inf
            share = 1.0 if top <= bottom else (min(end, top) - max(bottom, new * i)) / (top - bottom)
            had, has = old if j < layers else old_top, new if i < layers else new_top
            w.laying[which, layers + j - i, i * LANES + k] = share * had / has
            reach = max(reach, abs(j - i))
            if end >= top:
                break
            i += 1
    return reach


@bare
def lay(laying: Floats, which: int, reach: int, state: Floats, f: int, extra: Floats, layers: int) -> None:
    """Makes new layers, in `extra[LAID]`, of the old parts in row `f` of the state, as `lay_out` found."""
    below, same, above = layers - 1, layers, layers + 1
    for k in range(LANES):
        extra[LAID, k] = laying[which, same, k] * state[f, k] + laying[which, above, k] * state[f, LANES + k]
    for m in range(layers * LANES):  # the node above the film is the mouth: nothing is taken of it here
        extra[LAID, m + LANES] = (
            laying[which, below, m + LANES] * state[f, m]
            + laying[which, same, m + LANES] * state[f, m + LANES]
            + laying[which, above, m + LANES] * state[f, m + 2 * LANES]
        )
    for d in range(2, reach + 1):
        shift = d * LANES & MASK
        for m in range((layers + 1) * LANES - shift):
            extra[LAID, m] += laying[which, layers + d, m] * state[f, m + shift]
        for m in range((layers + 1) * LANES - shift):
            extra[LAID, m + shift] += laying[which, layers - d, m + shift] * state[f, m]


@bare
def measure(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int) -> int:
    """How thick each lane becomes, and of what its layers are made; returns how far off those parts are at most."""
    reach = 0
    swell(laws, lane, w, elapsed_s, layers)
    for k in range(LANES):
        thick = w.lane[THICKNESS, k]
        dz, delta = thick / layers, lane.mouth[FILM_DEPTH, k]
        new = thick
        if lane.plaque[GROWS, k] == 0.0:
            for i in range(layers + 1):
                w.laying[MATTER, layers, i * LANES + k] = 1.0
                w.laying[WATER, layers, i * LANES + k] = 1.0
        else:
            w.edges[MATTER, 0] = w.edges[WATER, 0] = 0.0
            for i in range(layers):
                w.edges[WATER, i + 1] = dz * (i + 1)
                w.edges[MATTER, i + 1] = w.edges[MATTER, i] + dz * w.extra[SWOLLEN, i * LANES + k]
            worn_to = w.lane[SHORTER, k] / (1.0 / w.edges[MATTER, layers] + lane.plaque[WEAR, k] * elapsed_s)
            new = max(worn_to, LEAST_M)
            if worn_to > 0.0:
                for i in range(layers):
                    w.edges[MATTER, i + 1] *= new / worn_to
                    w.extra[SWOLLEN, i * LANES + k] *= new / worn_to
            w.edges[MATTER, layers + 1] = w.edges[MATTER, layers]
            w.edges[WATER, layers + 1] = max(thick, new) + delta
            with_taken, with_given = max(new - thick, 0.0) + delta, max(thick - new, 0.0) + delta
            reach = max(reach, lay_out(w, MATTER, k, layers, dz, 0.0, new / layers, 1.0))
            reach = max(reach, lay_out(w, WATER, k, layers, dz, with_taken, new / layers, with_given))
        w.lane[TAKEN, k], w.lane[GIVEN, k] = max(new - thick, 0.0), max(thick - new, 0.0)
        w.lane[BEFORE, k], w.lane[THICKNESS, k] = thick, new
    return reach


@bare
def move_solids(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int, reach: int) -> None:
    """What stays where it is moves with its layer, wears off and is settled on."""
    top = layers * LANES & MASK
    for f in range(laws.classes.size):
        if laws.classes[f] != STAYS:
            continue
        for k in range(LANES):
            settled = lane.plaque[GROWS, k] * lane.settling[f, k] * elapsed_s
            w.state[f, top - LANES + k] += settled * layers / w.lane[BEFORE, k]
            w.totals[SETTLED, f, k] += settled
        lay(w.laying, MATTER, reach, w.state, f, w.extra, layers)
        for m in range(layers * LANES):
            w.state[f, m] = w.extra[LAID, m]
        for k in range(LANES):
            w.totals[WORN, f, k] += w.extra[LAID, top + k]


@bare
def move_counter_ions(laws: Laws, lane: Lane, w: Work, layers: int, reach: int) -> None:
    """The strong charge that fixed groups hold goes with the solids, as new layers in HELD; the rest is left."""
    kb1, kb2, f = lane.acid[KB1], lane.acid[KB2], laws.charge
    top = layers * LANES & MASK
    for i in range(layers):
        for k in range(LANES):
            m = i * LANES + k
            fixed = w.ph[FIXED1, m] * kb1 / (kb1 + w.ph[H, m]) + w.ph[FIXED2, m] * kb2 / (kb2 + w.ph[H, m])
            fixed *= lane.plaque[GROWS, k]
            grown = fixed * w.extra[SWOLLEN, m]
            w.extra[HELD, m] = w.state[f, m] - fixed
            w.state[f, m] = grown
            w.totals[SETTLED, f, k] += (grown - fixed) * w.lane[BEFORE, k] / layers
    for k in range(LANES):
        w.extra[HELD, top + k] = w.state[f, top + k]
        w.state[f, top + k] = 0.0
    lay(w.laying, MATTER, reach, w.state, f, w.extra, layers)
    for m in range((layers + 1) * LANES):
        w.state[f, m] = w.extra[HELD, m]
        w.extra[HELD, m] = w.extra[LAID, m]
    for k in range(LANES):
        w.totals[WORN, f, k] += w.extra[LAID, top + k]


@bare
def move_water(laws: Laws, lane: Lane, w: Work, layers: int, reach: int) -> None:
    """What is dissolved stays where it is; plaque, film and mouth exchange what they take over."""
    film, mouth = layers * LANES & MASK, (layers + 1) * LANES & MASK
    for f in range(laws.classes.size):
        if laws.classes[f] == STAYS:
            continue
        for k in range(LANES):
            delta, taken = lane.mouth[FILM_DEPTH, k], w.lane[TAKEN, k]
            if taken > 0.0:
                w.state[f, film + k] = (delta * w.state[f, film + k] + taken * w.state[f, mouth + k]) / (delta + taken)
        lay(w.laying, WATER, reach, w.state, f, w.extra, layers)
        for m in range((layers + 1) * LANES):
            w.state[f, m] = w.extra[LAID, m]
        row = 0 if laws.classes[f] == SUGAR_CLASS else 1
        for k in range(LANES):
            gain = w.lane[GIVEN, k] * w.state[f, film + k] - w.lane[TAKEN, k] * w.state[f, mouth + k]
            w.state[f, mouth + k] += w.inverse[row, mouth + k] * gain
            if w.inverse[row, mouth + k] == 0.0:  # held by food
                w.totals[FROM_DIET, f, k] -= gain


@bare
def grow(laws: Laws, lane: Lane, w: Work, elapsed_s: float, layers: int) -> None:
    """Lets the grid follow what grew, wore off and settled in the last `elapsed_s`."""
    reach = measure(laws, lane, w, elapsed_s, layers)
    move_solids(laws, lane, w, elapsed_s, layers, reach)
    move_counter_ions(laws, lane, w, layers, reach)
    move_water(laws, lane, w, layers, reach)
    for m in range(layers * LANES):
        w.state[laws.charge, m] += w.extra[HELD, m]
    for d in range(layers - reach, layers + reach + 1):
        for m in range((layers + 1) * LANES):
            w.laying[MATTER, d, m] = 0.0
            w.laying[WATER, d, m] = 0.0
    set_geometry(laws, lane, w, layers)

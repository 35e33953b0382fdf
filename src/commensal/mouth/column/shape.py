"""The arrays that the kernels of the column share.

Eight sites, one per lane, are advanced together so that one machine instruction serves all of them. A row holds one
quantity of a block: `row[node * LANES + lane]`, node 0 at the enamel, then plaque, film and mouth. Concentrations are
mmol/L (= mol/m3) for solutes and g/L for solids, lengths m, times s.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANES = 8
MAX_LAYERS = 64
MASK = 0xFFFFFFF
"""An offset that passed this is not negative, which the compiler must know before it makes vector code."""

ACIDS = ("lactate", "acetate", "propionate", "carbonate", "phosphate", "ammonium", "fluoride")
"""What protonates, in the order in which `Laws.acids` names its fields."""
LAC, ACE, PRO, CT, PT, NT, FT = range(7)
CHARGE_NAME = "strong_charge"

SUGAR_CLASS, ION_CLASS, GAS_CLASS, LARGE_CLASS, STAYS = range(5)
CLASSES = ("sugar", "ion", "gas", "large", "stays")
"""Ways of transport; what stays is in the plaque only."""

FREE_RUN, HELD_AT_VALUE, HELD_AT_REST = 0, 1, 2


class Laws(NamedTuple):
    """What reacts, and what moves: the same for all lanes; numbers that differ between lanes have a last axis LANES.

    Operand rows are, first, the fields of `firsts` (what is below 0 counts as 0), then one row for each factor.
    """

    firsts: Ints
    kinds: Ints
    """Of each factor: MONOD, INHIBITED, HILL, CARDINAL, BELOW of `rates`."""
    is_same_number: Ints
    """1 for a factor whose numbers are the same in all lanes."""
    sources: Ints
    """The field each factor asks for."""
    numbers: Floats
    """(factors, 3, LANES)"""
    slope_rows: Ints
    """Which row of slopes a factor fills, -1 for none."""
    constants: Floats
    """(processes, LANES)"""
    is_same_constant: Ints
    op_ends: Ints
    """Where each process's operands end in `ops`."""
    ops: Ints
    implicit: Ints
    """The field whose change each process answers to within a step; -1 for none."""
    slope_ends: Ints
    """Where each process's rows of slopes end in `slope_ops`."""
    slope_ops: Ints
    part_ends: Ints
    """Where each process's parts end in `part_fields` and `part_amounts`."""
    part_fields: Ints
    part_amounts: Floats
    """(parts, LANES): made (> 0) or used (< 0) per unit of rate."""
    is_same_part: Ints
    acids: Ints
    """Field of each of ACIDS; the row of zeros where there is none."""
    classes: Ints
    """Way of transport of each field."""
    order: Ints
    """Fields that move, strong charge left out, in the order in which a step solves them."""
    factor_rows: Ints
    """Of each field: which factored system it uses."""
    by_field_ends: Ints
    """Where the processes that a field is implicit in end in `by_field`."""
    by_field: Ints
    charge: int
    sugar: int
    """Row of hexose."""


class Lane(NamedTuple):
    """What the sites and mouths of a block are like; see the rows of `Mouths` and `Plaques`."""

    mouth: Floats
    """(N_MOUTH, LANES)"""
    rest: Floats
    """Saliva at rest, (fields, LANES)."""
    stimulated: Floats
    plaque: Floats
    """(N_PLAQUE, LANES)"""
    density: Floats
    """g/L of a solid's own volume, 0 for solutes, (fields, LANES)."""
    settling: Floats
    """What settles on the plaque, g/L x m/s (= kg/m2/s), (fields, LANES)."""
    acid: Floats
    """Dissociation constants, mmol/L, as `AcidConstants.as_array`."""


# Rows of Lane.mouth.
DEPTH, VOLUME, FLOW_REST, FLOW_MORE, HALF_TASTE, DAY_SWING, DAY_PEAK, SLEEP_SHARE, RENEWAL, FILM_DEPTH, THRESHOLD = (
    range(11)
)
N_MOUTH = 11
# Rows of Lane.plaque: fixed groups, whether its grid follows what grows (1 or 0), how fast it wears, its water, how
# glucan slows diffusion, and four diffusivities in plaque and four in water.
FIX1, FIX2, GROWS, WEAR, POROSITY, GLUCAN_MOST = range(6)
D_PLAQUE = 6
D_WATER = 10
N_PLAQUE = 14


class Work(NamedTuple):
    """Everything that changes during a run. `state` alone, with `geometry`, `ln_h` and the totals, is what counts."""

    state: Floats
    """(fields + 1 + DERIVED, row): the fields, a row of zeros, what rate laws derive from fields and pH."""
    trial: Floats
    rate: Floats
    stage1: Floats
    stage2: Floats
    operands: Floats
    slopes: Floats
    rates: Floats
    """(processes, cells) at the start of the step."""
    answers: Floats
    """(processes, cells): how each rate answers to its implicit field."""
    trial_rates: Floats
    extra: Floats
    """(2, row)"""
    ph: Floats
    """(N_PH, row)"""
    valence: Floats
    """(len(ACIDS), row)"""
    face: Floats
    """(classes, row): conductance of the face above each node, m/s."""
    inverse: Floats
    """(2, row): 1 / volume of each node for hexose and for all else, 1/m; 0 where it is held."""
    factors: Floats
    """(systems, 3, row)"""
    totals: Floats
    """(N_TOTALS, fields, LANES), mmol/L x m or g/m2 x 1e3 of plaque area."""
    total_rate: Floats
    total_stage1: Floats
    total_stage2: Floats
    extents: Floats
    """(processes, LANES): what each process turned over, mmol/L x m."""
    lane: Floats
    """(N_LANE, LANES)"""
    edges: Floats
    """(N_EDGES, layers + 2): one lane's plaque and film while they are laid out anew."""
    shares: Floats
    """(2, 2 (layers + 1)): of MATTER and of WATER, which share of a part comes to which layer."""
    from_part: Ints
    to_layer: Ints


# Rows of Work.ph.
LN_H, H, LN_H_START, H_START, FREE, SHARE, FREED, ONE, WORK1, WORK2, FIXED1, FIXED2, LOSS = range(13)
N_PH = 13
# Rows of Work.totals.
FROM_SALIVA, FROM_DIET, SWALLOWED, LIFTED, SETTLED, WORN = range(6)
N_TOTALS = 6
N_FLOWS = 3
"""The first totals run with the step; the others are added to between steps."""
# Rows of Work.lane.
WASH, WASH_START, SALIVA, STIMULUS, BELOW_MIN, LOWEST, LOWEST_AT, ENAMEL_PH, THICKNESS = range(9)
N_LANE = 9
# Rows of Work.edges: where parts end, m, for solids and for what is dissolved; amounts per area.
MATTER, WATER, PART, LAID, HELD = range(5)
N_EDGES = 5

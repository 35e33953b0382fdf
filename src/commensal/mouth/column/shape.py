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


class Sums(NamedTuple):
    """What is added to each field: amounts (> 0 made, < 0 used, per unit of rate) times rows, one for each process."""

    ends: Ints
    """Where each field's entries end in `processes` and `amounts`."""
    processes: Ints
    amounts: Floats
    """(entries, LANES)"""
    is_same: Ints
    """Of each field: 1 where all its amounts are the same in all lanes."""


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
    made: Sums
    """Everything that processes make and use."""
    follows: Sums
    """What processes make and use with their implicit field; that field itself is left out."""
    own: Sums
    """How processes use their implicit field."""
    is_derived: int
    """1 when a factor asks for one of DERIVED."""
    acids: Ints
    """Field of each of ACIDS; the row of zeros where there is none."""
    classes: Ints
    """Way of transport of each field."""
    order: Ints
    """Fields that move, in the order in which a step solves them; strong charge last."""
    systems: Ints
    """Of each factored system: a field that uses it."""
    factor_rows: Ints
    """Of each field: which factored system it uses; -1 for none."""
    charge: int
    sugar: int
    """Row of hexose."""
    glucan: int
    """Row of the glucan that slows diffusion; -1 for none."""
    inert: int
    """Row of what dead bacteria leave; -1 for none."""
    calcium: int
    """Row of calcium where plaque lies on enamel; -1 where none does."""


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
    """g/L of a solid's own volume, 0 for solutes, (fields,)."""
    settling: Floats
    """What settles on the plaque, g/L x m/s (= kg/m2/s), (fields, LANES)."""
    acid: Floats
    """Dissociation constants, mmol/L, as `AcidConstants.as_array`."""
    enamel: Floats
    """What the rate law of enamel needs, and ionic strength last, for each lane, (LANES, constants)."""


class Diet(NamedTuple):
    """What happens to a block, one row for each segment; fields that nothing brings run free."""

    rows: Floats
    """(segments, SEG_COLUMNS)"""
    hold: Ints
    """FREE_RUN, HELD_AT_VALUE or HELD_AT_REST, (segments, fields)."""
    held: Floats
    """mmol/L, (segments, fields)"""
    drink: Floats
    """mmol/L of what flows through the mouth, (segments, fields)."""
    charge: Floats
    """Strong charge that comes with what is held, over that of resting saliva, mmol/L, (segments, LANES)."""
    doses: Floats
    """umol that each pool gets as a segment begins, (segments, pools)."""
    pool_fields: Ints
    """The field each pool feeds, (pools,)."""
    pool_charges: Floats
    """Strong charge that comes with a mmol of it, (pools, LANES)."""
    pool_rates: Floats
    """1/s, (pools,)"""
    is_event: Ints
    """1 where something is done to the plaque as a segment begins, (segments,)."""
    left: Floats
    """Share of the plaque's thickness that stays as a segment begins, (segments, LANES)."""
    killed: Floats
    """log10 of how many tenfold fewer live at the surface as a segment begins, (segments, fields)."""
    kills_to: Floats
    """Depth at which that is down to 1/e, m, (segments,)."""
    added: Floats
    """What settles as a segment begins, g/L x m (= kg/m2), (segments, fields, LANES)."""


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
# Whether it lies on enamel (1 or 0), the mineral missing at the start, and the most that can be, mol/m2.
ON_ENAMEL, DEFICIT, DEFICIT_MOST = 14, 15, 16
N_PLAQUE = 17


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
    uses: Floats
    """(processes, cells): by how much a stage changes each rate through its implicit field."""
    loss: Floats
    """(fields, row): what a field loses at once, 1/s."""
    extra: Floats
    """(N_EXTRA, row)"""
    ph: Floats
    """(N_PH, row)"""
    valence: Floats
    """(len(ACIDS), row)"""
    face: Floats
    """(classes, row): conductance of the face above each node, m/s."""
    trial_face: Floats
    """The same in the second stage of a step, for the glucan that is there by then."""
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
    """(processes, cells): what each process turned over, mmol/L x m."""
    lane: Floats
    """(N_LANE, LANES)"""
    edges: Floats
    """(2, layers + 2): where the parts of one lane end before they are laid out anew, m; MATTER and WATER."""
    pools: Floats
    """umol of what lingers in the mouth, as the segment began, (pools,)."""
    laying: Floats
    """(2, 2 layers + 1, row): what each new layer takes of each part; 0 between two looks at what grew."""


# Rows of Work.ph.
LN_H, H, LN_H_START, H_START, FREE, SHARE, FREED, ONE, WORK1, WORK2, FIXED1, FIXED2 = range(12)
N_PH = 12
# Rows of Work.totals.
FROM_SALIVA, FROM_DIET, SWALLOWED, FROM_ENAMEL, LIFTED, SETTLED, WORN = range(7)
N_TOTALS = 7
N_FLOWS = 4
"""The first totals run with the step; the others are added to between steps."""
# Rows of Work.lane.
(
    WASH,
    WASH_START,
    SALIVA,
    STIMULUS,
    BELOW_MIN,
    LOWEST,
    LOWEST_AT,
    ENAMEL_PH,
    THICKNESS,
    BEFORE,
    TAKEN,
    GIVEN,
    SHORTER,
    LOWEST_SINCE,
) = range(14)
N_LANE = 14
# What moves with the solids, and what stays where it is.
MATTER, WATER = range(2)
# Rows of Work.extra while plaque grows; at other times they are anybody's.
LAID, HELD, SWOLLEN = range(3)
N_EXTRA = 3

"""The solutes of the column and the shape in which the kernels keep them.

Concentrations are mmol/L (= mol/m3). Eight sites, one per lane, are advanced together so that one machine
instruction serves all of them; every quantity of a block of lanes is one row of a flat workspace:

    w[ROW * STRIDE + node * LANES + lane]        node 0 is at the enamel, then plaque, film, mouth

Offsets are compile-time constants: that is what lets the compiler see that rows never overlap.
"""

LANES = 8
MAX_LAYERS = 64
STRIDE = (MAX_LAYERS + 3) * LANES

FIELDS = (
    "sugar",
    "arginine",
    "lactate",
    "acetate",
    "propionate",
    "carbonate",
    "phosphate",
    "ammonium",
    "strong_charge",
)
"""In the order in which they are solved: each depends only on those before it."""
SUGAR, ARG, LAC, ACE, PRO, CT, PT, NT, CHARGE = range(9)
N_FIELDS = 9

# Solutes: state, trial state, its rate of change, the two stages.
STATE = 0
TRIAL = STATE + N_FIELDS
RATE = TRIAL + N_FIELDS
STAGE1 = RATE + N_FIELDS
STAGE2 = STAGE1 + N_FIELDS
# Acid-base: ln h and h (mmol/L), the same at the start of the step, free strong charge, and how that charge
# answers to others: see `acid_base.charge_slopes`. VALENCE has one row per field (SUGAR, ARG, CHARGE unused).
LN_H = STAGE2 + N_FIELDS
H = LN_H + 1
LN_H_START = H + 1
H_START = LN_H_START + 1
FREE = H_START + 1
SHARE = FREE + 1
FREED = SHARE + 1
VALENCE = FREED + 1
FIX1 = VALENCE + N_FIELDS
FIX2 = FIX1 + 1
# Transport: conductance of the face above each node (m/s) and 1/volume of each node (1/m; 0 where held), both
# for sugar and for the rest; ones; two rows to work in.
FACE_SUGAR = FIX2 + 1
FACE_ION = FACE_SUGAR + 1
INV_SUGAR = FACE_ION + 1
INV_ION = INV_SUGAR + 1
ONE = INV_ION + 1
WORK1 = ONE + 1
WORK2 = WORK1 + 1
# Reactions: three rates (mmol/L/s) and three slopes (1/s), at the start of the step and in between.
REACT_START = WORK2 + 1
REACT_TRIAL = REACT_START + 6
# What the reactions need, repeated over the layers. PH_* are three rows: lowest, best, highest pH.
V_SUGAR = REACT_TRIAL + 6
K_SUGAR = V_SUGAR + 1
V_ARG = K_SUGAR + 1
K_ARG = V_ARG + 1
V_LAC = K_ARG + 1
K_LAC = V_LAC + 1
PH_SUGAR = K_LAC + 1
PH_LAC = PH_SUGAR + 3
YIELD_LAC = PH_LAC + 3
YIELD_ACE = YIELD_LAC + 1
OWN_LAC = YIELD_ACE + 1
OWN_ACE = OWN_LAC + 1
# Factors of the implicit systems: multiplier, upper band, inverse pivot; their diagonal losses (1/s).
LOSS = OWN_ACE + 1
FACTOR_SUGAR = LOSS + 1
FACTOR_ARG = FACTOR_SUGAR + 3
FACTOR_LAC = FACTOR_ARG + 3
FACTOR_PLAIN = FACTOR_LAC + 3
FACTOR_CHARGE = FACTOR_PLAIN + 3
# From here on only the first LANES entries of a row are used. The mouth and the film of each lane:
DEPTH = FACTOR_CHARGE + 3  # mouth volume per plaque area, m
WASH = DEPTH + 1  # 1/s: share of the mouth's content swallowed, now
WASH_START = WASH + 1  # the same at the start of the step
VOLUME = WASH_START + 1  # mL
FLOW_REST = VOLUME + 1  # mL/min, unstimulated, mean of the day
FLOW_MORE = FLOW_REST + 1  # mL/min, added at full stimulation
HALF_TASTE = FLOW_MORE + 1  # mmol/L
DAY_SWING = HALF_TASTE + 1  # 0-1
DAY_PEAK = DAY_SWING + 1  # s after midnight
SLEEP_SHARE = DAY_PEAK + 1  # 0-1
RENEWAL = SLEEP_SHARE + 1  # 1/s: film speed / crossing length
FILM_DEPTH = RENEWAL + 1  # m
THRESHOLD = FILM_DEPTH + 1  # pH
REST = THRESHOLD + 1  # composition of saliva, one row per field, mmol/L
STIMULATED = REST + N_FIELDS
# Running totals per plaque area (mmol/L x m): one row per field for what saliva brings, what the diet brings
# and what is swallowed; then hexose, arginine and lactate used. Their rates and stages likewise.
FROM_SALIVA = 0
FROM_DIET = N_FIELDS
SWALLOWED = 2 * N_FIELDS
USED = 3 * N_FIELDS
N_TOTALS = USED + 3
TOTAL = STIMULATED + N_FIELDS
TOTAL_RATE = TOTAL + N_TOTALS
TOTAL_STAGE1 = TOTAL_RATE + N_TOTALS
TOTAL_STAGE2 = TOTAL_STAGE1 + N_TOTALS
CLIPPED = TOTAL_STAGE2 + N_TOTALS  # what was added so that no trace is below 0, one row per field
# What one site met: minutes below THRESHOLD at the enamel, lowest pH there and when (s), pH there now.
BELOW = CLIPPED + N_FIELDS
LOWEST = BELOW + 1
LOWEST_AT = LOWEST + 1
ENAMEL_PH = LOWEST_AT + 1
ROWS = ENAMEL_PH + 1

# Columns of one segment of the day: between its ends nothing jumps.
SEG_BEGIN, SEG_END, SEG_MIX, SEG_SPEED, SEG_DRINK, SEG_RELEASE, SEG_CHEW, SEG_ASLEEP = range(8)
SEG_COLUMNS = 8
FREE_RUN, HELD_AT_VALUE, HELD_AT_REST = 0, 1, 2

"""What plaque makes and uses: rates in each cell and how they answer to their own substrate (sections 2, 4 and 8).

All rates are per plaque volume, mmol/L/s:

    glycolysis    V Suc/(K+Suc) gP(pH)              sugar -> lactate and acetate by their yields
    arginine      V Arg/(K+Arg)                     Arg -> 2 NT + CT (ornithine is not followed)
    veillonella   V LacT/(K+LacT) gP(pH)            LacT -> 1/3 AceT + 2/3 ProT + 1/3 CT
    endogenous    constant                          host substances -> LacT and AceT

gP is Rosso's cardinal-pH factor: 0 outside its lowest and highest pH, 1 at its best.
"""

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import LOG10_E
from commensal.mouth.compiled import compiled
from commensal.mouth.fields import (
    ACE,
    ARG,
    CT,
    K_ARG,
    K_LAC,
    K_SUGAR,
    LAC,
    LANES,
    LN_H,
    NT,
    OWN_ACE,
    OWN_LAC,
    PH_LAC,
    PH_SUGAR,
    PRO,
    STRIDE,
    SUGAR,
    V_ARG,
    V_LAC,
    V_SUGAR,
    YIELD_ACE,
    YIELD_LAC,
)

Floats = NDArray[np.float64]


@compiled
def cardinal(ph: float, lowest: float, best: float, highest: float) -> float:
    """Rosso's factor, 0-1.

    >>> cardinal(7.0, 4.0, 7.0, 9.0), cardinal(3.9, 4.0, 7.0, 9.0), round(cardinal(5.5, 4.0, 7.0, 9.0), 3)
    (1.0, 0.0, 0.7)
    """
    p = min(max(ph, lowest), highest)
    product = (p - lowest) * (p - highest)
    return product / (product - (p - best) * (p - best))


@compiled
def rates(w: Floats, first_field: int, out: int, layers: int, has_arg: bool, has_lac: bool) -> None:
    """Six rows from `out`: rates of glycolysis, arginine and lactate use, then their slopes by own substrate.

    In every plaque cell; a trace below 0 makes nothing.
    """
    base, o = first_field * STRIDE & 0xFFFFFFF, out * STRIDE & 0xFFFFFFF
    for m in range(layers * LANES):
        ph = 3.0 - LOG10_E * w[LN_H * STRIDE + m]
        low, high = w[PH_SUGAR * STRIDE + m], w[(PH_SUGAR + 2) * STRIDE + m]
        p = min(max(ph, low), high)
        product = (p - low) * (p - high)
        off = p - w[(PH_SUGAR + 1) * STRIDE + m]
        vmax = w[V_SUGAR * STRIDE + m] * product / (product - off * off)
        sugar = max(w[base + SUGAR * STRIDE + m], 0.0)
        half = w[K_SUGAR * STRIDE + m]
        inv = 1.0 / (half + sugar)
        w[o + m] = vmax * sugar * inv
        w[o + 3 * STRIDE + m] = vmax * half * inv * inv
    if has_arg:
        for m in range(layers * LANES):
            arginine = max(w[base + ARG * STRIDE + m], 0.0)
            half = w[K_ARG * STRIDE + m]
            inv = 1.0 / (half + arginine)
            vmax = w[V_ARG * STRIDE + m]
            w[o + STRIDE + m] = vmax * arginine * inv
            w[o + 4 * STRIDE + m] = vmax * half * inv * inv
    if has_lac:
        for m in range(layers * LANES):
            ph = 3.0 - LOG10_E * w[LN_H * STRIDE + m]
            low, high = w[PH_LAC * STRIDE + m], w[(PH_LAC + 2) * STRIDE + m]
            p = min(max(ph, low), high)
            product = (p - low) * (p - high)
            off = p - w[(PH_LAC + 1) * STRIDE + m]
            vmax = w[V_LAC * STRIDE + m] * product / (product - off * off)
            lactate = max(w[base + LAC * STRIDE + m], 0.0)
            half = w[K_LAC * STRIDE + m]
            inv = 1.0 / (half + lactate)
            w[o + 2 * STRIDE + m] = vmax * lactate * inv
            w[o + 5 * STRIDE + m] = vmax * half * inv * inv


@compiled
def add_lactate(w: Floats, out: int, hexose: int, own: float, scale: float, layers: int) -> None:
    """Adds to row `out` the lactate made from the hexose in row `hexose`, and `own` times the endogenous one."""
    o, s = out * STRIDE & 0xFFFFFFF, hexose * STRIDE & 0xFFFFFFF
    for m in range(layers * LANES):
        w[o + m] += scale * (w[YIELD_LAC * STRIDE + m] * w[s + m] + own * w[OWN_LAC * STRIDE + m])


@compiled
def add_others(w: Floats, out: int, used: int, own: float, scale: float, layers: int) -> None:
    """Adds to the fields from row `out` all other products of the three rows of use from `used` on."""
    o, s = out * STRIDE & 0xFFFFFFF, used * STRIDE & 0xFFFFFFF
    for m in range(layers * LANES):
        hexose, arginine, lactate = w[s + m], w[s + STRIDE + m], w[s + 2 * STRIDE + m]
        acetate = w[YIELD_ACE * STRIDE + m] * hexose + lactate / 3.0 + own * w[OWN_ACE * STRIDE + m]
        w[o + ACE * STRIDE + m] += scale * acetate
        w[o + PRO * STRIDE + m] += scale * (2.0 / 3.0) * lactate
        w[o + CT * STRIDE + m] += scale * (lactate / 3.0 + arginine)
        w[o + NT * STRIDE + m] += scale * 2.0 * arginine

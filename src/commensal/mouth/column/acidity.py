"""pH from electroneutrality in the cells of a block: the root, sweep by sweep, and its slopes (model, section 2).

Symbols are those of the model page; all concentrations and constants in mmol/L, h = [H+] in mmol/L:

    0 = S + NT h/(h+Kn) + h - Kw/h - LacT Kl/(Kl+h) - AceT Ka/(Ka+h) - ProT Kp/(Kp+h) - FT Kf/(Kf+h)
        - CT nbar(h; K1, K2) - PT nbar(h; P1, P2, P3) - B1 Kb1/(Kb1+h) - B2 Kb2/(Kb2+h)

It rises steadily with ln h, so there is one root. Newton's method in ln h starts from the last pH and takes
steps of at most 2; what has not settled is looked for within brackets.
"""

import math

from commensal.mouth.acid_base import K1, K2, KA, KB1, KB2, KF, KL, KN, KP, KW, P1, P2, P3, bracketed_ln_h
from commensal.mouth.column.shape import (
    ACE,
    CT,
    FIXED1,
    FIXED2,
    FREE,
    FREED,
    FT,
    LAC,
    LANES,
    LN_H,
    NT,
    PRO,
    PT,
    SHARE,
    WORK1,
    WORK2,
    Floats,
    H,
    Laws,
)
from commensal.mouth.compiled import bare

SETTLED = 1e-4
"""A Newton step in ln h below this is the last: the next would be its square, 1e-8, which is 4e-9 pH."""
MOST_SWEEPS = 8


@bare
def charge_and_slope(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> None:
    """WORK1 = net charge and WORK2 = its slope by ln h in every plaque cell, fixed groups left out.

    Two passes, because the compiler makes vector code of each but not of both in one.
    """
    lac, ace, pro = laws.acids[LAC], laws.acids[ACE], laws.acids[PRO]
    ct, pt, nt, ft = laws.acids[CT], laws.acids[PT], laws.acids[NT], laws.acids[FT]
    charge = laws.charge
    kw, kn, kl, ka, kp, kf = acid[KW], acid[KN], acid[KL], acid[KA], acid[KP], acid[KF]
    k1, k12 = acid[K1], acid[K1] * acid[K2]
    p1, p12, p123 = acid[P1], acid[P1] * acid[P2], acid[P1] * acid[P2] * acid[P3]
    for m in range(layers * LANES):
        h = ph[H, m]
        oh = kw / h
        inv = 1.0 / (h + kn)
        part = y[nt, m] * h * inv
        g = y[charge, m] + part + h - oh
        slope = h + oh + part * kn * inv
        inv = 1.0 / (kl + h)
        part = y[lac, m] * kl * inv
        g -= part
        slope += part * h * inv
        inv = 1.0 / (ka + h)
        part = y[ace, m] * ka * inv
        g -= part
        slope += part * h * inv
        inv = 1.0 / (kp + h)
        part = y[pro, m] * kp * inv
        ph[WORK1, m] = g - part
        ph[WORK2, m] = slope + part * h * inv
    if ft < laws.classes.size:
        for m in range(layers * LANES):
            h = ph[H, m]
            inv = 1.0 / (kf + h)
            part = y[ft, m] * kf * inv
            ph[WORK1, m] -= part
            ph[WORK2, m] += part * h * inv
    for m in range(layers * LANES):
        h = ph[H, m]
        inv = 1.0 / (h * (h + k1) + k12)
        n1 = k1 * h * inv
        n2 = k12 * inv
        mean = n1 + 2.0 * n2
        total = y[ct, m]
        g = ph[WORK1, m] - total * mean
        slope = ph[WORK2, m] + total * (n1 + 4.0 * n2 - mean * mean)
        inv = 1.0 / (h * (h * (h + p1) + p12) + p123)
        n1 = p1 * h * h * inv
        n2 = p12 * h * inv
        n3 = p123 * inv
        mean = n1 + 2.0 * n2 + 3.0 * n3
        total = y[pt, m]
        ph[WORK1, m] = g - total * mean
        ph[WORK2, m] = slope + total * (n1 + 4.0 * n2 + 9.0 * n3 - mean * mean)


@bare
def newton_sweep(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> float:
    """One Newton step in ln h in every plaque cell of every lane; returns the root of the sum of their squares.

    Reads the fields in `y`, renews LN_H and H.
    """
    kb1, kb2 = acid[KB1], acid[KB2]
    charge_and_slope(laws, y, ph, acid, layers)
    total = 0.0
    for m in range(layers * LANES):
        h = ph[H, m]
        inv = 1.0 / (kb1 + h)
        part = ph[FIXED1, m] * kb1 * inv
        g = ph[WORK1, m] - part
        slope = ph[WORK2, m] + part * h * inv
        inv = 1.0 / (kb2 + h)
        part = ph[FIXED2, m] * kb2 * inv
        step = (part - g) / (slope + part * h * inv)
        step = min(max(step, -2.0), 2.0)
        ph[LN_H, m] += step
        ph[H, m] = h * (12.0 + step * (6.0 + step)) / (12.0 - step * (6.0 - step))
        total += step * step
    return math.sqrt(total)


@bare
def free_charge(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> None:
    """FREE = S_tot - Fix(h) in the plaque cells, from the h that is there; S_tot in film and mouth."""
    kb1, kb2, charge = acid[KB1], acid[KB2], laws.charge
    for m in range(layers * LANES):
        h = ph[H, m]
        fixed = ph[FIXED1, m] * kb1 / (kb1 + h) + ph[FIXED2, m] * kb2 / (kb2 + h)
        ph[FREE, m] = y[charge, m] - fixed
    for m in range(layers * LANES, (layers + 2) * LANES):
        ph[FREE, m] = y[charge, m]


@bare
def charge_slopes(laws: Laws, y: Floats, ph: Floats, valence: Floats, acid: Floats, layers: int) -> None:
    """How the free charge answers to each solute: d FREE = SHARE dS + FREED sum(z_j dC_j), at constant Fix groups.

    SHARE is the mobile share of all buffering (0-1) and FREED = SHARE - 1; z_j, in `valence`, is the charge one mole
    of acid j brings at this pH. Film and mouth have no fixed groups: SHARE = 1, FREED = 0.
    """
    kn, kl, ka, kp, kf = acid[KN], acid[KL], acid[KA], acid[KP], acid[KF]
    k1, k2, k12 = acid[K1], acid[K2], acid[K1] * acid[K2]
    p1, p12, p123 = acid[P1], acid[P1] * acid[P2], acid[P1] * acid[P2] * acid[P3]
    kb1, kb2 = acid[KB1], acid[KB2]
    charge_and_slope(laws, y, ph, acid, layers)
    for m in range(layers * LANES):
        h = ph[H, m]
        inv = 1.0 / (kb1 + h)
        fixed = ph[FIXED1, m] * kb1 * h * inv * inv
        inv = 1.0 / (kb2 + h)
        fixed += ph[FIXED2, m] * kb2 * h * inv * inv
        freed = -fixed / (ph[WORK2, m] + fixed)
        ph[FREED, m] = freed
        ph[SHARE, m] = 1.0 + freed
    for m in range(layers * LANES):
        h = ph[H, m]
        valence[NT, m] = h / (h + kn)
        valence[LAC, m] = -kl / (kl + h)
        valence[ACE, m] = -ka / (ka + h)
        valence[PRO, m] = -kp / (kp + h)
        valence[FT, m] = -kf / (kf + h)
    for m in range(layers * LANES):
        h = ph[H, m]
        valence[CT, m] = -k1 * (h + 2.0 * k2) / (h * (h + k1) + k12)
        valence[PT, m] = -(h * (h * p1 + 2.0 * p12) + 3.0 * p123) / (h * (h * (h + p1) + p12) + p123)


@bare
def settle(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> bool:
    """Newton sweeps until every cell has settled, brackets for the rest; False when a cell has no pH (NaN)."""
    for _ in range(MOST_SWEEPS):
        if newton_sweep(laws, y, ph, acid, layers) < SETTLED:
            return True
    solutes = ph[WORK1]
    for m in range(layers * LANES):
        for j in range(laws.acids.size):
            solutes[j] = y[laws.acids[j], m]
        root = bracketed_ln_h(y[laws.charge, m], solutes, ph[FIXED1, m], ph[FIXED2, m], acid)
        if root != root:
            return False
        ph[LN_H, m] = root
        ph[H, m] = math.exp(root)
    return True

"""pH from electroneutrality: the charge balance of every node, its root and its slopes (plaque model, section 2).

Symbols are those of the model page; all concentrations and constants in mmol/L, h = [H+] in mmol/L:

    0 = S + NT h/(h+Kn) + h - Kw/h - LacT Kl/(Kl+h) - AceT Ka/(Ka+h) - ProT Kp/(Kp+h)
        - CT nbar(h; K1, K2) - PT nbar(h; P1, P2, P3) - B1 Kb1/(Kb1+h) - B2 Kb2/(Kb2+h)

It rises steadily with ln h, so there is one root. Newton's method in ln h starts from the last pH and takes
steps of at most 2; what has not settled is bisected. Leaves out: fluoride (FT) and calcium, which have no
state of their own in this form of the twin; activities (the constants are conditional).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.fields import (
    ACE,
    CHARGE,
    CT,
    FIX1,
    FIX2,
    FREE,
    FREED,
    LAC,
    LANES,
    LN_H,
    NT,
    PRO,
    PT,
    SHARE,
    STRIDE,
    VALENCE,
    WORK1,
    WORK2,
    H,
)
from commensal.mouth.parameters import Parameters

Floats = NDArray[np.float64]
KW, KN, KL, KA, KP, K1, K2, P1, P2, P3, KB1, KB2 = range(12)
LOG10_E = 0.4342944819032518
MOST_BISECTIONS = 200
SETTLED = 1e-4
"""A Newton step in ln h below this is the last: the next would be its square, 1e-8, which is 4e-9 pH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcidConstants:
    """pK values at 37 C, conditional at the ionic strength of saliva and plaque fluid."""

    pkw: float
    ammonium: float
    lactic: float
    acetic: float
    propionic: float
    carbonic_1: float
    carbonic_2: float
    phosphoric_1: float
    phosphoric_2: float
    phosphoric_3: float
    fixed_1: float
    fixed_2: float

    @classmethod
    def of(cls, parameters: Parameters) -> "AcidConstants":
        """The constants of a parameter set (its rows named `pk_...`)."""
        return cls(**{name: parameters.value(f"pk_{name.removeprefix('pk')}") for name in cls.__slots__})

    def as_array(self) -> Floats:
        """Dissociation constants in mmol/L, in the order the kernels expect; Kw in (mmol/L)^2."""
        pk = np.array([getattr(self, name) for name in self.__slots__], dtype=np.float64)
        k: Floats = 10.0 ** (3.0 - pk)
        k[KW] = 10.0 ** (6.0 - pk[KW])
        return k


@compiled
def charge_and_slope(w: Floats, first_field: int, layers: int, k: Floats) -> None:
    """WORK1 = net charge and WORK2 = its slope by ln h in every plaque cell, fixed groups left out.

    Two passes, because the compiler makes vector code of each but not of both in one.
    """
    base = first_field * STRIDE & 0xFFFFFFF
    kw, kn, kl, ka, kp = k[KW], k[KN], k[KL], k[KA], k[KP]
    k1, k12 = k[K1], k[K1] * k[K2]
    p1, p12, p123 = k[P1], k[P1] * k[P2], k[P1] * k[P2] * k[P3]
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        oh = kw / h
        inv = 1.0 / (h + kn)
        part = w[base + NT * STRIDE + m] * h * inv
        g = w[base + CHARGE * STRIDE + m] + part + h - oh
        slope = h + oh + part * kn * inv
        inv = 1.0 / (kl + h)
        part = w[base + LAC * STRIDE + m] * kl * inv
        g -= part
        slope += part * h * inv
        inv = 1.0 / (ka + h)
        part = w[base + ACE * STRIDE + m] * ka * inv
        g -= part
        slope += part * h * inv
        inv = 1.0 / (kp + h)
        part = w[base + PRO * STRIDE + m] * kp * inv
        w[WORK1 * STRIDE + m] = g - part
        w[WORK2 * STRIDE + m] = slope + part * h * inv
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        inv = 1.0 / (h * (h + k1) + k12)
        n1 = k1 * h * inv
        n2 = k12 * inv
        mean = n1 + 2.0 * n2
        ct = w[base + CT * STRIDE + m]
        g = w[WORK1 * STRIDE + m] - ct * mean
        slope = w[WORK2 * STRIDE + m] + ct * (n1 + 4.0 * n2 - mean * mean)
        inv = 1.0 / (h * (h * (h + p1) + p12) + p123)
        n1 = p1 * h * h * inv
        n2 = p12 * h * inv
        n3 = p123 * inv
        mean = n1 + 2.0 * n2 + 3.0 * n3
        pt = w[base + PT * STRIDE + m]
        w[WORK1 * STRIDE + m] = g - pt * mean
        w[WORK2 * STRIDE + m] = slope + pt * (n1 + 4.0 * n2 + 9.0 * n3 - mean * mean)


@compiled
def newton_sweep(w: Floats, first_field: int, layers: int, k: Floats) -> float:
    """One Newton step in ln h in every plaque cell of every lane; returns the root of the sum of their squares.

    Reads the solutes at `first_field` (the state or the trial state), renews LN_H and H.
    """
    kb1, kb2 = k[KB1], k[KB2]
    charge_and_slope(w, first_field, layers, k)
    total = 0.0
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        inv = 1.0 / (kb1 + h)
        part = w[FIX1 * STRIDE + m] * kb1 * inv
        g = w[WORK1 * STRIDE + m] - part
        slope = w[WORK2 * STRIDE + m] + part * h * inv
        inv = 1.0 / (kb2 + h)
        part = w[FIX2 * STRIDE + m] * kb2 * inv
        step = (part - g) / (slope + part * h * inv)
        step = min(max(step, -2.0), 2.0)
        w[LN_H * STRIDE + m] += step
        w[H * STRIDE + m] = h * (12.0 + step * (6.0 + step)) / (12.0 - step * (6.0 - step))
        total += step * step
    return math.sqrt(total)


@compiled
def free_charge(w: Floats, first_field: int, layers: int, k: Floats) -> None:
    """FREE = S_tot - Fix(h) in the plaque cells, from the h that is there."""
    base = first_field * STRIDE & 0xFFFFFFF
    kb1, kb2 = k[KB1], k[KB2]
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        fixed = w[FIX1 * STRIDE + m] * kb1 / (kb1 + h) + w[FIX2 * STRIDE + m] * kb2 / (kb2 + h)
        w[FREE * STRIDE + m] = w[base + CHARGE * STRIDE + m] - fixed
    for m in range(layers * LANES, (layers + 2) * LANES):
        w[FREE * STRIDE + m] = w[base + CHARGE * STRIDE + m]


@compiled
def charge_slopes(w: Floats, first_field: int, layers: int, k: Floats) -> None:
    """How the free charge answers to each solute: d FREE = SHARE dS + FREED sum(z_j dC_j), at constant Fix groups.

    SHARE is the mobile share of all buffering (0-1) and FREED = SHARE - 1; z_j is the charge one mole of
    solute j brings at this pH. Film and mouth have no fixed groups: SHARE = 1, FREED = 0.
    """
    kn, kl, ka, kp = k[KN], k[KL], k[KA], k[KP]
    k1, k2, k12 = k[K1], k[K2], k[K1] * k[K2]
    p1, p12, p123 = k[P1], k[P1] * k[P2], k[P1] * k[P2] * k[P3]
    kb1, kb2 = k[KB1], k[KB2]
    charge_and_slope(w, first_field, layers, k)
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        inv = 1.0 / (kb1 + h)
        fixed = w[FIX1 * STRIDE + m] * kb1 * h * inv * inv
        inv = 1.0 / (kb2 + h)
        fixed += w[FIX2 * STRIDE + m] * kb2 * h * inv * inv
        freed = -fixed / (w[WORK2 * STRIDE + m] + fixed)
        w[FREED * STRIDE + m] = freed
        w[SHARE * STRIDE + m] = 1.0 + freed
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        w[(VALENCE + NT) * STRIDE + m] = h / (h + kn)
        w[(VALENCE + LAC) * STRIDE + m] = -kl / (kl + h)
        w[(VALENCE + ACE) * STRIDE + m] = -ka / (ka + h)
        w[(VALENCE + PRO) * STRIDE + m] = -kp / (kp + h)
    for m in range(layers * LANES):
        h = w[H * STRIDE + m]
        w[(VALENCE + CT) * STRIDE + m] = -k1 * (h + 2.0 * k2) / (h * (h + k1) + k12)
        w[(VALENCE + PT) * STRIDE + m] = -(h * (h * p1 + 2.0 * p12) + 3.0 * p123) / (h * (h * (h + p1) + p12) + p123)


@compiled
def imbalance(ln_h: float, charge: float, solutes: Floats, fix1: float, fix2: float, k: Floats) -> float:
    """Net charge (mmol/L) of one node; `solutes` are LacT, AceT, ProT, CT, PT, NT in mmol/L."""
    h = math.exp(ln_h)
    g = charge + solutes[5] * h / (h + k[KN]) + h - k[KW] / h
    g -= solutes[0] * k[KL] / (k[KL] + h) + solutes[1] * k[KA] / (k[KA] + h) + solutes[2] * k[KP] / (k[KP] + h)
    d = h * (h + k[K1]) + k[K1] * k[K2]
    g -= solutes[3] * (k[K1] * h + 2.0 * k[K1] * k[K2]) / d
    p12 = k[P1] * k[P2]
    d = h * (h * (h + k[P1]) + p12) + p12 * k[P3]
    g -= solutes[4] * (k[P1] * h * h + 2.0 * p12 * h + 3.0 * p12 * k[P3]) / d
    net: float = g - fix1 * k[KB1] / (k[KB1] + h) - fix2 * k[KB2] / (k[KB2] + h)
    return net


@compiled
def bisected_ln_h(charge: float, solutes: Floats, fix1: float, fix2: float, k: Floats) -> float:
    """The root of `imbalance` in ln h (h in mmol/L), by bisection between pH -3 and 17; NaN stays NaN."""
    low, high = math.log(10.0) * (3.0 - 17.0), math.log(10.0) * (3.0 + 3.0)
    for _ in range(MOST_BISECTIONS):
        middle = 0.5 * (low + high)
        g = imbalance(middle, charge, solutes, fix1, fix2, k)
        if g != g:
            return g
        if g > 0.0:
            high = middle
        else:
            low = middle
        if high - low < 1e-13 * (1.0 + abs(middle)):
            break
    return 0.5 * (low + high)


@compiled
def settle(w: Floats, first_field: int, layers: int, k: Floats) -> bool:
    """Newton sweeps until every cell has settled, bisection for the rest; False when a cell has no pH (NaN)."""
    for _ in range(8):
        if newton_sweep(w, first_field, layers, k) < SETTLED:
            return True
    base = first_field * STRIDE & 0xFFFFFFF
    solutes = np.empty(6)
    for m in range(layers * LANES):
        for j in range(6):
            solutes[j] = w[base + (LAC + j) * STRIDE + m]
        charge = w[base + CHARGE * STRIDE + m]
        root = bisected_ln_h(charge, solutes, w[FIX1 * STRIDE + m], w[FIX2 * STRIDE + m], k)
        if root != root:
            return False
        w[LN_H * STRIDE + m] = root
        w[H * STRIDE + m] = math.exp(root)
    return True


@compiled
def ph_everywhere(charge: Floats, solutes: Floats, fix1: Floats, fix2: Floats, k: Floats) -> Floats:
    """pH of many nodes, shape (nodes,); `solutes` is (nodes, 6) as in `imbalance`."""
    out = np.empty(charge.size)
    for i in range(charge.size):
        out[i] = 3.0 - LOG10_E * bisected_ln_h(charge[i], solutes[i], fix1[i], fix2[i], k)
    return out


def strong_charge(ph: float, ct_mmol_l: float, pt_mmol_l: float, nt_mmol_l: float, constants: AcidConstants) -> float:
    """The strong charge S (mmol/L) that gives a saliva its pH: the electroneutrality solved for S.

    >>> from commensal.mouth.parameters import load
    >>> constants = AcidConstants.of(load())
    >>> round(strong_charge(6.8, 5.3, 4.5, 0.0, constants), 2), round(strong_charge(7.2, 10.5, 3.8, 0.0, constants), 2)
    (10.91, 16.08)
    """
    solutes = np.array([0.0, 0.0, 0.0, ct_mmol_l, pt_mmol_l, nt_mmol_l])
    ln_h = math.log(10.0) * (3.0 - ph)
    return -float(imbalance(ln_h, 0.0, solutes, 0.0, 0.0, constants.as_array()))

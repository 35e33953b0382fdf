"""pH from electroneutrality: the charge balance of every node, its root and its slopes (plaque model, section 2).

Symbols are those of the model page; all concentrations and constants in mmol/L, h = [H+] in mmol/L:

    0 = S + NT h/(h+Kn) + h - Kw/h - LacT Kl/(Kl+h) - AceT Ka/(Ka+h) - ProT Kp/(Kp+h) - FT Kf/(Kf+h)
        - CT nbar(h; K1, K2) - PT nbar(h; P1, P2, P3) - B1 Kb1/(Kb1+h) - B2 Kb2/(Kb2+h)

It rises steadily with ln h, so there is one root, here found within brackets; `column.acidity` follows it from step to
step. Calcium counts among the strong ions. Leaves out: activities (the constants are conditional).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.parameters import Parameters

Floats = NDArray[np.float64]
KW, KN, KL, KA, KP, K1, K2, P1, P2, P3, KB1, KB2, KF = range(13)
LOG10_E = 0.4342944819032518
MOST_TRIES = 200


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
    hydrofluoric: float

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
def imbalance_and_slope(
    ln_h: float, charge: float, solutes: Floats, fix1: float, fix2: float, k: Floats
) -> tuple[float, float]:
    """Net charge (mmol/L) of one node and its slope by ln h; `solutes`: LacT, AceT, ProT, CT, PT, NT, FT, mmol/L."""
    h = math.exp(ln_h)
    base = solutes[5] * h / (h + k[KN])
    g, slope = charge + base + h - k[KW] / h, h + k[KW] / h + base * k[KN] / (h + k[KN])
    for total, constant in (
        (solutes[0], k[KL]), (solutes[1], k[KA]), (solutes[2], k[KP]), (solutes[6], k[KF]),
        (fix1, k[KB1]), (fix2, k[KB2]),
    ):  # fmt: skip
        part = total * constant / (constant + h)
        g -= part
        slope += part * h / (constant + h)
    d = h * (h + k[K1]) + k[K1] * k[K2]
    n1, n2 = k[K1] * h / d, k[K1] * k[K2] / d
    mean = n1 + 2.0 * n2
    g -= solutes[3] * mean
    slope += solutes[3] * (n1 + 4.0 * n2 - mean * mean)
    p12 = k[P1] * k[P2]
    d = h * (h * (h + k[P1]) + p12) + p12 * k[P3]
    n1, n2, n3 = k[P1] * h * h / d, p12 * h / d, p12 * k[P3] / d
    mean = n1 + 2.0 * n2 + 3.0 * n3
    g -= solutes[4] * mean
    slope += solutes[4] * (n1 + 4.0 * n2 + 9.0 * n3 - mean * mean)
    return g, slope


@compiled
def imbalance(ln_h: float, charge: float, solutes: Floats, fix1: float, fix2: float, k: Floats) -> float:
    """Net charge (mmol/L) of one node; `solutes` as in `imbalance_and_slope`."""
    return imbalance_and_slope(ln_h, charge, solutes, fix1, fix2, k)[0]


@compiled
def bracketed_ln_h(charge: float, solutes: Floats, fix1: float, fix2: float, k: Floats) -> float:
    """The root of `imbalance` in ln h (h in mmol/L), between pH -3 and 17: Newton's method, halving where it would
    leave what is known to hold the root. NaN stays NaN."""
    low, high = math.log(10.0) * (3.0 - 17.0), math.log(10.0) * (3.0 + 3.0)
    x = math.log(10.0) * (3.0 - 7.0)
    for _ in range(MOST_TRIES):
        g, slope = imbalance_and_slope(x, charge, solutes, fix1, fix2, k)
        if g != g:
            return g
        if g > 0.0:
            high = x
        else:
            low = x
        step = -g / slope
        new = x + step
        if not low <= new <= high:
            new = 0.5 * (low + high)
        if abs(new - x) < 1e-13 * (1.0 + abs(x)):
            return new
        x = new
    return x


@compiled
def ph_everywhere(charge: Floats, solutes: Floats, fix1: Floats, fix2: Floats, k: Floats) -> Floats:
    """pH of many nodes, shape (nodes,); `solutes` is (nodes, 7) as in `imbalance`."""
    out = np.empty(charge.size)
    for i in range(charge.size):
        out[i] = 3.0 - LOG10_E * bracketed_ln_h(charge[i], solutes[i], fix1[i], fix2[i], k)
    return out


def strong_charge(
    ph: float, ct_mmol_l: float, pt_mmol_l: float, nt_mmol_l: float, constants: AcidConstants, ft_mmol_l: float = 0.0
) -> float:
    """The strong charge S (mmol/L) that gives a saliva its pH: the electroneutrality solved for S.

    >>> from commensal.mouth.parameters import load
    >>> constants = AcidConstants.of(load())
    >>> round(strong_charge(6.8, 5.3, 4.5, 0.0, constants), 2), round(strong_charge(7.2, 10.5, 3.8, 0.0, constants), 2)
    (10.91, 16.08)
    """
    solutes = np.array([0.0, 0.0, 0.0, ct_mmol_l, pt_mmol_l, nt_mmol_l, ft_mmol_l])
    ln_h = math.log(10.0) * (3.0 - ph)
    return -float(imbalance(ln_h, 0.0, solutes, 0.0, 0.0, constants.as_array()))


def mean_charge(which: int, ph: float, constants: AcidConstants) -> float:
    """The charge that one mole of an acid brings at a pH; `which` as `solutes` in `imbalance_and_slope`.

    >>> from commensal.mouth.parameters import load
    >>> [round(mean_charge(acid, 6.8, AcidConstants.of(load())), 2) for acid in (0, 3, 4, 5, 6)]
    [-1.0, -0.83, -1.44, 1.0, -1.0]
    """
    ln_h, k = math.log(10.0) * (3.0 - ph), constants.as_array()
    one = np.zeros(7)
    one[which] = 1.0
    return float(imbalance(ln_h, 0.0, one, 0.0, 0.0, k) - imbalance(ln_h, 0.0, np.zeros(7), 0.0, 0.0, k))

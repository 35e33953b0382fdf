"""The fluid in the pores of enamel as it takes up mineral: one number, how much it has taken, fixes all of it.

Everything diffuses with one diffusivity and mineral gives calcium, phosphate and strong charge in a fixed ratio.
Where transport is fast beside the mineral, the pore fluid is therefore plaque fluid plus x mmol/L of dissolved mineral:
Ca + 5 x, P + 3 x, strong charge + 10 x, with the pH of its charge balance.
"""

import math
from dataclasses import dataclass

import numpy as np

from commensal.mouth.compiled import compiled
from commensal.mouth.enamel.constants import Floats
from commensal.mouth.enamel.rate import (
    FLUORINE,
    HALF,
    INTO,
    PK_ACETIC,
    PK_LACTIC,
    PK_P1,
    PK_P2,
    PK_P3,
    PK_PROPIONIC,
    PK_W,
    acid_activity_mmol_l,
    activity_coefficient,
    degree_of_saturation,
)

POINTS = 801
CALCIUM, PHOSPHATE, CHARGE = 5.0, 3.0, 10.0
LN10 = math.log(10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid:
    """What lies on the enamel: pH, totals in mmol/L (calcium free), ionic strength in mol/L."""

    ph: float
    calcium_mmol_l: float = 0.0
    phosphate_mmol_l: float = 0.0
    lactate_mmol_l: float = 0.0
    acetate_mmol_l: float = 0.0
    propionate_mmol_l: float = 0.0
    fluoride_mmol_l: float = 0.0
    ionic_mol_l: float = 0.15

    def __post_init__(self) -> None:
        """Checks that it is a fluid."""
        if not 2.5 <= self.ph <= 10.0:
            raise ValueError(f"pH must lie in 2.5 to 10, got {self.ph}")
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{name} must be a number >= 0, got {value}")

    def as_array(self) -> Floats:
        """Lactate, acetate, propionate, phosphate, calcium, fluoride (mmol/L), ionic strength (mol/L)."""
        names = ("lactate", "acetate", "propionate", "phosphate", "calcium", "fluoride")
        return np.array([*(getattr(self, f"{name}_mmol_l") for name in names), self.ionic_mol_l])


@compiled
def anions_mmol_l(ln_h: float, fluid: Floats, taken: float, k: Floats) -> float:
    """Charge of the weak anions less that of H+ (ln of 10^-pH given), mmol/L; falls as pH falls."""
    h = math.exp(ln_h)
    g1 = activity_coefficient(1.0, fluid[6])
    g2 = activity_coefficient(2.0, fluid[6])
    g3 = activity_coefficient(3.0, fluid[6])
    total = 1e3 * (10.0 ** -k[PK_W] / h - h) / g1
    for i, pk in ((0, PK_LACTIC), (1, PK_ACETIC), (2, PK_PROPIONIC)):
        constant = 10.0 ** -k[pk] / g1
        total += fluid[i] * constant / (h + constant)
    k1, k2, k3 = 10.0 ** -k[PK_P1], 10.0 ** -k[PK_P2], 10.0 ** -k[PK_P3]
    n0, n1, n2, n3 = h * h * h, k1 * h * h / g1, k1 * k2 * h / g2, k1 * k2 * k3 / g3
    phosphate = max(fluid[3] + PHOSPHATE * taken, 0.0)
    return float(total + phosphate * (n1 + 2.0 * n2 + 3.0 * n3) / (n0 + n1 + n2 + n3))


@compiled
def pore_ln_h(ln_h_outside: float, fluid: Floats, taken: float, k: Floats) -> float:
    """ln of 10^-pH of a fluid that has taken up `taken` mmol/L of mineral (or given it, < 0)."""
    charge = anions_mmol_l(ln_h_outside, fluid, 0.0, k) + CHARGE * taken
    low, high = -14.0 * LN10, -1.0 * LN10
    for _ in range(60):
        middle = 0.5 * (low + high)
        if anions_mmol_l(middle, fluid, taken, k) > charge:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@compiled
def pore_state(ln_h_outside: float, fluid: Floats, taken: float, k: Floats) -> tuple[float, float, float, float]:
    """Of that fluid: DS of enamel, of fluorapatite, of what would form, and activity of acid (mmol/L)."""
    h = 1e3 * math.exp(pore_ln_h(ln_h_outside, fluid, taken, k))
    calcium, phosphate = max(fluid[4] + CALCIUM * taken, 0.0), max(fluid[3] + PHOSPHATE * taken, 0.0)
    enamel, fluorapatite = degree_of_saturation(h, calcium, phosphate, fluid[5], fluid[6], k)
    ppm = fluid[5] * k[FLUORINE]
    into = k[INTO] * ppm / (ppm + k[HALF])
    mixed = enamel
    if into > 0.0:
        mixed = enamel ** (1.0 - into) * fluorapatite**into
    return enamel, fluorapatite, mixed, acid_activity_mmol_l(h, fluid[0], fluid[1], fluid[2], phosphate, fluid[6], k)


@compiled
def equilibrium_mmol_l(ln_h_outside: float, fluid: Floats, which: int, k: Floats) -> float:
    """Mineral that the fluid takes (> 0) or gives until enamel (`which` 0) or what forms (2) is just saturated."""
    low = max(-fluid[4] / CALCIUM, -fluid[3] / PHOSPHATE)
    high = 1.0
    for _ in range(20):
        if pore_state(ln_h_outside, fluid, high, k)[which] > 1.0:
            break
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if pore_state(ln_h_outside, fluid, middle, k)[which] < 1.0:
            low = middle
        else:
            high = middle
    return float(0.5 * (low + high))


@compiled
def pore_table(ph: float, fluid: Floats, k: Floats) -> Floats:
    """`pore_state` against mineral taken, from all that can form to all that can dissolve: (POINTS, 5)."""
    outside = -LN10 * ph
    first = equilibrium_mmol_l(outside, fluid, 0, k)
    second = equilibrium_mmol_l(outside, fluid, 2, k)
    low, high = min(first, second, 0.0), max(first, second, 0.0)
    out = np.empty((POINTS, 5))
    for i in range(POINTS):
        taken = low + (high - low) * i / (POINTS - 1.0)
        one, two, three, acid = pore_state(outside, fluid, taken, k)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = taken, one, two, three, acid
    return out


def phases_of(
    time_h: Floats, ph: Floats, *, calcium_mmol_l: Floats, phosphate_mmol_l: Floats, lactate_mmol_l: Floats,
    acetate_mmol_l: Floats, propionate_mmol_l: Floats, fluoride_mmol_l: Floats, ionic_mol_l: float = 0.15,
) -> list[tuple[float, Fluid]]:  # fmt: skip
    """A time course of plaque fluid as phases for `grow_lesion`: between two times, the mean of both.

    Args:
        time_h: rising, shape (times,), at least two; all others have this shape.
        ph: at the enamel.
        calcium_mmol_l: free; the others are totals.
        phosphate_mmol_l: total.
        lactate_mmol_l: total.
        acetate_mmol_l: total.
        propionate_mmol_l: total.
        fluoride_mmol_l: total.
        ionic_mol_l: ionic strength, mol/L.

    Raises:
        ValueError: times that do not rise, other shapes, values that are no fluid's.
    """
    courses = {
        "ph": ph, "calcium_mmol_l": calcium_mmol_l, "phosphate_mmol_l": phosphate_mmol_l,
        "lactate_mmol_l": lactate_mmol_l, "acetate_mmol_l": acetate_mmol_l, "propionate_mmol_l": propionate_mmol_l,
        "fluoride_mmol_l": fluoride_mmol_l,
    }  # fmt: skip
    if not (time_h.ndim == 1 and time_h.size >= 2 and np.all(np.diff(time_h) > 0.0)):
        raise ValueError("time_h must be at least two rising times")
    for name, course in courses.items():
        if course.shape != time_h.shape:
            raise ValueError(f"{name} must have the shape of time_h, {time_h.shape}, got {course.shape}")
    means = {name: 0.5 * (course[1:] + course[:-1]) for name, course in courses.items()}
    return [
        (
            float(time_h[i + 1] - time_h[i]),
            Fluid(ionic_mol_l=ionic_mol_l, **{name: float(values[i]) for name, values in means.items()}),
        )
        for i in range(time_h.size - 1)
    ]

"""Fluoride in saliva after paste, rinse, varnish and water: two exponentials, and the stores that give them.

c(t) = c0 ((1 - s) e^(-k1 t) + s e^(-k2 t)) from the end of use. The mouth itself clears faster than either, so both
phases are fluoride that comes back: off plaque and mucosa, out of varnish. Numbers in `data/fluoride.csv`; most are
recalled or ours, and people differ by a factor of three.

Leaves out: saliva's own fluoride, what binds to plaque as its pH changes, calcium fluoride, swallowed fluoride that
comes back with saliva.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.parameters import data_file, parse

Floats = NDArray[np.float64]
TABLE = "fluoride.csv"
PRODUCTS = ("paste_1450", "paste_5000", "rinse_226", "varnish_22600", "water_1")
"""Kind of product and its fluoride in mg/L."""
S_PER_MIN = 60.0
ML_PER_L = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FluorideCourse:
    """What one use of a product does to the fluoride of saliva."""

    during_mg_l: float
    """While it is used."""
    after_mg_l: float
    """As use ends."""
    slow_share: float
    """Of `after_mg_l`, what belongs to the slow phase, 0-1."""
    fast_half_time_min: float
    slow_half_time_min: float

    def saliva_mg_l(self, minutes_after: Floats | float) -> Floats:
        """Fluoride in saliva (mg/L) some minutes (>= 0) after use ended, same shape.

        Raises:
            ValueError: a time before the end of use.
        """
        t = np.asarray(minutes_after, dtype=np.float64)
        if not np.all(t >= 0.0):
            raise ValueError(f"minutes_after must be >= 0 min, got {minutes_after}")
        fast = (1.0 - self.slow_share) * 0.5 ** (t / self.fast_half_time_min)
        slow = self.slow_share * 0.5 ** (t / self.slow_half_time_min)
        out: Floats = self.after_mg_l * (fast + slow)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class FluorideStores:
    """How a washed mouth is given that course: concentrations to hold or set, and two stores that empty into it."""

    held_mmol_l: float
    """In the mouth while the product is used."""
    set_mmol_l: float
    """In the mouth as use ends."""
    fast_mmol: float
    fast_per_s: float
    slow_mmol: float
    slow_per_s: float
    """A store of `..._mmol` gives `..._per_s` of what is left of it each second."""


def fluoride_course(product: str) -> FluorideCourse:
    """One of `PRODUCTS`.

    Raises:
        ValueError: no such product.

    >>> [round(float(x), 2) for x in fluoride_course("paste_1450").saliva_mg_l([0.0, 30.0, 120.0])]
    [15.0, 1.09, 0.16]
    """
    if product not in PRODUCTS:
        raise ValueError(f"expected one of {', '.join(PRODUCTS)}, got {product!r}")
    numbers = _numbers()
    slow = "slow_half_time_varnish" if product.startswith("varnish") else "slow_half_time"
    return FluorideCourse(
        during_mg_l=numbers[f"{product}.during"],
        after_mg_l=numbers[f"{product}.after"],
        slow_share=numbers[f"{product}.slow_share"],
        fast_half_time_min=numbers["fast_half_time"],
        slow_half_time_min=numbers[slow],
    )


def fluoride_stores(product: str, flow_ml_min: float, volume_ml: float) -> FluorideStores:
    """The stores that give saliva the course of a product in a mouth of this flow and volume, exactly.

    In a mouth washed at w = flow/volume a store A that empties at k gives c e^(-k t) when A = c volume (w - k)/k and
    the mouth starts at c. In a dry mouth, where w <= k, the wash is the slower one and that store is empty.

    Args:
        product: one of `PRODUCTS`.
        flow_ml_min: saliva, mL/min, >= 0.
        volume_ml: saliva in the mouth, mL, > 0.

    Raises:
        ValueError: no such product, a flow or volume that is none.
    """
    if not (volume_ml > 0.0 and 0.0 <= flow_ml_min < math.inf):
        raise ValueError(f"expected a flow >= 0 mL/min and a volume > 0 mL, got {flow_ml_min} and {volume_ml}")
    course = fluoride_course(product)
    fluorine, volume_l = default_constants().fluorine, volume_ml / ML_PER_L
    wash = flow_ml_min / volume_ml / S_PER_MIN
    after = course.after_mg_l / fluorine
    fast = math.log(2.0) / (course.fast_half_time_min * S_PER_MIN)
    slow = math.log(2.0) / (course.slow_half_time_min * S_PER_MIN)
    return FluorideStores(
        held_mmol_l=course.during_mg_l / fluorine,
        set_mmol_l=after,
        fast_mmol=(1.0 - course.slow_share) * after * volume_l * max(wash - fast, 0.0) / fast,
        fast_per_s=fast,
        slow_mmol=course.slow_share * after * volume_l * max(wash - slow, 0.0) / slow,
        slow_per_s=slow,
    )


@cache
def _numbers() -> dict[str, float]:
    return {one.name: one.value for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}

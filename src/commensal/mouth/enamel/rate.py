"""What crosses the surface of enamel, mol of Ca5(PO4)3OH per m2 and s: > 0 dissolves, < 0 comes back (section 6).

Dissolution   k A (1 - DS)^n where the fluid is undersaturated. A is undissociated organic acid, and a little of
              H2PO4-: the rate depends on acid activity besides saturation. Fluoride slows it twice: as it was seen in
              acid without mineral ions, and by covering the surface where the fluid is saturated with fluorapatite.
Return        k (DS - 1) where it is supersaturated, in proportion to what is missing; more with fluoride.

Both are 0 at DS = 1 and continuous there.
"""

import math

from commensal.mouth.acid_base import KA, KL, KP
from commensal.mouth.acid_base import P1 as PHOSPHORIC_1
from commensal.mouth.acid_base import P2 as PHOSPHORIC_2
from commensal.mouth.acid_base import P3 as PHOSPHORIC_3
from commensal.mouth.compiled import bare
from commensal.mouth.enamel.constants import (
    DISSOLVES,
    F_MASS,
    F_MOST,
    F_OFFSET,
    F_SLOPE,
    FA_HALF,
    FA_ORDER,
    HALF_F,
    MORE_F,
    ORDER,
    PHOSPHORIC,
    RETURNS,
    Floats,
)
from commensal.mouth.enamel.saturation import saturation_enamel, saturation_fluorapatite


@bare
def acid_activity(
    h: float, lactate: float, acetate: float, propionate: float, phosphate: float, k: Floats, acid: Floats
) -> float:
    """What attacks: undissociated organic acid, and a share of H2PO4-, mmol/L; `acid` as `AcidConstants.as_array`."""
    organic = lactate * h / (acid[KL] + h) + acetate * h / (acid[KA] + h) + propionate * h / (acid[KP] + h)
    p1, p12 = acid[PHOSPHORIC_1], acid[PHOSPHORIC_1] * acid[PHOSPHORIC_2]
    d = h * (h * (h + p1) + p12) + p12 * acid[PHOSPHORIC_3]
    attacking: float = organic + k[PHOSPHORIC] * phosphate * p1 * h * h / d
    return attacking


@bare
def fluoride_leaves(fluoride: float, saturation_fa: float, k: Floats) -> float:
    """The share of dissolution that fluoride leaves, 0-1."""
    ppm = fluoride * k[F_MASS]
    taken = 0.0
    if ppm > 0.0:
        taken = min(max(k[F_SLOPE] * math.log(ppm) + k[F_OFFSET], 0.0), k[F_MOST])
    covered: float = (saturation_fa / k[FA_HALF]) ** k[FA_ORDER]
    return (1.0 - taken) / (1.0 + covered)


@bare
def enamel_rate(
    h: float, lactate: float, acetate: float, propionate: float, phosphate: float, calcium: float, fluoride: float,
    deficit: float, k: Floats, acid: Floats,
) -> float:  # fmt: skip
    """What crosses the surface, mol/m2/s.

    Args:
        h: mmol/L, > 0.
        lactate, acetate, propionate, phosphate, calcium, fluoride: totals at the surface, mmol/L; what is below 0
            counts as 0.
        deficit: mineral that is missing, as a share of the most that can be, 0-1.
        k: `enamel_constants()`. acid: `AcidConstants.as_array()`.
    """
    saturation = saturation_enamel(h, calcium, phosphate, k)
    if saturation < 1.0:
        attack = acid_activity(
            h, max(lactate, 0.0), max(acetate, 0.0), max(propionate, 0.0), max(phosphate, 0.0), k, acid
        )
        left = fluoride_leaves(fluoride, saturation_fluorapatite(h, calcium, phosphate, fluoride, k), k)
        dissolves: float = k[DISSOLVES] * attack * (1.0 - saturation) ** k[ORDER] * left
        return dissolves
    ppm = max(fluoride, 0.0) * k[F_MASS]
    more = 1.0 + k[MORE_F] * ppm / (ppm + k[HALF_F])
    returns: float = k[RETURNS] * (saturation - 1.0) * more * min(max(deficit, 0.0), 1.0)
    return -returns

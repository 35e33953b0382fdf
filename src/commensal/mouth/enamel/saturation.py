"""How saturated a fluid is with the mineral of enamel: activities by Davies, no ion pairs (plaque model, section 6).

    DS = (a_Ca^5 a_PO4^3 a_X / Ksp)^(1/9), X = OH for enamel and F for fluorapatite

a_H = 10^-pH. Calcium is the free ion, phosphate and fluoride are totals. Leaves out: ion pairs and carbonate in the
mineral; enamel is taken as one solid, though its solubility falls as it dissolves.
"""

import math

from commensal.mouth.compiled import bare
from commensal.mouth.enamel.constants import (
    DAVIES_A,
    DAVIES_B,
    IONIC,
    P1,
    P2,
    P3,
    PK_ENAMEL,
    PK_FA,
    PKW,
    Floats,
    enamel_constants,
)

LN10 = 2.302585092994046
PK_HYDROFLUORIC = 3.17
LOWEST_PH, HIGHEST_PH = 2.0, 11.0


@bare
def ln_activity(z: float, k: Floats) -> float:
    """ln of the activity coefficient of an ion of charge `z`: Davies."""
    root = math.sqrt(k[IONIC])
    ln_gamma: float = -LN10 * k[DAVIES_A] * z * z * (root / (1.0 + root) - k[DAVIES_B] * k[IONIC])
    return ln_gamma


@bare
def ln_calcium_phosphate(h: float, calcium: float, phosphate: float, k: Floats) -> float:
    """ln (a_Ca^5 a_PO4^3), activities in mol/L; h, calcium and total phosphate in mmol/L and > 0."""
    one = ln_activity(1.0, k)
    two, three = 4.0 * one, 9.0 * one
    ah = 1e-3 * h
    k1, k2, k3 = math.exp(-LN10 * k[P1]), math.exp(-LN10 * k[P2]), math.exp(-LN10 * k[P3])
    per_activity = (
        math.exp(-three)
        + ah / k3 * math.exp(-two)
        + ah * ah / (k2 * k3) * math.exp(-one)
        + ah * ah * ah / (k1 * k2 * k3)
    )
    return 5.0 * (math.log(1e-3 * calcium) + two) + 3.0 * math.log(1e-3 * phosphate / per_activity)


@bare
def saturation_enamel(h: float, calcium: float, phosphate: float, k: Floats) -> float:
    """Degree of saturation with enamel; 0 where there is no calcium or phosphate."""
    if not (calcium > 0.0 and phosphate > 0.0):
        return 0.0
    ln_oh = LN10 * (3.0 - k[PKW]) - math.log(h)
    return math.exp((ln_calcium_phosphate(h, calcium, phosphate, k) + ln_oh + LN10 * k[PK_ENAMEL]) / 9.0)


@bare
def saturation_fluorapatite(h: float, calcium: float, phosphate: float, fluoride: float, k: Floats) -> float:
    """Degree of saturation with fluorapatite; 0 where one of its parts is missing."""
    if not (calcium > 0.0 and phosphate > 0.0 and fluoride > 0.0):
        return 0.0
    kf = math.exp(-LN10 * PK_HYDROFLUORIC)
    ln_f = math.log(1e-3 * fluoride * kf / (kf + 1e-3 * h)) + ln_activity(1.0, k)
    return math.exp((ln_calcium_phosphate(h, calcium, phosphate, k) + ln_f + LN10 * k[PK_FA]) / 9.0)


def critical_ph(
    calcium_mmol_l: float, phosphate_mmol_l: float, ionic_mol_l: float, *, fluoride_mmol_l: float | None = None,
    **changes: float,
) -> float:  # fmt: skip
    """The pH at which a fluid is just saturated: with enamel, or with fluorapatite where fluoride is given.

    Args:
        calcium_mmol_l: free calcium, > 0.
        phosphate_mmol_l: total, > 0.
        ionic_mol_l: ionic strength, 0 to 0.5 mol/L.
        fluoride_mmol_l: total; None = enamel.
        changes: other numbers of `data/enamel.csv`.

    Raises:
        ValueError: no calcium or phosphate, or a fluid that is saturated at no pH of 2 to 11.

    >>> round(critical_ph(0.7, 5.0, 0.04), 1)
    5.5
    """
    if not (calcium_mmol_l > 0.0 and phosphate_mmol_l > 0.0):
        raise ValueError(f"calcium and phosphate must be > 0 mmol/L, got {calcium_mmol_l} and {phosphate_mmol_l}")
    if not 0.0 <= ionic_mol_l <= 0.5:
        raise ValueError(f"ionic_mol_l must be 0 to 0.5 mol/L, got {ionic_mol_l}")
    k = enamel_constants(ionic_strength=ionic_mol_l, **changes)

    def excess(ph: float) -> float:
        h = 10.0 ** (3.0 - ph)
        if fluoride_mmol_l is None:
            return saturation_enamel(h, calcium_mmol_l, phosphate_mmol_l, k) - 1.0
        return saturation_fluorapatite(h, calcium_mmol_l, phosphate_mmol_l, fluoride_mmol_l, k) - 1.0

    low, high = LOWEST_PH, HIGHEST_PH
    if excess(low) > 0.0 or excess(high) < 0.0:
        raise ValueError("this fluid is just saturated at no pH of 2 to 11; check calcium, phosphate and fluoride")
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if excess(middle) > 0.0 else (middle, high)
    return 0.5 * (low + high)

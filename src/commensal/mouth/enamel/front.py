"""A lesion under acid that does not change: a front that goes inward, slowed by what has to diffuse through the lesion.

Behind the front stands fluid that dissolved enamel until it was saturated; outside, acid without mineral. Surface
reaction and diffusion stand in series, so that with M mol/m2 of mineral lost

    dM/dt = D x / (M / m + D x / R)        M^2 / 2 + (m D x / R) M = m D x t

x is what a litre of the acid dissolves (mmol), m the mineral that the lesion loses per volume, R the rate at its outer
face before anything is dissolved. Leaves out: the surface layer, and acid that changes.
"""

import math

import numpy as np

from commensal.mouth.acid_base import AcidConstants, imbalance
from commensal.mouth.enamel.constants import Floats, enamel_constants, enamel_parameters, vol_percent_um
from commensal.mouth.enamel.rate import enamel_rate
from commensal.mouth.enamel.saturation import saturation_enamel
from commensal.mouth.parameters import load

LN10 = 2.302585092994046
LEAST_MMOL_L, MOST_MMOL_L = 1e-6, 10.0
HALVINGS = 60
CM3_PER_M3 = 1e6


def dissolved_by(lactate_mmol_l: float, ph: float, ionic_mol_l: float) -> float:
    """Ca5(PO4)3OH that a litre of lactic acid of a pH dissolves until it is saturated, mmol.

    Raises:
        ValueError: no acid, or a pH outside 3 to 7.
    """
    if not (lactate_mmol_l > 0.0 and 3.0 <= ph <= 7.0):
        raise ValueError(f"expected lactate > 0 mmol/L at pH 3 to 7, got {lactate_mmol_l} at {ph}")
    k, acid = enamel_constants(ionic_strength=ionic_mol_l), AcidConstants.of(load()).as_array()
    start = -float(imbalance(LN10 * (3.0 - ph), 0.0, _acid(lactate_mmol_l, 0.0), 0.0, 0.0, acid))
    low, high = math.log(LEAST_MMOL_L), math.log(MOST_MMOL_L)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        x = math.exp(middle)
        h = _h_of(start + 10.0 * x, _acid(lactate_mmol_l, 3.0 * x), acid)
        low, high = (low, middle) if saturation_enamel(h, 5.0 * x, 3.0 * x, k) > 1.0 else (middle, high)
    return math.exp(0.5 * (low + high))


def mineral_lost(lactate_mmol_l: float, ph: float, days: float, ionic_mol_l: float = 0.1) -> float:
    """Mineral lost from sound enamel under lactic acid, vol%.um.

    Raises:
        ValueError: no acid, a pH outside 3 to 7, or a time that is not > 0.
    """
    if not days > 0.0:
        raise ValueError(f"days must be > 0, got {days}")
    rows = enamel_parameters()
    k, acid = enamel_constants(ionic_strength=ionic_mol_l), AcidConstants.of(load()).as_array()
    per_m3 = rows["mineral_density"].value * CM3_PER_M3 / rows["mineral_molar_mass"].value
    lost_per_m3 = per_m3 * (1.0 - rows["lesion_left"].value)
    flow = rows["lesion_diffusivity"].value * dissolved_by(lactate_mmol_l, ph, ionic_mol_l)
    surface = enamel_rate(10.0 ** (3.0 - ph), lactate_mmol_l, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, k, acid)
    at_face = lost_per_m3 * flow / surface
    return vol_percent_um(math.sqrt(at_face**2 + 2.0 * lost_per_m3 * flow * 86400.0 * days) - at_face)


def _acid(lactate: float, phosphate: float) -> Floats:
    return np.array([lactate, 0.0, 0.0, 0.0, phosphate, 0.0, 0.0])


def _h_of(charge: float, solutes: Floats, acid: Floats) -> float:
    """[H+] of a fluid, mmol/L, between pH 2 and 14."""
    low, high = LN10 * (3.0 - 14.0), LN10 * (3.0 - 2.0)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if imbalance(middle, charge, solutes, 0.0, 0.0, acid) > 0.0 else (middle, high)
    return math.exp(0.5 * (low + high))

"""Experiments on enamel, repeated: acids at one pH, fluoride in acid, lesions by acid, by cycles, under plaque.

The fluids are ours where the paper's are not known; each says so.
"""

import math

import numpy as np

from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.enamel.lesion import Lesion, grow_lesion
from commensal.mouth.enamel.pore_fluid import Fluid
from commensal.mouth.enamel.saturation import fluxes, saturations

ACIDIFIED = Fluid(
    ph=4.5, calcium_mmol_l=3.0, phosphate_mmol_l=14.0, lactate_mmol_l=50.0, acetate_mmol_l=20.0, propionate_mmol_l=8.0,
    ionic_mol_l=0.2,
)  # fmt: skip
"""Plaque fluid after sugar: calcium, phosphate and ionic strength of the plaque model; acids and pH ours."""
STOPPED_SHARE = 0.05
"""A rate below this share of that without fluoride counts as stopped."""
TENTH_PERCENT_ACETIC_MMOL_L = 16.7
HALF_PERCENT_LACTIC_MMOL_L = 55.5
DAY_H = 24.0


def loss_rate(fluid: Fluid, fluoride_mg_l: float = 0.0, deficit_share: float = 0.0) -> float:
    """Net loss (mol/m2/s) in a fluid with some fluoride; see `fluxes`."""
    return float(
        fluxes(
            fluid.ph, lactate_mmol_l=fluid.lactate_mmol_l, acetate_mmol_l=fluid.acetate_mmol_l,
            propionate_mmol_l=fluid.propionate_mmol_l, phosphate_mmol_l=fluid.phosphate_mmol_l,
            calcium_mmol_l=fluid.calcium_mmol_l, fluoride_mmol_l=fluoride_mg_l / default_constants().fluorine,
            ionic_mol_l=fluid.ionic_mol_l, deficit_share=deficit_share,
        )
    )  # fmt: skip


def stopping_fluoride_mg_l(deficit_share: float, fluid: Fluid = ACIDIFIED) -> float:
    """The least fluoride that brings the net loss below 5 % of that without fluoride.

    Args:
        deficit_share: 0 for sound enamel, 1 for a lesion that holds all the loss it can.
        fluid: undersaturated.
    """
    control = loss_rate(fluid, 0.0, deficit_share)
    low, high = math.log(1e-4), math.log(1e4)
    for _ in range(60):
        middle = 0.5 * (low + high)
        stopped = loss_rate(fluid, math.exp(middle), deficit_share) < STOPPED_SHARE * control
        low, high = (low, middle) if stopped else (middle, high)
    return math.exp(high)


def reduction_in_acetic_acid_percent(fluoride_mg_l: float) -> float:
    """How much fluoride slows dissolution in 0.1 % acetic acid at pH 4.0 without calcium or phosphate, %."""
    acid = Fluid(ph=4.0, acetate_mmol_l=TENTH_PERCENT_ACETIC_MMOL_L, ionic_mol_l=0.05)
    return 100.0 * (1.0 - loss_rate(acid, fluoride_mg_l) / loss_rate(acid))


def constant_composition_fold(calcium_mmol_l: float = 3.0) -> float:
    """How many times 0.5 mg/L of fluoride slows dissolution at pH 4.5, I 0.15 mol/L, Ca/P 1.66.

    The study went from 0.3 to 13.1 mmol/L calcium; at which one fluoride was added is not known to us.
    """
    fluid = Fluid(ph=4.5, calcium_mmol_l=calcium_mmol_l, phosphate_mmol_l=calcium_mmol_l / 1.66)
    return loss_rate(fluid) / loss_rate(fluid, 0.5)


def organic_over_phosphoric() -> float:
    """The least ratio of the rate in 50 mmol/L lactic or acetic acid to that in phosphoric acid alone, pH 4 to 6.

    Both hold 10 mmol/L phosphate and the calcium that makes DS 0.3.
    """
    ratios = []
    for ph in np.linspace(4.0, 6.0, 9):
        calcium = (0.3 / float(saturations(ph, 1.0, 10.0)[0])) ** (9.0 / 5.0)
        plain = Fluid(ph=float(ph), calcium_mmol_l=calcium, phosphate_mmol_l=10.0)
        for acid in ("lactate_mmol_l", "acetate_mmol_l"):
            organic = Fluid(ph=float(ph), calcium_mmol_l=calcium, phosphate_mmol_l=10.0, **{acid: 50.0})
            ratios.append(loss_rate(organic) / loss_rate(plain))
    return min(ratios)


def lactic_acid_lesion(ph: float, days: float = 21.0) -> Lesion:
    """Enamel in much 0.5 % lactic acid, which holds no calcium and no phosphate."""
    acid = Fluid(ph=ph, lactate_mmol_l=HALF_PERCENT_LACTIC_MMOL_L, ionic_mol_l=0.05)
    return grow_lesion([(days * DAY_H, acid)], depth_um=400.0, layers=100)


def ph_of_no_loss() -> float:
    """Where the straight line through mineral loss at pH 4.0 to 5.2, three weeks in lactic acid, meets zero."""
    ph = np.linspace(4.0, 5.2, 5)
    loss = [float(lactic_acid_lesion(x).loss_vol_percent_um[-1]) for x in ph]
    slope, at_zero = np.polyfit(ph, loss, 1)
    return float(-at_zero / slope)


def cycled_lesion(fluoride_mg_l: float = 0.05, days: int = 14, layers: int = 100) -> Lesion:
    """pH cycling: each day 6 h at pH 4.4 (2 mmol/L Ca and P, 75 acetate), 18 h at pH 7.0 (1.5 Ca, 0.9 P)."""
    fluoride = fluoride_mg_l / default_constants().fluorine
    acid = Fluid(
        ph=4.4, calcium_mmol_l=2.0, phosphate_mmol_l=2.0, acetate_mmol_l=75.0, fluoride_mmol_l=fluoride, ionic_mol_l=0.1
    )
    mending = Fluid(ph=7.0, calcium_mmol_l=1.5, phosphate_mmol_l=0.9, fluoride_mmol_l=fluoride)
    return grow_lesion([(6.0, acid), (18.0, mending)] * days, layers=layers)


def white_spot(hours_a_day: float = 3.0, days: int = 28, fluoride_mg_l: float = 0.03) -> Lesion:
    """Enamel under plaque that is never cleaned: some hours a day at pH 4.35 (DS 0.3), the others at rest (pH 6.8)."""
    fluoride = fluoride_mg_l / default_constants().fluorine
    acid = Fluid(
        ph=4.35, calcium_mmol_l=3.0, phosphate_mmol_l=14.0, lactate_mmol_l=50.0, acetate_mmol_l=20.0,
        propionate_mmol_l=8.0, fluoride_mmol_l=fluoride, ionic_mol_l=0.2,
    )  # fmt: skip
    rest = Fluid(ph=6.8, calcium_mmol_l=1.0, phosphate_mmol_l=12.0, acetate_mmol_l=20.0, fluoride_mmol_l=fluoride)
    return grow_lesion([(hours_a_day, acid), (DAY_H - hours_a_day, rest)] * days)

"""What the targets of enamel come to, by id."""

from collections.abc import Callable

import numpy as np

from commensal.mouth.community import WALLS
from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.enamel.experiments import (
    constant_composition_fold,
    organic_over_phosphoric,
    ph_of_no_loss,
    reduction_in_acetic_acid_percent,
    stopping_fluoride_mg_l,
    white_spot,
)
from commensal.mouth.enamel.saturation import critical_ph, saturations
from commensal.mouth.processes.table import load_processes
from commensal.mouth.processes.vessel import Vessel, stir

FLUORIDE_MG_L = (0.2, 1.0, 10.0, 100.0, 1000.0)
RESTING_PH = 7.0
BATHED_MMOL_L = 5.0
"""Calcium that bacteria are bathed in; some of it they bind."""


def _saturation() -> dict[str, float]:
    fluoride = 0.05 / default_constants().fluorine
    return {
        "EN01": critical_ph(0.7, 5.0, 0.04),
        "EN02": critical_ph(0.3, 2.0, 0.04),
        "EN03": critical_ph(0.7, 5.0, 0.04, fluoride_mmol_l=fluoride),
        "EN11": float(saturations(RESTING_PH, 1.0, 12.0)[0]),
    }


def _rates() -> dict[str, float]:
    return {f"EN05-{x:g}": reduction_in_acetic_acid_percent(x) for x in FLUORIDE_MG_L} | {
        "EN06": stopping_fluoride_mg_l(0.0),
        "EN07": stopping_fluoride_mg_l(1.0),
        "EN08": constant_composition_fold(),
        "EN09": organic_over_phosphoric(),
    }


def _lesions() -> dict[str, float]:
    return {"EN04": ph_of_no_loss(), "EN12": float(white_spot().loss_vol_percent_um[-1])}


def _calcium() -> dict[str, float]:
    """How much calcium plaque frees into its fluid in half an hour when its pH goes from 7 to 5."""
    table = load_processes([WALLS])
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={"calcium": BATHED_MMOL_L},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, 1.0, 1.001, 1.5]),
        ph=np.array([[7.0, 7.0, 5.0, 5.0]]),
    )
    calcium = stir(vessel, [1.0, 1.5]).states[:, 0, table.states.index("calcium")]
    return {"EN10": float(calcium[1] - calcium[0])}


ENAMEL_MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "saturation of enamel": _saturation,
    "enamel and fluoride": _rates,
    "lesions": _lesions,
    "calcium of plaque": _calcium,
}

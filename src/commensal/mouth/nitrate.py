"""Nitrate beside sugar: plaque bacteria stirred in resting saliva, with a pH of their own.

Source of the question: FCIMB 2021;11:692883 (beetroot juice, twelve people); numbers in `data/nitrate.csv`.
"""

from dataclasses import dataclass

import numpy as np

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.presets import shares_of
from commensal.mouth.processes.table import PLAQUE_GUILDS, load_processes
from commensal.mouth.processes.vessel import CHARGE, Vessel, charge_at, stir
from commensal.mouth.saliva import Saliva

TABLE = "nitrate.csv"
WITHOUT = ("hydrogen_fluoride",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSugar:
    """What some hours with sugar come to."""

    lowest_ph: float
    lactate_mmol_l: float


def after_sugar(nitrate_mmol_l: float) -> AfterSugar:
    """The lowest pH and the lactate in the end, with this much potassium nitrate.

    Raises:
        SolveError: it cannot be computed.
    """
    number = {one.name: one.value for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}
    saliva = Saliva.of_table("rest")
    salts = {"carbonate": saliva.carbonate_mmol_l, "phosphate": saliva.phosphate_mmol_l, "ammonium": number["ammonium"]}
    table = load_processes((*PLAQUE_GUILDS, "matrix"), without=WITHOUT)
    living = {f"biomass.{guild}": number["biomass"] * share for guild, share in shares_of().items()}
    brought = {"hexose": number["glucose"], "nitrate": nitrate_mmol_l, "oxygen": number["oxygen"]}
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={**salts, **living, **brought, CHARGE: charge_at(saliva.ph, salts)},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, number["hours"]]),
        ph=None,
        gas={"oxygen": (number["oxygen_exchange"], number["oxygen"])},
    )
    ran = stir(vessel, np.linspace(0.0, number["hours"], 61).tolist(), tolerance=1e-4)
    lactate = ran.states[-1, 0, table.states.index("lactate")]
    return AfterSugar(lowest_ph=float(ran.ph.min()), lactate_mmol_l=float(lactate))


def rise_by_nitrate() -> tuple[float, float]:
    """How much higher the lowest pH is with the nitrate of a beetroot meal, and how much less lactate (mmol/L) is left.

    Raises:
        SolveError: it cannot be computed.
    """
    meal = {one.name: one.value for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}["nitrate_meal"]
    without, with_it = after_sugar(0.0), after_sugar(meal)
    return with_it.lowest_ph - without.lowest_ph, without.lactate_mmol_l - with_it.lactate_mmol_l

"""The same sugar in few meals or in many: when does it matter to who wins?

Two streptococci, one that bears acid and one that does not, in a buffered vessel with a pH of its own. With little
sugar the buffer holds either way, with much the acid-bearing one wins either way; in between the meals decide.

Source: Head et al. 2014 and 2017 (PMC5727185), an agent-based model; numbers in `data/sugar_frequency.csv`.
"""

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.processes.table import load_processes
from commensal.mouth.processes.vessel import CHARGE, Vessel, charge_at, stir

Floats = NDArray[np.float64]
TABLE = "sugar_frequency.csv"
GUILDS = ("mutans", "mitis")
WITHOUT = ("oxygen", "hydrogen_fluoride")
TOTALS_MMOL_L = (1.0, 4.0, 16.0, 64.0, 128.0)
"""Sugar of a day, from a trace to more than is used up."""
MEALS = (1, 2, 6, 12)
"""A day."""
DAY_H = 24.0


def mutans_shares() -> Floats:
    """The share of S. mutans (0-1) in the end, for each of TOTALS_MMOL_L and each of MEALS.

    Raises:
        SolveError: it cannot be computed.
    """
    return np.array([[_share(total, meals) for meals in MEALS] for total in TOTALS_MMOL_L])


def frequency_effects() -> Floats:
    """How far the shares lie apart between few meals and many, for each of TOTALS_MMOL_L.

    Raises:
        SolveError: it cannot be computed.
    """
    shares = mutans_shares()
    effects: Floats = shares.max(axis=1) - shares.min(axis=1)
    return effects


def _share(total_mmol_l: float, meals: int) -> float:
    number = {one.name: one.value for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}
    table, days = load_processes(GUILDS, without=WITHOUT), int(number["days"])
    salts = {name: number[name] for name in ("ammonium", "phosphate", "carbonate")}
    held = salts | {CHARGE: charge_at(number["ph"], salts)}
    times = np.arange(days * meals) * DAY_H / meals
    vessel = Vessel(
        table=table,
        dilution_per_h=number["dilution"],
        start=held | {f"biomass.{guild}": number["biomass"] for guild in GUILDS},
        feed=held | {f"host_nutrient.{guild}": number["host_nutrient"] for guild in GUILDS},
        pulses=[(float(hour), {"hexose": total_mmol_l / meals}) for hour in times],
        ph_h=np.array([0.0, days * DAY_H]),
        ph=None,
    )
    end = stir(vessel, [days * DAY_H]).states[-1, 0]
    mutans, mitis = (end[table.states.index(f"biomass.{guild}")] for guild in GUILDS)
    return float(mutans / (mutans + mitis))

"""Two streptococci on scarce glucose, at one pH after the other: which of them acid lets win.

The experiment: a glucose-limited chemostat whose pH was stepped down from 7 to 4.5; S. sanguis dominated at 7 and 6.5,
S. mutans from 5.5 down. Here each pH has a vessel of its own and the time to settle.

Source: Can J Microbiol 1987;33:824; numbers in `data/acid_competition.csv`.
"""

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.processes.table import load_processes
from commensal.mouth.processes.vessel import Vessel, stir

Floats = NDArray[np.float64]
TABLE = "acid_competition.csv"
GUILDS = ("mutans", "mitis")
WITHOUT = ("oxygen", "hydrogen_fluoride")
DOMINANT = 2.0 / 3.0
"""Who is twice as many as the other."""
PH = (7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
"""The steps. Source: the same."""
DAY_H = 24.0


def mutans_shares() -> Floats:
    """The share of S. mutans (0-1) in the end, at each of PH; NaN where nobody is left.

    Raises:
        SolveError: it cannot be computed.
    """
    number = {one.name: one.value for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}
    table, salts = load_processes(GUILDS, without=WITHOUT), {name: number[name] for name in ("ammonium", "phosphate")}
    end_h = number["days"] * DAY_H
    vessel = Vessel(
        table=table,
        dilution_per_h=number["dilution"],
        start={**{f"biomass.{guild}": number["biomass"] for guild in GUILDS}, **salts},
        feed={"hexose": number["glucose"], **salts},
        pulses=[],
        ph_h=np.array([0.0, end_h]),
        ph=np.array([[ph, ph] for ph in PH]),
    )
    end = stir(vessel, [end_h]).states[-1]
    mutans, mitis = (end[:, table.states.index(f"biomass.{guild}")] for guild in GUILDS)
    everybody = mutans + mitis
    return np.where(everybody > 0.0, mutans / np.where(everybody > 0.0, everybody, 1.0), np.nan)


def highest_ph_of_mutans() -> float:
    """The highest of PH at which S. mutans dominates; NaN when it never does."""
    winning = [ph for ph, share in zip(PH, mutans_shares(), strict=True) if share > DOMINANT]
    return max(winning, default=float("nan"))

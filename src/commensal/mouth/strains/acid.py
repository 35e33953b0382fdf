"""The acid that a strain makes of sugar in excess, beside its parent: a few hours in a vessel whose pH is held."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.processes.table import base_value
from commensal.mouth.processes.vessel import Vessel, stir
from commensal.mouth.strains.strain import Strain, strains_table

TABLE = "effector.csv"
WITHOUT = ("oxygen", "hydrogen_fluoride", "rescue_nutrient", "kill_signal")
S_PER_H = 3600.0
ACIDS = ("lactate", "acetate", "propionate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acid:
    """What is in the vessel in the end, mmol/L."""

    lactate_mmol_l: float
    total_mmol_l: float
    of_parent_mmol_l: float
    """All acid that its parent leaves."""


def acid_in_sugar_of(strain: Strain) -> Acid | None:
    """What a strain and its parent guild leave; None = they ferment no sugar.

    An auxotroph is supplied.

    Raises:
        SolveError: it cannot be computed.
    """
    if "hexose" not in strains_table([strain.id], [strain], without=WITHOUT).states:
        return None
    lactate, total = acids_left(strain.id, strain)
    parents = acids_left(strain.parent, None)[1]
    return Acid(lactate_mmol_l=lactate, total_mmol_l=total, of_parent_mmol_l=parents)


@lru_cache(maxsize=64)
def acids_left(who: str, strain: Strain | None) -> tuple[float, float]:
    """Lactate and all acid, mmol/L, that a guild or strain leaves after some hours in excess sugar.

    Raises:
        SolveError: it cannot be computed.
    """
    number = {one.name: base_value(one) for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}
    supplied = {f"{who}.kill_unrescued": 0.0} if strain is not None and strain.auxotrophy is not None else None
    table = strains_table([who], [] if strain is None else [strain], changes=supplied, without=WITHOUT)
    start = {"hexose": number["batch_glucose"], "ammonium": number["ammonium"], "phosphate": number["phosphate"]}
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={f"biomass.{who}": number["batch_biomass"]} | {k: v for k, v in start.items() if k in table.states},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, number["batch"] / S_PER_H]),
        ph=np.full((1, 2), number["batch_ph"]),
    )
    end = dict(zip(table.states, stir(vessel, [vessel.ph_h[-1]]).states[-1, 0].tolist(), strict=True))
    return end.get("lactate", 0.0), sum(end.get(name, 0.0) for name in ACIDS)

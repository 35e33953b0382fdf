"""The books of a run: what came in, what went out, what reacted, and what is left unexplained.

Every step of the solver keeps these sums to rounding, whatever its tolerance (see `column.step`), so a residual
above about 1e-9 of the turnover is a fault of the program and not of the step size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.column import shape
from commensal.mouth.column.shape import CHARGE_NAME
from commensal.mouth.processes.components import CONSERVED, load_components
from commensal.mouth.processes.table import component_of
from commensal.mouth.run import Run
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.units import convert

Floats = NDArray[np.float64]
ENTRIES = (
    *("at_start", "from_saliva", "from_diet", "swallowed", "from_enamel"),
    *("lifted_to_0", "settled", "worn_off", "at_end"),
)
SIGNS = (1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0, -1.0)
QUANTITIES = (*CONSERVED, "strong_charge")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Books per site; `residual` is the unexplained part relative to everything that came in or was there."""

    entries: Floats
    """umol of solutes, mg of solids, (sites, ENTRIES, fields)"""
    turnover: Floats
    """umol or mg that each process turned over, per unit of its rate, (sites, processes)"""
    residual: Floats
    """(sites, QUANTITIES)"""


def contents(names: Sequence[str]) -> Floats:
    """What a unit of each field holds of QUANTITIES, (fields, quantities)."""
    rows = []
    for name in names:
        is_charge = name == CHARGE_NAME
        rows.append((*([0.0] * len(CONSERVED)), 1.0) if is_charge else (*component_of(name).per_unit, 0.0))
    return np.array(rows)


def accounts(run: Run, sites: Sequence[Site], mouths: Sequence[Mouth]) -> Accounts:
    """Closes the books of a run."""
    held = contents(run.names)
    charge = run.row(CHARGE_NAME)
    entries = np.empty((len(sites), len(ENTRIES), len(run.names)))
    turnover = np.empty_like(run.extents)
    residual = np.empty((len(sites), len(QUANTITIES)))
    for i, (site, mouth) in enumerate(zip(sites, mouths, strict=True)):
        umol = convert(mouth.plaque_area_cm2, "cm2", "m2") * 1e6  # mmol/L x m = mol per m2 of plaque; g/L x m = kg
        totals = run.totals[i]
        flows = [totals[row] for row in range(shape.N_TOTALS)]
        entries[i] = umol * np.stack([run.start[i], *flows, run.end[i]])
        turnover[i] = umol * run.extents[i]
        left = np.einsum("e,ef,fq->q", SIGNS, entries[i], held)
        moved = np.abs(np.delete(entries[i], charge, axis=1)).sum(axis=0) @ np.abs(np.delete(held, charge, axis=0))
        moved[-1] = np.abs(entries[i, :, charge]).sum()
        outside, strong = _outside(run, site)
        left += turnover[i] @ outside
        left[-1] += turnover[i] @ strong
        moved += np.abs(turnover[i]) @ np.abs(outside)
        moved[-1] += np.abs(turnover[i]) @ np.abs(strong)
        residual[i] = np.divide(left, moved, out=left.copy(), where=moved > 0.0)
    return Accounts(entries, turnover, residual)


def _outside(run: Run, site: Site) -> tuple[Floats, Floats]:
    """What each process takes from outside the plaque per unit of rate, (processes, quantities); its strong charge."""
    table = {(one.guild, one.name): one for one in site.table().processes}
    components = load_components()
    outside, strong = np.zeros((len(run.processes), len(QUANTITIES))), np.zeros(len(run.processes))
    for p, key in enumerate(run.processes):
        if key not in table:
            continue
        strong[p] = table[key].strong_charge
        for name, amount in table[key].outside.items():
            outside[p, : len(CONSERVED)] -= amount * np.array(components[name].per_unit)
    return outside, strong

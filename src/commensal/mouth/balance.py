"""The books of a run: what came in, what went out, what reacted, and what is left unexplained.

Every step of the solver keeps these sums to rounding, whatever its tolerance (see `step.py`), so a residual
above about 1e-9 of the turnover is a fault of the program and not of the step size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import fields as rows
from commensal.mouth.fields import FROM_DIET, FROM_SALIVA, N_FIELDS, SWALLOWED, USED
from commensal.mouth.run import Run
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.units import convert

Floats = NDArray[np.float64]
ENTRIES = ("at_start", "from_saliva", "from_diet", "swallowed", "lifted_to_0", "at_end")
REACTIONS = ("hexose", "arginine", "lactate_by_veillonella")
QUANTITIES = ("carbon", "nitrogen", "strong_charge")
CARBONS = np.array([6.0, 6.0, 3.0, 2.0, 3.0, 1.0, 0.0, 0.0, 0.0])
"""Carbon atoms per molecule, in the order of FIELDS."""
NITROGENS = np.array([0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
ORNITHINE = (5.0, 2.0)
"""Carbon and nitrogen of what is left of one arginine; it is not followed further."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Books per site; `residual` is the unexplained part relative to everything that came in or was there."""

    entries_umol: Floats
    """(sites, ENTRIES, fields)"""
    used_umol: Floats
    """(sites, REACTIONS)"""
    residual: Floats
    """(sites, QUANTITIES)"""
    entries: tuple[str, ...] = ENTRIES
    reactions: tuple[str, ...] = REACTIONS
    quantities: tuple[str, ...] = QUANTITIES


def accounts(run: Run, sites: Sequence[Site], mouths: Sequence[Mouth]) -> Accounts:
    """Closes the books of a run."""
    layers = run.end.shape[-1] - 2
    seconds = float(run.span_s)
    entries = np.empty((len(sites), len(ENTRIES), N_FIELDS))
    used = np.empty((len(sites), len(REACTIONS)))
    residual = np.empty((len(sites), len(QUANTITIES)))
    for i, (site, mouth) in enumerate(zip(sites, mouths, strict=True)):
        area_m2 = convert(mouth.plaque_area_cm2, "cm2", "m2")
        thickness = convert(site.thickness_um, "um", "m")
        depths = np.full(layers + 2, thickness / layers)
        depths[layers] = convert(site.film_thickness_um, "um", "m")
        depths[layers + 1] = mouth.volume_ml * 1e-6 / area_m2
        umol = area_m2 * 1e6  # mmol/L x m = mol per m2 of plaque
        totals = run.totals[i]
        entries[i] = umol * np.stack(
            [
                run.start[i] @ depths,
                totals[FROM_SALIVA : FROM_SALIVA + N_FIELDS],
                totals[FROM_DIET : FROM_DIET + N_FIELDS],
                totals[SWALLOWED : SWALLOWED + N_FIELDS],
                run.clipped[i],
                run.end[i] @ depths,
            ]
        )
        used[i] = umol * totals[USED : USED + 3]
        own = umol * site.endogenous_acid_mmol_l_h / 3600.0 * seconds * thickness
        residual[i] = _residuals(entries[i], used[i], own, site)
    return Accounts(entries, used, residual)


def _residuals(entries: Floats, used: Floats, own_umol: float, site: Site) -> Floats:
    """Unexplained over turnover, for carbon, nitrogen and strong charge of one site."""
    start, saliva, diet, swallowed, lifted, end = entries
    hexose, arginine, _ = used
    change = end - start - saliva - diet + swallowed - lifted
    turnover = start + saliva + np.abs(diet) + lifted
    neutral = 6.0 - CARBONS[rows.LAC] * site.lactate_yield - CARBONS[rows.ACE] * site.acetate_yield
    share = site.endogenous_lactate_share
    own = own_umol * (CARBONS[rows.LAC] * share + CARBONS[rows.ACE] * (1.0 - share))
    carbon = CARBONS @ change + neutral * hexose + ORNITHINE[0] * arginine - own
    nitrogen = NITROGENS @ change + ORNITHINE[1] * arginine
    charge = change[rows.CHARGE]
    scales = (CARBONS @ turnover + own, NITROGENS @ turnover, turnover[rows.CHARGE])
    return np.array([x / s if s > 0.0 else x for x, s in zip((carbon, nitrogen, charge), scales, strict=True)])

"""Who else in a household gets the strain: a chain of chances, day by day.

Whoever carries the strain meets whoever does not; each contact brings some saliva, and each bacterium in it the same
small chance to take hold. All figures are calibrated: they order strains, they predict no household.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.strains.trial import number

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many of the others carry the strain after `days`."""

    days: int
    others: int
    expected: float
    low: int
    high: int
    """Between `low` and `high` with at least the confidence of the table."""
    chance_of_any: float


def chance_per_day(share: float, dose_to_colonise_cfu: float) -> float:
    """The chance that one carrier colonises one other in a day.

    Args:
        share: of the carrier's living weight that is the strain, 0-1.
        dose_to_colonise_cfu: after which half of people carry it, CFU; inf = nobody does.

    Raises:
        ValueError: a share or a dose that is none.
    """
    if not (0.0 <= share <= 1.0 and dose_to_colonise_cfu > 0.0):
        raise ValueError(f"expected a share from 0 to 1 and a dose > 0 CFU, got {share} and {dose_to_colonise_cfu}")
    dose = number("saliva_cfu_ml") * share * number("saliva_per_contact")
    return -math.expm1(-number("contacts_per_day") * math.log(2.0) * dose / dose_to_colonise_cfu)


def carriers_pmf(chance: float, others: int, days: int) -> Floats:
    """The chance that 0 to `others` of the others carry the strain after some days, (others + 1,).

    Everyone who carries it can pass it on, each day, to each who does not (Reed and Frost's chain without recovery).

    Raises:
        ValueError: a chance that is none, nobody, no day.
    """
    if not (0.0 <= chance <= 1.0 and others >= 1 and days >= 1):
        raise ValueError(f"expected a chance, others >= 1, days >= 1, got {chance}, {others}, {days}")
    step = np.zeros((others + 1, others + 1))
    for now in range(others + 1):
        caught, free = 1.0 - (1.0 - chance) ** (now + 1), others - now
        for new in range(free + 1):
            step[now, now + new] = math.comb(free, new) * caught**new * (1.0 - caught) ** (free - new)
    start = np.zeros(others + 1)
    start[0] = 1.0
    return np.asarray(start @ np.linalg.matrix_power(step, days))


def spread(share: float, dose_to_colonise_cfu: float | None) -> Spread:
    """What becomes of the usual household; without a dose that colonises, nobody gets it for good."""
    days, others = int(number("household_days")), int(number("household"))
    pmf = carriers_pmf(chance_per_day(share, dose_to_colonise_cfu or math.inf), others, days)
    tail, below = 0.5 * (1.0 - number("confidence")), np.cumsum(pmf)
    return Spread(
        days=days,
        others=others,
        expected=float(pmf @ np.arange(others + 1)),
        low=int(np.searchsorted(below, tail, side="right")),
        high=min(others, int(np.searchsorted(below, 1.0 - tail))),
        chance_of_any=float(1.0 - pmf[0]),
    )

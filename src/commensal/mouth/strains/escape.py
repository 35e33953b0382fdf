"""Who escapes a kill switch: chance mutants that arose while the strain grew, by Luria and Delbruck.

With m mutations expected in a culture, the number of mutants in it follows the distribution of Lea and Coulson, whose
recursion is Ma, Sandri and Sarkar's (1992). A rate from rich medium is never carried into the mouth as it is: it has
risen by three to four orders of magnitude in the field (PMID 39668804).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.strains.strain import KillSwitch
from commensal.mouth.strains.trial import number

Floats = NDArray[np.float64]
MOST_MUTANTS = 20_000
"""Up to which the recursion is reckoned; its cost grows with the square."""
EXACT_UP_TO = 1000
"""Escapes up to which a bound is exact; beyond, by Wilson and Hilferty, to less than 1 in 1e5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """What a measured escape means in a mouth."""

    in_medium: float
    """Escapes for each cell, as measured."""
    in_medium_upper: float
    """Their upper bound."""
    in_field_upper: float
    """That, raised as escape rose from rich medium to the field; at most 1."""
    mouth_chance: float
    """That at least one of the bacteria of a mouth escapes, with that upper bound."""


def mutants_pmf(mutations: float, most: int) -> Floats:
    """The chance of 0 to `most` mutants in a culture with so many mutations expected, (most + 1,).

    Raises:
        ValueError: mutations that are none, more mutants than MOST_MUTANTS.
    """
    if not (0.0 <= mutations < 700.0 and 0 <= most <= MOST_MUTANTS):
        raise ValueError(f"expected 0 to 700 mutations and 0 to {MOST_MUTANTS} mutants, got {mutations} and {most}")
    p = np.zeros(most + 1)
    p[0] = math.exp(-mutations)
    weights = 1.0 / np.arange(2.0, most + 2.0)
    for r in range(1, most + 1):
        p[r] = mutations / r * float(p[:r][::-1] @ weights[:r])
    return p


def simulate_mutants(mutations: float, cells: float, cultures: int, seed: int) -> NDArray[np.int64]:
    """Mutants in so many cultures, each grown from one cell to `cells`, (cultures,).

    Mutations come by chance as the culture grows; each begins a clone of a pure birth process, whose size
    after a time t at rate 1 is geometric with mean e^t.

    Raises:
        ValueError: what no culture has.
    """
    if not (mutations >= 0.0 and cells > 1.0 and cultures > 0):
        raise ValueError(f"expected mutations >= 0, cells > 1, cultures > 0, got {mutations}, {cells}, {cultures}")
    chance = np.random.default_rng(seed)
    arose = chance.poisson(mutations, cultures)
    grown = chance.uniform(1.0, cells, int(arose.sum()))
    clones = chance.geometric(grown / cells)
    return np.bincount(np.repeat(np.arange(cultures), arose), weights=clones, minlength=cultures).astype(np.int64)


def chance_of_escape(cells: float, escapes_per_cell: float) -> float:
    """The chance that a kill leaves at least one, when each cell escapes with this frequency: 1 - e^-(N f).

    The same as that at least one mutation arose, with f mutations for each division.

    Raises:
        ValueError: negative cells, a frequency that is none.
    """
    if not (cells >= 0.0 and 0.0 <= escapes_per_cell <= 1.0):
        raise ValueError(f"expected cells >= 0 and a frequency from 0 to 1, got {cells} and {escapes_per_cell}")
    return -math.expm1(-cells * escapes_per_cell)


def upper_bound(seen: int, of: float, confidence: float) -> float:
    """The most that a frequency can be, given that so many of so many were seen (Poisson, one-sided).

    >>> round(upper_bound(0, 1.0, 0.95), 3)  # the rule of three
    2.996

    Raises:
        ValueError: what cannot be counted, a confidence that is none.
    """
    if not (0 <= seen <= of and of > 0.0 and 0.5 <= confidence < 1.0):
        raise ValueError(f"expected 0 <= seen <= of, 0.5 <= confidence < 1, got {seen}, {of}, {confidence}")
    if seen > EXACT_UP_TO:
        from statistics import NormalDist

        k = seen + 1.0
        z = NormalDist().inv_cdf(confidence)
        return k * (1.0 - 1.0 / (9.0 * k) + z / (3.0 * math.sqrt(k))) ** 3 / of
    low, high = float(seen), seen + 20.0 + 10.0 * math.sqrt(seen + 1.0)
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _poisson_at_most(seen, middle) > 1.0 - confidence else (low, middle)
    return high / of


def escape_of(switch: KillSwitch) -> Escape | None:
    """What the measured escape of a kill switch means in a mouth; None = nobody measured it."""
    if switch.escapes is None or switch.cells is None:
        return None
    upper = min(1.0, upper_bound(switch.escapes, switch.cells, number("confidence")))
    in_field = min(1.0, upper * number("field_factor"))
    return Escape(
        in_medium=switch.escapes / switch.cells,
        in_medium_upper=upper,
        in_field_upper=in_field,
        mouth_chance=chance_of_escape(number("mouth_cfu"), in_field),
    )


def _poisson_at_most(seen: int, mean: float) -> float:
    if mean == 0.0:
        return 1.0
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1.0) for k in range(seen + 1)]
    top = max(logs)
    return math.exp(top) * math.fsum(math.exp(one - top) for one in logs)

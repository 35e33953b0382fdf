"""Rates of processes in many places at once: rate laws as rows of numbers, run by one kernel.

States stand in rows of `width` places. A rate law is a constant times factors; each factor is one row of the programme:

    FIRST      c                        MONOD      c / (half + c)            INHIBITED  half / (half + c)
    CARDINAL   Rosso's pH factor        BELOW      limit - pH, or 0          HILL       c^n / (half^n + c^n)

What is below 0 counts as 0. The last rows of the states are those of DERIVED, when a law asks for them. The vessel runs
these laws; the column has them in a form of its own (`column.rates`), and a test holds both to the same rates.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.errors import ParameterError
from commensal.mouth.processes.components import load_components
from commensal.mouth.processes.expressions import Factor
from commensal.mouth.processes.table import DERIVED, Process, ProcessTable, base_value, state_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIRST, MONOD, INHIBITED, CARDINAL, BELOW, HILL = range(6)
LEAST = 1e-30
"""Smallest amount a slope is taken at."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Rate laws for `run_rates`. Rates are per s, in the units of the states."""

    constants: Floats
    """(processes,)"""
    ends: Ints
    """Where each law's factors end, (processes,)."""
    kinds: Ints
    """(factors,)"""
    rows: Ints
    """State of each factor, (factors,); 0 where it has none, < 0 for DERIVED: counted from the end."""
    numbers: Floats
    """(factors, 3)"""
    amounts: Floats
    """(processes, states)"""


def programme(table: ProcessTable) -> Programme:
    """The rate laws of a table.

    Raises:
        ParameterError: a law with an unknown name, or a factor with the wrong arguments.
    """
    constants, ends, kinds, rows, numbers = [], [], [], [], []
    for process in table.processes:
        constant = 1.0
        for factor in process.law:
            try:
                found = _compiled(factor, process, table)
            except ParameterError as error:
                raise ParameterError(f"{process.name} of {process.guild}: {error}") from error
            if isinstance(found, float):
                constant *= found
            else:
                kinds.append(found[0])
                rows.append(found[1])
                numbers.append(found[2])
        constants.append(constant)
        ends.append(len(kinds))
    return Programme(
        np.array(constants),
        np.array(ends, dtype=np.int64),
        np.array(kinds, dtype=np.int64),
        np.array(rows, dtype=np.int64),
        np.array(numbers, dtype=np.float64).reshape(len(kinds), 3),
        table.stoichiometry,
    )


def _compiled(
    factor: Factor, process: Process, table: ProcessTable
) -> float | tuple[int, int, tuple[float, float, float]]:
    values = {
        name.partition(".")[2]: base_value(one)
        for name, one in table.parameters.items()
        if name.partition(".")[0] == process.guild
    }
    if not factor.arguments:
        if factor.name in values:
            return values[factor.name]
        try:
            return float(factor.name)
        except ValueError:
            return FIRST, _row(factor.name, process, table), (0.0, 0.0, 0.0)
    match factor.name, factor.arguments:
        case "monod", (state, half):
            return MONOD, _row(state, process, table), (_number(half, values), 0.0, 0.0)
        case "inhibited", (state, half):
            return INHIBITED, _row(state, process, table), (_number(half, values), 0.0, 0.0)
        case "hill", (state, half, n):
            return HILL, _row(state, process, table), (_number(half, values), _number(n, values), 0.0)
        case "cardinal", (of,):
            lowest, best, highest = (_number(f"{of}_ph_{which}", values) for which in ("lowest", "best", "highest"))
            if not lowest < best < highest:
                raise ParameterError(
                    f"cardinal({of}): expected lowest < best < highest pH, got {lowest:g}, {best:g}, {highest:g}"
                )
            return CARDINAL, 0, (lowest, best, highest)
        case "below", (limit,):
            return BELOW, 0, (_number(limit, values), 0.0, 0.0)
    shown = f"{factor.name}({', '.join(factor.arguments)})"
    raise ParameterError(
        "expected monod(state, half), inhibited(state, half), hill(state, half, n), cardinal(parameter) or below(pH), "
        f"got {shown}"
    )


def _row(name: str, process: Process, table: ProcessTable) -> int:
    if name in DERIVED:
        return DERIVED.index(name) - len(DERIVED)
    state = state_of(name, process.guild, load_components())
    if state not in table.states:
        raise ParameterError(f"{name}: a rate law may only ask for what some process moves")
    return table.states.index(state)


def _number(name: str, values: Mapping[str, float]) -> float:
    if name in values:
        return values[name]
    try:
        return float(name)
    except ValueError:
        raise ParameterError(f"expected a number or one of {', '.join(sorted(values))}, got {name}") from None


@compiled
def cardinal(ph: float, lowest: float, best: float, highest: float) -> float:
    """Rosso's factor, 0-1.

    >>> cardinal(7.0, 4.0, 7.0, 9.0), cardinal(3.9, 4.0, 7.0, 9.0), round(cardinal(5.5, 4.0, 7.0, 9.0), 3)
    (1.0, 0.0, 0.7)
    """
    p = min(max(ph, lowest), highest)
    product = (p - lowest) * (p - highest)
    return product / (product - (p - best) * (p - best))


@compiled
def run_rates(
    states: Floats, ph: Floats, constants: Floats, ends: Ints, kinds: Ints, rows: Ints, numbers: Floats,
    rates: Floats, slopes: Floats,
) -> None:  # fmt: skip
    """The rate of every process in every place, and how it answers to the state of each of its factors.

    Args:
        states: (states, width), mmol/L or g/L; then DERIVED, when a law asks for them.
        ph: (width,)
        constants, ends, kinds, rows, numbers: the programme.
        rates: gets the rates, (processes, width), per s.
        slopes: gets d(rate)/d(state), (factors, width); 0 for factors that ask for the pH.
    """
    width = ph.size
    begin = 0
    for p in range(constants.size):
        rate = rates[p]
        rate[:] = constants[p]
        for f in range(begin, ends[p]):
            c = states[rows[f]]
            a, b, d = numbers[f, 0], numbers[f, 1], numbers[f, 2]
            if kinds[f] == FIRST:
                for m in range(width):
                    rate[m] *= max(c[m], 0.0)
            elif kinds[f] == MONOD:
                for m in range(width):
                    x = max(c[m], 0.0)
                    rate[m] *= x / (a + x)
            elif kinds[f] == INHIBITED:
                for m in range(width):
                    rate[m] *= a / (a + max(c[m], 0.0))
            elif kinds[f] == CARDINAL:
                for m in range(width):
                    rate[m] *= cardinal(ph[m], a, b, d)
            elif kinds[f] == HILL:
                for m in range(width):
                    power = (max(c[m], 0.0) / a) ** b
                    rate[m] *= power / (1.0 + power)
            else:
                for m in range(width):
                    rate[m] *= max(a - ph[m], 0.0)
        for f in range(begin, ends[p]):
            c, a, slope = states[rows[f]], numbers[f, 0], slopes[f]
            for m in range(width):
                x = max(c[m], LEAST)
                if kinds[f] == FIRST:
                    slope[m] = rate[m] / x
                elif kinds[f] == MONOD:
                    slope[m] = rate[m] / x * a / (a + x)
                elif kinds[f] == INHIBITED:
                    slope[m] = -rate[m] / (a + x)
                elif kinds[f] == HILL:
                    slope[m] = rate[m] / x * numbers[f, 1] / (1.0 + (x / a) ** numbers[f, 1])
                else:
                    slope[m] = 0.0
        begin = ends[p]

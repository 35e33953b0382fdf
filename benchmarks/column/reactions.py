"""The reactions of one plaque cell, written out as a flat function of numbers and compiled: for peers and references.

Nothing here comes from the program's column; only its tables are read. A process table becomes Python source with one
line for each factor and each rate, vectors over the cells of a column; constants are read from an array, so that
tables of the same shape share one compiled function.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from commensal.mouth.processes.expressions import Factor
from commensal.mouth.processes.table import ProcessTable, base_value

Floats = NDArray[np.float64]
Compiled = Callable[..., Any]
LOG10_E = 0.4342944819032518
LN_H_ROW, H_ROW, ACID_ROW, FLUORIDE_ROW = range(4)
"""Rows behind the unknowns and their changes: ln h, h (mmol/L), undissociated organic acid, HF."""
EXTRA_ROWS = 4
DERIVED_ROWS = {"undissociated": ACID_ROW, "hydrogen_fluoride": FLUORIDE_ROW}


@dataclass(frozen=True, slots=True)
class Reactions:
    """`run(work, constants)` reads rows of `work`, (2 unknowns + EXTRA_ROWS) x width, and fills the rows of changes."""

    run: Compiled
    constants: Floats


def reactions(table: ProcessTable, fields: Sequence[str], cells: int, width: int) -> Reactions:
    """What the processes of a table do per second to `fields` in each of `cells`; rows of `work` are `width` long."""
    writer = _Writer(table, fields, cells, width)
    source = writer.source()
    return Reactions(_compiled(source), np.array([*writer.constants, 0.0]))


@cache
def _compiled(source: str) -> Compiled:
    found: dict[str, Compiled] = {}
    exec(source, {}, found)  # our own text, made of numbers and places of rows
    return numba.njit(error_model="numpy", fastmath=True)(found["react"])


class _Writer:
    """The source of one table."""

    def __init__(self, table: ProcessTable, fields: Sequence[str], cells: int, width: int) -> None:
        self._table, self._fields, self._cells, self._width = table, list(fields), cells, width
        self.constants: list[float] = []
        self._lines: list[str] = []
        self._known: dict[tuple[Any, ...], str] = {}

    def source(self) -> str:
        """Python text of `react(work, constants)`."""
        sums: dict[str, list[str]] = {name: [] for name in self._fields}
        for index, process in enumerate(self._table.processes):
            constant, terms = 1.0, []
            for factor in process.law:
                value = self._value(factor, process.guild)
                if isinstance(value, float):
                    constant *= value
                else:
                    terms.append(value)
            self._lines.append(f"r{index} = " + " * ".join([self._constant(constant), *terms]))
            for state, amount in [*process.amounts.items(), ("strong_charge", process.strong_charge)]:
                if amount:
                    sums[state].append(f"{self._constant(amount)} * r{index}")
        for row, name in enumerate(self._fields):
            total = " + ".join(sums[name]) or "0.0"
            self._lines.append(f"work[{(len(self._fields) + row) * self._width} + i] = {total}")
        names = [f"k{i}" for i in range(len(self.constants))]
        head = [f"    {name} = constants[{i}]" for i, name in enumerate(names)]
        body = [f"        {line}" for line in self._lines]
        return "\n".join(["def react(work, constants):", *head, f"    for i in range({self._cells}):", *body])

    def _constant(self, value: float) -> str:
        self.constants.append(value)
        return f"k{len(self.constants) - 1}"

    def _once(self, key: tuple[Any, ...], text: str) -> str:
        """A line for `text`, unless there is one already; its name."""
        if key not in self._known:
            self._known[key] = f"v{len(self._known)}"
            self._lines.append(f"{self._known[key]} = {text}")
        return self._known[key]

    def _concentration(self, name: str, guild: str) -> str:
        """A concentration, 0 where it is below."""
        if name in DERIVED_ROWS:
            row = 2 * len(self._fields) + DERIVED_ROWS[name]
        else:
            row = self._fields.index(name if name in self._fields else f"{name}.{guild}")
        return self._once(("x", row), f"max(work[{row * self._width} + i], 0.0)")

    def _ph(self) -> str:
        return self._once(("ph",), f"3.0 - {LOG10_E} * work[{(2 * len(self._fields) + LN_H_ROW) * self._width} + i]")

    def _value(self, factor: Factor, guild: str) -> str | float:
        """A factor as the name of a line, or the number it is."""
        if not factor.arguments:
            number = self._number(factor.name, guild)
            return self._concentration(factor.name, guild) if number is None else number
        of = factor.arguments[0]
        numbers = [self._number(argument, guild) for argument in factor.arguments[1:]]
        if factor.name == "cardinal":
            limits = [self._number(f"{of}_ph_{which}", guild) for which in ("lowest", "best", "highest")]
            key = ("cardinal", *limits)
            if key in self._known:
                return self._known[key]
            low, best, high = (self._constant(float(x or 0.0)) for x in limits)
            ph = self._once((*key, "ph"), f"min(max({self._ph()}, {low}), {high})")
            product = self._once((*key, "product"), f"({ph} - {low}) * ({ph} - {high})")
            return self._once(key, f"{product} / ({product} - ({ph} - {best}) ** 2)")
        if factor.name == "below":
            limit = self._number(of, guild)
            return self._once(("below", limit), f"max({self._constant(float(limit or 0.0))} - {self._ph()}, 0.0)")
        x = self._concentration(of, guild)
        key = (factor.name, x, *numbers)
        if key in self._known:
            return self._known[key]
        half = self._constant(float(numbers[0] or 0.0))
        if factor.name == "monod":
            return self._once(key, f"{x} / ({half} + {x})")
        if factor.name == "inhibited":
            return self._once(key, f"{half} / ({half} + {x})")
        power = "2" if numbers[1] == 2.0 else self._constant(float(numbers[1] or 0.0))
        return self._once(key, f"{x} ** {power} / ({half} ** {power} + {x} ** {power})")

    def _number(self, name: str, guild: str) -> float | None:
        """A parameter of the guild in seconds, mmol/L and g/L, or a number; None when it is neither."""
        found = self._table.parameters.get(f"{guild}.{name}")
        if found is not None:
            return base_value(found)
        try:
            return float(name)
        except ValueError:
            return None

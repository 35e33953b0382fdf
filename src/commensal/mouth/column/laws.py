"""Process tables as rows of numbers: one set of laws for all sites of a block, each site with numbers of its own.

Sites that share a block may differ in parameters, in which processes they run and in who lives in them: what a site
lacks has the constant 0 there. Guilds and processes are put in order by name, so that nothing depends on the order in
which somebody named them.

A step treats one substrate of each process implicitly: the one it answers to fastest, unless that would tie two
solutes to each other within a step; then the next, or none. Solutes are solved in an order in which each comes before
what is made of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from commensal.mouth.column.rates import BELOW, CARDINAL, HILL, INHIBITED, LINEAR, MONOD
from commensal.mouth.column.shape import ACIDS, CHARGE_NAME, CLASSES, LANES, STAYS, Floats, Laws, Sums
from commensal.mouth.errors import ParameterError
from commensal.mouth.processes.components import load_components
from commensal.mouth.processes.expressions import Factor
from commensal.mouth.processes.table import (
    DERIVED,
    Process,
    ProcessTable,
    base_value,
    component_of,
    state_of,
)

ALWAYS = ("hexose", "lactate", "carbonate", "phosphate", CHARGE_NAME)
"""What every column holds, whoever lives in it."""
TYPICAL_G_L = 10.0
"""What a guild weighs in plaque, to tell which of its processes are stiff."""
Key = tuple[str, str]
SHAPES = {"monod": (MONOD, 2), "inhibited": (INHIBITED, 2), "hill": (HILL, 3)}


@dataclass(frozen=True, slots=True)
class Chemistry:
    """The fields of a block, by name, and its laws."""

    names: tuple[str, ...]
    processes: tuple[Key, ...]
    """(guild, process)"""
    laws: Laws

    def row(self, name: str) -> int:
        """The row of a field, -1 where there is none."""
        return self.names.index(name) if name in self.names else -1


def way_of(state: str) -> int:
    """The way of transport of a state, as in CLASSES."""
    return CLASSES.index("ion" if state == CHARGE_NAME else component_of(state).transport)


def chemistry(
    tables: Sequence[ProcessTable], carried: Iterable[str], members: slice = slice(None), eaten: Iterable[str] = ()
) -> Chemistry:
    """The laws of a block: some sites of a run. What was made is kept for the next run of the same tables.

    Args:
        tables: what each site of the run runs.
        carried: solutes that come with saliva. Those that no process moves are fields only if they bind acid.
        members: which sites are the block's, at most LANES.
        eaten: solutes that come with food and drink, though no process moves them.

    Raises:
        ParameterError: a rate law that cannot be read, or that asks for what is not there.
    """
    return _chemistry(tuple(tables), members.indices(len(tables))[:2], frozenset(carried), frozenset(eaten))


@lru_cache(maxsize=64)
def _chemistry(
    tables: tuple[ProcessTable, ...], members: tuple[int, int], carried: frozenset[str], eaten: frozenset[str]
) -> Chemistry:
    by_site = [{(one.guild, one.name): (one, table) for one in table.processes} for table in tables]
    keys = tuple(sorted({key for found in by_site for key in found}))
    states = {state for table in tables for state in table.states} | carried & set(ACIDS) | eaten | set(ALWAYS)
    solutes = sorted(state for state in states if way_of(state) != STAYS and state != CHARGE_NAME)
    solids = sorted(state for state in states if way_of(state) == STAYS)
    names = (*solutes, *solids, CHARGE_NAME)
    builder = _Builder(names, [[found.get(key) for found in by_site] for key in keys], slice(*members))
    laws = builder.laws()
    for part in (*laws, *laws.made, *laws.follows, *laws.own):
        if isinstance(part, np.ndarray):
            part.setflags(write=False)  # every later run of these tables reads them
    return Chemistry(names, keys, laws)


class _Builder:
    """Laws as they are put together, process by process."""

    def __init__(
        self, names: tuple[str, ...], columns: list[list[tuple[Process, ProcessTable] | None]], members: slice
    ) -> None:
        self._names = names
        self._columns = columns
        self._members = members
        self._firsts: list[int] = []
        self._factors: dict[tuple[int, int, bytes], int] = {}
        self._numbers: list[Floats] = []
        self._slope_of: dict[int, int] = {}
        self._after: dict[int, set[int]] = {}

    def laws(self) -> Laws:
        """All of it."""
        read = [self._read(column) for column in self._columns]
        implicit = self._implicit(read)
        first_factor = len(self._firsts)
        ops, op_ends, slope_ops, slope_ends = [], [], [], []
        for (_, operands, _), field in zip(read, implicit, strict=True):
            ops += [i if is_first else first_factor + i for is_first, i in operands]
            op_ends.append(len(ops))
            if field >= 0:
                slope_ops += [self._slope(i) for i in self._answering(operands, field)]
            slope_ends.append(len(slope_ops))
        charge = self._names.index(CHARGE_NAME)
        order = [*self._order(), charge]
        parts = [found for _, _, found in read]
        every = range(len(self._names))
        own = _sums([[(p, parts[p][f]) for p, g in enumerate(implicit) if g == f] for f in every])
        follows = [
            [(p, parts[p][f]) for p, g in enumerate(implicit) if g not in (f, -1) and f in parts[p]] for f in every
        ]
        keys = list(self._factors)
        classes = [way_of(name) for name in self._names]
        rows, systems = _systems(order, charge, classes, set(implicit))
        return Laws(
            firsts=_ints(self._firsts),
            kinds=_ints([kind for kind, _, _ in keys]),
            is_same_number=_same(np.array(self._numbers).reshape(-1, 3, LANES).transpose(0, 2, 1)),
            sources=_ints([source for _, source, _ in keys]),
            numbers=np.array(self._numbers).reshape(-1, 3, LANES),
            slope_rows=_ints([self._slope_of.get(u, -1) for u in range(len(keys))]),
            constants=np.array([constants for constants, _, _ in read]).reshape(-1, LANES),
            is_same_constant=_same(np.array([constants for constants, _, _ in read]).reshape(-1, LANES)),
            op_ends=_ints(op_ends),
            ops=_ints(ops),
            implicit=_ints(implicit),
            slope_ends=_ints(slope_ends),
            slope_ops=_ints(slope_ops),
            made=_sums([[(p, found[f]) for p, found in enumerate(parts) if f in found] for f in every]),
            follows=_sums(follows),
            own=own,
            is_derived=int(any(source > len(self._names) for _, source, _ in keys)),
            acids=_ints([self._names.index(x) if x in self._names else len(self._names) for x in ACIDS]),
            classes=_ints(classes),
            order=_ints(order),
            systems=_ints(systems),
            factor_rows=_ints(rows),
            charge=charge,
            sugar=self._names.index("hexose"),
            glucan=self._names.index("glucan") if "glucan" in self._names else -1,
            inert=self._names.index("inert") if "inert" in self._names else -1,
            calcium=self._names.index("calcium") if "bound_calcium" in self._names else -1,
        )

    def _read(
        self, column: list[tuple[Process, ProcessTable] | None]
    ) -> tuple[Floats, list[tuple[bool, int]], dict[int, Floats]]:
        """Constants of a process, its operands (is a field itself, which), and its parts by field."""
        have = [found for found in column if found is not None]
        column = column[self._members]
        filled = [found or have[0] for found in column]
        process = have[0][0]
        if any(other.law != process.law for other, _ in have):
            raise ParameterError(f"{process.name} of {process.guild}: expected one rate law for all sites of a block")
        constants = _spread([0.0 if found is None else 1.0 for found in column])
        operands: list[tuple[bool, int]] = []
        for factor in process.law:
            try:
                constants = constants * self._operand(factor, filled, operands)
            except ParameterError as error:
                raise ParameterError(f"{process.name} of {process.guild}: {error}") from error
        parts: dict[int, Floats] = {}
        for name in {CHARGE_NAME}.union(*(one.amounts for one, _ in filled)):
            if name == CHARGE_NAME:
                amounts = [one.strong_charge for one, _ in filled]
            else:
                amounts = [one.amounts.get(name, 0.0) for one, _ in filled]
            if any(amounts):
                parts[self._names.index(name)] = _spread(amounts)
        return constants, operands, parts

    def _operand(
        self, factor: Factor, filled: list[tuple[Process, ProcessTable]], operands: list[tuple[bool, int]]
    ) -> Floats:
        """Takes one factor of a law among the operands, or gives the constant that it is."""
        guild = filled[0][0].guild
        if not factor.arguments:
            values = [_known(factor.name, guild, table) for _, table in filled]
            if None not in values:
                return _spread([x for x in values if x is not None])
            row = self._source(factor.name, guild)
            if way_of(self._names[row]) == STAYS:
                if row not in self._firsts:
                    self._firsts.append(row)
                operands.append((True, self._firsts.index(row)))
            else:
                operands.append((False, self._factor(LINEAR, row, np.zeros((3, LANES)))))
            return np.ones(LANES)
        if factor.name in SHAPES and len(factor.arguments) == SHAPES[factor.name][1]:
            numbers = np.zeros((3, LANES))
            for i, argument in enumerate(factor.arguments[1:]):
                numbers[i] = _spread([_number(argument, guild, table) for _, table in filled])
            operands.append(
                (False, self._factor(SHAPES[factor.name][0], self._source(factor.arguments[0], guild), numbers))
            )
        elif factor.name == "cardinal" and len(factor.arguments) == 1:
            of = factor.arguments[0]
            numbers = np.array(
                [
                    _spread([_number(f"{of}_ph_{which}", guild, table) for _, table in filled])
                    for which in ("lowest", "best", "highest")
                ]
            )
            if not np.all((numbers[0] < numbers[1]) & (numbers[1] < numbers[2])):
                raise ParameterError(f"cardinal({of}): expected lowest < best < highest pH, got {numbers[:, 0]}")
            operands.append((False, self._factor(CARDINAL, 0, numbers)))
        elif factor.name == "below" and len(factor.arguments) == 1:
            numbers = np.zeros((3, LANES))
            numbers[0] = _spread([_number(factor.arguments[0], guild, table) for _, table in filled])
            operands.append((False, self._factor(BELOW, 0, numbers)))
        else:
            shown = f"{factor.name}({', '.join(factor.arguments)})"
            raise ParameterError(
                "expected monod(state, half), inhibited(state, half), hill(state, half, n), cardinal(parameter) "
                f"or below(pH), got {shown}"
            )
        return np.ones(LANES)

    def _factor(self, kind: int, source: int, numbers: Floats) -> int:
        """The row of a factor: one row for all laws that hold it."""
        key = (kind, source, numbers.tobytes())
        if key not in self._factors:
            self._factors[key] = len(self._numbers)
            self._numbers.append(numbers)
        return self._factors[key]

    def _source(self, name: str, guild: str) -> int:
        """The row that a law asks for."""
        if name in DERIVED:
            return len(self._names) + 1 + DERIVED.index(name)
        state = name if name in self._names else state_of(name, guild, load_components())
        if state not in self._names:
            raise ParameterError(f"{name}: a rate law may only ask for what some process moves")
        return self._names.index(state)

    def _answering(self, operands: list[tuple[bool, int]], field: int) -> list[int]:
        """The factors among `operands` that answer to a field."""
        keys = list(self._factors)
        return [
            i
            for is_first, i in operands
            if not is_first and keys[i][1] == field and keys[i][0] in (MONOD, INHIBITED, LINEAR)
        ]

    def _slope(self, factor: int) -> int:
        return self._slope_of.setdefault(factor, len(self._slope_of))

    def _implicit(self, read: list[tuple[Floats, list[tuple[bool, int]], dict[int, Floats]]]) -> list[int]:
        """The field that each process answers to within a step, the stiffest served first; -1 for none."""
        keys = list(self._factors)
        wishes = []
        for p, (constants, operands, parts) in enumerate(read):
            living = TYPICAL_G_L ** sum(is_first for is_first, _ in operands)
            for is_first, i in operands:
                kind, field, _ = (-1, -1, b"") if is_first else keys[i]
                if kind in (MONOD, LINEAR) and field in parts and np.all(parts[field] < 0.0):
                    half = self._numbers[i][0].min() if kind == MONOD else 1.0
                    wishes.append((-float(np.max(-parts[field] * constants)) * living / half, p, field))
        found = [-1] * len(read)
        for _, p, field in sorted(wishes):
            if found[p] >= 0:
                continue
            others = {row for row in read[p][2] if self._moves(row)} - {field}
            if not any(field in self._reached(other) for other in others):
                self._after.setdefault(field, set()).update(others)
                found[p] = field
        return found

    def _moves(self, row: int) -> bool:
        return way_of(self._names[row]) != STAYS and self._names[row] != CHARGE_NAME

    def _reached(self, field: int) -> set[int]:
        """A field and all that must be solved after it."""
        found, waiting = {field}, [field]
        while waiting:
            for other in self._after.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def _order(self) -> list[int]:
        """Solutes, each before those that come after it."""
        left = [row for row in range(len(self._names)) if self._moves(row)]
        order: list[int] = []
        while left:
            ready = next(row for row in left if not any(row in self._after.get(other, ()) for other in left))
            order.append(ready)
            left.remove(ready)
        return order


def _sums(by_field: list[list[tuple[int, Floats]]]) -> Sums:
    """Entries (process, amounts) of each field as rows of numbers."""
    entries = [entry for found in by_field for entry in found]
    return Sums(
        ends=_ints(np.cumsum([len(found) for found in by_field])),
        processes=_ints(p for p, _ in entries),
        amounts=np.array([amounts for _, amounts in entries], dtype=np.float64).reshape(-1, LANES),
        is_same=_ints(all(np.all(amounts == amounts[0]) for _, amounts in found) for found in by_field),
    )


def _systems(order: list[int], charge: int, classes: list[int], used: set[int]) -> tuple[list[int], list[int]]:
    """Which factored system each field uses, and a field of each system.

    There is one for each way of transport, one for each field that is used within a step, and one for charge.
    """
    rows = [-1] * len(classes)
    systems: list[int] = []
    shared: dict[int, int] = {}
    for field in order:
        if field in used or field == charge:
            rows[field] = len(systems)
            systems.append(field)
            continue
        if classes[field] not in shared:
            shared[classes[field]] = len(systems)
            systems.append(field)
        rows[field] = shared[classes[field]]
    return rows, systems


def _known(name: str, guild: str, table: ProcessTable) -> float | None:
    """The number that a name stands for; None where it stands for none."""
    key = f"{guild}.{name}"
    if key in table.parameters:
        return base_value(table.parameters[key])
    try:
        return float(name)
    except ValueError:
        return None


def _number(name: str, guild: str, table: ProcessTable) -> float:
    found = _known(name, guild, table)
    if found is None:
        known = sorted(x.partition(".")[2] for x in table.parameters if x.partition(".")[0] == guild)
        raise ParameterError(f"expected a number or one of {', '.join(known)}, got {name}")
    return found


def _spread(values: Sequence[float]) -> Floats:
    """One value for each lane: a block that is not full repeats its last site."""
    padded = list(values) + [values[-1]] * (LANES - len(values))
    return np.array(padded, dtype=np.float64)


def _ints(values: Iterable[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array(list(values), dtype=np.int64)


def _same(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """1 where all lanes (the second axis) have the same, else 0."""
    others = tuple(range(1, values.ndim))
    return _ints(np.all(values == values[:, :1], axis=others))

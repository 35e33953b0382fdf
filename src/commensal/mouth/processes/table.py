"""Processes read from tables, one copy for each guild that runs them; their stoichiometry completed and checked.

A row says what a process uses and makes, in which ratio to its rate, and what closes its balance:

    stoichiometry   biomass = 1; hexose = -1 / yield_sugar
    closed_by       +lactate carbonate ammonium phosphate       + must come out made, - must come out used

Carbon, nitrogen, phosphorus and electrons then add up to nothing, or the table is refused as it loads. Charge cannot
come from nothing: totals are counted uncharged, and a process makes the strong charge of the strong ions it moves. What
a process uses must also limit it, so that nothing is used that is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal import units
from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import Parameter, data_file, mark_of, parse, read_rows
from commensal.mouth.processes.components import CONSERVED, Component, load_components
from commensal.mouth.processes.expressions import Factor, evaluate, factors, pairs
from commensal.provenance import Mark, weakest

Floats = NDArray[np.float64]
TABLE = "processes.csv"
GUILDS_TABLE = "guilds.csv"
COLUMNS = ("name", "guilds", "rate", "stoichiometry", "closed_by", "source", "mark", "note")
CLOSED_TO = 1e-9
"""Relative to the largest entry of a balance."""
EVERYONE = "all"
"""Whose parameters hold for every guild that has none of its own, and who runs a process that all run."""
LIMITING = ("monod", "hill")
"""Factors that are 0 where their component is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of one guild. `amounts` are made (> 0) or used (< 0) per unit of rate, by state."""

    name: str
    guild: str
    law: tuple[Factor, ...]
    amounts: Mapping[str, float]
    strong_charge: float
    """mmol of strong charge made per unit of rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTable:
    """The processes of some guilds, and the states they move."""

    guilds: tuple[str, ...]
    states: tuple[str, ...]
    """Solutes in mmol/L, then solids in g/L; private ones are named `component.guild`."""
    processes: tuple[Process, ...]
    parameters: Mapping[str, Parameter]
    """By `guild.name`."""
    mark: Mark

    @property
    def stoichiometry(self) -> Floats:
        """Amounts, shape (processes, states)."""
        out = np.zeros((len(self.processes), len(self.states)))
        for i, process in enumerate(self.processes):
            for state, amount in process.amounts.items():
                out[i, self.states.index(state)] = amount
        return out

    @property
    def contents(self) -> Floats:
        """mmol of CONSERVED in a unit of each state, shape (states, len(CONSERVED))."""
        return np.array([load_components()[state.partition(".")[0]].per_unit for state in self.states])


def own_values(guild: str, parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """A guild's parameters by their bare names, each in its own unit."""
    return {name.partition(".")[2]: one.value for name, one in parameters.items() if name.partition(".")[0] == guild}


def parse_guilds(text: str, table: str = GUILDS_TABLE) -> dict[str, Parameter]:
    """The parameters of guilds, by `guild.name`.

    Raises:
        ParameterError: a name without guild, or one that stands twice; whatever `parameters.parse` refuses.
    """
    found: dict[str, Parameter] = {}
    for one in parse(text, table):
        guild, dot, name = one.name.partition(".")
        if not (guild.isidentifier() and dot and name.isidentifier()) or one.name in found:
            raise ParameterError(f"{table}: expected a new name of the form guild.parameter, got {one.name!r}")
        found[one.name] = one
    return found


def parse_processes(
    text: str,
    components: Mapping[str, Component],
    parameters: Mapping[str, Parameter],
    guilds: Sequence[str],
    table: str = TABLE,
) -> ProcessTable:
    """The processes that run in a community of `guilds`.

    Raises:
        ParameterError: a guild without parameters; a row that is not as it must be, or makes something from nothing.
    """
    known = {name.partition(".")[0] for name in parameters} - {EVERYONE}
    unknown = [guild for guild in guilds if guild not in known]
    if unknown or not guilds or len(set(guilds)) != len(guilds):
        raise ParameterError(f"guilds: expected some of {', '.join(sorted(known))}, each once, got {', '.join(guilds)}")
    parameters = _of_each(guilds, parameters)
    found: list[Process] = []
    marks = [one.mark for one in parameters.values()]
    for row in read_rows(text, table, COLUMNS):
        if not row["name"].isidentifier() or not row["source"].strip():
            raise ParameterError(f"{table}: {row['name']!r}: expected a name of letters, digits and _, and a source")
        marks.append(mark_of(row["mark"], table, row["name"]))
        named = row["guilds"].split()
        for guild in guilds:
            if named == [EVERYONE] or guild in named:
                try:
                    found.append(_process(row, guild, components, parameters))
                except ParameterError as error:
                    raise ParameterError(f"{table}: {row['name']} of {guild}: {error}") from error
    used = {state for process in found for state in process.amounts}
    states = sorted(used, key=lambda state: (components[state.partition(".")[0]].kind == "solid", state))
    return ProcessTable(
        guilds=tuple(guilds), states=tuple(states), processes=tuple(found), parameters=parameters, mark=weakest(marks)
    )


def load_processes(guilds: Sequence[str]) -> ProcessTable:
    """The processes that ship with the program, for a community of `guilds`."""
    parameters = parse_guilds(data_file(GUILDS_TABLE).read_text(encoding="utf-8"))
    return parse_processes(data_file(TABLE).read_text(encoding="utf-8"), load_components(), parameters, guilds)


def state_of(name: str, guild: str, components: Mapping[str, Component]) -> str:
    """The state that a component is for one guild.

    Raises:
        ParameterError: no such component.
    """
    if name not in components:
        raise ParameterError(f"expected one of the components {', '.join(components)}, got {name!r}")
    return f"{name}.{guild}" if components[name].is_private else name


def base_value(one: Parameter) -> float:
    """A parameter's value in the first unit of its dimension: seconds, mmol/L, g/L."""
    return one.value * units.SCALE[one.unit][1]


def _of_each(guilds: Sequence[str], parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters of each guild, what holds for everyone included."""
    found: dict[str, Parameter] = {}
    for owner, guild in [*((EVERYONE, guild) for guild in guilds), *((guild, guild) for guild in guilds)]:
        for name, one in parameters.items():
            if name.partition(".")[0] == owner:
                found[f"{guild}.{name.partition('.')[2]}"] = one
    return found


def _process(
    row: Mapping[str, str], guild: str, components: Mapping[str, Component], parameters: Mapping[str, Parameter]
) -> Process:
    values = own_values(guild, parameters)
    amounts = {name: evaluate(text, values) for name, text in pairs(row["stoichiometry"]).items()}
    for name in amounts:
        state_of(name, guild, components)
    amounts |= _closed(amounts, row["closed_by"].split(), components)
    charge = sum(amount * components[name].strong_charge for name, amount in amounts.items())
    law = factors(row["rate"])
    limits = {factor.name for factor in law if not factor.arguments}
    limits |= {factor.arguments[0] for factor in law if factor.name in LIMITING and factor.arguments}
    unlimited = [name for name, amount in amounts.items() if amount < 0.0 and name not in limits]
    if unlimited:
        raise ParameterError(
            f"it uses {', '.join(unlimited)} even where there is none: name it in the rate law, alone or in "
            f"{' or '.join(LIMITING)}, or change what closes the balance"
        )
    return Process(
        name=row["name"],
        guild=guild,
        law=law,
        amounts={state_of(name, guild, components): amount for name, amount in amounts.items() if amount},
        strong_charge=charge,
    )


def _closed(
    amounts: Mapping[str, float], closing: Sequence[str], components: Mapping[str, Component]
) -> dict[str, float]:
    """What the closing components come to, so that nothing comes from nothing.

    Raises:
        ParameterError: it cannot be closed, or not with these signs; the message says what is left over.
    """
    names = [name.lstrip("+-") for name in closing]
    missing = [name for name in names if name not in components]
    if missing or set(names) & set(amounts) or len(set(names)) != len(names):
        raise ParameterError(f"closed_by: expected components that stand nowhere else in the row, got {closing}")
    given = np.array([components[name].per_unit for name in amounts]).T @ np.array(list(amounts.values()))
    columns = np.array([components[name].per_unit for name in names]).reshape(len(names), len(CONSERVED)).T
    solved = np.linalg.lstsq(columns, -given, rcond=None)[0] if names else np.zeros(0)
    left = given + columns @ solved
    largest = max(abs(given).max(), 1e-12)
    wrong = [
        f"{what} {amount:+.4g}"
        for what, amount in zip(CONSERVED, left, strict=True)
        if abs(amount) > CLOSED_TO * largest
    ]
    if wrong:
        raise ParameterError(
            f"made from nothing, or lost, per unit of rate (mmol): {', '.join(wrong)}; change the amounts or closed_by"
        )
    found = {
        name: float(amount) if abs(amount) > CLOSED_TO * largest else 0.0
        for name, amount in zip(names, solved, strict=True)
    }
    for name, word in zip(names, closing, strict=True):
        if (word.startswith("+") and found[name] < 0) or (word.startswith("-") and found[name] > 0):
            verb = "used" if found[name] < 0 else "made"
            raise ParameterError(
                f"its balance closes only if {abs(found[name]):.4g} mmol of {name} are {verb} per unit of rate; "
                "is a yield above what its food can give?"
            )
    return found

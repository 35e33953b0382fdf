"""Processes read from tables, one copy for each guild that runs them; their stoichiometry completed and checked.

A row says what a process uses and makes, in which ratio to its rate, and what closes its balance:

    stoichiometry   biomass = 1; hexose = -1 / yield_sugar
    closed_by       +acetate carbonate ammonium phosphate       + must come out made, - must come out used

Everything in CONSERVED then adds up to nothing, or the table is refused as it loads. Charge cannot come from nothing:
totals are counted uncharged, and a process makes the strong charge of the strong ions it moves. What a process uses
must also limit it, so that nothing is used that is not there.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal import units
from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import Parameter, data_file, mark_of, parse, read_rows
from commensal.mouth.processes.closing import closed
from commensal.mouth.processes.components import CONSERVED, KINDS, Component, load_components
from commensal.mouth.processes.expressions import Factor, evaluate, factors, pairs
from commensal.provenance import Mark, weakest

Floats = NDArray[np.float64]
TABLE = "processes.csv"
GUILDS_TABLE = "guilds.csv"
COLUMNS = ("name", "guilds", "rate", "stoichiometry", "closed_by", "source", "mark", "note")
EVERYONE = "all"
"""Whose parameters hold for every guild that has none of its own, and who runs a process that all run."""
LIFELESS = ("matrix", "walls", "lumped")
"""Where something happens without a guild: between cells, on their walls, in plaque seen as one. Not of EVERYONE."""
PLAQUE_GUILDS = (
    *("mutans", "mitis", "arginolytic", "salivarius", "actinomyces", "lactobacilli"),
    *("veillonella", "neisseria", "fusobacteria", "anaerobes"),
)
"""Those that share the twin's plaque."""
LUMPED_PROCESSES = ("glycolysis", "arginolysis", "lactate_use", "endogenous_acid")
"""Those of the guild `lumped`: the reference plaque of the plaque model, section 8."""
BROUGHT = ("xylitol",)
"""What no saliva holds and nobody makes: processes that it limits run only where somebody brings it."""
LIMITING = ("monod", "hill")
"""Factors that are 0 where their component is."""
ASKING = (*LIMITING, "inhibited")
"""Factors whose first argument is a component or one of DERIVED."""
DERIVED = ("undissociated", "hydrogen_fluoride")
"""What follows from states and pH, mmol/L: lactic, acetic and propionic acid with their proton; HF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of one guild. `amounts` are made (> 0) or used (< 0) per unit of rate, by state."""

    name: str
    guild: str
    law: tuple[Factor, ...]
    amounts: Mapping[str, float]
    outside: Mapping[str, float]
    """The same of what is no state, by component, mmol."""
    strong_charge: float
    """mmol of strong charge made per unit of rate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessTable:
    """The processes of some guilds, and the states they move or ask for. Each is equal to itself alone."""

    guilds: tuple[str, ...]
    states: tuple[str, ...]
    """Solutes in mmol/L, then macromolecules and solids in g/L; private ones are named `component.guild`."""
    outside: tuple[str, ...]
    """What comes or goes without being a state."""
    processes: tuple[Process, ...]
    parameters: Mapping[str, Parameter]
    """By `guild.name`."""
    mark: Mark

    @property
    def stoichiometry(self) -> Floats:
        """Amounts, shape (processes, states)."""
        return _matrix([process.amounts for process in self.processes], self.states)

    @property
    def outside_stoichiometry(self) -> Floats:
        """Amounts of what is outside, mmol, shape (processes, outside)."""
        return _matrix([process.outside for process in self.processes], self.outside)

    @property
    def contents(self) -> Floats:
        """Amounts of CONSERVED in a unit of each state, mmol, shape (states, len(CONSERVED))."""
        return _contents(self.states)

    @property
    def outside_contents(self) -> Floats:
        """The same of what is outside."""
        return _contents(self.outside)

    @property
    def strong_charges(self) -> Floats:
        """mmol of strong charge in a unit of each state, shape (states,)."""
        return np.array([component_of(state).strong_charge for state in self.states])


def component_of(state: str) -> Component:
    """The component that a state of the shipped table is."""
    return load_components()[state.partition(".")[0]]


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
    *,
    processes: Sequence[str] | None = None,
    overrides: Mapping[str, float | Parameter] | None = None,
    copies: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    also: Sequence[str] = (),
) -> ProcessTable:
    """The processes that run in a community of `guilds`.

    Args:
        text: the table.
        components: what it may name.
        parameters: of all guilds.
        guilds: who is there.
        table: what to call it in messages.
        processes: these and no others, idle or not; None = all that apply, but for those whose constant is 0 and for
            what bacteriocins do that nobody there makes.
        overrides: `guild.parameter` and its value here, or the whole parameter; a value may leave the range.
        copies: strains, and whose processes and parameters they have until overridden; a guild shares its niche.
        without: components, or some of DERIVED, of which there is none: what they limit is left out, and what they
            inhibit runs free.
        also: components that are states though nothing moves them.

    Raises:
        ParameterError: a guild without parameters; a strain of anything but a guild; a row that is not as it must
            be, or makes something from nothing.
    """
    copies, rows = dict(copies or {}), _rows(text, table)
    unknown = [name for name in processes or () if name not in {row["name"] for row in rows}]
    if unknown:
        raise ParameterError(f"{table}: expected names of its processes, got {', '.join(unknown)}")
    parameters = _changed(parameters, guilds, overrides or {}, copies)
    own = {guild: own_values(guild, parameters) for guild in guilds}
    read: list[tuple[Mapping[str, str], Process, list[str]]] = []
    for row, guild in _runs(rows, guilds, copies, processes):
        try:
            process, named = _process(row, guild, components, own[guild], copies.get(guild, guild))
            asked = _asked(process.law, guild, own[guild], components)
        except ParameterError as error:
            raise ParameterError(f"{table}: {row['name']} of {guild}: {error}") from error
        if processes is not None or not any(own[guild].get(name) == 0.0 for name in _alone(process)):
            read.append((row, process, [*named, *asked]))
    absent = {*without, *(() if processes is not None else _unmade(read, components, also))}
    read = [(row, process, named) for row, process, named in read if not _limits(process) & absent]
    found = [replace(process, law=_free(process.law, absent)) for _, process, _ in read]
    states = {state_of(name, guild, components) for guild in guilds for name in also}
    for process, (_, _, named) in zip(found, read, strict=True):
        states |= set(process.amounts) | _asked(process.law, process.guild, own[process.guild], components)
        states |= set(named) - absent if processes is not None else set()
    marks = [one.mark for one in parameters.values()] + [mark_of(row["mark"], table, row["name"]) for row, _, _ in read]
    ordered = sorted(states, key=lambda state: (KINDS.index(components[state.partition(".")[0]].kind), state))
    return ProcessTable(
        guilds=tuple(guilds),
        states=tuple(ordered),
        outside=tuple(sorted({name for process in found for name in process.outside})),
        processes=tuple(found),
        parameters=parameters,
        mark=weakest(marks),
    )


def load_processes(
    guilds: Sequence[str],
    *,
    processes: Sequence[str] | None = None,
    overrides: Mapping[str, float | Parameter] | None = None,
    copies: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    also: Sequence[str] = (),
) -> ProcessTable:
    """The processes that ship with the program, for a community of `guilds`; see `parse_processes`."""
    return parse_processes(
        data_file(TABLE).read_text(encoding="utf-8"),
        load_components(),
        load_guilds(),
        guilds,
        processes=processes,
        overrides=overrides,
        copies=copies,
        without=without,
        also=also,
    )


@cache
def load_guilds() -> Mapping[str, Parameter]:
    """The parameters of guilds that ship with the program, by `guild.name`."""
    return parse_guilds(data_file(GUILDS_TABLE).read_text(encoding="utf-8"))


def state_of(name: str, guild: str, components: Mapping[str, Component]) -> str:
    """The state that a component is for one guild; a private one that says whose it is, is that one.

    Raises:
        ParameterError: no such component.
    """
    component, dot, _ = name.partition(".")
    if dot and component in components and components[component].is_private:
        return name
    if name not in components:
        raise ParameterError(f"expected one of the components {', '.join(components)}, got {name!r}")
    return f"{name}.{guild}" if components[name].is_private else name


def base_value(one: Parameter) -> float:
    """A parameter's value in the first unit of its dimension: seconds, mmol/L, g/L."""
    return one.value * units.SCALE[one.unit][1]


@cache
def _rows(text: str, table: str) -> tuple[Mapping[str, str], ...]:
    rows = read_rows(text, table, COLUMNS)
    for row in rows:
        if not row["name"].isidentifier() or not row["source"].strip():
            raise ParameterError(f"{table}: {row['name']!r}: expected a name of letters, digits and _, and a source")
    return tuple(rows)


def _changed(
    parameters: Mapping[str, Parameter],
    guilds: Sequence[str],
    overrides: Mapping[str, float | Parameter],
    copies: Mapping[str, str],
) -> dict[str, Parameter]:
    """The parameters of each guild: what holds for everyone, then for whom it copies, then its own, then overridden."""
    every = {**parameters, **{name: one for name, one in overrides.items() if isinstance(one, Parameter)}}
    of_table = {name.partition(".")[0] for name in parameters} - {EVERYONE}
    for strain, parent in copies.items():
        if parent not in of_table or parent in copies:
            what = "itself" if parent == strain else f"{parent!r}, another strain" if parent in copies else repr(parent)
            expected = f"expected a guild of the table as its parent ({', '.join(sorted(of_table))})"
            raise ParameterError(f"strain {strain}: {expected}, got {what}")
    known = ({name.partition(".")[0] for name in every} - {EVERYONE}) | set(copies)
    if not guilds or not set(guilds) <= known or len(set(guilds)) != len(guilds):
        raise ParameterError(f"guilds: expected some of {', '.join(sorted(known))}, each once, got {', '.join(guilds)}")
    found: dict[str, Parameter] = {}
    for guild in guilds:
        for owner in (EVERYONE, copies.get(guild), guild):
            for name, one in every.items():
                whose, _, what = name.partition(".")
                if whose == owner and not (owner == EVERYONE and guild in LIFELESS):
                    found[f"{guild}.{what}"] = one
    for name, value in overrides.items():
        if isinstance(value, Parameter):
            continue
        if name not in found:
            raise ParameterError(f"overrides: expected a parameter of {', '.join(guilds)}, got {name!r}")
        one = found[name]
        found[name] = replace(one, value=float(value), low=min(one.low, value), high=max(one.high, value))
    return found


def _runs(
    rows: Sequence[Mapping[str, str]],
    guilds: Sequence[str],
    copies: Mapping[str, str],
    processes: Sequence[str] | None,
) -> Iterator[tuple[Mapping[str, str], str]]:
    """Which guild runs which row."""
    for row in rows:
        named = row["guilds"].split()
        for guild in guilds if processes is None or row["name"] in processes else ():
            if guild in named or copies.get(guild) in named or (named == [EVERYONE] and guild not in LIFELESS):
                yield row, guild


def _process(
    row: Mapping[str, str], guild: str, components: Mapping[str, Component], values: Mapping[str, float], kin: str
) -> tuple[Process, list[str]]:
    """The process of a guild or a strain of `kin`, and every component that it names and that is a state."""
    law = factors(row["rate"])
    amounts = {name: evaluate(text, values) for name, text in pairs(row["stoichiometry"]).items()}
    for name in amounts:
        state_of(name, guild, components)
    amounts |= closed(amounts, row["closed_by"].split(), components)
    inside = {name: amount for name, amount in amounts.items() if components[name].kind != "outside"}
    limits = {factor.name for factor in law if not factor.arguments}
    limits |= {factor.arguments[0] for factor in law if factor.name in LIMITING and factor.arguments}
    unlimited = [name for name, amount in inside.items() if amount < 0.0 and name not in limits]
    if unlimited:
        raise ParameterError(
            f"it uses {', '.join(unlimited)} even where there is none: name it in the rate law, alone or in "
            f"{' or '.join(LIMITING)}, or change what closes the balance"
        )
    shared = {name: f"{name}.{kin}" for name in components if components[name].owner == "guild" and kin != guild}
    law = tuple(
        Factor(shared.get(factor.name, factor.name), tuple(shared.get(one, one) for one in factor.arguments))
        for factor in law
    )
    states = {name: state_of(shared.get(name, name), guild, components) for name in inside}
    process = Process(
        name=row["name"],
        guild=guild,
        law=law,
        amounts={states[name]: amount for name, amount in inside.items() if amount},
        outside={name: amount for name, amount in amounts.items() if name not in inside},
        strong_charge=sum(amount * components[name].strong_charge for name, amount in amounts.items()),
    )
    return process, list(states.values())


def _alone(process: Process) -> set[str]:
    """What stands alone in a rate law: parameters, numbers, components."""
    return {factor.name for factor in process.law if not factor.arguments}


def _limits(process: Process) -> set[str]:
    """Without what a process does not run."""
    return _alone(process) | {one.arguments[0] for one in process.law if one.name in LIMITING and one.arguments}


def _free(law: tuple[Factor, ...], absent: Set[str]) -> tuple[Factor, ...]:
    """A rate law without the inhibitors that are not there."""
    return tuple(one for one in law if one.name != "inhibited" or one.arguments[0] not in absent)


def _unmade(
    read: Sequence[tuple[Mapping[str, str], Process, list[str]]],
    components: Mapping[str, Component],
    also: Sequence[str],
) -> set[str]:
    """Bacteriocins that nobody there makes, and what is only ever brought."""
    made = {state for _, process, _ in read for state, amount in process.amounts.items() if amount > 0.0}
    bacteriocins = {name for name, one in components.items() if one.kind == "macromolecule" and one.owner == "all"}
    return (bacteriocins | set(BROUGHT)) - made - set(also)


def _asked(
    law: tuple[Factor, ...], guild: str, values: Mapping[str, float], components: Mapping[str, Component]
) -> set[str]:
    """The states that a rate law asks for.

    Raises:
        ParameterError: it asks for something that is no component, parameter or number.
    """
    names = [factor.name for factor in law if not factor.arguments and factor.name not in values]
    names = [name for name in names if name.replace(".", "").isidentifier()]
    names += [factor.arguments[0] for factor in law if factor.arguments and factor.name in ASKING]
    return {state_of(name, guild, components) for name in names if name not in DERIVED}


def _matrix(rows: Sequence[Mapping[str, float]], columns: Sequence[str]) -> Floats:
    out = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for name, amount in row.items():
            out[i, columns.index(name)] = amount
    return out


def _contents(states: Sequence[str]) -> Floats:
    per_unit = [component_of(state).per_unit for state in states]
    return np.array(per_unit, dtype=np.float64).reshape(len(states), len(CONSERVED))

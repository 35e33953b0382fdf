"""Nine species in a stirred vessel: what daily sugar selects when acid may fall to a floor, and when nobody holds it.

The experiment: mucin medium, ten daily pulses of glucose; after each the pH may fall for six hours, down to a floor,
and is then brought back to 7; or it is left to itself. Shares of the viable count were published for four of the nine
species; the other five are one guild here. In rich broth they grow faster, and down to a lower pH, than the guild table
says of plaque: they have parameters of their own, fitted to the end states without acid and without control.

Source: Bradshaw, McKee & Marsh 1989, in BMC Oral Health 2006 6(S1):S14, table 1; numbers in `data/nine_species.csv`,
parameters in `data/nine_species_guilds.csv`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import Parameter, data_file, parse
from commensal.mouth.processes.table import ProcessTable, base_value, load_processes, parse_guilds
from commensal.mouth.processes.vessel import CHARGE, Vessel, charge_at, stir

Floats = NDArray[np.float64]
TABLE = "nine_species.csv"
GUILDS_TABLE = "nine_species_guilds.csv"
PROCESSES = ("grow_on_sugar", "grow_on_host", "grow_on_host_without_oxygen", "die_of_acid")
GUILDS = ("mutans", "lactobacilli", "arginolytic", "fusobacteria", "community")
FLOORS = (7.0, 5.5, 5.0, 4.5, None)
"""pH that was allowed; None = left to itself. Source: the same table."""
DAY_H = 24.0
POINTS_A_DAY = 240
S_PER_H = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NineSpecies:
    """Shares after the last day."""

    floors: tuple[float | None, ...]
    guilds: tuple[str, ...]
    share_percent: Floats
    """(floors, guilds)"""
    residual: Floats
    """Unexplained over turnover of what is conserved, (floors, len(CONSERVED))."""


@cache
def load_experiment() -> dict[str, Parameter]:
    """The numbers of the experiment, by name."""
    return {one.name: one for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}


def nine_species_table() -> ProcessTable:
    """What the species do there; sugar ferments as they grow on it."""
    own = parse_guilds(data_file(GUILDS_TABLE).read_text(encoding="utf-8"), GUILDS_TABLE)
    return load_processes(GUILDS, processes=PROCESSES, overrides=own, without=("oxygen",))


def ph_course(floor: float | None) -> tuple[Floats, Floats]:
    """Hours and pH of all days with one floor."""
    number = {name: one.value for name, one in load_experiment().items()}
    days = int(number["days"])
    hours = np.linspace(0.0, days * DAY_H, days * POINTS_A_DAY + 1)
    into, held = hours % DAY_H, number["held"]
    is_alone = floor is None
    lowest = number["lowest_alone"] if floor is None else floor
    evening = number["evening_alone"] if is_alone else held
    morning = np.where(hours < DAY_H, held, evening)
    fall = number["fall"]
    fallen = morning - (morning - lowest) * (1.0 - np.exp(-np.minimum(into, fall) / number["fall_time"]))
    risen = fallen + (evening - fallen) * (into - fall) / (DAY_H - fall) if is_alone else evening
    return hours, np.where(into <= fall, fallen, risen)


def free_running_ph() -> float:
    """The pH that the nine species settle at when nobody holds it and sugar is fed all the time.

    Source: McDermid 1986 J Gen Microbiol 132: 4.1 after nine days, L. casei predominant. Here S. mutans outlasts
    L. rhamnosus: the parameters fitted to pulses let it grow at the lowest pH of all.

    Raises:
        SolveError: it cannot be computed.
    """
    number = {name: base_value(one) for name, one in load_experiment().items()}
    start, feed = _contents()
    salts = {name: number[name] for name in ("ammonium", "phosphate")}
    charge = {CHARGE: charge_at(number["held"], salts)}
    end_h = number["days_alone"] * DAY_H
    vessel = Vessel(
        table=nine_species_table(),
        dilution_per_h=number["dilution"] * S_PER_H,
        start=start | charge,
        feed=feed | charge | {"hexose": number["glucose_alone"]},
        pulses=[],
        ph_h=np.array([0.0, end_h]),
        ph=None,
    )
    return float(stir(vessel, [end_h]).ph[-1, 0])


def _contents() -> tuple[dict[str, float], dict[str, float]]:
    """What is in the vessel at the start, and what is fed but for sugar: each guild's own nutrient, and salts."""
    number, parameters = {n: base_value(p) for n, p in load_experiment().items()}, nine_species_table().parameters
    living = {guild: number["biomass"] * number[f"share_{guild}"] for guild in GUILDS}
    niches = {guild: amount / parameters[f"{guild}.yield_host"].value for guild, amount in living.items()}
    salts = {name: number[name] for name in ("ammonium", "phosphate")}
    start = {f"biomass.{guild}": amount for guild, amount in living.items()}
    return start | salts, {f"host_nutrient.{guild}": amount for guild, amount in niches.items()} | salts


def run_nine_species(tolerance: float | None = None) -> NineSpecies:
    """Run the experiment with every floor.

    Args:
        tolerance: relative error a step; None = the twin's.

    Raises:
        SolveError: it cannot be computed.
    """
    table, number = nine_species_table(), {name: base_value(one) for name, one in load_experiment().items()}
    start, feed = _contents()
    courses = [ph_course(floor) for floor in FLOORS]
    days = int(number["days"])
    vessel = Vessel(
        table=table,
        dilution_per_h=number["dilution"] * S_PER_H,
        start=start,
        feed=feed,
        pulses=[(DAY_H * day, {"hexose": number["pulse"]}) for day in range(days)],
        ph_h=courses[0][0],
        ph=np.array([ph for _, ph in courses]),
    )
    ran = stir(vessel, [days * DAY_H], tolerance=tolerance)
    alive = ran.states[-1][:, [table.states.index(f"biomass.{guild}") for guild in GUILDS]]
    return NineSpecies(
        floors=FLOORS,
        guilds=GUILDS,
        share_percent=100.0 * alive / alive.sum(axis=1, keepdims=True),
        residual=ran.residual,
    )

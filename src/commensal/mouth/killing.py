"""Bacteriocins at work in a vessel: mutacin on two streptococci, and the threshold of S. dentisani.

Sources: Infect Immun (mutacin 1140), Khon Kaen Dent J 2018;20(2); FCIMB 2019;9:110. Numbers in `data/killing.csv`.
"""

import math

import numpy as np

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.processes.table import base_value, load_processes
from commensal.mouth.processes.vessel import Vessel, stir

TABLE = "killing.csv"
SENSITIVE, LESS_SENSITIVE, TARGET, PRODUCER = "mitis", "mutans", "mutans", "dentisani"
WITHOUT = ("oxygen", "hydrogen_fluoride")
S_PER_H = 3600.0
POINTS = 601


def killing_times_min() -> dict[str, float]:
    """Minutes until mutacin has left one cell of a thousand of S. sanguinis and its like, and of S. mutans.

    Raises:
        SolveError: it cannot be computed.
    """
    number = _numbers()
    table = load_processes((SENSITIVE, LESS_SENSITIVE, "matrix"), also=("mutacin",), without=WITHOUT)
    hours = number["kill_for"] / S_PER_H
    living = {f"biomass.{guild}": number["cells"] for guild in (SENSITIVE, LESS_SENSITIVE)}
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={**living, "mutacin": number["mutacin"]},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, hours]),
        ph=np.full((1, 2), number["ph"]),
    )
    ran = stir(vessel, np.linspace(0.0, hours, POINTS).tolist(), tolerance=1e-4)
    times = {}
    for guild in (SENSITIVE, LESS_SENSITIVE):
        alive = ran.states[:, 0, table.states.index(f"biomass.{guild}")]
        logs = np.log10(np.maximum(alive, 1e-300) / alive[0])
        times[guild] = float(np.interp(number["logs"], -logs, ran.at_h * 60.0))
    return times


def logs_lost(targets_for_each_producer: float) -> float:
    """How many more tenfold fewer S. mutans there are after a night beside S. dentisani, for the bacteriocin it makes.

    Raises:
        SolveError: it cannot be computed.
    """
    made_per_h = _numbers()["q_dentisanin"] * S_PER_H
    armed, bare = (_targets_left(targets_for_each_producer, made) for made in (made_per_h, 0.0))
    return math.log10(bare / armed)


def _targets_left(targets_for_each_producer: float, made_per_h: float) -> float:
    number = _numbers()
    table = load_processes(
        (TARGET, PRODUCER, "matrix"),
        copies={PRODUCER: "arginolytic"},
        overrides={f"{PRODUCER}.q_dentisanin": made_per_h},
        without=WITHOUT,
    )
    producers = number["cells"] / (1.0 + targets_for_each_producer)
    salts = {name: number[name] for name in ("ammonium", "phosphate")}
    living = {f"biomass.{PRODUCER}": producers, f"biomass.{TARGET}": number["cells"] - producers}
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={**living, **salts, "hexose": number["glucose"]},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, number["night"] / S_PER_H]),
        ph=np.full((1, 2), number["ph"]),
    )
    end = stir(vessel, [vessel.ph_h[-1]], tolerance=1e-4).states[-1, 0]
    return float(end[table.states.index(f"biomass.{TARGET}")])


def _numbers() -> dict[str, float]:
    """In the first unit of each dimension."""
    return {one.name: base_value(one) for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}

"""A strain given to a settled community in a stirred vessel, day by day: who takes hold, and who loses for it.

The vessel stands for all plaque of a mouth, well mixed: sugar three times a day, a niche for each guild, loss as
plaque has it. Its pH is held, so that what acid selects is left out; so are places where a strain could hide.
Numbers in `data/strain_trials.csv`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import Parameter, data_file, parse
from commensal.mouth.processes.table import base_value, load_guilds
from commensal.mouth.processes.vessel import Stirred, Vessel, stir
from commensal.mouth.strains.strain import Strain, strains_table

Floats = NDArray[np.float64]
TABLE = "strain_trials.csv"
RESIDENTS = ("mutans", "mitis", "arginolytic", "salivarius", "actinomyces", "veillonella", "neisseria")
"""Guilds that keep a place in such a vessel; lactobacilli and anaerobes need acid or a pocket."""
WILD = "mutans"
WITHOUT = ("hydrogen_fluoride",)
S_PER_H, DAY_H, MEALS = 3600.0, 24.0, 3
TOLERANCE = 1e-2
DOSE_AT_H = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Living weight through a trial, g/L, as a rule day by day."""

    at_d: Floats
    """Days since the first dose."""
    living: Mapping[str, Floats]
    """By guild or strain, one for each of `at_d`."""
    end: Mapping[str, float]
    """Everything in the vessel at the end."""
    residual: float
    """The largest unexplained part of anything conserved, over its turnover."""

    def share(self, who: str) -> Floats:
        """Of the living weight."""
        total = sum(self.living.values())
        return np.asarray(self.living[who] / total)


@cache
def trial_numbers() -> dict[str, Parameter]:
    """The numbers of the trials, by name."""
    return {one.name: one for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}


def number(name: str) -> float:
    """One of them, in the first unit of its dimension."""
    return base_value(trial_numbers()[name])


def dose_g_l(dose_cfu: float) -> float:
    """What of a dose stays, as living weight in the vessel, g/L."""
    return number("adhering") * dose_cfu / number("mouth_cfu") * number("living")


def usual_doses() -> list[tuple[float, float]]:
    """(day, CFU) of the usual course of doses."""
    return [(number("every_days") * i, number("dose_cfu")) for i in range(int(number("doses")))]


@cache
def settled() -> Mapping[str, float]:
    """What is in the vessel once the guilds have settled.

    Raises:
        SolveError: it cannot be computed.
    """
    start = {f"biomass.{guild}": number("living") * _share(guild) for guild in RESIDENTS}
    return run_trial(None, [], int(number("settling_days")), start=start | _salts()).end


@cache
def untouched(days: int) -> Trial:
    """The same days without any strain.

    Raises:
        SolveError: it cannot be computed.
    """
    return run_trial(None, [], days)


def run_trial(
    strain: Strain | None,
    doses_cfu: Sequence[tuple[float, float]],
    days: int,
    *,
    start: Mapping[str, float] | None = None,
    is_rescued: bool = True,
    is_signalled: bool = False,
    looks_a_day: int = 1,
    tolerance: float = TOLERANCE,
) -> Trial:
    """Give a strain to a community, and look at it each day.

    Args:
        strain: who is given; None = nobody.
        doses_cfu: (day, CFU) of each dose.
        days: how long.
        start: what is in the vessel, by state; None = the settled guilds.
        is_rescued: whether an auxotroph gets what it needs.
        is_signalled: whether the signal of a kill switch is given all the time.
        looks_a_day: how often a day it is looked at.
        tolerance: relative error a step; below a thousandth of it, in g/L, living weight means nothing.

    Raises:
        SolveError: it cannot be computed.
    """
    ids = [] if strain is None else [strain.id]
    table = strains_table((*RESIDENTS, *ids, "matrix"), [] if strain is None else [strain], without=WITHOUT)
    given = _salts() | {
        "rescue_nutrient": number("rescue") * is_rescued,
        "kill_signal": number("signal") * is_signalled,
    }
    given = {name: amount for name, amount in given.items() if name in table.states}
    niches = {f"host_nutrient.{guild}": number("host_nutrient") * _share(guild) for guild in RESIDENTS}
    begin = dict(settled() if start is None else start) | given
    vessel = Vessel(
        table=table,
        dilution_per_h=number("dilution") * S_PER_H,
        start={name: amount for name, amount in begin.items() if name in table.states},
        feed=niches | given,
        pulses=[(DAY_H * i / MEALS, {"hexose": number("pulse")}) for i in range(days * MEALS)]
        + [(DAY_H * day + DOSE_AT_H, {f"biomass.{who}": dose_g_l(cfu)}) for who in ids for day, cfu in doses_cfu],
        ph_h=np.array([0.0, days * DAY_H]),
        ph=np.full((1, 2), number("ph")),
        gas={"oxygen": (number("oxygen_supply") * S_PER_H, number("oxygen"))},
    )
    looks = [DAY_H * i / looks_a_day for i in range(1, days * looks_a_day + 1)]
    return _read(stir(vessel, looks, tolerance=tolerance), vessel, ids)


def _read(ran: Stirred, vessel: Vessel, ids: Sequence[str]) -> Trial:
    states = vessel.table.states
    living = {who: ran.states[:, 0, states.index(f"biomass.{who}")] for who in (*RESIDENTS, *ids)}
    return Trial(
        at_d=ran.at_h / DAY_H,
        living=living,
        end=dict(zip(states, ran.states[-1, 0].tolist(), strict=True)),
        residual=float(np.abs(ran.residual).max()),
    )


def _share(guild: str) -> float:
    shares = {one: load_guilds()[f"{one}.share"].value for one in RESIDENTS}
    return shares[guild] / sum(shares.values())


def _salts() -> dict[str, float]:
    return {name: number(name) for name in ("ammonium", "phosphate")}

"""A stirred vessel: the processes of a table in a chemostat, whose pH is held, follows a known course, or is its own.

Several vessels that differ in pH are run, each with steps of its own. Time runs in ROS2, the Rosenbrock-W method of the
column (`commensal.mouth.step`). Its matrix holds every answer of the rates but that to pH, and loses nothing: what came
in, went out and stayed of everything conserved adds up to rounding at any tolerance, with what is outside the states.
Traces below 0 are lifted to 0 and counted; a step that leaves more than a trace is refused.

A pH of its own is the root of the charge balance, as in the column: with the strong charge as one more state, which
processes, feed and dilution move. Leaves out: carbon dioxide that escapes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import AcidConstants, imbalance
from commensal.mouth.errors import ParameterError, SolveError
from commensal.mouth.parameters import load
from commensal.mouth.processes.components import CONSERVED, WEIGHED
from commensal.mouth.processes.rates import Programme, programme
from commensal.mouth.processes.stirring import march_vessel, ph_at, ph_of
from commensal.mouth.processes.table import ProcessTable, component_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S_PER_H = 3600.0
CHARGE = "strong_charge"
"""The name of the strong charge among what is in a vessel, fed and added, mmol/L; it alone may be < 0."""
ACIDS = ("lactate", "acetate", "propionate", "carbonate", "phosphate", "ammonium", "fluoride")
"""In the order of `acid_base.imbalance`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """Several stirred vessels with the same table, flow and feed, each with a known course of pH; or one with its own.

    Concentrations are mmol/L for solutes and g/L for what is weighed; a state that is not named is 0.
    """

    table: ProcessTable
    dilution_per_h: float
    start: Mapping[str, float]
    feed: Mapping[str, float]
    pulses: Sequence[tuple[float, Mapping[str, float]]]
    """(hour, what is added at once)."""
    ph_h: Floats
    """When the pH is known, h, rising, (points,); straight lines in between. Without: from when to when it may run."""
    ph: Floats | None
    """(vessels, points); None = one vessel with its own pH."""
    solids_dilution_per_h: float | None = None
    """Of what stays where it is, when that is less than the rest: a film on a wall, a plaque. None = as everything."""
    gas: Mapping[str, tuple[float, float]] | None = None
    """State: how fast it comes to the balance with a gas, 1/h, and what it is then, mmol/L."""
    fixed_mmol_l: tuple[float, float] = (0.0, 0.0)
    """Groups of both kinds that bind acid and stay: cell walls."""

    def __post_init__(self) -> None:
        """Refuses what no vessel has."""
        for name in ("dilution_per_h", "solids_dilution_per_h"):
            rate = getattr(self, name)
            if rate is not None and not 0.0 <= rate <= MOST_PER_H:
                raise ParameterError(f"{name}: expected 0 to {MOST_PER_H:g} /h, got {rate}")
        for where in (self.start, self.feed, *(added for _, added in self.pulses)):
            for state, amount in where.items():
                if state == CHARGE and math.isfinite(amount):
                    continue
                if state not in self.table.states:
                    raise ParameterError(f"expected one of the states {', '.join(self.table.states)}, got {state!r}")
                if not 0.0 <= amount < math.inf:
                    raise ParameterError(f"{state}: expected an amount >= 0, got {amount}")
        for state, (rate, held) in (self.gas or {}).items():
            if state not in self.table.states or not (0.0 <= rate <= MOST_PER_H and 0.0 <= held < math.inf):
                raise ParameterError(
                    f"gas: expected a state, 0 to {MOST_PER_H:g} /h and mmol/L, got {state} {rate} {held}"
                )
        if not all(0.0 <= one < math.inf for one in self.fixed_mmol_l):
            raise ParameterError(f"fixed_mmol_l: expected two amounts >= 0, got {self.fixed_mmol_l}")
        if not (self.ph_h.size >= 2 and np.all(np.diff(self.ph_h) > 0.0)):
            raise ParameterError("ph_h: expected at least two rising hours")
        if self.ph is None:
            return
        if self.ph.ndim != 2 or self.ph.shape[1] != self.ph_h.size:
            raise ParameterError("ph: expected a row for each vessel and a column for each hour")
        if not np.all((self.ph >= 1.0) & (self.ph <= 14.0)):
            raise ParameterError("ph: expected values from 1 to 14")


MOST_PER_H = 1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirred:
    """What became of some vessels."""

    at_h: Floats
    states: Floats
    """(times, vessels, states)"""
    ph: Floats
    """(times, vessels)"""
    residual: Floats
    """Unexplained over turnover of everything conserved and, with a pH of its own, of strong charge, (vessels, ...)."""
    lifted: Floats
    """Traces lifted to 0, mmol/L or g/L in all, (vessels, states)."""
    outside: Floats
    """What left (> 0) or came (< 0) unfollowed, mmol/L, (vessels, what the table calls outside)."""
    steps: int


def charge_at(ph: float, amounts: Mapping[str, float], fixed_mmol_l: tuple[float, float] = (0.0, 0.0)) -> float:
    """The strong charge (mmol/L) that gives these amounts of weak acids and ammonium this pH."""
    solutes = np.array([amounts.get(name, 0.0) for name in ACIDS])
    ln_h = math.log(10.0) * (3.0 - ph)
    return -float(imbalance(ln_h, 0.0, solutes, *fixed_mmol_l, AcidConstants.of(load()).as_array()))


def stir(vessel: Vessel, at_h: Sequence[float], *, tolerance: float | None = None) -> Stirred:
    """Run vessels from hour 0, and look at them at these hours.

    Args:
        vessel: what is in them.
        at_h: rising, from 0 to the last hour whose pH is known.
        tolerance: relative error a step; None = the twin's.

    Raises:
        ParameterError: hours that do not rise, or beyond the known pH.
        SolveError: a step that cannot meet its tolerance, with where, when and why.
    """
    times = [float(x) for x in at_h]
    if not times or times != sorted(set(times)) or times[0] < 0.0 or times[-1] > vessel.ph_h[-1]:
        raise ParameterError(f"at_h: expected rising hours from 0 to {vessel.ph_h[-1]:g}, got {times[:3]} ...")
    run = _Run.of(vessel, load().value("tolerance") if tolerance is None else tolerance)
    pulses = sorted(vessel.pulses, key=lambda one: one[0])
    stops = sorted({*times, *(hour for hour, _ in pulses if hour < times[-1])})
    kept, acidity, now = [], [], 0.0
    for stop in stops:
        if stop > now:
            run.advance(now, stop)
            now = stop
        for hour, added in pulses:
            if hour == stop:
                run.add(added)
        if stop in times:
            kept.append(run.y[:, : len(vessel.table.states)].copy())
            acidity.append(run.ph(stop))
    return run.ended(np.array(times), np.array(kept), np.array(acidity))


@dataclass(slots=True, kw_only=True)
class _Run:
    """Vessels under way. Columns: the states of the table, what is outside, the strong charge."""

    vessel: Vessel
    laws: Programme
    amounts: Floats
    wash: Floats
    feed: Floats
    acids: Ints
    constants: Floats
    tolerance: float
    floor: Floats
    y: Floats
    came: Floats
    went: Floats
    lifted: Floats
    steps: int = 0

    @classmethod
    def of(cls, vessel: Vessel, tolerance: float) -> "_Run":
        table = vessel.table
        width = 1 if vessel.ph is None else vessel.ph.shape[0]
        charges = np.array([[process.strong_charge] for process in table.processes]).reshape(-1, 1)
        names = [*table.states, *table.outside, CHARGE]
        wash = np.array([_wash_per_h(name, vessel) for name in names])
        feed = wash * [vessel.feed.get(name, 0.0) for name in names]
        for state, (rate, held) in (vessel.gas or {}).items():
            wash[names.index(state)] += rate
            feed[names.index(state)] += rate * held
        y = np.repeat([[vessel.start.get(name, 0.0) for name in names]], width, axis=0)
        return cls(
            vessel=vessel,
            laws=programme(table),
            amounts=np.concatenate([table.stoichiometry, table.outside_stoichiometry, charges], axis=1),
            wash=wash / S_PER_H,
            feed=feed / np.where(wash > 0.0, wash, 1.0),
            acids=np.array([names.index(name) if name in names else -1 for name in ACIDS], dtype=np.int64),
            constants=AcidConstants.of(load()).as_array(),
            tolerance=tolerance,
            floor=tolerance * np.array([_scale(name) for name in names]),
            y=y,
            came=y.copy(),
            went=np.zeros_like(y),
            lifted=np.zeros_like(y),
        )

    def advance(self, begin_h: float, end_h: float) -> None:
        vessel, laws, info = self.vessel, self.laws, np.zeros(3)
        for m in range(self.y.shape[0]):
            steps = march_vessel(
                self.y[m], self.went[m], self.lifted[m], len(vessel.table.states), self.feed, self.wash,
                vessel.ph_h * S_PER_H, np.empty(0) if vessel.ph is None else vessel.ph[m],
                self.acids, np.array(vessel.fixed_mmol_l), self.constants,
                laws.constants, laws.ends, laws.kinds, laws.rows, laws.numbers, self.amounts,
                begin_h * S_PER_H, end_h * S_PER_H, self.floor, self.tolerance, load().value("trace"), info,
            )  # fmt: skip
            if steps < 0:
                names = (*vessel.table.states, *vessel.table.outside, CHARGE)
                raise SolveError(
                    f"vessel {m + 1} cannot meet its tolerance of {self.tolerance:g} at {info[0] / S_PER_H:.3f} h even "
                    f"with steps of {info[1]:.1e} s: {names[int(info[2])]} runs out or moves too fast; feed more of "
                    "it, or check the guilds' parameters against their ranges"
                )
            self.steps += int(steps)
        self.came += self.feed * self.wash * S_PER_H * (end_h - begin_h)

    def add(self, added: Mapping[str, float]) -> None:
        names = (*self.vessel.table.states, *self.vessel.table.outside, CHARGE)
        amounts = np.array([added.get(name, 0.0) for name in names])
        self.y += amounts
        self.came += amounts

    def ph(self, at_h: float) -> Floats:
        vessel = self.vessel
        if vessel.ph is None:
            return np.array([ph_of(self.y[0], self.acids, np.array(vessel.fixed_mmol_l), self.constants)])
        return np.array([ph_at(at_h * S_PER_H, vessel.ph_h * S_PER_H, known) for known in vessel.ph])

    def ended(self, at_h: Floats, states: Floats, ph: Floats) -> Stirred:
        table, inside = self.vessel.table, len(self.vessel.table.states)
        contents = np.zeros((self.y.shape[1], len(CONSERVED) + 1))
        contents[:-1, :-1] = np.concatenate([table.contents, table.outside_contents])
        if self.vessel.ph is None:
            contents[-1, -1] = 1.0
            contents[:inside, -1] = -table.strong_charges
        left = (self.came + self.lifted - self.went - self.y) @ contents
        turnover = (np.abs(self.came) + np.abs(self.went) + np.abs(self.y)) @ np.abs(contents)
        return Stirred(
            at_h=at_h,
            states=states,
            ph=ph,
            residual=left / np.where(turnover > 0.0, turnover, 1.0),
            lifted=self.lifted[:, :inside],
            outside=self.y[:, inside:-1],
            steps=self.steps,
        )


def _wash_per_h(name: str, vessel: Vessel) -> float:
    if name in vessel.table.outside:
        return 0.0
    stays = name != CHARGE and component_of(name).kind == "solid"
    if stays and vessel.solids_dilution_per_h is not None:
        return vessel.solids_dilution_per_h
    return vessel.dilution_per_h


def _scale(name: str) -> float:
    """Below which an error counts as absolute: 1 mmol/L; 0.001 g/L of what is weighed, for it grows from little."""
    if name == CHARGE:
        return load().value("scale_charge")
    return 1e-3 if component_of(name).kind in WEIGHED else load().value("scale_solute")

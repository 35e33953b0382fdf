"""The study that plaque with guilds was calibrated on, lived again: days without hygiene, a sugar rinse each morning.

Nine people left their lower first molars unbrushed for five days and rinsed with 10 % sucrose for a minute on each.
Sampled plaque gives the pH of all of it; an electrode under it that of its innermost layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.community import Community
from commensal.mouth.course import ph_of
from commensal.mouth.day import Day
from commensal.mouth.groups import site_groups
from commensal.mouth.intake import DAY_MIN, How, Intake
from commensal.mouth.parameters import Parameters, load
from commensal.mouth.run import Options, Run, run_columns
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

Floats = NDArray[np.float64]
RINSED_MIN = 450.0
"""When the mouth is rinsed, minutes after midnight: after a night without food, two hours before breakfast."""
LOOKED_MIN = 120.0
EVERY_MIN = 3.0
YOUNG, OLD = 1, 5
"""Days without hygiene after which plaque is looked at."""
WAKES_MIN, SLEEPS_MIN = 420.0, 1380.0
MEALS: tuple[tuple[str, float, float, How, float], ...] = (
    ("coffee with two sugars", 580.0, 25.0, How.SIP, 6.0),
    ("toast with jam", 610.0, 12.0, How.MEAL, 8.0),
    ("cheese sandwich", 750.0, 20.0, How.MEAL, 1.0),
    ("cola", 945.0, 40.0, How.SIP, 10.6),
    ("pasta", 1125.0, 25.0, How.MEAL, 1.0),
    ("caramel", 1230.0, 10.0, How.STICKY, 15.0),
)
"""What is eaten on a usual day (that of examples/mouth, with one cola less): name, minute, minutes, how, % sugar."""


@dataclass(frozen=True, slots=True)
class Rinse:
    """The two hours after one morning's rinse at one site; arrays by time."""

    thickness_um: float
    minute: Floats
    sampled_ph: Floats
    """Of all the plaque."""
    enamel_ph: Floats
    acids: dict[str, float]
    """Mean concentrations in the plaque just before the rinse, mmol/L."""

    @property
    def lowest_at_min(self) -> float:
        """When the sampled pH is lowest, minutes after the rinse began."""
        return float(self.minute[self.sampled_ph.argmin()])

    def back_above_min(self, ph: float) -> float:
        """When the sampled pH is back above `ph` for good, minutes after the rinse began; infinity if never."""
        below = np.flatnonzero(self.sampled_ph < ph)
        if below.size == 0:
            return 0.0
        return float(self.minute[below[-1] + 1]) if below[-1] + 1 < self.minute.size else np.inf


def usual_day(sugar_percent: float | None = None) -> Day:
    """A usual day, from waking to waking; with a rinse of this much sugar in the morning, or none."""
    eaten = [
        Intake(name=name, at_min=at, duration_min=long, how=how, sugar_percent_w_v=percent)
        for name, at, long, how, percent in MEALS
    ]
    if sugar_percent is not None:
        rinse = Intake(
            name="sugar rinse", at_min=RINSED_MIN, duration_min=1.0, how=How.RINSE, sugar_percent_w_v=sugar_percent
        )
        eaten.insert(0, rinse)
    return Day(intakes=tuple(eaten), begin_min=WAKES_MIN, end_min=WAKES_MIN + DAY_MIN, asleep_min=SLEEPS_MIN)


def site_at(group_id: str, community: Community, thickness_um: float) -> Site:
    """A site with the film of a group of sites."""
    group = next(one for one in site_groups() if one.id == group_id)
    return Site.of_group(group, thickness_um=thickness_um, community=community)


def molar(community: Community | None = None) -> Site:
    """The cheek side of a lower first molar, with the plaque along the gum that brushing has left."""
    group = next(one for one in site_groups() if one.id == "lower-back-cheek")
    left_um = group.plaque_thickness_um * load().value("brushing_leaves")
    return site_at(group.id, community or Community.usual(), left_um)


def live(sites: Sequence[Site], parameters: Parameters | None = None) -> tuple[list[Rinse], list[Rinse]]:
    """Each site's rinse after one day without hygiene, and after five.

    Args:
        sites: places as they are after the last brushing.
        parameters: instead of the set that ships with the program.

    Raises:
        SolveError: it cannot be computed.
    """
    table = load() if parameters is None else parameters
    minute = np.arange(0.0, LOOKED_MIN + EVERY_MIN, EVERY_MIN)
    samples = np.concatenate([60.0 * (RINSED_MIN + DAY_MIN * day + minute) for day in (YOUNG, OLD)])
    options = Options(
        threshold_ph=table.value("critical_ph"),
        layers=int(table.value("layers")),
        tolerance=table.value("tolerance"),
        days=OLD + 1,
    )
    mouths = [Mouth()] * len(sites)
    run = run_columns(sites, mouths, usual_day(10.0), options, sample_s=samples, parameters=parameters)
    ph = ph_of(run, sites)[..., :-2]
    young, old = ([_rinse(run, ph, i, j * minute.size, minute) for i in range(len(sites))] for j in (0, 1))
    return young, old


def _rinse(run: Run, ph: Floats, i: int, first: int, minute: Floats) -> Rinse:
    seen = slice(first, first + minute.size)
    return Rinse(
        thickness_um=1e6 * float(run.thickness_m[i, first]),
        minute=minute,
        sampled_ph=ph[i, seen].mean(axis=-1),
        enamel_ph=ph[i, seen, 0],
        acids={
            name: float(run.profiles[i, first, run.row(name), :-2].mean())
            for name in ("lactate", "acetate", "propionate")
        },
    )

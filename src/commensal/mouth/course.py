"""A course: what a simulated day did at each site, as labelled arrays with units, marks and honest accounts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import AcidConstants, ph_everywhere
from commensal.mouth.balance import ENTRIES, QUANTITIES, accounts
from commensal.mouth.column.laws import way_of
from commensal.mouth.column.shape import ACIDS, CHARGE_NAME, STAYS
from commensal.mouth.day import Day
from commensal.mouth.enamel.surface import vol_percent_um
from commensal.mouth.intake import DAY_MIN
from commensal.mouth.parameters import load
from commensal.mouth.run import Checkpoint, Options, Progress, Run, run_columns
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
MODEL = "commensal plaque column 3"


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The result of `simulate`: `data` is an xarray Dataset with dimensions site, time, node and solute.

    Variables: `ph_enamel`, `thickness_um` (site, time); `ph` (site, time, node), `concentration` (site, time, solute,
    node), `solids` (site, time, solid, node) and `biomass` (site, time, guild, node) where profiles were kept and there
    is any; `minutes_below`, `lowest_ph`, `lowest_ph_at` (site); `account` (site, entry, solute) and `account_solid`
    (site, entry, solid) per mouth side of the column's plaque area; `turnover` (site, process); `residual` (site,
    quantity). The last two nodes are the film and the mouth. Attributes carry units, the model, the parameters' digest
    and weakest mark, and the largest relative residual of what is conserved.
    """

    data: "xr.Dataset"

    @property
    def time_min(self) -> Floats:
        """Sample times, minutes after midnight."""
        return np.asarray(self.data["time"].values, dtype=np.float64)

    @property
    def ph_enamel(self) -> Floats:
        """pH of the innermost plaque, (site, time)."""
        return np.asarray(self.data["ph_enamel"].values, dtype=np.float64)

    def back_above_min(self, ph: float) -> Floats:
        """Last time at which the pH at the enamel rises through `ph`, minutes after midnight, (site,).

        NaN where it is never below; infinity where it is still below at the end. Linear between samples.
        """
        times, courses = self.time_min, self.ph_enamel
        out = np.full(len(courses), np.nan)
        for i, course in enumerate(courses):
            below = np.flatnonzero(course < ph)
            if below.size == 0:
                continue
            last = int(below[-1])
            if last == course.size - 1:
                out[i] = np.inf
                continue
            share = (ph - course[last]) / (course[last + 1] - course[last])
            out[i] = times[last] + share * (times[last + 1] - times[last])
        return out


def simulate(
    sites: Sequence[Site],
    mouth: Mouth | Sequence[Mouth],
    day: Day | Sequence[Day],
    *,
    every_s: float = 300.0,
    days: int | None = None,
    threshold_ph: float | None = None,
    layers: int | None = None,
    tolerance: float | None = None,
    profiles: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
    on_checkpoint: Callable[[Checkpoint], None] | None = None,
    resume: Checkpoint | None = None,
) -> Course:
    """Runs plaque columns through a day, or the same day again and again, and returns their course.

    Args:
        sites: at least one; eight are advanced together.
        mouth: one for all sites, or one for each.
        day: what is eaten, drunk and done, when it begins and ends; or one day after the other.
        every_s: time between samples, s, > 0; results do not depend on it by more than the tolerance.
        days: how often the day is lived, None = once; more than once only if it lasts 1440 min.
        threshold_ph: minutes below it are counted; None = the critical pH of `data/plaque.csv`.
        layers: plaque cells per column, 2-64; None = 16.
        tolerance: relative error allowed per step, 1e-8 to 0.1; None = 0.01 (0.001 pH over a day).
        profiles: keep all solutes and solids at all nodes, else only thickness and the pH at the enamel.
        threads: how many blocks of eight sites run at once; None = as many as there are cores. Changes no result.
        progress: called with the share done (0-1) and what is being done.
        on_checkpoint: called with where the run stands, each quarter of a simulated day.
        resume: what `on_checkpoint` was given in a run with the same arguments: it goes on from there, and ends bit
            for bit as if it had never stopped.

    Raises:
        ValueError: arguments outside these ranges, or NaN; a checkpoint of another run.
        SolveError: a day that cannot be computed to its tolerance; it says where, when and why.

    Leaves out: enamel exchange, and acids that come with food and drink.
    Source: plaque model, sections 1-5 (docs/rooms/mouth.md).
    """
    table = load()
    if not 0.0 < every_s < np.inf:
        raise ValueError(f"every_s must be > 0 s, got {every_s}")
    mouths = [mouth] * len(sites) if isinstance(mouth, Mouth) else list(mouth)
    first, lived = (day, days or 1) if isinstance(day, Day) else (day[0], len(day))
    if not isinstance(day, Day) and days not in (None, lived):
        raise ValueError(f"days must be left out when each day is given, got {days} and {lived} days")
    options = Options(
        threshold_ph=table.value("critical_ph") if threshold_ph is None else threshold_ph,
        layers=int(table.value("layers")) if layers is None else layers,
        tolerance=table.value("tolerance") if tolerance is None else tolerance,
        profiles=profiles,
        days=lived,
        threads=threads,
    )
    begin_s, end_s = 60.0 * first.begin_min, 60.0 * (first.end_min + DAY_MIN * (lived - 1))
    count = int((end_s - begin_s) / every_s * (1.0 + 1e-12)) + 1
    samples = np.asarray(begin_s + every_s * np.arange(count), dtype=np.float64)
    run = run_columns(
        sites, mouths, day, options, sample_s=samples, progress=progress, on_checkpoint=on_checkpoint, resume=resume
    )
    return Course(_dataset(run, sites, mouths, options))


def _dataset(run: Run, sites: Sequence[Site], mouths: Sequence[Mouth], options: Options) -> "xr.Dataset":
    import xarray as xr  # half a second to import: only when there is a result to label

    table = load()
    layers = run.end_profile.shape[-1] - 2
    solids = [row for row, name in enumerate(run.names) if way_of(name) == STAYS]
    solutes = [row for row in range(len(run.names)) if row not in solids]
    living = [row for row in solids if run.names[row].startswith("biomass.")]
    books = accounts(run, sites, mouths)
    variables = {
        "ph_enamel": (("site", "time"), run.enamel_ph, {"units": "pH"}),
        "thickness_um": (("site", "time"), 1e6 * run.thickness_m, {"units": "um"}),
        "below_min": (("site", "time"), run.below_min, {"units": "min", "long_name": "minutes below so far"}),
        "lowest_since": (("site", "time"), run.lowest_since, {"units": "pH", "long_name": "since the sample before"}),
        "guild_g_m2": (("site", "time", "guild"), 1e3 * run.amounts[:, :, living], {"units": "g/m2"}),
        "mineral_missing": (
            ("site", "time"),
            vol_percent_um(1.0) * run.missing_mol_m2,
            {"units": "vol%.um", "long_name": "mineral missing of the enamel"},
        ),
        "minutes_below": (("site",), run.minutes_below, {"units": "min", "threshold_ph": options.threshold_ph}),
        "lowest_ph": (("site",), run.lowest_ph, {"units": "pH"}),
        "lowest_ph_at": (("site",), run.lowest_at_s / 60.0, {"units": "min after midnight"}),
        "account": (("site", "entry", "solute"), books.entries[:, :, solutes], {"units": "umol"}),
        "account_solid": (("site", "entry", "solid"), books.entries[:, :, solids], {"units": "mg"}),
        "turnover": (("site", "process"), books.turnover, {"units": "umol or mg of what sets its rate"}),
        "residual": (("site", "quantity"), books.residual, {"units": "1", "long_name": "error / turnover"}),
    }
    if run.profiles.shape[1] > 0:
        variables["ph"] = (("site", "time", "node"), ph_of(run, sites), {"units": "pH"})
        of_solutes, of_solids = ("site", "time", "solute", "node"), ("site", "time", "solid", "node")
        variables["concentration"] = (of_solutes, run.profiles[:, :, solutes], {"units": "mmol/L"})
        variables["solids"] = (of_solids, run.profiles[:, :, solids], {"units": "g/L"})
        variables["biomass"] = (("site", "time", "guild", "node"), run.profiles[:, :, living], {"units": "g/L"})
    middle = np.append((np.arange(layers) + 0.5) / layers, [np.nan, np.nan])
    coordinates = {
        "time": ("time", run.sample_s / 60.0, {"units": "min after midnight"}),
        "solute": [run.names[row] for row in solutes],
        "solid": [run.names[row] for row in solids],
        "guild": [run.names[row].partition(".")[2] for row in living],
        "entry": list(ENTRIES),
        "process": [f"{guild}.{name}" for guild, name in run.processes],
        "quantity": list(QUANTITIES),
        "node_kind": ("node", ["plaque"] * layers + ["film", "mouth"]),
        "height_above_enamel": (
            ("site", "node"), 1e6 * run.thickness_m[:, -1:] * middle, {"units": "um", "long_name": "at the last sample"}
        ),
    }  # fmt: skip
    attributes = {
        "model": MODEL,
        "parameters_sha256": table.sha256,
        "mark": table.mark.value,
        "simulated": "yes: computed, not measured",
        "steps": run.steps,
        "steps_refused": run.rejected,
        "largest_relative_residual": float(np.max(np.abs(books.residual))),
    }
    return xr.Dataset(variables, coordinates, attributes)


def ph_of(run: Run, sites: Sequence[Site]) -> Floats:
    """pH of every node at every sample, (site, time, node)."""
    k = AcidConstants.of(load()).as_array()
    n, m, _, nodes = run.profiles.shape
    fix1, fix2 = (np.zeros((n, m, nodes)) for _ in range(2))
    for i, site in enumerate(sites):
        fix1[i, :, : nodes - 2] = site.fixed_buffer_1_mmol_l
        fix2[i, :, : nodes - 2] = site.fixed_buffer_2_mmol_l
    nothing = np.zeros((n, m, nodes))
    acids = [run.profiles[:, :, run.row(name)] if name in run.names else nothing for name in ACIDS]
    charge = np.ascontiguousarray(run.profiles[:, :, run.row(CHARGE_NAME)]).ravel()
    solutes = np.stack(acids, axis=-1).reshape(-1, len(ACIDS))
    ph = ph_everywhere(charge, solutes, fix1.ravel(), fix2.ravel(), k)
    return np.asarray(ph.reshape(n, m, nodes), dtype=np.float64)

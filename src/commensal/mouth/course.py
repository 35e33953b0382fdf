"""A course: what a simulated day did at each site, as labelled arrays with units, marks and honest accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import fields as rows
from commensal.mouth.acid_base import AcidConstants, ph_everywhere
from commensal.mouth.balance import accounts
from commensal.mouth.day import Day
from commensal.mouth.fields import CHARGE, FIELDS, LAC, NT
from commensal.mouth.parameters import load
from commensal.mouth.run import Progress, Run, run_columns
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
MODEL = "commensal plaque column 1"


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The result of `simulate`: `data` is an xarray Dataset with dimensions site, time, node and solute.

    Variables: `ph_enamel` (site, time); `ph` (site, time, node) and `concentration` (site, time, solute, node)
    where profiles were kept; `minutes_below`, `lowest_ph`, `lowest_ph_at` (site); `account` (site, entry,
    solute) in umol per mouth side of the column's plaque area; `used` (site, reaction) in umol. The last two
    nodes are the film and the mouth. Attributes carry units, the model, the parameters' digest and weakest
    mark, and the largest relative residual of carbon, nitrogen and strong charge.
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
    day: Day,
    *,
    every_s: float = 300.0,
    threshold_ph: float | None = None,
    layers: int | None = None,
    tolerance: float | None = None,
    profiles: bool = True,
    progress: Progress | None = None,
) -> Course:
    """Runs plaque columns through a day and returns their course.

    Args:
        sites: at least one; eight are advanced together.
        mouth: one for all sites, or one for each.
        day: what is eaten and drunk, when it begins and ends.
        every_s: time between samples, s, > 0; results do not depend on it.
        threshold_ph: minutes below it are counted; None = the critical pH of `data/plaque.csv`.
        layers: plaque cells per column, 2-64; None = 16.
        tolerance: relative error allowed per step, 1e-8 to 0.1; None = 0.01 (0.001 pH over a day).
        profiles: keep all solutes at all nodes, else only the pH at the enamel.
        progress: called with the share done (0-1) and what is being done.

    Raises:
        ValueError: arguments outside these ranges, or NaN.
        SolveError: a day that cannot be computed to its tolerance; it says where, when and why.

    Leaves out: growth, storage, enamel exchange, fluoride, and acids that come with food and drink.
    Source: plaque model, sections 1-3 and 5 (docs/rooms/mouth.md).
    """
    table = load()
    if not 0.0 < every_s < np.inf:
        raise ValueError(f"every_s must be > 0 s, got {every_s}")
    mouths = [mouth] * len(sites) if isinstance(mouth, Mouth) else list(mouth)
    limit = table.value("critical_ph") if threshold_ph is None else threshold_ph
    begin_s, end_s = 60.0 * day.begin_min, 60.0 * day.end_min
    count = int((end_s - begin_s) / every_s * (1.0 + 1e-12)) + 1
    samples = np.asarray(begin_s + every_s * np.arange(count), dtype=np.float64)
    run = run_columns(
        sites,
        mouths,
        day,
        sample_s=samples,
        threshold_ph=limit,
        layers=layers,
        tolerance=tolerance,
        profiles=profiles,
        progress=progress,
    )
    return Course(_dataset(run, sites, mouths, limit))


def _dataset(run: Run, sites: Sequence[Site], mouths: Sequence[Mouth], limit: float) -> "xr.Dataset":
    import xarray as xr  # half a second to import: only when there is a result to label

    table = load()
    nodes = run.end.shape[-1]
    kinds = ["plaque"] * (nodes - 2) + ["film", "mouth"]
    depth = np.full((len(sites), nodes), np.nan)
    for i, site in enumerate(sites):
        depth[i, : nodes - 2] = (np.arange(nodes - 2) + 0.5) * site.thickness_um / (nodes - 2)
    books = accounts(run, sites, mouths)
    variables = {
        "ph_enamel": (("site", "time"), run.enamel_ph, {"units": "pH"}),
        "minutes_below": (("site",), run.minutes_below, {"units": "min", "threshold_ph": limit}),
        "lowest_ph": (("site",), run.lowest_ph, {"units": "pH"}),
        "lowest_ph_at": (("site",), run.lowest_at_s / 60.0, {"units": "min after midnight"}),
        "account": (("site", "entry", "solute"), books.entries_umol, {"units": "umol"}),
        "used": (("site", "reaction"), books.used_umol, {"units": "umol"}),
        "residual": (("site", "quantity"), books.residual, {"units": "1", "long_name": "error / turnover"}),
    }
    if run.profiles.shape[1] > 0:
        variables["ph"] = (("site", "time", "node"), _all_ph(run, sites), {"units": "pH"})
        axes = ("site", "time", "solute", "node")
        variables["concentration"] = (axes, run.profiles, {"units": "mmol/L"})
    coordinates = {
        "time": ("time", run.sample_s / 60.0, {"units": "min after midnight"}),
        "solute": list(FIELDS),
        "entry": list(books.entries),
        "reaction": list(books.reactions),
        "quantity": list(books.quantities),
        "node_kind": ("node", kinds),
        "height_above_enamel": (("site", "node"), depth, {"units": "um"}),
    }
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


def _all_ph(run: Run, sites: Sequence[Site]) -> Floats:
    """pH of every node at every sample, (site, time, node)."""
    k = AcidConstants.of(load()).as_array()
    n, m, _, nodes = run.profiles.shape
    fix1, fix2 = (np.zeros((n, m, nodes)) for _ in range(2))
    for i, site in enumerate(sites):
        fix1[i, :, : nodes - 2] = site.fixed_buffer_1_mmol_l
        fix2[i, :, : nodes - 2] = site.fixed_buffer_2_mmol_l
    charge = np.ascontiguousarray(run.profiles[:, :, CHARGE]).ravel()
    solutes = np.moveaxis(run.profiles[:, :, LAC : NT + 1], 2, -1).reshape(-1, rows.NT - rows.LAC + 1)
    ph = ph_everywhere(charge, np.ascontiguousarray(solutes), fix1.ravel(), fix2.ravel(), k)
    return np.asarray(ph.reshape(n, m, nodes), dtype=np.float64)

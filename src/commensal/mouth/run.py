"""Runs the plaque columns of a mouth through a day, eight sites at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import fields as rows
from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.day import Day, Segments, segments
from commensal.mouth.errors import SolveError
from commensal.mouth.fields import FIELDS, LANES, MAX_LAYERS, N_FIELDS, N_TOTALS, STRIDE
from commensal.mouth.march import (
    ACCEPTED,
    DONE,
    ERROR,
    NO_PH,
    REJECTED,
    STEP,
    TIME,
    TOO_MANY_STEPS,
    march,
)
from commensal.mouth.pack import live_fields, workspace
from commensal.mouth.parameters import Parameters, load
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything the kernels leave behind for a list of sites; arrays have the site first. Units: s, mmol/L, m."""

    sample_s: Floats
    enamel_ph: Floats
    """(sites, samples)"""
    profiles: Floats
    """(sites, samples, fields, nodes); no samples when profiles were not asked for."""
    start: Floats
    """Concentrations at the beginning, (sites, fields, nodes)."""
    end: Floats
    totals: Floats
    """Running totals, mmol/L x m of plaque area, (sites, N_TOTALS)."""
    clipped: Floats
    """Traces lifted to 0, mmol/L x m, (sites, fields)."""
    minutes_below: Floats
    lowest_ph: Floats
    lowest_at_s: Floats
    span_s: float
    steps: int
    rejected: int


def run_columns(
    sites: Sequence[Site],
    mouths: Sequence[Mouth],
    day: Day,
    *,
    sample_s: Floats,
    threshold_ph: float,
    layers: int | None = None,
    tolerance: float | None = None,
    profiles: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Runs each site with its own mouth through the same day.

    Args:
        sites, mouths: equally many, at least one.
        sample_s: when to keep results, s after midnight, rising, within the day.
        threshold_ph: minutes below it at the enamel are counted.
        layers: plaque cells per column, 2-64; None = the table's.
        tolerance: relative error per step, 1e-8 to 0.1; None = the table's.
        profiles: keep every field at every sample (else only the pH at the enamel).
        progress: called with the share done (0-1) and what is being done, at least once per eight sites.

    Raises:
        ValueError: arguments outside these ranges, or NaN.
        SolveError: a day that cannot be computed to its tolerance.
    """
    table = load()
    layers = int(table.value("layers")) if layers is None else layers
    tolerance = table.value("tolerance") if tolerance is None else tolerance
    _check(sites, mouths, sample_s, day, threshold_ph, layers, tolerance)
    course = segments(day, table)
    n = len(sites)
    blocks = []
    for first in range(0, n, LANES):
        last = min(first + LANES, n)
        if progress is not None:
            progress(first / n, f"plaque columns {first + 1} to {last} of {n}")
        block = Block(sites[first:last], mouths[first:last], layers, tolerance, threshold_ph)
        blocks.append(_run_block(block, course, sample_s, profiles, table))
    if progress is not None:
        progress(1.0, f"{n} plaque columns")
    return _joined(blocks)


@dataclass(frozen=True, slots=True)
class Block:
    """Up to LANES sites that are advanced together."""

    sites: Sequence[Site]
    mouths: Sequence[Mouth]
    layers: int
    tolerance: float
    threshold_ph: float


def _run_block(block: Block, course: Segments, sample_s: Floats, profiles: bool, table: Parameters) -> Run:
    constants = AcidConstants.of(table)
    layers, nodes, m = block.layers, block.layers + 2, sample_s.size
    w = workspace(block.sites, block.mouths, layers, block.threshold_ph, constants)
    grid = w.reshape(rows.ROWS, STRIDE)
    grid[rows.LOWEST_AT, :LANES] = course.rows[0, rows.SEG_BEGIN]
    start = grid[:N_FIELDS, : nodes * LANES].reshape(N_FIELDS, nodes, LANES).copy()
    has_arginine = bool(course.held[:, rows.ARG].any() or course.drink[:, rows.ARG].any())
    live = live_fields(block.sites, block.mouths, has_arginine)
    floor = np.full(N_FIELDS, block.tolerance * table.value("scale_solute"))
    relative = np.full(N_FIELDS, block.tolerance)
    floor[rows.CHARGE], relative[rows.CHARGE] = block.tolerance * table.value("scale_charge"), 0.0
    control = np.array([table.value(x) for x in ("step_largest", "step_smallest", "step_first", "trace", "steps_most")])
    enamel = np.empty((m, LANES))
    kept = np.empty((m if profiles else 0, N_FIELDS, nodes, LANES))
    info = np.zeros(5)
    status = march(
        w, layers, constants.as_array(), live, floor, relative, control,
        course.rows, course.hold, course.held, course.drink, sample_s, enamel, kept, info,
    )  # fmt: skip
    if status != DONE:
        raise SolveError(_why(status, grid, info, block, course))
    lanes = len(block.sites)
    end = grid[:N_FIELDS, : nodes * LANES].reshape(N_FIELDS, nodes, LANES)
    return Run(
        sample_s=sample_s,
        enamel_ph=enamel.T[:lanes],
        profiles=np.moveaxis(kept, -1, 0)[:lanes],
        start=np.moveaxis(start, -1, 0)[:lanes],
        end=np.moveaxis(end, -1, 0)[:lanes].copy(),
        totals=grid[rows.TOTAL : rows.TOTAL + N_TOTALS, :lanes].T.copy(),
        clipped=grid[rows.CLIPPED : rows.CLIPPED + N_FIELDS, :lanes].T.copy(),
        minutes_below=grid[rows.BELOW, :lanes].copy(),
        lowest_ph=grid[rows.LOWEST, :lanes].copy(),
        lowest_at_s=grid[rows.LOWEST_AT, :lanes].copy(),
        span_s=float(course.rows[-1, rows.SEG_END] - course.rows[0, rows.SEG_BEGIN]),
        steps=int(info[ACCEPTED]),
        rejected=int(info[REJECTED]),
    )


def _joined(blocks: list[Run]) -> Run:
    arrays = {
        f.name: np.concatenate([getattr(block, f.name) for block in blocks])
        for f in dataclass_fields(Run)
        if f.name not in ("sample_s", "span_s", "steps", "rejected")
    }
    return Run(
        sample_s=blocks[0].sample_s,
        span_s=blocks[0].span_s,
        steps=sum(block.steps for block in blocks),
        rejected=sum(block.rejected for block in blocks),
        **arrays,
    )


def _why(status: int, grid: Floats, info: Floats, block: Block, course: Segments) -> str:
    """Where, when and why a run stopped, from the last try that is still in the workspace."""
    nodes = block.layers + 2
    shape = (N_FIELDS, nodes, LANES)
    k1, k2, trial = (
        grid[row : row + N_FIELDS, : nodes * LANES].reshape(shape) for row in (rows.STAGE1, rows.STAGE2, rows.TRIAL)
    )
    error = 0.5 * np.abs(k1 + k2) / (1.0 + np.abs(trial))
    solute, node, lane = np.unravel_index(int(np.argmax(np.where(np.isfinite(error), error, np.inf))), shape)
    place = {block.layers: "the saliva film", block.layers + 1: "the mouth"}.get(
        int(node), f"plaque layer {int(node) + 1} of {block.layers}, counted from the enamel"
    )
    doing = course.name_at(float(info[TIME]))
    where = f"at {info[TIME] / 60.0:.2f} min after midnight ({doing}), in {place}, {FIELDS[int(solute)]}"
    site = f"film {block.sites[min(int(lane), len(block.sites) - 1)].film_speed_mm_min:g} mm/min"
    if status == TOO_MANY_STEPS:
        what = f"took more than {info[ACCEPTED] + info[REJECTED]:.0f} steps"
    elif status == NO_PH:
        what = "found no pH for what it holds"
    else:
        tried = f"even with steps of {info[STEP]:.1e} s (error {info[ERROR]:.2g})"
        what = f"cannot meet its tolerance of {block.tolerance:g} {tried}"
    remedy = "check the site's and the mouth's parameters against their ranges, or allow a larger tolerance"
    return f"the plaque column {what} {where} ({site}); {remedy}"


def _check(
    sites: Sequence[Site],
    mouths: Sequence[Mouth],
    sample_s: Floats,
    day: Day,
    threshold_ph: float,
    layers: int,
    tolerance: float,
) -> None:
    if not sites or len(sites) != len(mouths):
        raise ValueError(f"sites and mouths must be equally many, at least one, got {len(sites)} and {len(mouths)}")
    if not 2 <= layers <= MAX_LAYERS:
        raise ValueError(f"layers must be 2 to {MAX_LAYERS}, got {layers}")
    if not 1e-8 <= tolerance <= 0.1:
        raise ValueError(f"tolerance must be 1e-8 to 0.1, got {tolerance}")
    if not 3.0 <= threshold_ph <= 9.0:
        raise ValueError(f"threshold_ph must be 3 to 9, got {threshold_ph}")
    inside = bool(np.all((sample_s >= 60.0 * day.begin_min) & (sample_s <= 60.0 * day.end_min)))
    if not (inside and np.all(np.diff(sample_s) > 0.0)):
        raise ValueError("sample_s must rise and lie within the day, in seconds after midnight")

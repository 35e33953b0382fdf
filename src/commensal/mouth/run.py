"""Runs the plaque columns of a mouth through days, eight sites at a time, and stops or goes on wherever asked."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.column import shape
from commensal.mouth.column.block import Block, build, depths_m
from commensal.mouth.column.feeding import feed
from commensal.mouth.column.laws import chemistry
from commensal.mouth.column.march import (
    ACCEPTED,
    DONE,
    ERROR,
    KEPT_BELOW,
    KEPT_LOWEST,
    KEPT_MISSING,
    KEPT_PH,
    KEPT_THICKNESS,
    N_INFO,
    N_KEPT,
    NO_PH,
    REJECTED,
    STEP,
    TIME,
    TOO_MANY_STEPS,
    march,
)
from commensal.mouth.column.shape import LANES, MAX_LAYERS
from commensal.mouth.compiled import is_ready
from commensal.mouth.day import SEG_BEGIN, SEG_END, Day, Segments, segments
from commensal.mouth.errors import SolveError
from commensal.mouth.intake import DAY_MIN
from commensal.mouth.parameters import Parameters, load
from commensal.mouth.processes.table import BROUGHT
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

Floats = NDArray[np.float64]
Progress = Callable[[float, str], None]
Checkpoint = tuple[Mapping[str, Floats], ...]
"""Where each block of a run stands: arrays by name. A run goes on from it bit for bit as if it had not stopped."""
CHUNK_S = 21600.0
"""Simulated time after which a block says how far it is."""
KEPT_BESIDES = ("start", "kept", "amounts", "profiles", "info")
KEPT_IN_WORK = ("state", "ph", "face", "inverse", "totals", "extents", "lane", "pools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is computed; see `simulate`."""

    threshold_ph: float
    layers: int
    tolerance: float
    profiles: bool = True
    days: int = 1
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything the kernels leave behind for a list of sites; arrays have the site first. Units: s, mmol/L, g/L, m."""

    sample_s: Floats
    names: tuple[str, ...]
    """The fields."""
    processes: tuple[tuple[str, str], ...]
    """(guild, process)"""
    enamel_ph: Floats
    """(sites, samples)"""
    thickness_m: Floats
    """(sites, samples)"""
    below_min: Floats
    """Minutes below the threshold from the beginning to each sample, (sites, samples)."""
    lowest_since: Floats
    """The lowest pH at the enamel since the sample before, (sites, samples)."""
    missing_mol_m2: Floats
    """Mineral missing of the enamel, mol of Ca5(PO4)3OH per m2, (sites, samples); 0 where there is none."""
    amounts: Floats
    """What the plaque holds of each field per area, mmol/L x m or g/L x m, (sites, samples, fields)."""
    profiles: Floats
    """(sites, samples, fields, nodes); no samples when profiles were not asked for."""
    start: Floats
    """Amounts per plaque area at the beginning, mmol/L x m or g/L x m, (sites, fields)."""
    end: Floats
    end_profile: Floats
    """(sites, fields, nodes)"""
    totals: Floats
    """Running totals as in `shape.N_TOTALS`, per plaque area, (sites, totals, fields)."""
    extents: Floats
    """What each process turned over, per plaque area, (sites, processes)."""
    minutes_below: Floats
    lowest_ph: Floats
    lowest_at_s: Floats
    steps: int
    rejected: int

    def row(self, name: str) -> int:
        """The index of a field by name.

        Raises:
            KeyError: no such field.
        """
        if name not in self.names:
            raise KeyError(f"expected one of {', '.join(self.names)}, got {name!r}")
        return self.names.index(name)


def run_columns(
    sites: Sequence[Site],
    mouths: Sequence[Mouth],
    day: Day | Sequence[Day],
    options: Options,
    *,
    sample_s: Floats,
    progress: Progress | None = None,
    on_checkpoint: Callable[[Checkpoint], None] | None = None,
    resume: Checkpoint | None = None,
    parameters: Parameters | None = None,
) -> Run:
    """Runs each site with its own mouth through the same day, or the same day again and again.

    Args:
        sites, mouths: equally many, at least one.
        day: what happens, again and again; or one day after the other. Several must each last 24 hours.
        options: how it is computed.
        sample_s: when to keep results, s after midnight of the first day, rising, within the days.
        progress: called with the share done (0-1) and what is being done.
        on_checkpoint: called with where every block stands, whenever all of them have come a quarter of a day further.
        resume: what `on_checkpoint` was called with in a run with the same arguments.
        parameters: instead of the set that ships with the program, to see what one of them does.

    Raises:
        ValueError: arguments outside these ranges, or NaN; a checkpoint of another run.
        SolveError: a day that cannot be computed to its tolerance.
    """
    _check(sites, mouths, sample_s, day, options)
    table = load() if parameters is None else parameters
    course = segments([day] * options.days if isinstance(day, Day) else day, table)
    blocks = _blocks(sites, mouths, course, options, table, sample_s)
    if resume is not None:
        if len(resume) != len(blocks):
            raise ValueError(f"this checkpoint holds {len(resume)} blocks of sites, the run has {len(blocks)}")
        for block, arrays in zip(blocks, resume, strict=True):
            block.take(arrays)
    _advance(blocks, options.threads, progress, on_checkpoint)
    return _joined(blocks, sample_s, options.profiles)


class _Running:
    """One block as it is run."""

    def __init__(
        self,
        block: Block,
        sites: Sequence[Site],
        mouths: Sequence[Mouth],
        course: Segments,
        options: Options,
        table: Parameters,
        sample_s: Floats,
    ) -> None:
        self.block, self.sites, self.course, self.options, self.sample_s = block, sites, course, options, sample_s
        names, nodes = block.chemistry.names, block.layers + 2
        self.start = self._amounts()
        self.kept = np.zeros((sample_s.size, N_KEPT, LANES))
        self.amounts = np.zeros((sample_s.size, len(names), LANES))
        self.profiles = np.zeros((sample_s.size if options.profiles else 0, len(names), nodes * LANES))
        self.info = np.zeros(N_INFO)
        begin = course.rows[0, SEG_BEGIN]
        self.info[TIME] = begin
        block.work.lane[shape.LOWEST_AT] = begin
        control = ("step_largest", "step_smallest", "step_first", "trace", "steps_most")
        self.info[STEP] = table.value("step_first")
        self._control = np.array([*(table.value(x) for x in control), float(block.is_growing), 0.0])
        self._floor = np.full(len(names), options.tolerance * table.value("scale_solute"))
        self._relative = np.full(len(names), options.tolerance)
        charge = block.chemistry.laws.charge
        self._floor[charge], self._relative[charge] = options.tolerance * table.value("scale_charge"), 0.0
        self._diet = feed(block.chemistry, block.lane, sites, mouths, course, AcidConstants.of(table))

    @property
    def end_s(self) -> float:
        """When it is done."""
        return float(self.course.rows[-1, SEG_END])

    @property
    def now_s(self) -> float:
        """How far it is."""
        return float(self.info[TIME])

    def advance(self, until_s: float) -> None:
        """Runs to the first step at or behind `until_s`.

        Raises:
            SolveError: it cannot.
        """
        self._control[-1] = until_s
        block = self.block
        status = march(
            block.chemistry.laws, block.lane, block.work, block.layers, self._floor, self._relative,
            self._control, self._diet, self.sample_s, self.kept, self.amounts, self.profiles,
            self.info,
        )  # fmt: skip
        if status != DONE:
            raise SolveError(_why(int(status), self))

    def where(self) -> Mapping[str, Floats]:
        """Everything that a run goes on from, copied."""
        arrays = {name: getattr(self.block.work, name).copy() for name in KEPT_IN_WORK}
        return arrays | {name: getattr(self, name).copy() for name in KEPT_BESIDES}

    def take(self, arrays: Mapping[str, Floats]) -> None:
        """Goes to where another run of the same block stood.

        Raises:
            ValueError: arrays of another run.
        """
        mine = {name: getattr(self.block.work, name) for name in KEPT_IN_WORK}
        mine |= {name: getattr(self, name) for name in KEPT_BESIDES}
        for name, array in mine.items():
            if name not in arrays or arrays[name].shape != array.shape:
                came = "nothing" if name not in arrays else str(arrays[name].shape)
                raise ValueError(
                    f"this checkpoint is of another run: expected {name} of shape {array.shape}, got {came}"
                )
        for name, array in mine.items():
            array[...] = arrays[name]

    def _amounts(self) -> Floats:
        """Amounts per plaque area of each field, (lanes, fields)."""
        fields, nodes = len(self.block.chemistry.names), self.block.layers + 2
        state = self.block.work.state[:fields].reshape(fields, nodes, LANES)
        return np.array([state[:, :, k] @ depths_m(self.block, k) for k in range(LANES)])

    def end_amounts(self) -> Floats:
        """The same at the end."""
        return self._amounts()


def _blocks(
    sites: Sequence[Site],
    mouths: Sequence[Mouth],
    course: Segments,
    options: Options,
    table: Parameters,
    sample_s: Floats,
) -> list[_Running]:
    brought = tuple(sorted(course.brought & set(BROUGHT)))
    tables = [site.table(brought) for site in sites]
    salivas = [saliva for one in mouths for saliva in (one.rest, one.stimulated)]
    carried = {name for saliva in salivas for name, x in saliva.solutes().items() if x > 0.0}
    blocks = []
    for first in range(0, len(sites), LANES):
        members = slice(first, min(first + LANES, len(sites)))
        on_enamel = {"calcium", "fluoride"} if any(site.enamel is not None for site in sites) else set()
        made = chemistry(tables, carried, members, course.brought | on_enamel)
        block = build(
            made, sites[members], mouths[members], options.layers, options.threshold_ph, table, len(course.pools)
        )
        blocks.append(_Running(block, sites[members], mouths[members], course, options, table, sample_s))
    return blocks


def _advance(
    blocks: list[_Running], threads: int | None, progress: Progress | None,
    on_checkpoint: Callable[[Checkpoint], None] | None,
) -> None:  # fmt: skip
    """Runs all blocks to the end, a quarter of a day at a time; which thread runs which block changes nothing."""
    begin, end = float(blocks[0].course.rows[0, SEG_BEGIN]), blocks[0].end_s
    lock, done = Lock(), [min(block.now_s, end) for block in blocks]

    def tell(index: int) -> None:
        with lock:
            done[index] = blocks[index].now_s
            if progress is not None:
                share = (sum(done) - begin * len(blocks)) / ((end - begin) * len(blocks))
                progress(min(share, 1.0), f"{sum(len(block.sites) for block in blocks)} plaque columns")

    def whole(index: int, until_s: float) -> None:
        block = blocks[index]
        while block.now_s < min(until_s, end):
            block.advance(min(block.now_s + CHUNK_S, until_s))
            tell(index)

    if progress is not None:
        what = "plaque columns" if is_ready(march) else "making the solver ready: up to a minute the first time"
        progress((sum(done) - begin * len(blocks)) / ((end - begin) * len(blocks)), what)
    with ThreadPoolExecutor(max_workers=threads or os.cpu_count() or 1) as pool:
        until = begin if on_checkpoint is not None else end
        while until < end or on_checkpoint is None:
            until = min(until + CHUNK_S, end)
            for one in [pool.submit(whole, i, until) for i in range(len(blocks))]:
                one.result()
            if on_checkpoint is None:
                break
            on_checkpoint(tuple(block.where() for block in blocks))


def _joined(blocks: list[_Running], sample_s: Floats, has_profiles: bool) -> Run:
    names, nodes = blocks[0].block.chemistry.names, blocks[0].block.layers + 2
    fields = len(names)

    def lanes(of: Callable[[_Running], Floats]) -> Floats:
        """What `of` gives with the lane last, joined with the site first."""
        return np.concatenate([np.moveaxis(of(one), -1, 0)[: len(one.sites)] for one in blocks])

    def profile(one: _Running) -> Floats:
        return one.profiles.reshape(-1, fields, nodes, LANES)

    return Run(
        sample_s=sample_s,
        names=names,
        processes=blocks[0].block.chemistry.processes,
        enamel_ph=lanes(lambda one: one.kept[:, KEPT_PH]),
        thickness_m=lanes(lambda one: one.kept[:, KEPT_THICKNESS]),
        below_min=lanes(lambda one: one.kept[:, KEPT_BELOW]),
        lowest_since=lanes(lambda one: one.kept[:, KEPT_LOWEST]),
        missing_mol_m2=lanes(lambda one: one.kept[:, KEPT_MISSING]),
        amounts=lanes(lambda one: one.amounts),
        profiles=lanes(profile),
        start=np.concatenate([one.start[: len(one.sites)] for one in blocks]),
        end=np.concatenate([one.end_amounts()[: len(one.sites)] for one in blocks]),
        end_profile=lanes(lambda one: one.block.work.state[:fields].reshape(fields, nodes, LANES)),
        totals=lanes(lambda one: one.block.work.totals),
        extents=lanes(lambda one: one.block.work.extents.reshape(-1, one.block.layers, LANES).sum(axis=1)),
        minutes_below=lanes(lambda one: one.block.work.lane[shape.BELOW_MIN]),
        lowest_ph=lanes(lambda one: one.block.work.lane[shape.LOWEST]),
        lowest_at_s=lanes(lambda one: one.block.work.lane[shape.LOWEST_AT]),
        steps=sum(int(one.info[ACCEPTED]) for one in blocks),
        rejected=sum(int(one.info[REJECTED]) for one in blocks),
    )


def _why(status: int, run: _Running) -> str:
    """Where, when and why a run stopped, from the last try that is still in the workspace."""
    block, info, names = run.block, run.info, run.block.chemistry.names
    nodes = block.layers + 2
    size = (len(names), nodes, LANES)
    k1, k2, trial = (
        array[: len(names)].reshape(size) for array in (block.work.stage1, block.work.stage2, block.work.trial)
    )
    error = 0.5 * np.abs(k1 + k2) / (1.0 + np.abs(trial))
    field, node, lane = np.unravel_index(int(np.argmax(np.where(np.isfinite(error), error, np.inf))), size)
    place = {block.layers: "the saliva film", block.layers + 1: "the mouth"}.get(
        int(node), f"plaque layer {int(node) + 1} of {block.layers}, counted from the enamel"
    )
    doing = run.course.name_at(float(info[TIME]))
    where = f"at {info[TIME] / 60.0:.2f} min after midnight ({doing}), in {place}, {names[int(field)]}"
    site = f"film {run.sites[min(int(lane), len(run.sites) - 1)].film_speed_mm_min:g} mm/min"
    if status == TOO_MANY_STEPS:
        what = f"took more than {info[ACCEPTED] + info[REJECTED]:.0f} steps"
    elif status == NO_PH:
        what = "found no pH for what it holds"
    else:
        tried = f"even with steps of {info[STEP]:.1e} s (error {info[ERROR]:.2g})"
        what = f"cannot meet its tolerance of {run.options.tolerance:g} {tried}"
    remedy = "check the site's and the mouth's parameters against their ranges, or allow a larger tolerance"
    return f"the plaque column {what} {where} ({site}); {remedy}"


def _check(
    sites: Sequence[Site], mouths: Sequence[Mouth], sample_s: Floats, day: Day | Sequence[Day], options: Options
) -> None:
    if not sites or len(sites) != len(mouths):
        raise ValueError(f"sites and mouths must be equally many, at least one, got {len(sites)} and {len(mouths)}")
    if not 2 <= options.layers <= MAX_LAYERS:
        raise ValueError(f"layers must be 2 to {MAX_LAYERS}, got {options.layers}")
    if not 1e-8 <= options.tolerance <= 0.1:
        raise ValueError(f"tolerance must be 1e-8 to 0.1, got {options.tolerance}")
    if not 3.0 <= options.threshold_ph <= 9.0:
        raise ValueError(f"threshold_ph must be 3 to 9, got {options.threshold_ph}")
    days = [day] * options.days if isinstance(day, Day) else list(day)
    if not days or (len(days) > 1 and isinstance(day, Day) and day.end_min - day.begin_min != DAY_MIN):
        span = f" of {day.end_min - day.begin_min:g} min" if isinstance(day, Day) else ""
        raise ValueError(f"days must be 1, or more of a day of 1440 min, got {len(days)}{span}")
    if not isinstance(day, Day) and options.days != len(days):
        raise ValueError(f"days must be left out, or be as many as are given, got {options.days} and {len(days)}")
    if options.threads is not None and options.threads < 1:
        raise ValueError(f"threads must be at least 1, got {options.threads}")
    last = 60.0 * (days[-1].end_min + DAY_MIN * (len(days) - 1))
    inside = bool(np.all((sample_s >= 60.0 * days[0].begin_min) & (sample_s <= last)))
    if not (inside and np.all(np.diff(sample_s) > 0.0)):
        raise ValueError("sample_s must rise and lie within the days, in seconds after midnight")

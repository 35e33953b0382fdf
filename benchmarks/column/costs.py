"""How CPU time grows with sites, days, layers and guilds: straight lines, measured and drawn."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from benchmarks.column.scene import day, mouth, sites
from commensal.mouth import Site
from commensal.mouth.community import Community
from commensal.mouth.run import Options, run_columns

Floats = NDArray[np.float64]
TOLERANCE = 0.01
GUILDS = (
    "mitis", "actinomyces", "mutans", "veillonella", "arginolytic", "salivarius", "lactobacilli", "neisseria",
    "fusobacteria", "anaerobes",
)  # fmt: skip
"""The order in which guilds join."""


@dataclass(frozen=True, slots=True)
class Line:
    """CPU seconds against how much there is of one thing."""

    of: str
    amounts: Sequence[int]
    seconds: Sequence[float]
    steps: Sequence[int]
    """Tries of a step: when these are more, so is the work."""

    @property
    def fit(self) -> tuple[float, float]:
        """Seconds for nothing, and for each one more: the straight line with the least squares of relative errors."""
        x, y = np.array(self.amounts, dtype=np.float64), np.array(self.seconds)
        rows = np.stack([1.0 / y, x / y], axis=1)
        first, each = np.linalg.lstsq(rows, np.ones(x.size), rcond=None)[0]
        return float(first), float(each)

    @property
    def departure(self) -> float:
        """Largest distance from that line, as a share of the line."""
        first, each = self.fit
        straight = first + each * np.array(self.amounts)
        return float(np.max(np.abs(np.array(self.seconds) / straight - 1.0)))


def _timed(some: list[Site], layers: int, days: int, trials: int) -> tuple[float, int]:
    options = Options(threshold_ph=5.5, layers=layers, tolerance=TOLERANCE, profiles=False, days=days, threads=1)
    mouths, course, samples = [mouth()] * len(some), day(), np.zeros(0)
    best, tries = np.inf, 0
    for _ in range(trials):
        before = time.process_time()
        run = run_columns(some, mouths, course, options, sample_s=samples)
        best = min(best, time.process_time() - before)
        tries = run.steps + run.rejected
    return float(best), tries


def _line(of: str, amounts: Sequence[int], measure: Callable[[int], tuple[float, int]]) -> Line:
    found = [measure(amount) for amount in amounts]
    return Line(of, amounts, [seconds for seconds, _ in found], [tries for _, tries in found])


def _with_guilds(count: int) -> list[Site]:
    usual = Community.usual().shares
    shares = {guild: usual[guild] for guild in GUILDS[:count]}
    return [
        Site(thickness_um=one.thickness_um, film_speed_mm_min=one.film_speed_mm_min, community=Community(shares=shares))
        for one in sites()
    ]


def lines(*, quick: bool) -> list[Line]:
    """One line for each of what costs."""
    trials, cut = (1, 3) if quick else (3, None)
    eight = sites()
    return [
        _line("sites", (8, 16, 32, 64)[:cut], lambda n: _timed(eight * (n // len(eight)), 16, 1, trials)),
        _line("days", (1, 2, 4, 8)[:cut], lambda n: _timed(eight, 16, n, trials)),
        _line("layers", (8, 16, 32, 64)[:cut], lambda n: _timed(eight, n, 1, trials)),
        _line("guilds", (2, 4, 6, 8, 10)[:cut], lambda n: _timed(_with_guilds(n), 16, 1, trials)),
    ]


def draw(found: Sequence[Line], to: Path) -> None:
    """Four small plots: what was measured, and the straight line through it."""
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    for axis, line in zip(axes.flat, found, strict=True):
        first, each = line.fit
        ends = np.array([0.0, max(line.amounts)])
        axis.plot(ends, first + each * ends, color="0.7", linewidth=3, label="straight line")
        axis.plot(line.amounts, line.seconds, "o", color="#0b6e6e", label="measured")
        axis.set_title(f"{line.of}: at most {100 * line.departure:.1f} % off the line", loc="left", fontsize=11)
        axis.set_xlabel(line.of)
        axis.set_ylabel("CPU s")
        axis.set_xlim(left=0)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=9, loc="upper left")
    figure.savefig(to, dpi=110)
    pyplot.close(figure)

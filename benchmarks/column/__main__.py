"""Site-days per CPU second of the plaque column's solver, against CVODE and SciPy at equal accuracy in the same run.

The full model: ten guilds that grow, one day with five sugar intakes. Every solver climbs its own ladder of tolerances;
the loosest rung that keeps pH at the enamel within 0.005 and lactate within 0.5 % of the reference (CVODE at 1e-9), at
every sample, is the one compared. The peers get a right side and a Jacobian compiled by Numba; all stop exactly where
the day jumps.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.column.costs import draw, lines
from benchmarks.column.equations import equations
from benchmarks.column.floor import clock_hz, counted
from benchmarks.column.peers import Answer, Solver, cvode, scipy_solver, solved
from benchmarks.column.scene import LAYERS, SHAPES, day, lumped_sites, mouth, samples_s, sites
from benchmarks.column.stretches import stretches
from benchmarks.harness import RESULTS, Goal, arguments, cpu_s, report
from commensal.mouth import Day, Intake, Site, simulate
from commensal.mouth.column.laws import chemistry
from commensal.mouth.run import Options, Run, run_columns

Floats = NDArray[np.float64]
PH_ERROR, LACTATE_ERROR = 0.005, 0.005
DEFAULT = 0.01
OUR_LADDER = (0.1, 0.06, 0.03, DEFAULT, 0.003)
CVODE_LADDER = ((1e-3, 1e-5), (1e-4, 1e-5), (1e-4, 1e-6), (3e-5, 1e-6), (1e-5, 1e-6), (1e-6, 1e-6))
SCIPY_LADDER = ((1e-3, 1e-4), (1e-3, 1e-5), (1e-4, 1e-6), (1e-5, 1e-6))
MOUTH_SITES = 168
AS_IN_A_CLINIC = "import sys; sys.modules['dask'] = None; "
"""Dask is a developer's and a cluster's: xarray loads it where it is, and that takes a third of a second."""
FIRST_ANSWER = (
    "from commensal.mouth.reference import case, run_cases; print(float(run_cases([case('x')]).data['lowest_ph'][0]))"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One solver at one rung."""

    name: str
    rung: str
    hours: float
    site_days_per_s: float
    ph_error: float
    lactate_error: float

    @property
    def is_accurate(self) -> bool:
        """Within both limits."""
        return self.ph_error <= PH_ERROR and self.lactate_error <= LACTATE_ERROR


def errors(answers: list[Answer], truths: list[Answer]) -> tuple[float, float]:
    """Largest error of pH, and of lactate relative to the reference's norm, over all sites and samples."""
    ph = max(float(np.max(np.abs(a.ph - b.ph))) for a, b in zip(answers, truths, strict=True))
    lactate = max(
        float(np.linalg.norm(a.lactate_mmol_l - b.lactate_mmol_l) / np.linalg.norm(b.lactate_mmol_l))
        for a, b in zip(answers, truths, strict=True)
    )
    return ph, lactate


def peer_answers(solve: Solver, count: int, hours: float) -> list[Answer]:
    """What a peer finds at the first sites."""
    course = stretches(day(hours))
    return [solved(equations(site, mouth(), LAYERS), course, samples_s(hours), solve) for site in sites()[:count]]


def peer(
    name: str,
    ladder: tuple[tuple[float, float], ...],
    make: Callable[[float, float], Solver],
    truths: list[Answer],
    hours: float,
) -> Row:
    """The cheapest rung of a peer's ladder that is accurate enough, or its last."""
    rows = []
    for rtol, atol in ladder:
        answers = peer_answers(make(rtol, atol), len(truths), hours)
        rate = len(answers) * hours / 24.0 / sum(a.cpu_s for a in answers)
        rows.append(Row(name, f"{rtol:g}, {atol:g}", hours, rate, *errors(answers, truths)))
        if rows[-1].is_accurate:
            break
    return rows[-1]


def run(some: list[Site], tolerance: float, hours: float, *, profiles: bool = False, threads: int = 1) -> Run:
    """Our solver."""
    options = Options(threshold_ph=5.5, layers=LAYERS, tolerance=tolerance, profiles=profiles, threads=threads)
    return run_columns(some, [mouth()] * len(some), day(hours), options, sample_s=samples_s(hours))


def ours(tolerance: float, trials: int, truths: list[Answer], hours: float) -> Row:
    """Our solver at one tolerance: eight sites in one block of lanes, one thread; the best of several trials."""
    kept = run(sites(), tolerance, hours, profiles=True)
    spent = []
    for _ in range(trials):
        before = time.process_time()
        run(sites(), tolerance, hours)
        spent.append(time.process_time() - before)
    lactate = kept.profiles[:, :, kept.row("lactate"), 0]
    answers = [Answer(*row, 0.0) for row in zip(kept.enamel_ph, lactate, kept.thickness_m, strict=True)][: len(truths)]
    rate = len(SHAPES) * hours / 24.0 / min(spent)
    return Row("commensal ROS2-W", f"{tolerance:g}", hours, rate, *errors(answers, truths))


def first_answer_s() -> tuple[float, float]:
    """CPU and wall seconds from starting Python to one reference rinse, with the kernels in the cache."""
    return spent_s([sys.executable, "-c", AS_IN_A_CLINIC + FIRST_ANSWER])


def spent_s(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of another process.

    Raises:
        CalledProcessError: it failed.
    """
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, time.perf_counter() - wall


COMMAND = "from commensal.cli import main; main()"
WHOLE_COMMAND = ("mouth", "run", str(Path(__file__).parents[2] / "examples/mouth/rinse.toml"), "--out")


def whole_command_s(*options: str) -> tuple[float, float]:
    """CPU and wall seconds of `commensal mouth run` on the example of one rinse, five sites, two hours."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        return spent_s([sys.executable, "-c", AS_IN_A_CLINIC + COMMAND, *WHOLE_COMMAND, f"{folder}/out", *options])


def stephan_s(trials: int) -> float:
    """CPU seconds of one Stephan curve in a warm process: ten guilds at one site, a minute's rinse, 90 minutes."""
    rinse = Intake(name="rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_percent_w_v=10.0)
    course = Day(intakes=(rinse,), begin_min=0.0, end_min=90.0)
    simulate(sites()[:1], mouth(), course)
    return min(cpu_s(lambda: simulate(sites()[:1], mouth(), course)) for _ in range(trials))


def two_threads(trials: int) -> float:
    """How many times faster two threads are than one, on the wall clock: eight blocks of eight sites, a day."""
    many = sites() * 8
    walls: dict[int, float] = {}
    for _ in range(trials):
        for threads in (1, 2):
            before = time.perf_counter()
            run(many, DEFAULT, 24.0, threads=threads)
            walls[threads] = min(walls.get(threads, float("inf")), time.perf_counter() - before)
    return walls[1] / walls[2]


def share_of_floor(trials: int) -> tuple[float, float]:
    """Which share of the CPU time the counted arithmetic would take, and the clock it is reckoned with, GHz."""
    some = sites()
    laws = chemistry([site.table() for site in some], ()).laws
    shares, clocks = [], []
    for _ in range(trials):
        clocks.append(clock_hz())
        before = time.process_time()
        found = run(some, DEFAULT, 24.0)
        spent = time.process_time() - before
        work = counted(laws, LAYERS, found.steps + found.rejected, found.steps, is_growing=True)
        shares.append(len(some) * work.cycles / clocks[-1] / spent)
    return max(shares), max(clocks) / 1e9


def lumped_figures(trials: int) -> dict[str, float]:
    """The lumped model: site-days per CPU second in one block, wall seconds of a whole mouth's day on two threads."""
    eight, many = lumped_sites(len(SHAPES)), lumped_sites(MOUTH_SITES)
    run(eight, DEFAULT, 24.0)
    spent, walls = [], []
    for _ in range(trials):
        before = time.process_time()
        run(eight, DEFAULT, 24.0)
        spent.append(time.process_time() - before)
        wall = time.perf_counter()
        run(many, DEFAULT, 24.0, threads=2)
        walls.append(time.perf_counter() - wall)
    return {
        "lumped model, site-days per CPU s": len(eight) / min(spent),
        f"lumped model, a day of {MOUTH_SITES} sites on two threads, wall s": min(walls),
    }


def main() -> None:
    """Run the benchmark."""
    options = arguments("the plaque column's solver against general solvers at equal accuracy")
    hours, compared, trials = (12.0, 1, 3) if options.quick else (24.0, 2, 10)
    peer_answers(cvode(1e-3, 1e-3), 1, 0.25)  # compiles the right side
    truths = peer_answers(cvode(1e-9, 1e-10), compared, hours)
    ladder = [ours(tolerance, trials, truths, hours) for tolerance in OUR_LADDER]
    best = max((row for row in ladder if row.is_accurate), key=lambda row: row.site_days_per_s, default=ladder[-1])
    default = next(row for row in ladder if row.rung == f"{DEFAULT:g}")
    by_cvode = peer("CVODE, banded", CVODE_LADDER, cvode, truths, hours)
    by_bdf = peer("SciPy BDF, sparse", SCIPY_LADDER, lambda r, a: scipy_solver("BDF", r, a), truths[:1], hours)
    by_lsoda = peer("SciPy LSODA, banded", SCIPY_LADDER, lambda r, a: scipy_solver("LSODA", r, a), truths[:1], hours)
    first_answer_s()
    first_cpu, first_wall = first_answer_s()
    whole_command_s()
    whole_cpu, whole_wall = whole_command_s()
    bare_cpu, _ = whole_command_s("--pictures", "none")
    curve = stephan_s(trials)
    faster = two_threads(2 if options.quick else 4)
    share, clock = share_of_floor(trials)
    costs = lines(quick=options.quick)
    RESULTS.mkdir(exist_ok=True)
    draw(costs, RESULTS / f"column{'-quick' if options.quick else ''}-{datetime.now(UTC):%Y-%m-%d}.png")
    peers = (by_cvode, by_lsoda, by_bdf)
    # A solver that misses the accuracy at every rung beats nobody.
    ratios = {row.name: best.is_accurate * best.site_days_per_s / row.site_days_per_s for row in peers}
    rows = [
        [x.name, x.rung, x.hours, x.site_days_per_s, x.ph_error, x.lactate_error, ratios.get(x.name, 1.0)]
        for x in (*ladder, *peers)
    ]
    figures = {
        "site-days per CPU s": best.site_days_per_s,
        "site-days per CPU s at the default tolerance": default.site_days_per_s,
        "largest pH error at the default tolerance": default.ph_error,
        "first answer with a warm cache, CPU s": first_cpu,
        "first answer with a warm cache, wall s": first_wall,
        "whole command, CPU s": whole_cpu,
        "whole command, wall s": whole_wall,
        "whole command without pictures, CPU s": bare_cpu,
        "a Stephan curve of 90 min, ms": 1e3 * curve,
        "two threads against one, wall": faster,
        "share of the counted arithmetic": share,
        "clock, GHz": clock,
        "load when done": os.getloadavg()[0],
        **{
            f"{line.of}, {amount}: CPU s": seconds
            for line in costs
            for amount, seconds in zip(line.amounts, line.seconds, strict=True)
        },
        **lumped_figures(trials),
        **{f"times {name}": ratio for name, ratio in ratios.items()},
    }
    goals = [
        Goal(name="times CVODE per thread at equal accuracy", value=ratios["CVODE, banded"], goal=20.0),
        Goal(name="times SciPy BDF at equal accuracy", value=ratios["SciPy BDF, sparse"], goal=120.0),
        Goal(name="largest pH error, default tolerance", value=default.ph_error, goal=PH_ERROR, at_least=False),
        Goal(name="lactate error, default tolerance", value=default.lactate_error, goal=LACTATE_ERROR, at_least=False),
        Goal(name="first answer with a warm cache, CPU s", value=first_cpu, goal=2.0, at_least=False),
        Goal(name="whole command with a warm cache, CPU s", value=whole_cpu, goal=2.0, at_least=False),
        Goal(name="a Stephan curve of 90 min in a warm process, ms", value=1e3 * curve, goal=20.0, at_least=False),
        Goal(name="two threads against one", value=faster, goal=1.6),
        Goal(name="share of the counted arithmetic floor", value=share, goal=0.55),
        *(
            Goal(name=f"cost of {x.of}, off a straight line", value=x.departure, goal=0.15, at_least=False)
            for x in costs
        ),
    ]
    headings = ["solver", "tolerance", "hours", "site-days / CPU s", "max pH error", "lactate error", "ours x faster"]
    report("column", headings, rows, figures, goals, quick=options.quick)


if __name__ == "__main__":
    main()

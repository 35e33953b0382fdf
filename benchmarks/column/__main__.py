"""Site-days per CPU second of the plaque column's solver, against CVODE and SciPy at equal accuracy in the same run.

Every solver climbs its own ladder of tolerances; the loosest rung that keeps pH at the enamel within 0.005 and
lactate within 0.5 % of the reference (CVODE at 1e-9), at every sample of the day, is the one compared. The peers
get a right side compiled by Numba and stop exactly where the day jumps, as ours does.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.column.peers import Answer, Stretch, cvode, scipy_solver, whole_day
from benchmarks.column.scene import LAYERS, SAMPLE_S, SHAPES, day, mouth, sites
from benchmarks.harness import Goal, arguments, report
from commensal.mouth.run import Options, Run, run_columns

PH_ERROR, LACTATE_ERROR = 0.005, 0.005
OUR_LADDER = (0.1, 0.06, 0.03, 0.01, 0.003)
FIRST_ANSWER = (
    "from commensal.mouth.reference import case, run_cases; print(float(run_cases([case('x')]).data['lowest_ph'][0]))"
)
Row = tuple[str, float, float, float, float]


def errors(answers: list[Answer], truths: list[Answer]) -> tuple[float, float]:
    """Largest error of pH, and of lactate relative to the reference's norm, over all sites and samples."""
    ph = max(float(np.max(np.abs(a.ph - b.ph))) for a, b in zip(answers, truths, strict=True))
    lactate = max(
        float(np.linalg.norm(a.lactate_mmol_l - b.lactate_mmol_l) / np.linalg.norm(b.lactate_mmol_l))
        for a, b in zip(answers, truths, strict=True)
    )
    return ph, lactate


def peer(name: str, ladder: tuple[float, ...], make: Callable[[float], Stretch], truths: list[Answer]) -> Row:
    """The first rung of a peer's ladder that is accurate enough, or its last: name, rung, site-days/s, errors."""
    for rung in ladder:
        answers = [whole_day(site, make(rung)) for site in range(len(truths))]
        ph, lactate = errors(answers, truths)
        row = (name, rung, len(answers) / sum(a.cpu_s for a in answers), ph, lactate)
        if ph <= PH_ERROR and lactate <= LACTATE_ERROR:
            break
    return row


def ours(tolerance: float, trials: int, truths: list[Answer]) -> Row:
    """Our solver at one tolerance: eight sites in one block of lanes, one thread."""

    def run(profiles: bool) -> Run:
        return run_columns(
            sites(), [mouth()] * len(SHAPES), day(),
            Options(threshold_ph=5.5, layers=LAYERS, tolerance=tolerance, profiles=profiles, threads=1),
            sample_s=SAMPLE_S,
        )  # fmt: skip

    kept = run(True)
    before = time.process_time()
    for _ in range(trials):
        run(False)
    cpu_s = (time.process_time() - before) / trials
    answers = [
        Answer(kept.enamel_ph[i], kept.profiles[i, :, kept.row("lactate"), 0], cpu_s) for i in range(len(truths))
    ]
    return ("commensal ROS2-W", tolerance, len(SHAPES) / cpu_s, *errors(answers, truths))


def first_answer_s() -> tuple[float, float]:
    """CPU and wall seconds from starting Python to one reference rinse, with the kernels in the cache."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", FIRST_ANSWER], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, time.perf_counter() - wall


def main() -> None:
    """Run the benchmark."""
    options = arguments("the plaque column's solver against general solvers at equal accuracy")
    compared = 1 if options.quick else 3
    whole_day(0, cvode(1e-3, 1e-3))  # compiles the right side
    truths = [whole_day(site, cvode(1e-9, 1e-10)) for site in range(compared)]
    ladder = [ours(tolerance, 3 if options.quick else 10, truths) for tolerance in OUR_LADDER]
    good = [row for row in ladder if row[3] <= PH_ERROR and row[4] <= LACTATE_ERROR] or ladder[-1:]
    best, default = good[0], next(row for row in ladder if row[1] == 0.01)
    peers = [
        peer("CVODE, banded", (1e-3, 3e-4, 1e-4, 3e-5, 1e-5), lambda tol: cvode(tol, tol), truths),
        peer("SciPy LSODA, banded", (1e-3, 3e-4, 1e-4, 3e-5), lambda tol: scipy_solver("LSODA", tol, tol), truths),
        peer("SciPy BDF, sparse", (1e-3, 3e-4, 1e-4, 3e-5), lambda tol: scipy_solver("BDF", tol, tol), truths),
    ]
    first_answer_s()
    first_cpu, first_wall = first_answer_s()
    rows = [[*row, best[2] / row[2]] for row in (*ladder, *peers)]
    ratios = {row[0]: best[2] / row[2] for row in peers}
    figures = {
        "site-days per CPU s": best[2],
        "site-days per CPU s at the default tolerance": default[2],
        "largest pH error at the default tolerance": default[3],
        "first answer with a warm cache, CPU s": first_cpu,
        "first answer with a warm cache, wall s": first_wall,
        **{f"times {name}": ratio for name, ratio in ratios.items()},
    }
    goals = [
        Goal(name="site-days per CPU s", value=best[2], goal=200.0),
        Goal(name="times CVODE at equal accuracy", value=ratios["CVODE, banded"], goal=25.0),
        Goal(name="times SciPy BDF at equal accuracy", value=ratios["SciPy BDF, sparse"], goal=150.0),
        Goal(name="largest pH error, default tolerance", value=default[3], goal=PH_ERROR, at_least=False),
        Goal(name="lactate error, default tolerance", value=default[4], goal=LACTATE_ERROR, at_least=False),
        Goal(name="first answer with a warm cache, CPU s", value=first_cpu, goal=2.0, at_least=False),
    ]
    headings = ["solver", "tolerance", "site-days / CPU s", "max pH error", "lactate error", "ours is x faster"]
    report("column", headings, rows, figures, goals, quick=options.quick)


if __name__ == "__main__":
    main()

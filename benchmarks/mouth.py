"""A whole mouth through a day and a month, and two plans for a tooth: time, memory, what joining alike columns saves.

The peer is the same mouth with every place computed on its own. A month needs hardly more memory than a day.
"""

import multiprocessing
import resource
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import Goal, arguments, report
from commensal.mouth import Day, Mouth, simulate
from commensal.mouth.enamel import Enamel
from commensal.mouth.plans import compare, read_plan
from commensal.mouth.products import find_product
from commensal.mouth.study import usual_day
from commensal.mouth.teeth import Twin, live, places
from commensal.mouth.teeth.living import TOLERANCE

PLANS = Path(__file__).parents[1] / "examples" / "plans"
TWIN = Twin(enamel=Enamel(deficit_vol_percent_um=300.0))
MIB = 1024


def brushed_day() -> Day:
    """A usual day with two brushings."""
    paste = find_product("brushing with fluoride paste")
    if paste is None:
        raise LookupError("data/products.csv has lost its paste")
    return replace(usual_day(), exposures=tuple(paste.exposure(at) for at in (435.0, 1360.0)))


def _measured(days: int) -> tuple[float, float, float, float]:
    """Wall s, CPU s, peak MiB and the largest residual of so many days, in a process of its own."""
    live(TWIN, brushed_day(), where="11-B")  # loads the kernels
    begin, cpu = time.perf_counter(), time.process_time()
    course = live(TWIN, brushed_day(), days=days)
    wall, spent = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    return wall, spent, peak, float(course.data.attrs["largest_relative_residual"])


def _one_by_one() -> float:
    """CPU s of a day with every place computed on its own."""
    sites = [TWIN.site_at(place) for place in places(TWIN.dentition)]
    simulate(sites[:1], Mouth(), brushed_day(), profiles=False)
    cpu = time.process_time()
    simulate(sites, Mouth(), brushed_day(), every_s=300.0, profiles=False, tolerance=TOLERANCE)
    return time.process_time() - cpu


def _plans() -> float:
    """Wall s of comparing two plans for one tooth, 7 days, 50 people."""
    both = [read_plan(PLANS / f"{name}.toml") for name in ("today", "water")]
    compare(*both, tooth="46", days=2, people=8)
    begin = time.perf_counter()
    compare(*both, tooth="46", days=7, people=50)
    return time.perf_counter() - begin


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__)
    month = 5 if options.quick else 30
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        day = pool.apply(_measured, (1,))
        many = pool.apply(_measured, (month,))
        alone = pool.apply(_one_by_one)
        plans = pool.apply(_plans)
    rows = [
        ["a mouth of 28 teeth, 1 day", day[0], day[1], day[2]],
        [f"the same, {month} days", many[0], many[1], many[2]],
        ["1 day, every place on its own", "", alone, ""],
        ["two plans, one tooth, 7 days, 50 people", plans, "", ""],
    ]
    goals = [
        Goal(name="a mouth for 1 day, wall s", value=day[0], goal=1.5, at_least=False),
        Goal(name=f"a mouth for {month} days, wall s", value=many[0], goal=60.0, at_least=False),
        Goal(name="memory of a month over a day", value=many[2] / day[2], goal=1.1, at_least=False),
        Goal(name="every place on its own over ours, CPU", value=alone / day[1], goal=2.0),
        Goal(name="two plans, wall s", value=plans, goal=5.0, at_least=False),
        Goal(name="largest residual", value=max(day[3], many[3]), goal=1e-9, at_least=False),
    ]
    figures = {goal.name: goal.value for goal in goals}
    report("mouth", ["what", "wall s", "CPU s", "peak MiB"], rows, figures, goals, quick=options.quick)


if __name__ == "__main__":
    main()

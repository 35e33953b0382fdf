"""How long a fit takes, and whether its 90 % intervals hold: synthetic patients whose plaque is known.

Truths lie in the inner part of the ranges; their curves are computed on a finer grid and to a tighter tolerance than
the fit's, and measured with 0.05 pH of noise at 30 times. The peer is SciPy's least_squares (trust region reflective,
two-point differences) on the same model, one curve at a time, from the middle of the ranges.
"""

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares  # type: ignore[import-untyped]

from benchmarks.harness import Goal, arguments, report
from commensal.mouth import Site, load_parameters
from commensal.mouth.fitting import MeasuredCurve, fit, mouth_of, rinse_of
from commensal.mouth.fitting.fit import USUAL, curves, fittable
from commensal.seeds import stream

Floats = NDArray[np.float64]
NOISE_PH, POINTS, WATCHED_MIN = 0.05, 30, 90.0
INNER = 0.15
"""Share of each range, in the logarithm, that truths keep away from its ends."""
FINE_LAYERS, FINE_TOLERANCE = 32, 1e-4


def patients(count: int) -> list[tuple[dict[str, Any], MeasuredCurve]]:
    """So many truths with the curves somebody would measure."""
    draw = stream(2045, "benchmarks/fitting")
    times = np.linspace(0.0, WATCHED_MIN, POINTS)
    rest = load_parameters().value("endogenous_acid_living")
    found = []
    for _ in range(count):
        truth: dict[str, Any] = {}
        for name in USUAL:
            row = fittable()[name]
            share = INNER + (1.0 - 2.0 * INNER) * float(draw.random())
            truth[name] = row.low * math.exp(share * math.log(row.high / row.low))
        site = Site(endogenous_acid_mmol_l_h=rest, **truth)
        ph = curves([site], mouth_of(), rinse_of(), times, layers=FINE_LAYERS, tolerance=FINE_TOLERANCE)[0]
        noisy = ph + draw.normal(0.0, NOISE_PH, POINTS)
        if noisy[0] - noisy.min() >= 0.2:  # a plaque that hardly falls is no curve, and is refused
            found.append((truth, MeasuredCurve(times, noisy)))
    return found


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def by_scipy(curve: MeasuredCurve, start: dict[str, float]) -> None:
    """The same fit by SciPy's least squares, one curve at a time."""
    rest = load_parameters().value("endogenous_acid_living")
    rows = [fittable()[name] for name in USUAL]

    def residual(x: Floats) -> Floats:
        values: dict[str, Any] = {row.name: float(np.exp(one)) for row, one in zip(rows, x, strict=True)}
        site = Site(endogenous_acid_mmol_l_h=rest, **values)
        return np.asarray(curves([site], mouth_of(), rinse_of(), curve.time_min)[0] - curve.ph)

    limits = [[math.log(getattr(row, end)) for row in rows] for end in ("low", "high")]
    least_squares(residual, [math.log(start[row.name]) for row in rows], bounds=limits, diff_step=0.01)


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__)
    known = patients(24 if options.quick else 206)[: 20 if options.quick else 200]
    fit(known[0][1])
    held, times, ratios = dict.fromkeys(USUAL, 0), [], []
    for i, (truth, curve) in enumerate(known):
        begin, cpu = time.perf_counter(), time.process_time()
        fitted = fit(curve)
        times.append((time.perf_counter() - begin, time.process_time() - cpu))
        for one in fitted.estimates:
            held[one.name] += one.low <= truth[one.name] <= one.high
        if i % 20 == 0:
            cpu = time.process_time()
            by_scipy(curve, {name: math.sqrt(fittable()[name].low * fittable()[name].high) for name in USUAL})
            ratios.append((time.process_time() - cpu) / times[-1][1])
    rows, goals, figures = [], [], {}
    for name, hits in held.items():
        share, (low, high) = hits / len(known), wilson(hits, len(known))
        rows.append([name, f"{hits} of {len(known)}", f"{100 * share:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %"])
        goals += [
            Goal(name=f"coverage of {name}, %", value=100 * share, goal=80.0),
            Goal(name=f"coverage of {name}, %, at most", value=100 * share, goal=97.0, at_least=False),
        ]
        figures[f"coverage of {name}, %"] = 100 * share
    wall, cpu = (float(np.median(column)) for column in zip(*times, strict=True))
    goals.append(Goal(name="a fit, wall s, the slowest", value=max(one for one, _ in times), goal=5.0, at_least=False))
    ratio = float(np.median(ratios))
    figures |= {"a fit, wall s": wall, "a fit, CPU s": cpu, "SciPy least_squares over ours, CPU": ratio}
    rows.append(["a fit", f"{wall:.2f} s", f"{cpu:.2f} CPU s", f"SciPy takes {ratio:.1f} times as much"])
    report("fitting", ["what", "held", "share", "95 % of it"], rows, figures, goals, quick=options.quick)


if __name__ == "__main__":
    main()

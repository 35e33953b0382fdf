"""A chosen few parameters from a measured Stephan curve, by Gauss-Newton on the column itself.

Every question that an iteration asks - the curve at the estimate and a little to both sides of each parameter, then at
several lengths of step - is asked of one block: eight columns side by side cost no more than one. Parameters are fitted
as logarithms within the ranges of `data/fitted.csv`. Intervals come from the curvature at the estimate and the scatter
around the curve (Student's t), so that they hold near the estimate; one that reaches the end of its range is cut there.

Source: plaque model; numerics of this project (calibration). Leaves out: prior knowledge, apart from the ranges.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commensal.errors import InputError
from commensal.mouth.column.shape import LANES
from commensal.mouth.day import Day
from commensal.mouth.errors import ParameterError
from commensal.mouth.fitting.curve import MeasuredCurve
from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import data_file, load, mark_of, number, read_rows
from commensal.mouth.run import Options, run_columns
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.provenance import Mark
from commensal.seeds import latin_hypercube, stream

Floats = NDArray[np.float64]
TABLE = "fitted.csv"
COLUMNS = ("name", "unit", "low", "high", "words", "would_tell", "source", "mark")
USUAL = ("glycolysis_mmol_l_h", "film_speed_mm_min", "fixed_buffer_1_mmol_l")
MOST = 3
"""Parameters that are fitted at once: their curves to both sides, and their own, fill a block."""
RUN_IN_MIN = 90.0
"""Plaque comes to rest for so long before the rinse."""
BESIDE = 0.03
"""How far beside the estimate the slopes are taken, in the logarithm: above the noise of the steps."""
TOLERANCE = 1e-3
STARTS, ITERATIONS = 16, 12
SETTLED = 1e-3
"""A step below this, in the logarithm, is the last."""
INTERVAL = 0.90
ALIKE, VAGUE = 0.9, 3.0
"""|correlation| from which two parameters cannot be told apart; high over low from which little is known."""
AT_END = 0.01
"""So near to the end of its range, in the logarithm, an estimate stands at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One parameter that may be fitted."""

    name: str
    unit: str
    low: float
    high: float
    words: str
    would_tell: str
    """What would measure it by itself."""
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One parameter as the curve gives it; `low` to `high` hold it in 9 of 10 fits."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    is_at_end: bool
    """True when it stands at the end of its range: the curve asks for more than the range allows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What a curve says of a plaque."""

    estimates: tuple[Estimate, ...]
    correlation: Floats
    """(parameters, parameters), of the logarithms."""
    scatter_ph: float
    """Standard deviation around the curve."""
    time_min: Floats
    """Minutes after the rinse began, every half minute."""
    ph: Floats
    band: tuple[Floats, Floats]
    """Where the curve itself lies in 9 of 10 fits."""
    site: Site
    mouth: Mouth
    cannot_tell: tuple[str, ...]
    """What the curve cannot tell, each a whole sentence with what would."""
    iterations: int

    def value(self, name: str) -> float:
        """The estimate of one parameter.

        Raises:
            KeyError: it was not fitted.
        """
        return {one.name: one.value for one in self.estimates}[name]


@cache
def fittable() -> Mapping[str, Fitted]:
    """The parameters that may be fitted, by name, from `data/fitted.csv`.

    Raises:
        ParameterError: the table is not as it must be.
    """
    found = {}
    for row in read_rows(data_file(TABLE).read_text(encoding="utf-8"), TABLE, COLUMNS):
        low, high = number(row["low"], TABLE, row["name"]), number(row["high"], TABLE, row["name"])
        if not (0.0 < low < high and row["source"].strip() and hasattr(Site(), row["name"])):
            raise ParameterError(f"{TABLE}: {row['name']}: expected a field of Site, 0 < low < high and a source")
        found[row["name"]] = Fitted(
            name=row["name"], unit=row["unit"], low=low, high=high, words=row["words"], would_tell=row["would_tell"],
            mark=mark_of(row["mark"], TABLE, row["name"]),
        )  # fmt: skip
    return found


def rinse_of(percent: float = 10.0, minutes: float = 1.0) -> Intake:
    """The sugar rinse of a Stephan study, as it begins after the run-in."""
    return Intake(name="sugar rinse", at_min=RUN_IN_MIN, duration_min=minutes, how=How.RINSE, sugar_percent_w_v=percent)


def mouth_of(flow_ml_min: float | None = None, chewing_ml_min: float | None = None) -> Mouth:
    """The mouth of a patient whose saliva was measured, at rest and while chewing paraffin; None = a usual value.

    Raises:
        InputError: a flow that no mouth has.
    """
    usual, chewing = Mouth(circadian_swing=0.0), load().value("chewing_stimulus")
    flow = usual.flow_unstimulated_ml_min if flow_ml_min is None else flow_ml_min
    if not 0.0 <= flow <= 3.0:
        asked = "was that mL an hour, or stimulated saliva?"
        raise InputError("--flow", "", "saliva at rest, 0 to 3 mL/min (0 is a mouth without saliva)", flow, asked)
    if chewing_ml_min is None:
        added = usual.flow_added_ml_min * min(1.0, flow / usual.flow_unstimulated_ml_min)
    elif flow <= chewing_ml_min <= 10.0:
        added = (chewing_ml_min - flow) / chewing
    else:
        expected = f"saliva while chewing, mL/min, at least that at rest ({flow:g}) and at most 10"
        raise InputError("--stimulated", "", expected, chewing_ml_min)
    return replace(usual, flow_unstimulated_ml_min=flow, flow_added_ml_min=added)


def curves(sites: Sequence[Site], mouth: Mouth, rinse: Intake, time_min: Floats, **options: Any) -> Floats:
    """pH at the enamel of each site at minutes after the rinse began, (sites, times)."""
    asked = Options(
        threshold_ph=load().value("critical_ph"),
        layers=options.get("layers", int(load().value("layers"))),
        tolerance=options.get("tolerance", TOLERANCE),
        profiles=False,
        threads=1,
    )
    day = Day(intakes=(rinse,), begin_min=0.0, end_min=RUN_IN_MIN + float(time_min[-1]) + 1.0)
    run = run_columns(sites, [mouth] * len(sites), day, asked, sample_s=60.0 * (RUN_IN_MIN + time_min))
    return run.enamel_ph


def fit(
    curve: MeasuredCurve, *, mouth: Mouth | None = None, site: Site | None = None, rinse: Intake | None = None,
    parameters: Sequence[str] = USUAL, seed: int = 2045,
) -> Fit:  # fmt: skip
    """Fits parameters of a site to a measured curve.

    Args:
        curve: minutes after the rinse began, and pH.
        mouth: whose saliva, from `mouth_of`; None = a usual one.
        site: what is not fitted; None = a usual plaque with its slow acid at rest.
        rinse: from `rinse_of`; None = one minute of 10 % sucrose.
        parameters: one to three names of `data/fitted.csv`.
        seed: of the starting points.

    Raises:
        InputError: parameters that may not be fitted, or a curve with too few points for them.
        SolveError: a curve that cannot be computed.
    """
    rows = _asked(parameters, curve)
    base = site or Site(endogenous_acid_mmol_l_h=load().value("endogenous_acid_living"))
    problem = _Problem(curve, base, mouth or mouth_of(), rinse or rinse_of(), rows)
    x, used = problem.solve(seed)
    fitted, slopes = problem.with_slopes(x)
    residual = curve.ph - fitted
    free = curve.ph.size - len(rows)
    scatter = math.sqrt(float(residual @ residual) / free)
    covariance = scatter**2 * np.linalg.pinv(slopes.T @ slopes, hermitian=True)
    from scipy.stats import t as student  # type: ignore[import-untyped]  # a second to import: only when something is fitted

    reach = float(student.ppf(0.5 + 0.5 * INTERVAL, free))
    spread = np.sqrt(np.diag(covariance))
    estimates = tuple(_estimate(row, x[i], reach * spread[i]) for i, row in enumerate(rows))
    correlation = covariance / np.outer(spread, spread)
    times = np.arange(0.0, float(curve.time_min[-1]) + 0.25, 0.5)
    drawn = replace(curve, time_min=times, ph=np.interp(times, curve.time_min, curve.ph))
    everywhere, slopes = replace(problem, curve=drawn).with_slopes(x)
    wide = reach * np.sqrt(np.einsum("ti,ij,tj->t", slopes, covariance, slopes))
    return Fit(
        estimates=estimates,
        correlation=correlation,
        scatter_ph=scatter,
        time_min=times,
        ph=everywhere,
        band=(everywhere - wide, everywhere + wide),
        site=problem.site_at(x),
        mouth=problem.mouth,
        cannot_tell=_cannot_tell(rows, estimates, correlation),
        iterations=used,
    )


def _asked(parameters: Sequence[str], curve: MeasuredCurve) -> list[Fitted]:
    known = fittable()
    wrong = [name for name in parameters if name not in known]
    if wrong or not 1 <= len(parameters) <= MOST or len(set(parameters)) != len(parameters):
        came = ", ".join(wrong or parameters) or "none"
        raise InputError("--parameters", "", f"one to {MOST} of {', '.join(known)}, each once", came)
    least = len(parameters) + 5
    if curve.ph.size < least:
        raise InputError(curve.name, "", f"at least {least} points for {len(parameters)} parameters", curve.ph.size)
    return [known[name] for name in parameters]


@dataclass(frozen=True, slots=True)
class _Problem:
    """A curve, and what is fitted to it; x are logarithms."""

    curve: MeasuredCurve
    base: Site
    mouth: Mouth
    rinse: Intake
    rows: list[Fitted]

    def site_at(self, x: Floats) -> Site:
        values: dict[str, Any] = {row.name: float(np.exp(x[i])) for i, row in enumerate(self.rows)}
        return replace(self.base, **values)

    def curves(self, xs: Sequence[Floats]) -> Floats:
        return curves([self.site_at(x) for x in xs], self.mouth, self.rinse, self.curve.time_min)

    def misfit(self, ph: Floats) -> Floats:
        return np.asarray(((ph - self.curve.ph) ** 2).sum(axis=-1))

    def within(self, x: Floats) -> Floats:
        low, high = (np.log([getattr(row, end) for row in self.rows]) for end in ("low", "high"))
        return np.clip(x, low, high)

    def with_slopes(self, x: Floats) -> tuple[Floats, Floats]:
        """The curve, and how it answers to each parameter, (times, parameters)."""
        beside = [x + sign * BESIDE * step for step in np.eye(x.size) for sign in (1.0, -1.0)]
        found = self.curves([x, *beside])
        return found[0], (found[1::2] - found[2::2]).T / (2.0 * BESIDE)

    def solve(self, seed: int) -> tuple[Floats, int]:
        """The best parameters, and after how many iterations."""
        low, high = (np.log([getattr(row, end) for row in self.rows]) for end in ("low", "high"))
        cube = latin_hypercube(STARTS, len(self.rows), stream(seed, "mouth/fitting"))
        starts = [low + (high - low) * point for point in cube]
        x = starts[int(np.argmin(self.misfit(self.curves(starts))))]
        for done in range(1, ITERATIONS + 1):
            ph, slopes = self.with_slopes(x)
            best = float(self.misfit(ph))
            normal, down = slopes.T @ slopes, slopes.T @ (self.curve.ph - ph)
            damped = [normal + float(d) * np.diag(np.diag(normal) + 1e-9) for d in 10.0 ** np.arange(-5, LANES - 5)]
            tries = [self.within(x + np.linalg.solve(one, down)) for one in damped]
            misfits = self.misfit(self.curves(tries))
            chosen = int(np.argmin(misfits))
            if not misfits[chosen] < best:
                return x, done
            step = float(np.abs(tries[chosen] - x).max())
            x = tries[chosen]
            if step < SETTLED:
                return x, done
        return x, ITERATIONS


def _estimate(row: Fitted, x: float, reach: float) -> Estimate:
    at_end = min(x - math.log(row.low), math.log(row.high) - x) < AT_END
    return Estimate(
        name=row.name,
        value=math.exp(x),
        low=max(math.exp(x - min(reach, 50.0)), row.low),
        high=min(math.exp(x + min(reach, 50.0)), row.high),
        unit=row.unit,
        is_at_end=bool(at_end),
    )


def _cannot_tell(rows: list[Fitted], estimates: tuple[Estimate, ...], correlation: Floats) -> tuple[str, ...]:
    said = []
    for i, j in combinations(range(len(rows)), 2):
        if abs(correlation[i, j]) >= ALIKE:
            said.append(
                f"The curve hardly tells {rows[i].words} from {rows[j].words} (correlation {correlation[i, j]:+.2f}). "
                f"What would: {rows[j].would_tell}, or {rows[i].would_tell}."
            )
    for row, one in zip(rows, estimates, strict=True):
        if one.is_at_end:
            said.append(f"The curve asks for more than is known of {row.words}: it stands at the end of its range.")
        elif one.high / one.low >= VAGUE:
            said.append(f"The curve says little about {row.words}. What would: {row.would_tell}.")
    return tuple(said)


def as_scene(fitted: Fit, percent: float, minutes: float) -> str:
    """A scene file of the fitted plaque and the rinse, for `commensal mouth run`."""
    lines = [
        'format = "commensal.mouth-scene/1"',
        'title = "A fitted plaque"',
        "",
        "[day]",
        'begins = "00:00"',
        'ends = "03:30"',
        "",
        "[[intake]]",
        'at = "01:30"',
        'what = "sugar rinse"',
        'how = "rinse"',
        f"sugar_percent_w_v = {percent!r}",
        f"duration_min = {minutes!r}",
        "",
        "[[site]]",
        'id = "fitted"',
        f"endogenous_acid_mmol_l_h = {fitted.site.endogenous_acid_mmol_l_h!r}",
        *(f"{one.name} = {one.value!r}" for one in fitted.estimates),
        "",
        "[mouth]",
        "circadian_swing = 0.0",
        f"flow_unstimulated_ml_min = {fitted.mouth.flow_unstimulated_ml_min!r}",
        f"flow_added_ml_min = {fitted.mouth.flow_added_ml_min!r}",
    ]
    return "\n".join(lines) + "\n"

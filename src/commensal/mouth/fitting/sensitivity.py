"""What matters most: which unknown the lowest pH and the minutes in acid follow, one by one, the others held.

Partial rank correlations over a Latin hypercube of stated ranges, with intervals by bootstrap (Marino et al 2008,
J Theor Biol 254:178).
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.fitting.fit import RUN_IN_MIN, rinse_of
from commensal.mouth.parameters import load
from commensal.mouth.run import Progress
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.seeds import latin_hypercube, stream

Floats = NDArray[np.float64]
OF_SITE = {
    "film speed": ("film_speed", "film_speed_mm_min"),
    "plaque thickness": ("plaque_thickness", "thickness_um"),
    "fermentation": ("glycolysis_vmax", "glycolysis_mmol_l_h"),
    "fixed buffer": ("fixed_buffer_1", "fixed_buffer_1_mmol_l"),
    "length the film has crossed": ("crossing_length", "crossing_length_mm"),
    "film thickness": ("film_thickness", "film_thickness_um"),
    "diffusion of acids": ("diffusivity_plaque_ion", "diffusivity_plaque_ion_m2_s"),
    "lowest pH of fermentation": ("glycolysis_ph_lowest", "glycolysis_ph_lowest"),
}
"""What is varied of a site: row of the tables, field."""
OF_MOUTH = {
    "saliva at rest": ("flow_unstimulated", "flow_unstimulated_ml_min"),
    "saliva added by taste": ("flow_added", "flow_added_ml_min"),
}
WATCHED_MIN = 120.0
RESAMPLED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How one result follows one unknown; -1 to 1, with the 5th and 95th percentile of resampling."""

    unknown: str
    result: str
    """lowest pH, minutes below."""
    correlation: float
    low: float
    high: float


def sensitivity(
    *, people: int = 200, seed: int = 2045, threads: int | None = None, progress: Progress | None = None
) -> tuple[Ranked, ...]:
    """Ranks what the two hours after a 10 % sucrose rinse follow, over the tables' ranges, the strongest first.

    Args:
        people: how many draws, 30 to 5000.
        seed: of draws and resampling.
        threads, progress: see `simulate`.

    Raises:
        ValueError: people outside 30 to 5000.
        SolveError: a curve that cannot be computed.
    """
    if not 30 <= people <= 5000:
        raise ValueError(f"people must be 30 to 5000, got {people}")
    names = (*OF_SITE, *OF_MOUTH)
    cube = latin_hypercube(people, len(names), stream(seed, "mouth/sensitivity"))
    table = load()
    base = Site(endogenous_acid_mmol_l_h=table.value("endogenous_acid_living"))
    sites, mouths = [], []
    for point in cube:
        drawn = {}
        for share, name in zip(point, names, strict=True):
            row = table[(OF_SITE | OF_MOUTH)[name][0]]
            drawn[name] = row.low * math.exp(float(share) * math.log(row.high / row.low))
        place: dict[str, Any] = {field: drawn[name] for name, (_, field) in OF_SITE.items()}
        sites.append(replace(base, **place))
        saliva: dict[str, Any] = {field: drawn[name] for name, (_, field) in OF_MOUTH.items()}
        mouths.append(replace(Mouth(circadian_swing=0.0), **saliva))
    day = Day(intakes=(rinse_of(),), begin_min=0.0, end_min=RUN_IN_MIN + WATCHED_MIN)
    data = simulate(sites, mouths, day, every_s=600.0, profiles=False, threads=threads, progress=progress).data
    below = f"minutes below pH {table.value('critical_ph'):g}"
    results = {"lowest pH": data["lowest_ph"].values, below: data["minutes_below"].values}
    generator = stream(seed, "mouth/sensitivity/resampling")
    found = []
    for result, values in results.items():
        at = partial_rank_correlations(cube, values)
        again = []
        for _ in range(RESAMPLED):
            chosen = generator.integers(0, people, people)
            again.append(partial_rank_correlations(cube[chosen], values[chosen]))
        low, high = np.percentile(again, [5.0, 95.0], axis=0)
        found += [
            Ranked(unknown=name, result=result, correlation=float(at[i]), low=float(low[i]), high=float(high[i]))
            for i, name in enumerate(names)
        ]
    return tuple(sorted(found, key=lambda one: (one.result, -abs(one.correlation))))


def partial_rank_correlations(inputs: Floats, result: Floats) -> Floats:
    """How the ranks of a result follow those of each input, what the other inputs explain taken off both.

    Args:
        inputs: (draws, inputs). result: (draws,).
    """
    x, y = _ranks(inputs), _ranks(result[:, None])[:, 0]
    out = np.empty(x.shape[1])
    for i in range(x.shape[1]):
        others = np.column_stack([np.ones(len(y)), np.delete(x, i, axis=1)])
        mine, its = (v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (x[:, i], y))
        size = math.sqrt(float(mine @ mine) * float(its @ its))
        out[i] = float(mine @ its) / size if size > 0.0 else 0.0
    return out


def _ranks(values: Floats) -> Floats:
    """Ranks by column; the same value has the mean of its ranks."""
    from scipy.stats import rankdata  # type: ignore[import-untyped]  # a second to import: only when something is ranked

    return np.asarray(rankdata(values, axis=0), dtype=np.float64)

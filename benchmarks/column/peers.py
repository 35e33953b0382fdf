"""The peers: CVODE and SciPy's BDF and LSODA, restarted exactly where the day jumps, as ours is.

scikit-sundae takes Python callables only, no C pointers, so each call of a compiled function passes through one line
of Python. That costs CVODE little: of its time here 4 % go into the right side, Python included, 9 % into Jacobians,
and all the rest into its own banded factors and solves.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.column.equations import Equations
from benchmarks.column.stretches import Stretch

Floats = NDArray[np.float64]
Solver = Callable[[Equations, Floats, Floats], Floats]
"""Takes equations, times (the first is now) and unknowns; returns the unknowns at those times, one row each."""
THICKENING_SCALE_M = 1e-4
"""What an absolute tolerance of 1 means for how much the plaque thickens."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver found at one site at each sample, and its CPU seconds."""

    ph: Floats
    """At the enamel."""
    lactate_mmol_l: Floats
    """At the enamel."""
    thickness_m: Floats
    cpu_s: float


def solved(made: Equations, course: list[Stretch], sample_s: Floats, solve: Solver) -> Answer:
    """One site through its day."""
    y = made.start.copy()
    kept = np.empty((sample_s.size, 3))
    before = time.process_time()
    for stretch in course:
        made.enter(stretch, y)
        inside = sample_s[(stretch.begin_s < sample_s) & (stretch.end_s > sample_s)]
        times = np.concatenate([[stretch.begin_s], inside, [stretch.end_s]])
        states = solve(made, times, y)
        for t, state in zip(times, states, strict=True):
            index = np.searchsorted(sample_s, t)
            if index < sample_s.size and sample_s[index] == t:
                kept[index] = *made.enamel(float(t), state), made.thickness_m(state)
        y = states[-1].copy()
    return Answer(kept[:, 0], kept[:, 1], kept[:, 2], time.process_time() - before)


def cvode(rtol: float, atol: float) -> Solver:
    """SUNDIALS' CVODE, BDF, banded, with a compiled Jacobian."""
    from sksundae.cvode import CVODE  # type: ignore[import-untyped]

    def solve(made: Equations, times: Floats, y: Floats) -> Floats:
        options: dict[str, Any] = {"lband": made.lower_band, "uband": made.upper_band, "max_num_steps": 1_000_000}
        options["jacfn"] = lambda t, state, _, out: made.jacobian(t, state, out)
        found = CVODE(made.slope, rtol=rtol, atol=_floors(y, atol), linsolver="band", **options).solve(times, y)
        if not found.success:
            raise RuntimeError(f"CVODE stopped: {found.message}")
        return np.asarray(found.y if times.size > 2 else found.y[[0, -1]])

    return solve


def scipy_solver(method: str, rtol: float, atol: float) -> Solver:
    """SciPy's BDF, sparse, or LSODA, banded, with the compiled Jacobian.

    Left to find a sparse Jacobian by its own differences (`jac_sparsity`), BDF hardly moves in this problem: its steps
    of difference grow until they leave the trace of an unknown, so it gets the Jacobian that CVODE gets.
    """
    from scipy.integrate import solve_ivp  # type: ignore[import-untyped]
    from scipy.sparse import csc_matrix  # type: ignore[import-untyped]

    def solve(made: Equations, times: Floats, y: Floats) -> Floats:
        full = np.zeros((y.size, y.size))
        columns = np.arange(y.size)
        rows = np.arange(-made.upper_band, made.lower_band + 1)[:, None] + columns
        inside = (rows >= 0) & (rows < y.size)
        touched = made.touched(y)

        def slope(t: float, state: Floats) -> Floats:
            out = np.empty_like(state)
            made.slope(t, state, out)
            return out

        def packed(t: float, state: Floats) -> Floats:
            made.jacobian(t, state, full)
            return np.where(inside, full[rows % y.size, columns], 0.0)

        def sparse(t: float, state: Floats) -> Any:
            made.jacobian(t, state, full)
            return csc_matrix((full[touched], touched), shape=full.shape)

        extra: dict[str, Any] = {"jac": sparse}
        if method == "LSODA":
            extra = {"lband": made.lower_band, "uband": made.upper_band, "jac": packed}
        found = solve_ivp(
            slope, (times[0], times[-1]), y, method=method, t_eval=times, rtol=rtol, atol=_floors(y, atol), **extra
        )
        if not found.success:
            raise RuntimeError(f"{method} stopped: {found.message}")
        return np.ascontiguousarray(found.y.T)

    return solve


def _floors(y: Floats, atol: float) -> Floats:
    floors = np.full(y.size, atol)
    floors[-1] *= THICKENING_SCALE_M
    return floors

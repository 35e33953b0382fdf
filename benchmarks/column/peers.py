"""The peers: CVODE and SciPy's BDF and LSODA, restarted exactly where the day jumps, as ours is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.column.equations import BAND, REST, SOLUTES, right_side, sparsity, start
from benchmarks.column.scene import SAMPLE_S, SHAPES, stretches

Floats = NDArray[np.float64]
Stretch = Callable[[Callable[[float, Floats], Floats], Floats, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver found at one site: pH and lactate (mmol/L) at the enamel at SAMPLE_S, and its CPU seconds."""

    ph: Floats
    lactate_mmol_l: Floats
    cpu_s: float


def whole_day(site: int, solve: Stretch) -> Answer:
    """One site's day; `solve` takes a right side, times (the first is now) and unknowns, and returns all of them."""
    thickness_um, speed = SHAPES[site]
    y, ln_h = start()
    kept = np.empty((SAMPLE_S.size, 2))
    scratch = np.empty_like(y)
    before = time.process_time()
    for begin, end, held in stretches():
        if held > 0.0:
            y[-SOLUTES:] = y_held(held)

        def slope(t: float, state: Floats, mode: float = held) -> Floats:
            right_side(t, state, scratch, ln_h, thickness_um * 1e-6, speed / 360.0, mode)
            return scratch

        inside = SAMPLE_S[(begin < SAMPLE_S) & (end > SAMPLE_S)]
        times = np.concatenate([[begin], inside, [end]])
        states = solve(slope, times, y)
        for t, state in zip(times, states, strict=True):
            index = np.flatnonzero(t == SAMPLE_S)
            if index.size:
                slope(float(t), state)
                kept[index[0]] = 3.0 - ln_h[0] / np.log(10.0), state[1]
        y = states[-1].copy()
    return Answer(kept[:, 0], kept[:, 1], time.process_time() - before)


def y_held(hexose_mmol_l: float) -> Floats:
    """The mouth while a rinse is held: its sugar in resting saliva."""
    held: Floats = REST.copy()
    held[0] = hexose_mmol_l
    return held


def cvode(rtol: float, atol: float) -> Stretch:
    """SUNDIALS' CVODE, BDF, banded."""
    from sksundae.cvode import CVODE  # type: ignore[import-untyped]

    def solve(slope: Callable[[float, Floats], Floats], times: Floats, y: Floats) -> Floats:
        def fill(t: float, state: Floats, out: Floats) -> None:
            out[:] = slope(t, state)

        options: dict[str, Any] = {"linsolver": "band", "lband": BAND, "uband": BAND, "max_num_steps": 100_000}
        solved = CVODE(fill, rtol=rtol, atol=atol, **options).solve(times, y)
        if not solved.success:
            raise RuntimeError(f"CVODE stopped: {solved.message}")
        return np.asarray(solved.y[: times.size] if times.size > 2 else solved.y[[0, -1]])

    return solve


def scipy_solver(method: str, rtol: float, atol: float) -> Stretch:
    """SciPy's BDF (sparse Jacobian) or LSODA (banded)."""
    from scipy.integrate import solve_ivp  # type: ignore[import-untyped]

    extra: dict[str, Any] = {"jac_sparsity": sparsity()} if method == "BDF" else {"lband": BAND, "uband": BAND}

    def solve(slope: Callable[[float, Floats], Floats], times: Floats, y: Floats) -> Floats:
        solved = solve_ivp(
            lambda t, state: slope(t, state).copy(), (times[0], times[-1]), y,
            method=method, t_eval=times, rtol=rtol, atol=atol, **extra,
        )  # fmt: skip
        if not solved.success:
            raise RuntimeError(f"{method} stopped: {solved.message}")
        return np.asarray(solved.y.T)

    return solve

"""The same equations for the peers: one right side, node by node, compiled by Numba so that no peer pays for Python.

Unknowns of each node (plaque from the enamel, film, mouth): sugar, lactate, acetate, carbonate, phosphate,
strong charge. pH by Newton's method in ln h from the last value found for that cell, to 1e-10.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.column.scene import LAYERS, OWN_ACID_MMOL_L_H

Floats = NDArray[np.float64]
SOLUTES = 6
UNKNOWNS = SOLUTES * (LAYERS + 2)
BAND = 2 * SOLUTES - 1


def _saliva(ph: float, carbonate: float, phosphate: float) -> Floats:
    """A saliva whose strong charge is the one that gives it this pH."""
    h, k1, k2, p1, p2, p3 = (10.0**-x for x in (ph, 6.1, 10.0, 2.1, 6.9, 12.0))
    c = (k1 * h + 2 * k1 * k2) / (h * h + k1 * h + k1 * k2)
    p = (p1 * h * h + 2 * p1 * p2 * h + 3 * p1 * p2 * p3) / (h**3 + p1 * h * h + p1 * p2 * h + p1 * p2 * p3)
    charge = carbonate * c + phosphate * p - 1e3 * (h - 10**-13.6 / h)
    return np.array([0.0, 0.0, 0.0, carbonate, phosphate, charge])


REST = _saliva(6.8, 5.3, 4.5)
STIMULATED = _saliva(7.2, 10.5, 3.8)
VOLUME_ML = (1.07 - 0.77) / math.log(1.07 / 0.77)
AREA_M2 = 2e-4
FILM_M = 1e-4


@numba.njit(cache=False, error_model="numpy", fastmath=True)
def ln_h_of(y: Floats, o: int, start: float) -> float:
    """Root of the charge balance of the plaque cell whose unknowns begin at `o`; h in mmol/L."""
    x = start
    k1, k2, p1, p2, p3 = 10**-3.1, 10**-7.0, 10**0.9, 10**-3.9, 10**-9.0
    kl, ka, kb, kw = 10**-0.86, 10**-1.76, 10**-1.8, 10**-7.6
    for _ in range(40):
        h = math.exp(x)
        a = y[o + 1] * kl / (kl + h)
        b = y[o + 2] * ka / (ka + h)
        f = 160.0 * kb / (kb + h)
        dc = h * h + k1 * h + k1 * k2
        c1, c2 = k1 * h / dc, k1 * k2 / dc
        dp = h * h * h + p1 * h * h + p1 * p2 * h + p1 * p2 * p3
        q1, q2, q3 = p1 * h * h / dp, p1 * p2 * h / dp, p1 * p2 * p3 / dp
        mc, mp = c1 + 2.0 * c2, q1 + 2.0 * q2 + 3.0 * q3
        g = y[o + 5] + h - kw / h - a - b - f - y[o + 3] * mc - y[o + 4] * mp
        slope = h + kw / h + a * h / (kl + h) + b * h / (ka + h) + f * h / (kb + h)
        slope += y[o + 3] * (c1 + 4.0 * c2 - mc * mc) + y[o + 4] * (q1 + 4.0 * q2 + 9.0 * q3 - mp * mp)
        step = min(max(-g / slope, -2.0), 2.0)
        x += step
        if abs(step) < 1e-10:
            break
    return x


@numba.njit(cache=False, error_model="numpy", fastmath=True)
def right_side(t: float, y: Floats, out: Floats, ln_h: Floats, thickness_m: float, renewal: float, held: float) -> None:
    """dy/dt into `out`; `held` as in `scene.stretches`."""
    n = LAYERS
    dz = thickness_m / n
    own = OWN_ACID_MMOL_L_H / 3600.0
    for i in range(n):
        ln_h[i] = ln_h_of(y, SOLUTES * i, ln_h[i])
    exchange = 1.0 if held > 0.0 else renewal
    for j in range(SOLUTES):
        inner, water = (2.3e-10, 7e-10) if j == 0 else (7e-10, 1.25e-9)
        k_ex = 1.0 / (0.5 * FILM_M / water + 0.5 * dz / inner)
        below = 0.0
        value = y[j] - (160.0 / (1.0 + math.exp(ln_h[0]) / 10**-1.8) if j == 5 else 0.0)
        for i in range(n):
            if i + 1 < n:
                groups = 160.0 / (1.0 + math.exp(ln_h[i + 1]) / 10**-1.8) if j == 5 else 0.0
                above = y[SOLUTES * (i + 1) + j] - groups
                flux = inner / dz * (value - above)
            else:
                above = y[SOLUTES * n + j]
                flux = k_ex * (value - above)
            out[SOLUTES * i + j] = (below - flux) / dz
            below, value = flux, above
        film, mouth = y[SOLUTES * n + j], y[SOLUTES * (n + 1) + j]
        out[SOLUTES * n + j] = below / FILM_M + exchange * (mouth - film)
    for i in range(n):
        o = SOLUTES * i
        ph = 3.0 - ln_h[i] / math.log(10.0)
        p = min(max(ph, 4.0), 9.0)
        product = (p - 4.0) * (p - 9.0)
        sugar = max(y[o], 0.0)
        used = 400.0 / 3600.0 * sugar / (1.0 + sugar) * product / (product - (p - 7.0) * (p - 7.0))
        out[o] -= used
        out[o + 1] += 2.0 * used + 0.1 * own
        out[o + 2] += 0.9 * own
    o = SOLUTES * (n + 1)
    if held > 0.0:
        for j in range(SOLUTES):
            out[o + j] = 0.0
        return
    sugar = max(y[o], 0.0)
    taste = 0.0 if held < 0.0 else sugar / (50.0 + sugar)
    rhythm = 0.1 if held < 0.0 else 1.0 + 0.25 * math.cos(2.0 * math.pi * (t - 61200.0) / 86400.0)
    wash = (0.3 * rhythm + 2.0 * taste) / 60.0 / VOLUME_ML
    back = AREA_M2 * FILM_M / (VOLUME_ML * 1e-6) * exchange
    for j in range(SOLUTES):
        inflow = REST[j] + taste * (STIMULATED[j] - REST[j])
        out[o + j] = wash * (inflow - y[o + j]) + back * (y[o - SOLUTES + j] - y[o + j])


def start() -> tuple[Floats, Floats]:
    """Unknowns and ln h at the beginning: resting saliva everywhere, and the fixed groups' counter-ions."""
    y = np.tile(REST, LAYERS + 2)
    y[5 : SOLUTES * LAYERS : SOLUTES] += 160.0 / (1.0 + 10.0 ** (4.8 - 6.8))
    return y, np.full(LAYERS, math.log(10.0) * (3.0 - 6.8))


def sparsity() -> Floats:
    """Which unknown answers to which: a node's own and its neighbours'; 1 or 0, shape (UNKNOWNS, UNKNOWNS)."""
    node = np.arange(UNKNOWNS) // SOLUTES
    pattern: Floats = (np.abs(node[:, None] - node[None, :]) <= 1).astype(np.float64)
    return pattern

"""The plaque model written a second time, as a plain right side for SciPy: no line is shared with the program.

Only `numpy` and the numbers of the text (sections 2, 3, 5 and 8) are used. Order of the unknowns: node by node
(plaque from the enamel, film, mouth), and in each sugar, lactate, carbonate, phosphate, strong charge.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

Floats = NDArray[np.float64]
RESTING = (0.0, 0.0, 5.3, 4.5)
STIMULATED = (0.0, 0.0, 10.5, 3.8)


def net_charge(ph: Floats, lactate: Floats, carbonate: Floats, phosphate: Floats) -> Floats:
    """Charge of everything that protonates, water included, mmol/L, without strong ions and fixed groups."""
    h = 10.0**-ph
    k1, k2, p1, p2, p3 = 10**-6.1, 10**-10.0, 10**-2.1, 10**-6.9, 10**-12.0
    c = (k1 * h + 2 * k1 * k2) / (h * h + k1 * h + k1 * k2)
    p = (p1 * h * h + 2 * p1 * p2 * h + 3 * p1 * p2 * p3) / (h**3 + p1 * h * h + p1 * p2 * h + p1 * p2 * p3)
    return 1e3 * (h - 10**-13.6 / h) - lactate / (1 + h / 10**-3.86) - carbonate * c - phosphate * p


def fixed(ph: Floats, groups: float) -> Floats:
    return groups / (1 + 10.0**-ph / 10**-4.8)


def ph_of(lactate: Floats, carbonate: Floats, phosphate: Floats, charge: Floats, groups: float) -> Floats:
    """pH by 45 halvings between 2 and 11: slow, and sure."""
    low, high = np.full_like(charge, 2.0), np.full_like(charge, 11.0)
    for _ in range(45):
        ph = 0.5 * (low + high)
        positive = charge + net_charge(ph, lactate, carbonate, phosphate) - fixed(ph, groups) > 0.0
        low, high = np.where(positive, ph, low), np.where(positive, high, ph)
    return ph


def charge_for(ph: float, carbonate: float, phosphate: float) -> float:
    zero = np.zeros(1)
    charge = brentq(
        lambda s: s + net_charge(np.array([ph]), zero, np.array([carbonate]), np.array([phosphate]))[0], 0, 99
    )
    return float(charge)


def factor(ph: Floats, lowest: float = 4.0, best: float = 7.0, highest: float = 9.0) -> Floats:
    product = (ph - lowest) * (ph - highest)
    inside = (ph > lowest) & (ph < highest)
    return np.where(inside, product / np.where(inside, product - (ph - best) ** 2, 1.0), 0.0)


def reference_course(
    layers: int, times_min: Floats, *, length_um: float = 150.0, speed_mm_min: float = 6.0, groups: float = 160.0
) -> Floats:
    """pH at the enamel at `times_min` after a one-minute rinse with 584 mmol/L hexose, by LSODA at 1e-7."""
    dz, delta, area = length_um * 1e-6 / layers, 100e-6, 2e-4
    volume_ml = (1.07 - 0.77) / np.log(1.07 / 0.77)
    inner = np.array([2.3e-10, 7e-10, 7e-10, 7e-10, 7e-10])
    water = np.array([7e-10, 1.25e-9, 1.25e-9, 1.25e-9, 1.25e-9])
    k_ex = 1.0 / (0.5 * delta / water + 0.5 * dz / inner)
    rest = np.array([*RESTING, charge_for(6.8, 5.3, 4.5)])
    stimulated = np.array([*STIMULATED, charge_for(7.2, 10.5, 3.8)])
    per_volume = area * delta / (volume_ml * 1e-6)

    def right_side(t: float, flat: Floats, rinsing: bool) -> Floats:
        y = flat.reshape(layers + 2, 5)
        plaque, film, mouth = y[:layers], y[layers], y[layers + 1]
        ph = ph_of(plaque[:, 1], plaque[:, 2], plaque[:, 3], plaque[:, 4], groups)
        free = plaque.copy()
        free[:, 4] -= fixed(ph, groups)
        flux = np.zeros((layers + 1, 5))
        flux[1:layers] = inner * (free[:-1] - free[1:]) / dz
        flux[layers] = k_ex * (free[-1] - film)
        change = np.zeros_like(y)
        change[:layers] = (flux[:-1] - flux[1:]) / dz
        used = 400.0 / 3600.0 * plaque[:, 0] / (1.0 + plaque[:, 0]) * factor(ph)
        change[:layers, 0] -= used
        change[:layers, 1] += 2.0 * used
        renewal = 1.0 if rinsing else speed_mm_min / 60.0 / 6.0
        change[layers] = flux[layers] / delta + renewal * (mouth - film)
        if not rinsing:
            taste = mouth[0] / (50.0 + mouth[0])
            flow = (0.3 + 2.0 * taste) / 60.0
            inflow = rest + taste * (stimulated - rest)
            change[layers + 1] = flow / volume_ml * (inflow - mouth) + per_volume * renewal * (film - mouth)
        return change.ravel()

    start = np.tile(rest, (layers + 2, 1))
    start[:layers, 4] += fixed(np.array([6.8]), groups)[0]
    start[layers + 1, 0] = 584.0
    settings = {"method": "LSODA", "rtol": 1e-7, "atol": 1e-8, "lband": 9, "uband": 9}
    during = solve_ivp(right_side, (0, 60), start.ravel(), args=(True,), **settings)
    after = solve_ivp(
        right_side, (60, 60 * times_min[-1]), during.y[:, -1], args=(False,), t_eval=60 * times_min, **settings
    )
    enamel = after.y.reshape(layers + 2, 5, -1)[0]
    return ph_of(enamel[1], enamel[2], enamel[3], enamel[4], groups)

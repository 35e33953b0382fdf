"""Layers of enamel that dissolve and mend while a fluid lies on them: the kernel of `lesion`.

Pores hold so little that their fluid follows the mineral at once (they fill in minutes, mineral changes in days). In
each step the pore fluid is therefore solved as a steady state, D x'' + r(x) = 0 with the fluid outside and nothing
leaving inwards, and the mineral then moves on by one step.
"""

import numpy as np

from commensal.mouth.compiled import compiled
from commensal.mouth.enamel.constants import Floats
from commensal.mouth.enamel.rate import K_D, ORDER, net_rate

MOST_CHANGE = 0.05
MOST_NEWTON = 300


@compiled
def layer_rates(
    x: float, old: float, new: float, sound: float, area: float, fluoride: float, table: Floats, k: Floats
) -> tuple[float, float, float]:
    """Enamel lost, deposit lost and deposit gained, mol/m3/s, in a layer whose fluid holds x mmol/L more mineral."""
    last = table.shape[0] - 1
    span = table[last, 0] - table[0, 0]
    place = 0.0
    if span > 0.0:
        place = min(max((x - table[0, 0]) / span * last, 0.0), float(last))
    i = min(int(place), last - 1)
    part = place - i
    enamel = table[i, 1] + part * (table[i + 1, 1] - table[i, 1])
    fluorapatite = table[i, 2] + part * (table[i + 1, 2] - table[i, 2])
    mixed = table[i, 3] + part * (table[i + 1, 3] - table[i, 3])
    acid = table[i, 4] + part * (table[i + 1, 4] - table[i, 4])
    deficit = 1.0 - (old + new) / sound
    lost, gained = net_rate(enamel, fluorapatite, acid, fluoride, deficit, k)
    deposit = 0.0
    if new > 0.0 and mixed < 1.0:
        deposit = k[K_D] * acid * (1.0 - mixed) ** k[ORDER]
    return area * lost * old / sound, area * deposit * new / sound, area * gained


@compiled
def march(
    x: Floats, old: Floats, new: Floats, sound: float, porosity: float, diffusivity: float, area: float,
    molar_volume: float, step_m: float, fluoride: float, table: Floats, duration_s: float, k: Floats,
) -> tuple[float, float, int]:  # fmt: skip
    """Moves `x`, `old`, `new` (by layer, changed in place) through a time under one fluid.

    Returns:
        Mineral that left through the surface (mol/m2), by diffusion; the largest error of a layer's balance as a share
        of what flows; steps taken, or -1 when the steady state was not found.
    """
    n = x.size
    g = np.empty(n + 1)
    net, slope, residual = np.empty(n), np.empty(n), np.empty(n)
    c, d = np.empty(n), np.empty(n)
    left, gone, worst, steps = duration_s, 0.0, 0.0, 0
    while left > 0.0:
        for i in range(n):
            c[i] = diffusivity * (porosity + sound - old[i] - new[i]) / porosity
        g[0], g[n] = 2.0 * c[0] / step_m, 0.0
        for i in range(1, n):
            g[i] = 2.0 * c[i - 1] * c[i] / (c[i - 1] + c[i]) / step_m
        found = False
        for tries in range(MOST_NEWTON):
            size, scale = 0.0, 1e-30
            for i in range(n):
                a, b, e = layer_rates(x[i], old[i], new[i], sound, area, fluoride, table, k)
                nudge = 1e-7 * (abs(x[i]) + 1e-4)
                a2, b2, e2 = layer_rates(x[i] + nudge, old[i], new[i], sound, area, fluoride, table, k)
                net[i] = step_m * (a + b - e)
                slope[i] = min(step_m * ((a2 + b2 - e2) - (a + b - e)) / nudge, 0.0)
                before = x[i - 1] if i > 0 else 0.0
                after = x[i + 1] if i < n - 1 else x[i]
                residual[i] = g[i] * (before - x[i]) + g[i + 1] * (after - x[i]) + net[i]
                size = max(size, abs(residual[i]))
                scale = max(scale, abs(net[i]), g[i] * abs(before - x[i]))
            if size <= 1e-11 * scale or scale < 1e-22:
                found = True
                worst = max(worst, size / scale)
                break
            for i in range(n):  # Thomas' elimination
                diagonal = g[i] + g[i + 1] - slope[i]
                lower = g[i] if i > 0 else 0.0
                c_before = c[i - 1] if i > 0 else 0.0
                d_before = d[i - 1] if i > 0 else 0.0
                pivot = diagonal - lower * c_before
                c[i] = g[i + 1] / pivot
                d[i] = (residual[i] + lower * d_before) / pivot
            damping = 1.0 if tries < 12 else 0.5 if tries < 40 else 0.1  # kinks at saturation can set up a swing
            change = d[n - 1]
            x[n - 1] = x[n - 1] + damping * change
            for i in range(n - 2, -1, -1):
                change = d[i] + c[i] * change
                x[i] = x[i] + damping * change
        if not found:
            return gone, worst, -1
        fastest = 1e-30
        for i in range(n):
            a, b, e = layer_rates(x[i], old[i], new[i], sound, area, fluoride, table, k)
            fastest = max(fastest, molar_volume * a / max(old[i], 1e-12), molar_volume * b / max(new[i], 1e-12))
            fastest = max(fastest, molar_volume * e / max(sound - old[i] - new[i], 1e-12))
        dt = min(left, MOST_CHANGE / fastest)
        for i in range(n):
            a, b, e = layer_rates(x[i], old[i], new[i], sound, area, fluoride, table, k)
            old[i] -= molar_volume * a * dt
            new[i] += molar_volume * (e - b) * dt
        gone += g[0] * x[0] * dt
        left -= dt
        steps += 1
        if left < 1e-9 * duration_s:
            left = 0.0
    return gone, worst, steps

"""Diffusion through plaque, film and mouth: fluxes between nodes and the tridiagonal systems of implicit steps.

Face i lies above node i. Conductances (m/s) are D/dz inside the plaque, k_ex between outer cell and film, and
(film renewal) x (film depth) between film and mouth (plaque model, section 3). A node that is held has
1/volume = 0, so that nothing changes it, while its neighbours still feel it.
"""

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.compiled import compiled
from commensal.mouth.fields import LANES, LOSS, STRIDE

Floats = NDArray[np.float64]


@compiled
def add_fluxes(w: Floats, out: int, value: int, face: int, inverse: int, nodes: int) -> None:
    """Row `out` = what diffusion adds per second to each node, from the concentrations in row `value`."""
    o, v = out * STRIDE & 0xFFFFFFF, value * STRIDE & 0xFFFFFFF
    f, s = face * STRIDE & 0xFFFFFFF, inverse * STRIDE & 0xFFFFFFF
    for k in range(LANES):
        w[o + k] = w[s + k] * w[f + k] * (w[v + LANES + k] - w[v + k])
    for m in range((nodes - 2) * LANES):  # node of m + LANES; only sums as indices, or no vector code comes of it
        below = w[f + m] * (w[v + m] - w[v + m + LANES])
        above = w[f + m + LANES] * (w[v + m + 2 * LANES] - w[v + m + LANES])
        w[o + m + LANES] = w[s + m + LANES] * (below + above)
    last = (nodes - 2) * LANES & 0xFFFFFFF
    for k in range(LANES):
        m = last + k
        w[o + m + LANES] = w[s + m + LANES] * w[f + m] * (w[v + m] - w[v + m + LANES])


@compiled
def factorise(w: Floats, gh: float, face: int, inverse: int, share: int, factor: int, nodes: int) -> None:
    """Factors of I - gh (T diag(share) - diag(LOSS)), T being the diffusion operator of `add_fluxes`.

    Leaves multiplier, upper band and inverse pivot in the three rows from `factor` on. Diagonally dominant by
    columns, so no pivoting is needed.
    """
    f, s = face * STRIDE & 0xFFFFFFF, inverse * STRIDE & 0xFFFFFFF
    g, o = share * STRIDE & 0xFFFFFFF, factor * STRIDE & 0xFFFFFFF
    for k in range(LANES):
        up = gh * w[f + k] * w[s + k]
        w[o + STRIDE + k] = -up * w[g + LANES + k]
        w[o + 2 * STRIDE + k] = 1.0 / (1.0 + gh * w[LOSS * STRIDE + k] + up * w[g + k])
    for i in range(nodes - 1):
        row = i * LANES & 0xFFFFFFF
        for k in range(LANES):
            m = row + k
            down = gh * w[f + m] * w[s + m + LANES]
            up = gh * w[f + m + LANES] * w[s + m + LANES]
            multiplier = -down * w[g + m] * w[o + 2 * STRIDE + m]
            pivot = 1.0 + gh * w[LOSS * STRIDE + m + LANES] + (down + up) * w[g + m + LANES]
            pivot -= multiplier * w[o + STRIDE + m]
            w[o + m + LANES] = multiplier
            w[o + STRIDE + m + LANES] = -up * w[g + m + 2 * LANES]
            w[o + 2 * STRIDE + m + LANES] = 1.0 / pivot


@compiled
def solve(w: Floats, row: int, factor: int, nodes: int) -> None:
    """Solves the factored system for the right side in `row`, in place."""
    r, o = row * STRIDE & 0xFFFFFFF, factor * STRIDE & 0xFFFFFFF
    for i in range(nodes - 1):
        start = i * LANES & 0xFFFFFFF
        for k in range(LANES):
            w[r + start + k + LANES] -= w[o + start + k + LANES] * w[r + start + k]
    last = (nodes - 1) * LANES & 0xFFFFFFF
    for k in range(LANES):
        w[r + last + k] *= w[o + 2 * STRIDE + last + k]
    for back in range(1, nodes):
        start = (nodes - 1 - back) * LANES & 0xFFFFFFF
        for k in range(LANES):
            m = start + k
            w[r + m] = (w[r + m] - w[o + STRIDE + m] * w[r + m + LANES]) * w[o + 2 * STRIDE + m]

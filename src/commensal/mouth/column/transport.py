"""Diffusion through plaque, film and mouth: fluxes between nodes and the tridiagonal systems of implicit steps.

Face i lies above node i. Conductances (m/s) are D/dz inside the plaque, k_ex between outer cell and film, and
(film renewal) x (film depth) between film and mouth (plaque model, section 3). A node that is held has
1/volume = 0, so that nothing changes it, while its neighbours still feel it. Rows are one-dimensional slices.
"""

from commensal.mouth.column.shape import LANES, MASK, Floats
from commensal.mouth.compiled import bare


@bare
def add_fluxes(
    out: Floats, o: int, value: Floats, v: int, face: Floats, f: int, inverse: Floats, s: int, nodes: int
) -> None:
    """Row `o` of `out` = what diffusion adds per second to each node, from the concentrations in row `v` of `value`."""
    for k in range(LANES):
        out[o, k] = inverse[s, k] * face[f, k] * (value[v, LANES + k] - value[v, k])
    for m in range((nodes - 2) * LANES):  # node of m + LANES; only sums as indices, or no vector code comes of it
        below = face[f, m] * (value[v, m] - value[v, m + LANES])
        above = face[f, m + LANES] * (value[v, m + 2 * LANES] - value[v, m + LANES])
        out[o, m + LANES] = inverse[s, m + LANES] * (below + above)
    last = (nodes - 2) * LANES & MASK
    for k in range(LANES):
        m = last + k
        out[o, m + LANES] = inverse[s, m + LANES] * face[f, m] * (value[v, m] - value[v, m + LANES])


@bare
def factorise(
    factors: Floats, row: int, gh: float, face: Floats, f: int, inverse: Floats, s: int, share: Floats, g: int,
    loss: Floats, r: int, nodes: int,
) -> None:  # fmt: skip
    """Factors of I - gh (T diag(share) - diag(loss)), T being the diffusion operator of `add_fluxes`.

    Leaves multiplier, upper band and inverse pivot in `factors[row]`. Diagonally dominant by columns, so no pivoting
    is needed. Each node waits for the one below it, LANES places before: the compiler sees that all lanes go at once
    only where nodes and lanes are one loop.
    """
    for k in range(LANES):
        up = gh * face[f, k] * inverse[s, k]
        factors[row, 1, k] = -up * share[g, LANES + k]
        factors[row, 2, k] = 1.0 / (1.0 + gh * loss[r, k] + up * share[g, k])
    for m in range((nodes - 1) * LANES):
        down = gh * face[f, m] * inverse[s, m + LANES]
        up = gh * face[f, m + LANES] * inverse[s, m + LANES]
        multiplier = -down * share[g, m] * factors[row, 2, m]
        pivot = 1.0 + gh * loss[r, m + LANES] + (down + up) * share[g, m + LANES]
        pivot -= multiplier * factors[row, 1, m]
        factors[row, 0, m + LANES] = multiplier
        factors[row, 1, m + LANES] = -up * share[g, m + 2 * LANES]
        factors[row, 2, m + LANES] = 1.0 / pivot


@bare
def solve(right: Floats, r: int, factors: Floats, row: int, nodes: int) -> None:
    """Solves the factored system for the right side in row `r`, in place."""
    last = (nodes - 1) * LANES
    for m in range(last):
        right[r, m + LANES] -= factors[row, 0, m + LANES] * right[r, m]
    for m in range(last, last + LANES):
        right[r, m] *= factors[row, 2, m]
    for back in range(last):
        m = last - 1 - back & MASK
        right[r, m] = (right[r, m] - factors[row, 1, m] * right[r, m + LANES]) * factors[row, 2, m]

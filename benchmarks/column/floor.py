"""The arithmetic that a step cannot do without, counted by hand from the kernels, and how long it takes at the least.

A processor of today does eight additions or multiplications of doubles per cycle (two instructions of four), and a
division of a vector takes 1.25 cycles for each of its numbers (both recalled; `numerics.md` counts the same way).
Nothing is counted for memory, addresses, loops and calls: that is what the share of the floor measures. The clock is
measured in the same run, by a chain of multiplications and additions of integers of which each waits for the last.
"""

import time
from dataclasses import dataclass

from commensal.mouth.column.rates import BELOW, CARDINAL, HILL, INHIBITED, LINEAR, MONOD
from commensal.mouth.column.shape import ACIDS, STAYS, Laws
from commensal.mouth.column.step import SWEEPS
from commensal.mouth.compiled import bare

OPERATIONS_PER_CYCLE = 8.0
CYCLES_PER_DIVISION = 1.25
CYCLES_PER_LINK = 4.0
"""An integer multiplication waits 3 cycles and an addition 1 (recalled; every x86-64 of the last ten years)."""
LINKS = 20_000_000


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What is computed for one site: additions, multiplications, minima and maxima; and divisions."""

    operations: float
    divisions: float = 0.0

    def __add__(self, other: "Arithmetic") -> "Arithmetic":
        return Arithmetic(self.operations + other.operations, self.divisions + other.divisions)

    def times(self, count: float) -> "Arithmetic":
        """The same so many times."""
        return Arithmetic(count * self.operations, count * self.divisions)

    @property
    def cycles(self) -> float:
        """At the least."""
        return self.operations / OPERATIONS_PER_CYCLE + self.divisions * CYCLES_PER_DIVISION


FACTORS = {
    MONOD: Arithmetic(2, 1),
    INHIBITED: Arithmetic(2, 1),
    LINEAR: Arithmetic(1),
    HILL: Arithmetic(22, 2),
    CARDINAL: Arithmetic(10, 1),
    BELOW: Arithmetic(3),
}
SLOPES = {MONOD: Arithmetic(3), INHIBITED: Arithmetic(1), LINEAR: Arithmetic(0, 1)}
CHARGE = Arithmetic(75, 8)
"""Net charge and its slope in one cell: `charge_and_slope`."""
NEWTON = CHARGE + Arithmetic(24, 4)
CHARGE_SLOPES = CHARGE + Arithmetic(40, 10)
UNDISSOCIATED = Arithmetic(10, 4)
FREE_CHARGE = Arithmetic(5, 2)


def derivative(laws: Laws, layers: int) -> Arithmetic:
    """F of all fields at one site."""
    moving = int((laws.classes != STAYS).sum())
    cell = FREE_CHARGE + UNDISSOCIATED.times(laws.is_derived) + Arithmetic(laws.firsts.size)
    for kind, slope in zip(laws.kinds, laws.slope_rows, strict=True):
        cell += FACTORS[int(kind)]
        if slope >= 0:
            cell += SLOPES[int(kind)]
    cell += Arithmetic(laws.ops.size)  # a constant and its operands are so many products
    cell += Arithmetic(2 * laws.made.processes.size)
    flux = Arithmetic(4)  # 2 for each face, 2 for each node
    in_the_mouth = Arithmetic(10)
    return cell.times(layers) + flux.times(moving * (layers + 2)) + in_the_mouth.times(moving)


def start_of_a_step(laws: Laws, layers: int) -> Arithmetic:
    """What all tries of one step share."""
    answers = Arithmetic(laws.slope_ops.size)
    return derivative(laws, layers) + (answers + CHARGE_SLOPES).times(layers)


def solved_stage(laws: Laws, layers: int) -> Arithmetic:
    """One stage: every field in turn."""
    nodes = layers + 2
    cell = Arithmetic(2 * laws.follows.processes.size + laws.own.processes.size + 2 * len(ACIDS) + 1)
    return cell.times(layers) + Arithmetic(5).times(laws.order.size * nodes) + Arithmetic(6).times(nodes)


def one_try(laws: Laws, layers: int) -> Arithmetic:
    """A step that is tried, from the factors to its error."""
    nodes, systems = layers + 2, laws.systems.size
    moving, staying = int((laws.classes != STAYS).sum()), int((laws.classes == STAYS).sum())
    entries = moving * nodes + staying * layers
    factors = Arithmetic(9, 1).times(systems * nodes) + Arithmetic(2).times(laws.own.processes.size * layers)
    combined = Arithmetic(1 + 1 + 2 + 4 + 6, 1).times(entries)  # h F, y + k1, h F - 2 k1, y+, error
    return (
        factors
        + solved_stage(laws, layers).times(2)
        + NEWTON.times(SWEEPS * layers)
        + derivative(laws, layers)
        + combined
    )


def one_that_counts(laws: Laws, layers: int, *, is_growing: bool) -> Arithmetic:
    """What an accepted step does besides: turnover, totals, pH, and the grid that follows."""
    nodes, fields = layers + 2, laws.classes.size
    implicit = int((laws.implicit >= 0).sum())
    turnover = Arithmetic(4 * laws.constants.shape[0] + 3 * implicit).times(layers)
    totals = Arithmetic(4 * 3 * fields)
    grown = Arithmetic(5 * fields * nodes + 2 * int((laws.classes == STAYS).sum()) * layers)
    return turnover + totals + NEWTON.times(layers) + grown.times(float(is_growing))


def counted(laws: Laws, layers: int, tries: int, steps: int, *, is_growing: bool) -> Arithmetic:
    """What `steps` accepted steps of one site with `tries` tries compute."""
    each = start_of_a_step(laws, layers) + one_that_counts(laws, layers, is_growing=is_growing)
    return one_try(laws, layers).times(tries) + each.times(steps)


@bare
def _chain(links: int, seed: int) -> int:
    x = seed
    for _ in range(links):
        x = x * x + 1  # not affine, or the compiler would take many links at once
    return x


def clock_hz() -> float:
    """Cycles per CPU second, now."""
    _chain(1, 1)
    best = float("inf")
    for _ in range(5):
        before = time.process_time()
        _chain(LINKS, 1)
        best = min(best, time.process_time() - before)
    return CYCLES_PER_LINK * LINKS / best

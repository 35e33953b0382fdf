"""How fast every process runs in every cell of a block, and how it answers to the substrate that limits it.

    MONOD      x / (half + x)            INHIBITED   half / (half + x)       HILL   x^n / (half^n + x^n)
    CARDINAL   Rosso's pH factor         BELOW       limit - pH, or 0       LINEAR x

x counts as LEAST where it is less: a cell without a substrate uses none of it, but knows how it would answer to some.
"""

from commensal.mouth.column.shape import LANES, LN_H, MASK, PRO, Floats, H, Laws
from commensal.mouth.compiled import compiled

MONOD, INHIBITED, HILL, CARDINAL, BELOW, LINEAR = range(6)
LEAST = 1e-30
LOG10_E = 0.4342944819032518


@compiled
def derive(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> None:
    """Fills the derived rows behind the fields: undissociated organic acid and hydrogen fluoride, mmol/L."""
    first = laws.classes.size + 1
    if laws.sources.size == 0 or laws.sources.max() < first:
        return
    kl, ka, kp, kf = acid[2], acid[3], acid[4], acid[12]
    lac, ace, pro, fluoride = laws.acids[0], laws.acids[1], laws.acids[PRO], laws.acids[6]
    for m in range(layers * LANES):
        h = ph[H, m]
        y[first, m] = y[lac, m] * h / (kl + h) + y[ace, m] * h / (ka + h) + y[pro, m] * h / (kp + h)
    for m in range(layers * LANES):
        h = ph[H, m]
        y[first + 1, m] = y[fluoride, m] * h / (kf + h)


@compiled
def fill_operands(laws: Laws, y: Floats, ph: Floats, layers: int, operands: Floats, slopes: Floats) -> None:
    """The operand rows of all rate laws, and how those factors that are asked for answer to their own field."""
    cells = layers * LANES
    for j in range(laws.firsts.size):
        row = laws.firsts[j]
        for m in range(cells):
            operands[j, m] = max(y[row, m], 0.0)
    for u in range(laws.kinds.size):
        out, kind, row, slope = laws.firsts.size + u, laws.kinds[u], laws.sources[u], laws.slope_rows[u]
        numbers = laws.numbers[u]
        if kind == MONOD:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    x = max(y[row, o + k], LEAST)
                    operands[out, o + k] = x / (numbers[0, k] + x)
            if slope >= 0:
                for i in range(layers):
                    o = i * LANES & MASK
                    for k in range(LANES):
                        x = max(y[row, o + k], LEAST)
                        slopes[slope, o + k] = numbers[0, k] / (x * (numbers[0, k] + x))
        elif kind == INHIBITED:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    operands[out, o + k] = numbers[0, k] / (numbers[0, k] + max(y[row, o + k], 0.0))
            if slope >= 0:
                for i in range(layers):
                    o = i * LANES & MASK
                    for k in range(LANES):
                        slopes[slope, o + k] = -1.0 / (numbers[0, k] + max(y[row, o + k], 0.0))
        elif kind == LINEAR:
            for m in range(cells):
                operands[out, m] = max(y[row, m], LEAST)
            if slope >= 0:
                for m in range(cells):
                    slopes[slope, m] = 1.0 / max(y[row, m], LEAST)
        elif kind == HILL:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    power = (max(y[row, o + k], 0.0) / numbers[0, k]) ** numbers[1, k]
                    operands[out, o + k] = power / (1.0 + power)
        elif kind == CARDINAL:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    low, high = numbers[0, k], numbers[2, k]
                    p = min(max(3.0 - LOG10_E * ph[LN_H, o + k], low), high)
                    product = (p - low) * (p - high)
                    off = p - numbers[1, k]
                    operands[out, o + k] = product / (product - off * off)
        else:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    operands[out, o + k] = max(numbers[0, k] - 3.0 + LOG10_E * ph[LN_H, o + k], 0.0)


@compiled
def run_laws(laws: Laws, operands: Floats, layers: int, rates: Floats) -> None:
    """The rate of every process in every cell, per s."""
    ops = laws.ops
    begin = 0
    for p in range(laws.constants.shape[0]):
        end = laws.op_ends[p]
        constant = laws.constants[p]
        count = end - begin
        if count == 0:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    rates[p, o + k] = constant[k]
        elif count == 1:
            a = ops[begin]
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    rates[p, o + k] = constant[k] * operands[a, o + k]
        elif count == 2:
            a, b = ops[begin], ops[begin + 1]
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    rates[p, o + k] = constant[k] * operands[a, o + k] * operands[b, o + k]
        else:
            a, b, c = ops[begin], ops[begin + 1], ops[begin + 2]
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    rates[p, o + k] = constant[k] * operands[a, o + k] * operands[b, o + k] * operands[c, o + k]
            for j in range(begin + 3, end):
                d = ops[j]
                for m in range(layers * LANES):
                    rates[p, m] *= operands[d, m]
        begin = end


@compiled
def run_answers(laws: Laws, slopes: Floats, rates: Floats, layers: int, answers: Floats) -> None:
    """d(rate)/d(its implicit field) of every process that has one, 1/s."""
    begin = 0
    for p in range(laws.constants.shape[0]):
        end = laws.slope_ends[p]
        if laws.implicit[p] >= 0:
            a = laws.slope_ops[begin]
            for m in range(layers * LANES):
                answers[p, m] = rates[p, m] * slopes[a, m]
            for j in range(begin + 1, end):
                b = laws.slope_ops[j]
                for m in range(layers * LANES):
                    answers[p, m] += rates[p, m] * slopes[b, m]
        begin = end


@compiled
def add_parts(laws: Laws, p: int, amount: Floats, row: int, scale: float, layers: int, skip: int, out: Floats) -> None:
    """Adds `scale` times what process `p` makes and uses at the rates in `amount[row]` to the fields in `out`."""
    begin = laws.part_ends[p - 1] if p > 0 else 0
    for e in range(begin, laws.part_ends[p]):
        field = laws.part_fields[e]
        if field == skip:
            continue
        part = laws.part_amounts[e]
        for i in range(layers):
            o = i * LANES & MASK
            for k in range(LANES):
                out[field, o + k] += scale * part[k] * amount[row, o + k]


@compiled
def add_extent(amount: Floats, row: int, scale: float, inverse: Floats, layers: int, out: Floats, p: int) -> None:
    """Adds `scale` times the sum over the plaque of the rates in `amount[row]` to `out[p]`."""
    for i in range(layers):
        o = i * LANES & MASK
        for k in range(LANES):
            out[p, k] += scale * amount[row, o + k] / inverse[1, o + k]

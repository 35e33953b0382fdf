"""How fast every process runs in every cell of a block, and how it answers to the substrate that limits it.

    MONOD      x / (half + x)            INHIBITED   half / (half + x)       HILL   x^n / (half^n + x^n)
    CARDINAL   Rosso's pH factor         BELOW       limit - pH, or 0       LINEAR x

x counts as LEAST where it is less: a cell without a substrate uses none of it, but knows how it would answer to some.
"""

from commensal.mouth.column.shape import LANES, LN_H, MASK, PRO, Floats, H, Laws, Sums
from commensal.mouth.compiled import bare

MONOD, INHIBITED, HILL, CARDINAL, BELOW, LINEAR = range(6)
LEAST = 1e-30
LOG10_E = 0.4342944819032518


@bare
def derive(laws: Laws, y: Floats, ph: Floats, acid: Floats, layers: int) -> None:
    """Fills the derived rows behind the fields: undissociated organic acid and hydrogen fluoride, mmol/L."""
    first = laws.classes.size + 1
    if laws.is_derived == 0:
        return
    kl, ka, kp, kf = acid[2], acid[3], acid[4], acid[12]
    lac, ace, pro, fluoride = laws.acids[0], laws.acids[1], laws.acids[PRO], laws.acids[6]
    for m in range(layers * LANES):
        h = ph[H, m]
        y[first, m] = y[lac, m] * h / (kl + h) + y[ace, m] * h / (ka + h) + y[pro, m] * h / (kp + h)
    for m in range(layers * LANES):
        h = ph[H, m]
        y[first + 1, m] = y[fluoride, m] * h / (kf + h)


@bare
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
        if laws.is_same_number[u] == 1:
            one_factor(
                kind, numbers[0, 0], numbers[1, 0], numbers[2, 0], y, row, ph, cells, operands, out, slopes, slope
            )
        else:
            factor_by_lane(kind, numbers, y, row, ph, layers, operands, out, slopes, slope)


@bare
def one_factor(
    kind: int, a: float, b: float, c: float, y: Floats, row: int, ph: Floats, cells: int,
    operands: Floats, out: int, slopes: Floats, slope: int,
) -> None:  # fmt: skip
    """One factor whose numbers are the same in all lanes."""
    if kind == MONOD:
        if slope >= 0:
            for m in range(cells):
                x = max(y[row, m], LEAST)
                inv = 1.0 / (x * (a + x))
                operands[out, m] = x * x * inv
                slopes[slope, m] = a * inv
        else:
            for m in range(cells):
                x = max(y[row, m], LEAST)
                operands[out, m] = x / (a + x)
    elif kind == INHIBITED:
        for m in range(cells):
            operands[out, m] = a / (a + max(y[row, m], 0.0))
        if slope >= 0:
            for m in range(cells):
                slopes[slope, m] = -operands[out, m] / a
    elif kind == LINEAR:
        for m in range(cells):
            operands[out, m] = max(y[row, m], LEAST)
        if slope >= 0:
            for m in range(cells):
                slopes[slope, m] = 1.0 / operands[out, m]
    elif kind == HILL:
        for m in range(cells):
            power = (max(y[row, m], 0.0) / a) ** b
            operands[out, m] = power / (1.0 + power)
    elif kind == CARDINAL:
        for m in range(cells):
            p = min(max(3.0 - LOG10_E * ph[LN_H, m], a), c)
            product = (p - a) * (p - c)
            operands[out, m] = product / (product - (p - b) * (p - b))
    else:
        for m in range(cells):
            operands[out, m] = max(a - 3.0 + LOG10_E * ph[LN_H, m], 0.0)


@bare
def factor_by_lane(
    kind: int, numbers: Floats, y: Floats, row: int, ph: Floats, layers: int, operands: Floats, out: int,
    slopes: Floats, slope: int,
) -> None:  # fmt: skip
    """One factor with numbers of its own in each lane."""
    for i in range(layers):
        o = i * LANES & MASK
        for k in range(LANES):
            a, b, c = numbers[0, k], numbers[1, k], numbers[2, k]
            m = o + k
            if kind in (MONOD, LINEAR):
                x = max(y[row, m], LEAST)
                operands[out, m] = x / (a + x) if kind == MONOD else x
                if slope >= 0:
                    slopes[slope, m] = a / (x * (a + x)) if kind == MONOD else 1.0 / x
            elif kind == INHIBITED:
                operands[out, m] = a / (a + max(y[row, m], 0.0))
                if slope >= 0:
                    slopes[slope, m] = -operands[out, m] / a
            elif kind == HILL:
                power = (max(y[row, m], 0.0) / a) ** b
                operands[out, m] = power / (1.0 + power)
            elif kind == CARDINAL:
                p = min(max(3.0 - LOG10_E * ph[LN_H, m], a), c)
                product = (p - a) * (p - c)
                operands[out, m] = product / (product - (p - b) * (p - b))
            else:
                operands[out, m] = max(a - 3.0 + LOG10_E * ph[LN_H, m], 0.0)


@bare
def run_laws(laws: Laws, operands: Floats, layers: int, rates: Floats) -> None:
    """The rate of every process in every cell, per s."""
    ops = laws.ops
    cells = layers * LANES
    begin = 0
    for p in range(laws.constants.shape[0]):
        end = laws.op_ends[p]
        is_same = laws.is_same_constant[p] == 1
        constant = laws.constants[p, 0] if is_same else 1.0
        count = end - begin
        if count == 0:
            for m in range(cells):
                rates[p, m] = constant
        elif count == 1:
            a = ops[begin]
            for m in range(cells):
                rates[p, m] = constant * operands[a, m]
        elif count == 2:
            a, b = ops[begin], ops[begin + 1]
            for m in range(cells):
                rates[p, m] = constant * operands[a, m] * operands[b, m]
        elif count == 3:
            a, b, c = ops[begin], ops[begin + 1], ops[begin + 2]
            for m in range(cells):
                rates[p, m] = constant * operands[a, m] * operands[b, m] * operands[c, m]
        else:
            a, b, c, d = ops[begin], ops[begin + 1], ops[begin + 2], ops[begin + 3]
            for m in range(cells):
                rates[p, m] = constant * operands[a, m] * operands[b, m] * (operands[c, m] * operands[d, m])
            for j in range(begin + 4, end):
                e = ops[j]
                for m in range(cells):
                    rates[p, m] *= operands[e, m]
        if not is_same:
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    rates[p, o + k] *= laws.constants[p, k]
        begin = end


@bare
def run_answers(laws: Laws, slopes: Floats, rates: Floats, layers: int, answers: Floats) -> None:
    """d(rate)/d(its implicit field) of every process that has one, 1/s."""
    begin = 0
    for p in range(laws.constants.shape[0]):
        end = laws.slope_ends[p]
        if laws.implicit[p] >= 0:
            a = laws.slope_ops[begin]
            if end - begin == 2:
                b = laws.slope_ops[begin + 1]
                for m in range(layers * LANES):
                    answers[p, m] = rates[p, m] * (slopes[a, m] + slopes[b, m])
            else:
                for m in range(layers * LANES):
                    answers[p, m] = rates[p, m] * slopes[a, m]
                for j in range(begin + 1, end):
                    c = laws.slope_ops[j]
                    for m in range(layers * LANES):
                        answers[p, m] += rates[p, m] * slopes[c, m]
        begin = end


@bare
def add_sums(sums: Sums, f: int, scale: float, source: Floats, layers: int, out: Floats) -> None:
    """Adds `scale` times the sums of field `f`, over processes with a row in `source`, to row `f` of `out`."""
    begin, end = sums.ends[f - 1] if f > 0 else 0, sums.ends[f]
    cells = layers * LANES
    if sums.is_same[f] == 0:
        for e in range(begin, end):
            p = sums.processes[e]
            for i in range(layers):
                o = i * LANES & MASK
                for k in range(LANES):
                    out[f, o + k] += scale * sums.amounts[e, k] * source[p, o + k]
        return
    paired = begin + (end - begin) // 4 * 4
    for e in range(begin, paired, 4):  # four at a time: every cell is read and written once for four processes
        p, q, r, s = sums.processes[e], sums.processes[e + 1], sums.processes[e + 2], sums.processes[e + 3]
        a, b = scale * sums.amounts[e, 0], scale * sums.amounts[e + 1, 0]
        c, d = scale * sums.amounts[e + 2, 0], scale * sums.amounts[e + 3, 0]
        for m in range(cells):
            out[f, m] += (a * source[p, m] + b * source[q, m]) + (c * source[r, m] + d * source[s, m])
    left = end - paired
    if left == 0:
        return
    p, a = sums.processes[paired], scale * sums.amounts[paired, 0]
    if left == 1:
        for m in range(cells):
            out[f, m] += a * source[p, m]
        return
    q, b = sums.processes[paired + 1], scale * sums.amounts[paired + 1, 0]
    if left == 2:
        for m in range(cells):
            out[f, m] += a * source[p, m] + b * source[q, m]
        return
    r, c = sums.processes[paired + 2], scale * sums.amounts[paired + 2, 0]
    for m in range(cells):
        out[f, m] += (a * source[p, m] + b * source[q, m]) + c * source[r, m]

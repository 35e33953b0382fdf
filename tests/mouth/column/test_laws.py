"""Process tables as rows of numbers: the whole table is in them, lane by lane, and a step can solve them in an order."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.mouth import Mouth, Site
from commensal.mouth.column.block import build
from commensal.mouth.column.laws import Chemistry, chemistry, way_of
from commensal.mouth.column.rates import (
    HILL,
    INHIBITED,
    LINEAR,
    MONOD,
    add_sums,
    derive,
    fill_operands,
    run_answers,
    run_laws,
)
from commensal.mouth.column.shape import CHARGE_NAME, LANES, LN_H, STAYS, Floats, H, Sums
from commensal.mouth.community import Community
from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import load
from commensal.mouth.processes.components import load_components
from commensal.mouth.processes.expressions import Factor
from commensal.mouth.processes.table import DERIVED, Process, ProcessTable, base_value, state_of
from tests.mouth.column.slab import eats_sugar, table_of

USUAL = Community.usual().shares


def living(*guilds: str, **changes: float) -> ProcessTable:
    """The table of a community; `guild__parameter=value` changes it."""
    named = {name.replace("__", "."): x for name, x in changes.items()}
    return Community(shares=dict.fromkeys(guilds, 1.0) or USUAL, changes=named).table()


def lumped(**site: float) -> ProcessTable:
    return Site(**site).table()


BLOCKS: Mapping[str, Sequence[ProcessTable]] = {
    "lumped": [lumped()],
    "lumped, all of it": [
        lumped(veillonella_mmol_l_h=108.0, arginine_mmol_l_h=72.0, endogenous_acid_mmol_l_h=27.0),
        lumped(lactate_yield=0.0, acetate_yield=0.6),
    ],
    "ten guilds": [living()],
    "ten guilds and their like": [
        living(mutans__q_sugar=11.0, mitis__half_sugar=0.1, veillonella__yield_lactate=0.03, mutans__yield_sugar=0.05),
        living(neisseria__q_nitrate=0.0, mutans__growth_ph_lowest=5.0, actinomyces__k_catalase=3.0),
        living(),
    ],
    "some of them, and none": [
        living("mutans", "veillonella"),
        living("neisseria"),
        lumped(veillonella_mmol_l_h=36.0),
        living("mitis", "arginolytic", arginolytic__q_peroxide=0.0),
    ],
    "an effector": [living(mutans__q_mutacin=2e-4), living()],
}
EVERY = pytest.mark.parametrize("tables", BLOCKS.values(), ids=list(BLOCKS))


def lane_of(tables: Sequence[ProcessTable], k: int) -> ProcessTable:
    return tables[min(k, len(tables) - 1)]


def entries(sums: Sums, f: int) -> list[tuple[int, Floats]]:
    """What is added to a field: (process, amounts)."""
    rows = range(int(sums.ends[f - 1]) if f > 0 else 0, int(sums.ends[f]))
    return [(int(sums.processes[e]), sums.amounts[e]) for e in rows]


def flat(laws: tuple) -> list:
    return [part for one in laws for part in (flat(one) if isinstance(one, tuple) else [one])]


def parts_of(made: Chemistry, p: int) -> dict[str, Floats]:
    """What a process makes and uses in each lane, by field."""
    return {
        made.names[f]: amounts for f in range(len(made.names)) for q, amounts in entries(made.laws.made, f) if q == p
    }


@EVERY
def test_all_that_every_process_makes_and_uses_is_in_the_laws_of_its_lane(tables):
    made = chemistry(tables, ())
    assert list(made.processes) == sorted({(one.guild, one.name) for table in tables for one in table.processes})
    assert {state for table in tables for state in table.states} <= set(made.names)
    for k in range(LANES):
        found = {(one.guild, one.name): one for one in lane_of(tables, k).processes}
        for p, key in enumerate(made.processes):
            if key not in found:
                assert made.laws.constants[p, k] == 0.0
                continue
            assert made.laws.constants[p, k] != 0.0
            expected = {**found[key].amounts, CHARGE_NAME: found[key].strong_charge}
            ours = {name: amounts[k] for name, amounts in parts_of(made, p).items() if amounts[k]}
            assert ours == {name: amount for name, amount in expected.items() if amount}


@EVERY
def test_each_solute_is_solved_once_and_before_what_is_made_of_it(tables):
    made = chemistry(tables, ())
    laws = made.laws
    moves = [f for f, name in enumerate(made.names) if way_of(name) != STAYS]
    assert sorted(laws.order) == moves
    assert laws.order[-1] == laws.charge
    assert made.names[laws.charge] == CHARGE_NAME
    place = {int(f): at for at, f in enumerate(laws.order)}
    for p, f in enumerate(laws.implicit):
        if f < 0:
            continue
        assert int(f) in place
        amounts = parts_of(made, p)
        assert (amounts[made.names[f]] <= 0.0).all()  # it is used, so answering to it makes a step steadier
        assert all(
            place[int(f)] < place[made.row(name)] for name in amounts if made.row(name) in place and made.row(name) != f
        )
    for f, name in enumerate(made.names):
        own, follows = (dict(entries(sums, f)) for sums in (laws.own, laws.follows))
        assert list(own) == [p for p, g in enumerate(laws.implicit) if g == f]
        for p, g in enumerate(laws.implicit):
            amounts = parts_of(made, p).get(name)
            if g >= 0 and amounts is not None:
                assert np.array_equal((own if g == f else follows)[p], amounts)
            else:
                assert p not in own
                assert p not in follows


def test_what_is_used_up_fast_is_answered_within_a_step():
    made = chemistry([living()], ())
    answered = {made.processes[p]: made.names[f] for p, f in enumerate(made.laws.implicit) if f >= 0}
    for guild, name in made.processes:
        if name in ("ferment_fast", "ferment_slow", "make_glucan"):
            assert answered[guild, name] == "hexose"
    assert answered["veillonella", "use_lactate"] == "lactate"
    assert answered["arginolytic", "use_arginine"] == "arginine"
    assert answered["salivarius", "split_urea"] == "urea"


def circle() -> ProcessTable:
    """Hexose to lactate in one guild's hands, lactate to hexose in the same's."""
    rows = 'there,mutans,"a * monod(hexose, half)",hexose = -1; lactate = 2,,here,recalled,\n'
    rows += 'back,mutans,"b * monod(lactate, half)",lactate = -2; hexose = 1,,here,recalled,\n'
    numbers = "".join(f"mutans.{x}\n" for x in ("a,1,mmol/L/s,0,9,here,recalled,", "b,0.1,mmol/L/s,0,9,here,recalled,"))
    return table_of(rows, numbers + "mutans.half,0.5,mmol/L,0,9,here,recalled,\n")


def test_two_solutes_that_become_each_other_are_not_tied_in_a_circle():
    made = chemistry([circle()], ())
    answered = {made.processes[p][1]: made.names[f] if f >= 0 else None for p, f in enumerate(made.laws.implicit)}
    assert answered == {"there": "hexose", "back": None}  # the stiffer one has it
    order = [made.names[f] for f in made.laws.order]
    assert order.index("hexose") < order.index("lactate")


def test_a_factor_that_two_laws_hold_is_one_row():
    made = chemistry([living()], ())
    laws = made.laws
    rows = {(int(a), int(b), c.tobytes()) for a, b, c in zip(laws.kinds, laws.sources, laws.numbers, strict=True)}
    assert len(rows) == laws.kinds.size == laws.numbers.shape[0]
    assert laws.ops.size > 2 * laws.kinds.size
    assert sorted(set(laws.ops)) == list(range(laws.firsts.size + laws.kinds.size))  # each is asked for


def test_the_order_in_which_guilds_are_named_changes_nothing():
    backwards = Community(shares=dict(reversed(USUAL.items()))).table()
    ours, theirs = chemistry([living()], ()), chemistry([backwards], ())
    assert ours.names == theirs.names
    assert ours.processes == theirs.processes
    for one, other in zip(flat(ours.laws), flat(theirs.laws), strict=True):
        assert np.array_equal(one, other)


def by_hand(process: Process, table: ProcessTable, state: Mapping[str, float], ph: float) -> float:
    """The rate of a process from its text, factor by factor."""
    numbers = {
        name.partition(".")[2]: base_value(x)
        for name, x in table.parameters.items()
        if name.startswith(f"{process.guild}.")
    }

    def amount(name: str) -> float:
        return state[name if name in DERIVED else state_of(name, process.guild, load_components())]

    def number(text: str) -> float:
        return numbers[text] if text in numbers else float(text)

    def one(factor: Factor) -> float:
        if not factor.arguments:
            return numbers[factor.name] if factor.name in numbers else amount(factor.name)
        first, *rest = factor.arguments
        match factor.name:
            case "monod":
                return amount(first) / (number(rest[0]) + amount(first))
            case "inhibited":
                return number(rest[0]) / (number(rest[0]) + amount(first))
            case "hill":
                power = amount(first) ** number(rest[1])
                return power / (number(rest[0]) ** number(rest[1]) + power)
            case "below":
                return max(number(first) - ph, 0.0)
        low, best, high = (number(f"{first}_ph_{which}") for which in ("lowest", "best", "highest"))
        assert factor.name == "cardinal"
        inside = (ph - low) * (ph - high)
        return inside / (inside - (ph - best) ** 2) if low < ph < high else 0.0

    return math.prod(one(factor) for factor in process.law)


@pytest.mark.parametrize("tables", BLOCKS.values(), ids=list(BLOCKS))
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_the_kernel_runs_each_law_as_it_is_written(tables, seed):
    """In every cell and lane, against the text evaluated by hand; and how it answers, against a small change."""
    chance, layers = np.random.default_rng(seed), 2
    made = chemistry(tables, ())
    laws = made.laws
    block = build(made, [Site()] * LANES, [Mouth()] * LANES, layers, 5.5, load())
    work, cells = block.work, layers * LANES
    ph = chance.uniform(3.0, 8.9, cells)
    work.ph[LN_H, :cells], work.ph[H, :cells] = math.log(10.0) * (3.0 - ph), 10.0 ** (3.0 - ph)
    work.state[: len(made.names), :cells] = 10.0 ** chance.uniform(-3.0, 1.5, (len(made.names), cells))

    def run() -> Floats:
        derive(laws, work.state, work.ph, block.lane.acid, layers)
        fill_operands(laws, work.state, work.ph, layers, work.operands, work.slopes)
        run_laws(laws, work.operands, layers, work.rates)
        return work.rates[: len(made.processes), :cells].copy()

    per_rate = [table.stoichiometry for table in tables]
    rates = run()
    run_answers(laws, work.slopes, work.rates, layers, work.answers)
    answers, state, made_by_all = work.answers.copy(), work.state.copy(), np.zeros_like(work.rate)
    for f in range(len(made.names)):
        add_sums(laws.made, f, 2.0, rates, layers, made_by_all)
    for m in range(cells):
        table = lane_of(tables, m % LANES)
        values = dict(zip((*made.names, "", *DERIVED), state[:, m], strict=True))
        found = {(one.guild, one.name): one for one in table.processes}
        expected = [by_hand(found[key], table, values, ph[m]) if key in found else 0.0 for key in made.processes]
        assert rates[:, m] == pytest.approx(expected, rel=1e-10, abs=1e-30)
        found_of = dict(zip(made.names, made_by_all[:, m] / 2.0, strict=True))
        for column, name in enumerate(table.states):
            turned = [
                per_rate[min(m % LANES, len(tables) - 1)][j, column] * rates[made.processes.index(key), m]
                for j, key in enumerate(found)
            ]
            assert found_of[name] == pytest.approx(sum(turned), rel=1e-9, abs=1e-12 * sum(map(abs, turned)))
    for f in {int(x) for x in laws.implicit if x >= 0}:
        change = 1e-6 * state[f, :cells]
        work.state[...] = state
        frozen = work.state[-len(DERIVED) :].copy()
        work.state[f, :cells] += change
        fill_operands(laws, work.state, work.ph, layers, work.operands, work.slopes)
        run_laws(laws, work.operands, layers, work.rates)
        assert np.array_equal(work.state[-len(DERIVED) :], frozen)  # it answers to the solute, not to its acid
        for p in np.flatnonzero(laws.implicit == f):
            slope = (work.rates[p, :cells] - rates[p]) / change
            assert answers[p, :cells] == pytest.approx(slope, rel=2e-5, abs=1e-9 * np.abs(rates[p] / change).max())


def test_only_what_answers_has_a_slope():
    laws = chemistry([living()], ()).laws
    for u, row in enumerate(laws.slope_rows):
        assert row < 0 or laws.kinds[u] in (MONOD, INHIBITED, LINEAR)
    assert HILL in chemistry([living(mutans__q_mutacin=2e-4)], ()).laws.kinds


def test_a_block_takes_the_numbers_of_its_own_sites():
    tables = [lumped(glycolysis_mmol_l_h=100.0 + n) for n in range(11)]
    second = chemistry(tables, (), slice(8, 11))
    per_s = second.laws.constants[second.processes.index(("lumped", "glycolysis"))]
    assert per_s == pytest.approx(np.array([108.0, 109.0] + [110.0] * 6) / 3600.0)


def test_one_process_with_two_rate_laws_is_refused():
    first, second = eats_sugar("k * hexose", k=(1.0, "1/s")), eats_sugar("k * hexose * hexose", k=(1.0, "1/s"))
    with pytest.raises(ParameterError, match="eat of mutans: expected one rate law for all sites of a block"):
        chemistry([first, second], ())


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ("k * hexose * tanh(hexose)", r"eat of mutans: expected monod\(state, half\).* got tanh\(hexose\)"),
        ("k * hexose * monod(lactate)", r"got monod\(lactate\)"),
        ("k * hexose * monod(lactate, house)", "expected a number or one of k, got house"),
        ("k * hexose * cardinal(glycolysis)", "got glycolysis_ph_lowest"),
    ],
)
def test_a_law_that_cannot_be_read_is_refused_by_name(rate, message):
    with pytest.raises(ParameterError, match=message):
        chemistry([eats_sugar(rate, k=(1.0, "1/s"))], ())


def test_ph_limits_that_do_not_rise_are_refused():
    row = 'eat,mutans,"k * hexose * cardinal(g)",hexose = -1,+neutral,here,recalled,\n'
    numbers = "mutans.k,1,1/s,0,9,here,recalled,\n" + "".join(
        f"mutans.g_ph_{which},{x},1,0,14,here,recalled,\n" for which, x in (("lowest", 6), ("best", 5), ("highest", 9))
    )
    with pytest.raises(ParameterError, match=r"cardinal\(g\): expected lowest < best < highest pH"):
        chemistry([table_of(row, numbers)], ())

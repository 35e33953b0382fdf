"""The rate laws of the vessel, written out by hand, by differences, and beside those of the column."""

import numpy as np
import pytest

from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.column.laws import chemistry
from commensal.mouth.column.rates import derive, fill_operands, run_laws
from commensal.mouth.column.shape import LANES, LN_H, N_PH, H
from commensal.mouth.parameters import load
from commensal.mouth.processes.rates import programme, run_rates
from commensal.mouth.processes.stirring import fill
from commensal.mouth.processes.table import PLAQUE_GUILDS, load_processes
from commensal.mouth.processes.vessel import ACIDS

TABLE = load_processes(
    (*PLAQUE_GUILDS, "matrix"), overrides={"mutans.q_mutacin": 2e-4, "arginolytic.q_dentisanin": 2e-4}
)
LAWS = programme(TABLE)
K = AcidConstants.of(load()).as_array()
AT = np.array([TABLE.states.index(name) if name in TABLE.states else -1 for name in ACIDS], dtype=np.int64)


def some_states(seed: int) -> np.ndarray:
    made = np.random.default_rng(seed)
    return 10.0 ** made.uniform(-4.0, 1.5, len(TABLE.states)) * (made.uniform(size=len(TABLE.states)) > 0.1)


def rates_of(states: np.ndarray, ph: float) -> tuple[np.ndarray, np.ndarray]:
    full = np.empty((states.size + 2, 1))
    fill(full, states, AT, ph, K)
    rates, slopes = np.empty((LAWS.constants.size, 1)), np.empty((LAWS.kinds.size, 1))
    run_rates(full, np.array([ph]), LAWS.constants, LAWS.ends, LAWS.kinds, LAWS.rows, LAWS.numbers, rates, slopes)
    return rates[:, 0], slopes[:, 0]


def rate(name: str, guild: str, ph: float = 7.0, **amounts: float) -> float:
    """Per h."""
    states = np.array([amounts.get(state.replace(f".{guild}", ""), 0.0) for state in TABLE.states])
    at = [(p.name, p.guild) for p in TABLE.processes].index((name, guild))
    return float(rates_of(states, ph)[0][at]) * 3600.0


def test_mutacin_kills_at_half_its_most_where_it_was_measured_to():
    assert rate("die_of_mutacin", "mitis", biomass=2.0, mutacin=0.2e-3) == pytest.approx(5.0 * 2.0 / 2.0)
    assert rate("die_of_mutacin", "mitis", biomass=2.0, mutacin=0.4e-3) == pytest.approx(5.0 * 2.0 * 4.0 / 5.0)
    assert rate("die_of_mutacin", "mitis", biomass=2.0) == 0.0


def test_undissociated_acid_halves_fermentation_where_it_was_measured_to():
    """At its own pK half of lactic acid carries its proton; S. mutans takes 15 mmol/L of that, S. sanguinis 6."""
    for guild, half in (("mutans", 15.0), ("mitis", 6.0)):
        ph = load().value("pk_lactic") + 1.0
        fed = {"biomass": 1.0, "hexose": 10.0, "ph": ph}
        free, slowed = (rate("ferment_fast", guild, lactate=x, **fed) for x in (0.0, half * 11.0))
        assert slowed == pytest.approx(free / 2.0)


def test_fast_and_slow_fermentation_add_up_to_one_monod_law():
    for hexose in (0.01, 0.5, 20.0):
        both = [rate(name, "mutans", ph=6.8, biomass=2.0, hexose=hexose) for name in ("ferment_fast", "ferment_slow")]
        assert sum(both) == pytest.approx(9.6 * 2.0 * hexose / (0.1 + hexose))
        assert both[0] / sum(both) == pytest.approx(hexose / (0.5 + hexose))


@pytest.mark.parametrize("seed", range(3))
def test_slopes_are_what_small_differences_show(seed):
    states = some_states(seed) + 1e-3
    rates, slopes = rates_of(states, 6.3)
    begin = 0
    for p, end in enumerate(LAWS.ends):
        for row in set(LAWS.rows[begin:end]) - {-1, -2}:
            told = sum(slopes[f] for f in range(begin, end) if LAWS.rows[f] == row)
            moved = states.copy()
            moved[row] *= 1.0 + 1e-6
            if TABLE.states[row] in ACIDS and set(LAWS.rows[begin:end]) & {-1, -2}:
                continue  # it moves the derived too, which no slope tells
            seen = (rates_of(moved, 6.3)[0][p] - rates[p]) / (states[row] * 1e-6)
            assert told == pytest.approx(seen, rel=1e-3, abs=1e-9 * abs(rates[p] / states[row]))
        begin = end


@pytest.mark.parametrize(("seed", "ph"), [(0, 7.2), (1, 5.1), (2, 3.9), (3, 6.4)])
def test_the_column_runs_the_same_laws(seed, ph):
    chemical = chemistry([TABLE], [])
    states = some_states(seed)
    y, row = np.zeros((len(chemical.names) + 3, LANES)), dict(zip(TABLE.states, states, strict=True))
    for i, name in enumerate(chemical.names):
        y[i] = row.get(name, 0.0)
    acidity, laws = np.zeros((N_PH, LANES)), chemical.laws
    acidity[H], acidity[LN_H] = 10.0 ** (3.0 - ph), np.log(10.0) * (3.0 - ph)
    operands = np.zeros((laws.firsts.size + laws.kinds.size, LANES))
    slopes, rates = np.zeros((max(laws.slope_rows.max() + 1, 1), LANES)), np.zeros((laws.constants.shape[0], LANES))
    derive(laws, y, acidity, K, 1)
    fill_operands(laws, y, acidity, 1, operands, slopes)
    run_laws(laws, operands, 1, rates)
    ours = dict(zip([(p.guild, p.name) for p in TABLE.processes], rates_of(states, ph)[0], strict=True))
    theirs = dict(zip(chemical.processes, rates[:, 0], strict=True))
    assert set(ours) == set(theirs)
    assert sum(x > 0.0 for x in ours.values()) > 40
    np.testing.assert_allclose([theirs[key] for key in ours], list(ours.values()), rtol=1e-10, atol=1e-30)

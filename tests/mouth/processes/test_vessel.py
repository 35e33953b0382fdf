"""The stirred vessel: the same equations solved by others, closed books, closed forms, clear refusals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from commensal.mouth.acid_competition import DOMINANT, PH, highest_ph_of_mutans, mutans_shares
from commensal.mouth.ecology import load_experiment, ph_course, run_nine_species
from commensal.mouth.errors import ParameterError, SolveError
from commensal.mouth.parameters import load
from commensal.mouth.processes.rates import programme, run_rates
from commensal.mouth.processes.table import LUMPED_PROCESSES, load_processes
from commensal.mouth.processes.vessel import CHARGE, Vessel, charge_at, stir

DAY = np.array([0.0, 24.0])
TABLE = load_processes(("mutans", "arginolytic"), without=("oxygen", "hydrogen_fluoride"))


def vessel(**changes) -> Vessel:
    given = {
        "table": TABLE,
        "dilution_per_h": 0.1,
        "start": {"biomass.mutans": 0.01, "biomass.arginolytic": 0.2, "phosphate": 10.0},
        "feed": {"host_nutrient.mutans": 0.3, "host_nutrient.arginolytic": 1.0, "ammonium": 20.0},
        "pulses": [(0.0, {"hexose": 20.0}), (5.0, {"hexose": 5.0})],
        "ph_h": DAY,
        "ph": np.array([[7.0, 4.2], [6.0, 6.0]]),
    }
    return Vessel(**{**given, **changes})


WEAK = {"lactate": "lactic", "acetate": "acetic", "propionate": "propionic"}


def asked(one: Vessel, y: np.ndarray, ph: float) -> np.ndarray:
    """What rate laws ask for: the states, undissociated acid, and hydrogen fluoride, of which there is none."""
    amounts = zip(one.table.states, y, strict=False)
    acid = sum(x / (1.0 + 10.0 ** (ph - load().value(f"pk_{WEAK[s]}"))) for s, x in amounts if s in WEAK)
    return np.array([*y, acid, 0.0]).reshape(-1, 1)


def by_others(one: Vessel, m: int, hours: float) -> np.ndarray:
    """The same vessel by SciPy's LSODA, from rates written out here."""
    laws = programme(one.table)
    y = np.array([one.start.get(s, 0.0) for s in one.table.states])
    feed = np.array([one.feed.get(s, 0.0) for s in one.table.states])
    rates, slopes = np.empty((laws.constants.size, 1)), np.empty((laws.kinds.size, 1))

    def change(t_h, y):
        ph = np.array([np.interp(t_h, one.ph_h, one.ph[m])])
        run_rates(
            asked(one, y, ph[0]), ph, laws.constants, laws.ends, laws.kinds, laws.rows, laws.numbers, rates, slopes
        )
        return 3600.0 * (laws.amounts.T @ rates[:, 0]) + one.dilution_per_h * (feed - y)

    now = 0.0
    for at, added in [*one.pulses, (hours, {})]:
        if at > now:
            y, now = solve_ivp(change, (now, at), y, method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1], at
        y = y + np.array([added.get(s, 0.0) for s in one.table.states])
    return y


def ph_by_others(one: Vessel, y: np.ndarray) -> float:
    """The charge balance written out with pK and SciPy's root finder; the last of y is the strong charge."""
    amount = {state: y[i] for i, state in enumerate(one.table.states)}
    pk = {row.name: row.value for row in load() if row.name.startswith("pk_")}

    def charge(ph):
        def share(*names):
            """Mean negative charge of an acid with these pK."""
            weights = np.cumprod([1.0, *(10.0 ** (ph - pk[name]) for name in names)])
            return (weights * np.arange(weights.size)).sum() / weights.sum()

        net = y[-1] + 1e3 * (10.0**-ph - 10.0 ** (ph - pk["pk_w"]))
        net += amount.get("ammonium", 0.0) * (1.0 - share("pk_ammonium"))
        for name, own in {**WEAK, "fluoride": "hydrofluoric"}.items():
            net -= amount.get(name, 0.0) * share(f"pk_{own}")
        net -= amount.get("carbonate", 0.0) * share("pk_carbonic_1", "pk_carbonic_2")
        net -= amount.get("phosphate", 0.0) * share("pk_phosphoric_1", "pk_phosphoric_2", "pk_phosphoric_3")
        return net - one.fixed_mmol_l[0] * share("pk_fixed_1") - one.fixed_mmol_l[1] * share("pk_fixed_2")

    return brentq(charge, 1.0, 13.0, xtol=1e-12)


def own_ph_vessel(**changes) -> Vessel:
    salts = {"phosphate": 10.0, "ammonium": 15.0, "carbonate": 2.0}
    held = {**salts, CHARGE: charge_at(7.0, salts, (5.0, 3.0))}
    given = {
        "start": {"biomass.mutans": 0.05, "biomass.arginolytic": 0.2, **held},
        "feed": {"host_nutrient.mutans": 0.3, "host_nutrient.arginolytic": 1.0, "arginine": 3.0, **held},
        "ph": None,
        "fixed_mmol_l": (5.0, 3.0),
    }
    return vessel(**{**given, **changes})


def test_a_ph_of_its_own_agrees_with_another_solver():
    one = own_ph_vessel()
    ran = stir(one, [0.0, 3.0, 24.0], tolerance=1e-5)
    laws, table = programme(one.table), one.table
    rates, slopes = np.empty((laws.constants.size, 1)), np.empty((laws.kinds.size, 1))
    charges = np.array([p.strong_charge for p in table.processes])
    feed = np.array([one.feed.get(s, 0.0) for s in (*table.states, CHARGE)])
    given = (laws.constants, laws.ends, laws.kinds, laws.rows, laws.numbers, rates, slopes)

    def change(_t, y):
        ph = ph_by_others(one, y)
        run_rates(asked(one, y[:-1], ph), np.array([ph]), *given)
        made = np.append(laws.amounts.T @ rates[:, 0], charges @ rates[:, 0])
        return 3600.0 * made + one.dilution_per_h * (feed - y)

    y = np.array([one.start.get(s, 0.0) for s in (*table.states, CHARGE)])
    assert ph_by_others(one, y) == pytest.approx(7.0, abs=1e-9)
    y[table.states.index("hexose")] += 20.0
    seen = []
    for begin, end in ((0.0, 3.0), (3.0, 5.0), (5.0, 24.0)):
        y = solve_ivp(change, (begin, end), y, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
        if end != 5.0:
            seen.append(ph_by_others(one, y))
        else:
            y[table.states.index("hexose")] += 5.0
    assert ran.ph[:, 0] == pytest.approx([7.0, *seen], abs=2e-4)
    assert ran.ph[:, 0].min() < 5.5
    np.testing.assert_allclose(ran.states[-1, 0], y[:-1], rtol=1e-3, atol=1e-5)
    assert abs(ran.residual).max() < 1e-13


def test_nitrite_that_becomes_ammonium_leaves_its_charge_behind():
    table = load_processes(["neisseria"], without=("oxygen", "peroxide", "hexose", "undissociated"))
    held = {"lactate": 20.0, "nitrate": 5.0, "phosphate": 5.0}
    start = {"biomass.neisseria": 5.0, **held, CHARGE: charge_at(6.5, held)}
    one = Vessel(table=table, dilution_per_h=0.0, start=start, feed={}, pulses=[], ph_h=DAY, ph=None)
    ran = stir(one, [24.0])
    reduced = 5.0 - sum(ran.states[0, 0, table.states.index(name)] for name in ("nitrate", "nitrite"))
    assert reduced > 4.0
    assert ran.ph[0, 0] == pytest.approx(
        ph_by_others(one, np.append(ran.states[0, 0], start[CHARGE] + reduced)), abs=1e-6
    )
    assert abs(ran.residual).max() < 1e-13


def test_a_gas_brings_a_solute_to_its_balance():
    ran = stir(
        vessel(pulses=[], feed={}, start={}, dilution_per_h=0.2, gas={"carbonate": (2.0, 1.2)}),
        [2.0],
        tolerance=1e-6,
    )
    assert ran.states[0, :, TABLE.states.index("carbonate")] == pytest.approx(2.4 / 2.2 * (1 - np.exp(-4.4)), rel=1e-4)
    assert abs(ran.residual).max() < 1e-13


def test_what_stays_on_a_wall_is_washed_out_more_slowly():
    start = {"inert": 1.0, "host_nutrient.mutans": 1.0}
    ran = stir(
        vessel(pulses=[], feed={}, start=start, dilution_per_h=0.5, solids_dilution_per_h=0.1), [4.0], tolerance=1e-6
    )
    names = TABLE.states.index("inert"), TABLE.states.index("host_nutrient.mutans")
    assert ran.states[0, 0, list(names)] == pytest.approx([np.exp(-0.4), np.exp(-2.0)], rel=1e-4)


def test_what_came_from_outside_is_in_the_books():
    lumped = load_processes(("lumped",), processes=LUMPED_PROCESSES, overrides={"lumped.endogenous_acid": 27.0})
    one = Vessel(
        table=lumped,
        dilution_per_h=0.0,
        start={"carbonate": 5.0},
        feed={},
        pulses=[],
        ph_h=DAY,
        ph=np.full((1, 2), 6.8),
    )
    ran = stir(one, [10.0])
    acid = ran.states[0, 0, lumped.states.index("acetate")] + ran.states[0, 0, lumped.states.index("lactate")]
    assert acid == pytest.approx(270.0)
    assert ran.outside[0, 0] == pytest.approx(-270.0 * (0.1 * 3 + 0.9 * 2))
    assert abs(ran.residual).max() < 1e-13


def test_a_day_agrees_with_another_solver():
    one = vessel()
    ran = stir(one, [24.0], tolerance=1e-4)
    for m in range(2):
        expected = by_others(one, m, 24.0)
        np.testing.assert_allclose(ran.states[0, m], expected, rtol=2e-4, atol=2e-5)


def test_the_solver_is_of_second_order():
    """At one pH: where a pH crosses the lowest of growth, the rates have a corner that no order survives."""
    one = vessel(pulses=[(0.0, {"hexose": 20.0})], ph=np.array([[6.0, 6.0]]))
    expected = by_others(one, 0, 24.0)
    errors, steps = [], []
    for tolerance in (1e-3, 1e-5):
        ran = stir(one, [24.0], tolerance=tolerance)
        errors.append(np.abs(ran.states[0, 0] - expected).max())
        steps.append(ran.steps)
    assert np.log(errors[0] / errors[1]) / np.log(steps[1] / steps[0]) > 1.7


@pytest.mark.parametrize("tolerance", [0.1, 1e-2, 1e-4])
def test_the_books_close_to_rounding_at_any_tolerance(tolerance):
    assert abs(stir(vessel(), [24.0], tolerance=tolerance).residual).max() < 1e-13


def test_rates_by_hand():
    """S. mutans at pH 6.5, its best: mu X c/(K+c) N/(K+N) P/(K+P); below 4 it dies by 0.063 /h for each unit."""
    laws, states = programme(TABLE), np.zeros((len(TABLE.states), 1))
    states[TABLE.states.index("hexose")] = 1.0
    states[TABLE.states.index("ammonium")] = 0.15
    states[TABLE.states.index("phosphate")] = 0.01
    states[TABLE.states.index("biomass.mutans")] = 2.0
    rates, slopes = np.empty((laws.constants.size, 1)), np.empty((laws.kinds.size, 1))
    given = (laws.constants, laws.ends, laws.kinds, laws.rows, laws.numbers, rates, slopes)
    names = [(p.name, p.guild) for p in TABLE.processes]
    run_rates(states, np.array([6.5]), *given)
    grow = names.index(("grow_on_sugar", "mutans"))
    salts = 0.75 * 0.5
    assert rates[grow, 0] * 3600 == pytest.approx(0.45 * 2.0 * 1.0 / 1.1 * salts)
    first = 0 if grow == 0 else laws.ends[grow - 1]
    by_biomass, by_sugar, by_ammonium, by_phosphate, by_ph = slopes[first : laws.ends[grow], 0] * 3600
    assert (by_biomass, by_sugar) == pytest.approx((0.45 / 1.1 * salts, 0.45 * 2.0 * 0.1 / 1.1**2 * salts))
    growth = 0.45 * 2.0 / 1.1
    assert (by_ammonium, by_phosphate) == pytest.approx((growth * 0.5 * 0.05 / 0.2**2, growth * 0.75 * 0.01 / 0.02**2))
    assert by_ph == 0.0
    run_rates(states, np.array([3.0]), *given)
    assert rates[names.index(("die_of_acid", "mutans")), 0] * 3600 == pytest.approx(0.063 * 2.0)
    assert rates[grow, 0] == 0.0


def test_what_nobody_eats_is_washed_out():
    ran = stir(vessel(start={"phosphate": 8.0}, pulses=[], feed={}), [0.0, 10.0], tolerance=1e-5)
    at = TABLE.states.index("phosphate")
    assert ran.states[:, :, at] == pytest.approx(np.array([[8.0] * 2, [8.0 * np.exp(-1.0)] * 2]), rel=1e-4)


def test_a_vessel_may_be_looked_at_often_without_another_end():
    often, once = stir(vessel(), np.linspace(0.0, 24.0, 49), tolerance=1e-4), stir(vessel(), [24.0], tolerance=1e-4)
    np.testing.assert_allclose(often.states[-1], once.states[-1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dilution_per_h": -0.1}, "dilution_per_h"),
        ({"dilution_per_h": float("nan")}, "dilution_per_h"),
        ({"start": {"gold": 1.0}}, "gold"),
        ({"feed": {"hexose": -1.0}}, "hexose: expected an amount >= 0"),
        ({"pulses": [(0.0, {"hexose": float("nan")})]}, "hexose: expected an amount >= 0"),
        ({"ph": np.array([[7.0, 7.0, 7.0]])}, "a column for each"),
        ({"ph": np.array([[7.0, float("nan")]])}, "values from 1 to 14"),
        ({"ph_h": np.array([24.0, 0.0])}, "rising hours"),
        ({"start": {CHARGE: float("nan")}}, "expected one of the states"),
        ({"gas": {"gold": (1.0, 1.0)}}, "gas: expected a state"),
        ({"gas": {"carbonate": (-1.0, 1.0)}}, "gas: expected a state"),
        ({"solids_dilution_per_h": float("nan")}, "solids_dilution_per_h"),
        ({"fixed_mmol_l": (-1.0, 0.0)}, "fixed_mmol_l"),
    ],
)
def test_what_no_vessel_has_is_refused(changes, said):
    with pytest.raises(ParameterError, match=said):
        vessel(**changes)


@pytest.mark.parametrize("at_h", [[], [2.0, 1.0], [-1.0], [25.0], [1.0, 1.0]])
def test_hours_that_cannot_be_looked_at_are_refused(at_h):
    with pytest.raises(ParameterError, match="rising hours"):
        stir(vessel(), at_h)


def test_a_step_that_cannot_meet_its_tolerance_says_where_and_when():
    fast = dict(TABLE.parameters)
    fast["mutans.mu_sugar"] = replace(fast["mutans.mu_sugar"], value=1e300, high=1e300)
    with pytest.raises(SolveError, match=r"vessel 1 cannot meet .* at 0\.0.* h"):
        stir(vessel(table=replace(TABLE, parameters=fast)), [24.0])


def test_nine_species_are_selected_by_acid_and_the_books_close():
    ran = run_nine_species()
    assert abs(ran.residual).max() < 1e-13
    np.testing.assert_allclose(ran.share_percent.sum(axis=1), 100.0)
    np.testing.assert_allclose(ran.share_percent, run_nine_species(1e-4).share_percent, rtol=0.03, atol=2e-4)


def test_nothing_is_ever_less_than_nothing():
    ran = stir(vessel(), np.linspace(0.0, 24.0, 97))
    assert ran.states.min() >= 0.0
    assert abs(ran.lifted).max() < 1e-6
    assert abs(ran.residual).max() < 1e-13


def test_what_runs_out_stops_growth_and_not_the_run():
    bare = vessel(start={"biomass.mutans": 0.5, "phosphate": 0.05}, feed={"ammonium": 20.0})
    ran = stir(bare, [4.0, 24.0], tolerance=1e-4)
    phosphate, biomass = (TABLE.states.index(name) for name in ("phosphate", "biomass.mutans"))
    assert ran.states[0, 0, phosphate] < 1e-3
    held = 0.5 * 0.02 / (12.011 + 1.8 * 1.008 + 0.5 * 15.999 + 0.2 * 14.007 + 0.02 * 30.974) * 1e3
    most = (held + 0.05) / held * 0.5 * np.exp(-0.1 * 4.0)
    assert 0.97 * most < ran.states[0, 0, biomass] < most  # it wanes by 1 % an hour, and half of that is used again
    assert ran.states[1, 0, biomass] < 0.2 * ran.states[0, 0, biomass]


def test_acid_lets_mutans_win_where_it_was_seen_to():
    shares = mutans_shares()
    assert [share > DOMINANT for ph, share in zip(PH, shares, strict=True) if ph >= 5.0] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert 0.1 > shares[PH.index(6.0)] > 10.0 * shares[PH.index(6.5)]  # it was seen to rise from 6.0 on
    assert np.isnan(shares[PH.index(4.5)])  # nobody bears it
    assert highest_ph_of_mutans() == 5.5


def test_the_course_of_ph_is_the_experiments():
    number = {name: one.value for name, one in load_experiment().items()}
    hours, held = ph_course(4.5)
    assert (held[0], held.min(), held[-1]) == (7.0, pytest.approx(4.5, abs=0.05), 7.0)
    assert np.interp(30.0, hours, held) == pytest.approx(held.min())
    assert np.interp(31.0, hours, held) == 7.0
    hours, alone = ph_course(None)
    assert alone[0] == 7.0
    assert alone[hours == 24.0] == number["evening_alone"]
    assert alone.min() == pytest.approx(number["lowest_alone"], abs=0.1)

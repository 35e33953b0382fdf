"""Chance, against other ways to reckon it: simulation, closed forms, SciPy."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from commensal.mouth.strains.escape import (
    EXACT_UP_TO,
    chance_of_escape,
    escape_of,
    mutants_pmf,
    simulate_mutants,
    upper_bound,
)
from commensal.mouth.strains.household import carriers_pmf, chance_per_day, spread
from commensal.mouth.strains.reading import parse_card
from tests.mouth.strains.cards import FULL


@pytest.mark.parametrize("mutations", [0.3, 1.0, 4.0])
def test_the_recursion_agrees_with_cultures_that_were_grown_by_chance(mutations):
    cultures, most = 200_000, 30
    grown = simulate_mutants(mutations, 1e8, cultures, seed=5)
    seen = np.bincount(np.minimum(grown, most + 1), minlength=most + 2)[: most + 1] / cultures
    told = mutants_pmf(mutations, most)
    error = np.sqrt(told * (1.0 - told) / cultures)
    assert np.all(np.abs(seen - told) < 4.5 * error)  # 31 looks at chance; 4.5 sigma is seen once in 150 000


def test_the_recursion_by_hand():
    """p0 = e^-m, p1 = m/2 p0, p2 = m/2 (p0/3 + p1/2); the tail falls as m / n^2 (Lea and Coulson)."""
    m = 1.7
    p = mutants_pmf(m, 4000)
    assert p[0] == pytest.approx(math.exp(-m))
    assert p[1] == pytest.approx(0.5 * m * p[0])
    assert p[2] == pytest.approx(0.5 * m * (p[0] / 3.0 + p[1] / 2.0))
    assert p[4000] * 4000.0**2 == pytest.approx(m, rel=0.05)
    assert 1.0 - p.sum() == pytest.approx(m / 4000.0, rel=0.05)


@pytest.mark.parametrize("seen", [0, 1, 7, 60, EXACT_UP_TO, 4000, 10**6])
def test_the_upper_bound_is_that_of_the_chi_square(seen):
    assert upper_bound(seen, 1e9, 0.95) * 1e9 == pytest.approx(0.5 * chi2.ppf(0.95, 2 * seen + 2), rel=1e-5)


def test_whether_anyone_escapes_is_whether_any_culture_has_a_mutant():
    grown = simulate_mutants(0.7, 1e6, 100_000, seed=8)
    assert float((grown > 0).mean()) == pytest.approx(chance_of_escape(0.7e9, 1e-9), abs=0.006)
    assert chance_of_escape(1e10, 0.0) == 0.0
    for bad in ((-1.0, 0.1), (1.0, 1.1), (1.0, math.nan)):
        with pytest.raises(ValueError, match="a frequency from 0 to 1"):
            chance_of_escape(*bad)


def test_a_lab_rate_is_never_carried_into_the_mouth_as_it_is():
    found = escape_of(parse_card(FULL, "spec").kill_switch)
    assert found.in_medium == 0.0
    assert found.in_medium_upper == pytest.approx(-math.log(0.05) / 1e13)
    assert found.in_field_upper == pytest.approx(1e4 * found.in_medium_upper)
    assert found.mouth_chance == pytest.approx(-math.expm1(-1e10 * found.in_field_upper))
    uncounted = FULL.replace("escapes = 0\n", "").replace("cells = 1e13\n", "")
    assert escape_of(parse_card(uncounted, "spec").kill_switch) is None


def test_a_household_agrees_with_households_that_were_lived_by_chance():
    chance, others, days, households = 0.01, 3, 90, 40_000
    dice = np.random.default_rng(3)
    carriers = np.zeros(households, dtype=np.int64)
    for _ in range(days):
        carriers += dice.binomial(others - carriers, 1.0 - (1.0 - chance) ** (carriers + 1))
    seen = np.bincount(carriers, minlength=others + 1) / households
    assert seen == pytest.approx(carriers_pmf(chance, others, days), abs=0.01)


def test_one_other_is_a_coin_thrown_each_day():
    assert carriers_pmf(0.02, 1, 90)[0] == pytest.approx(0.98**90)


def test_who_meets_as_much_as_the_infectious_dose_twice_a_day_stays_free_with_a_quarter():
    """2 contacts a day, 0.01 mL of 1e8 bacteria each: 1e6, all the strain."""
    assert chance_per_day(1.0, 1e6) == pytest.approx(0.75)
    assert chance_per_day(1.0, math.inf) == 0.0
    assert spread(0.5, None).expected == 0.0
    much = spread(1.0, 1e5)
    assert (much.low, much.high, much.expected) == (3, 3, pytest.approx(3.0))
    some = spread(0.5, 1e8)
    assert 0 <= some.low <= some.expected <= some.high <= 3
    with pytest.raises(ValueError, match="a share from 0 to 1"):
        chance_per_day(1.5, 1e5)

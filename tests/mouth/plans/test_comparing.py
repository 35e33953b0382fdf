"""Two plans side by side: the same plan differs in nothing, bands hold their figure, the words follow the figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commensal.mouth.pictures.plans import save
from commensal.mouth.plans import compare, read_plan, words
from commensal.mouth.plans.comparing import Figure
from commensal.mouth.plans.words import HARDLY_MIN
from commensal.mouth.teeth import live
from commensal.mouth.unknowns import draws

EXAMPLES = Path(__file__).parents[3] / "examples" / "plans"
TODAY, WATER = (read_plan(EXAMPLES / f"{name}.toml") for name in ("today", "water"))


@pytest.fixture(scope="module")
def compared():
    return compare(TODAY, WATER, tooth="46", days=2, people=8)


def test_a_day_without_sweet_drinks_is_less_acid_for_everyone(compared):
    assert compared.acid_less.high < 0.0
    assert compared.surely_less == 1.0
    assert compared.second.lowest_ph.value > compared.first.lowest_ph.value


def test_every_figure_lies_in_its_band(compared):
    for side in (compared.first, compared.second):
        for one in (side.acid_min, side.lowest_ph, side.mineral):
            assert one.low <= one.value <= one.high
        assert np.all(side.ph_band[0] <= side.ph_band[1])
        assert sum(side.shares.values()) == pytest.approx(1.0)


def test_the_days_are_those_that_the_mouth_lives(compared):
    lived = live(TODAY.twin, TODAY.day, days=2, where="46", every_s=86400.0)
    below = lived.data["below_min"].values
    assert compared.first.by_site == {
        place.id: pytest.approx(minutes) for place, minutes in zip(lived.places, below[:, 2] - below[:, 1], strict=True)
    }
    assert compared.first.acid_min.value == max(compared.first.by_site.values())


def test_a_person_drawn_lives_on_from_the_plaque_that_is_there(compared):
    # The one in the middle of the draws lives the last day again: from the same plaque it is nearly as acid.
    below = float(np.sum(np.diff(compared.first.time_min) * (compared.first.ph[1:] < compared.critical_ph)))
    assert below == pytest.approx(compared.first.acid_min.value, rel=0.1)


def test_a_plan_against_itself_differs_in_nothing():
    same = compare(TODAY, replace(TODAY, title="Again"), tooth="46-L", days=2, people=8)
    assert (same.acid_less, same.mineral_less) == (Figure(value=0.0, low=0.0, high=0.0),) * 2
    assert "Again changes the time in acid hardly at all." in words(same)


def test_words_follow_the_figures(compared):
    told = " ".join(words(compared))
    assert "more rest from acid a day, and so for almost everyone" in told
    worse = replace(compared, acid_less=Figure(value=90.0, low=-5.0, high=120.0), surely_less=0.3)
    assert "gives your tooth 1 h 30 min more acid a day, but only for 7 of 10 people we tried." in " ".join(
        words(worse)
    )
    little = replace(compared, acid_less=Figure(value=-HARDLY_MIN / 2, low=-9.0, high=3.0))
    assert "changes the time in acid hardly at all." in " ".join(words(little))


def test_the_same_seed_draws_the_same_people_and_spreads_them_over_their_range():
    some = draws(50)
    assert draws(50, 2045) == some
    films = sorted(one.film for one in some)
    assert films == pytest.approx([(i + 0.5) / 50 for i in range(50)], abs=0.5 / 50 + 1e-12)
    assert {one.fixed_buffer_mmol_l for one in draws(50, 1)} != {one.fixed_buffer_mmol_l for one in some}


@pytest.mark.parametrize("name", ["both.png", "both.svg"])
def test_the_picture_is_drawn_and_the_same_again(compared, tmp_path, name):
    save(compared, (TODAY, WATER), tmp_path / name)
    first = (tmp_path / name).read_bytes()
    save(compared, (TODAY, WATER), tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert len(first) > 10_000


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"tooth": "99"}, "99: expected a tooth of this mouth"),
        ({"tooth": "46", "days": 1}, "days must be 2 to 365, got 1"),
        ({"tooth": "46", "people": 7}, "people must be 8 to 1000, got 7"),
    ],
)
def test_what_cannot_be_compared_is_refused(what, message):
    with pytest.raises(ValueError, match=message):
        compare(TODAY, WATER, **what)

"""Every row of the plaque model's table of reference results, to the digits it prints."""

from functools import cache

import numpy as np
import pytest

from commensal.mouth.reference import case, run_cases
from tests.mouth.reference_rows import NEVER, ROWS, Row

PRINTED = {int: 0.6, float: 0.11}
"""Half a unit of the last printed digit, and a tenth for the throw-away programs that printed it."""


@cache
def results(row: Row) -> dict[str, float]:
    course = run_cases([case(row.name, **row.change)])
    data = course.data
    return {
        "lowest_ph": float(data["lowest_ph"][0]),
        "lowest_at_min": float(data["lowest_ph_at"][0]),
        "below_min": float(data["minutes_below"][0]),
        "back_min": float(course.back_above_min(6.0)[0]),
        "lactate_mmol_l": float(data["concentration"].sel(time=7.0, solute="lactate")[0, 0]),
        "residual": float(data.attrs["largest_relative_residual"]),
    }


class HashableRow(Row):
    def __hash__(self) -> int:
        return hash(self.name)


@pytest.fixture(params=ROWS, ids=lambda row: row.name)
def row(request: pytest.FixtureRequest) -> Row:
    return HashableRow(*request.param)


def test_the_lowest_ph_is_the_printed_one(row):
    assert results(row)["lowest_ph"] == pytest.approx(row.lowest_ph, abs=0.0065)


@pytest.mark.parametrize("timed", [row for row in ROWS if row.lowest_at_min is not None], ids=lambda row: row.name)
def test_the_lowest_ph_comes_when_printed(timed):
    row = HashableRow(*timed)
    assert results(row)["lowest_at_min"] == pytest.approx(row.lowest_at_min, abs=0.6)


def test_the_time_in_acid_is_the_printed_one(row):
    assert results(row)["below_min"] == pytest.approx(row.below_min, abs=PRINTED[type(row.below_min)])


def test_the_return_above_ph_6_is_the_printed_one(row):
    if row.back_min == NEVER:
        assert results(row)["back_min"] == NEVER
    else:
        assert results(row)["back_min"] == pytest.approx(row.back_min, abs=PRINTED[type(row.back_min)])


def test_the_lactate_at_seven_minutes_is_the_printed_one(row):
    assert results(row)["lactate_mmol_l"] == pytest.approx(row.lactate_mmol_l, abs=PRINTED[type(row.lactate_mmol_l)])


def test_carbon_nitrogen_and_charge_are_kept(row):
    assert results(row)["residual"] < 1e-12  # rounding over 1500 steps; the goal is 1e-9


def test_the_sugar_in_saliva_clears_as_printed():
    mouth = run_cases([case("default")]).data["concentration"].sel(time=[2.0, 5.0, 10.0, 20.0], solute="hexose")
    got = mouth.isel(site=0, node=-1).values
    assert np.all(np.abs(got - [78.0, 8.5, 2.3, 0.10]) < [0.6, 0.06, 0.06, 0.006])

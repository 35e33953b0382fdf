"""A day that cannot be computed says where, when and why; nothing is returned."""

from dataclasses import replace

import pytest

from commensal.errors import CommensalError
from commensal.mouth import Day, Intake, Mouth, Site, run, simulate
from commensal.mouth.parameters import Parameter, Parameters, load

RINSE = Intake(name="sugar rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_percent_w_v=10.0)
DAY = Day(intakes=(RINSE,), begin_min=0.0, end_min=60.0)


def with_value(name: str, value: float) -> Parameters:
    table = load()
    old = table[name]
    row: Parameter = replace(old, value=value, low=min(old.low, value), high=max(old.high, value))
    return replace(table, rows={**table.rows, name: row})


def test_a_step_that_cannot_meet_its_tolerance_says_where_when_and_what_to_do(monkeypatch):
    monkeypatch.setattr("commensal.mouth.run.load", lambda: with_value("step_smallest", 1e-2))
    with pytest.raises(CommensalError) as refused:
        simulate([Site()], Mouth(), DAY, tolerance=1e-8)
    told = str(refused.value)
    assert "cannot meet its tolerance of 1e-08" in told
    assert "at 0.00 min after midnight (sugar rinse), in plaque layer 16 of 16, counted from the enamel, hexose" in told
    assert "allow a larger tolerance" in told


def test_a_run_that_takes_too_many_steps_stops(monkeypatch):
    monkeypatch.setattr("commensal.mouth.run.load", lambda: with_value("steps_most", 1000))
    with pytest.raises(CommensalError, match=r"took more than 1001 steps at \d+\.\d+ min"):
        simulate([Site()], Mouth(), DAY, tolerance=1e-7)


def test_a_poisoned_state_is_refused_instead_of_carried_on(monkeypatch):
    original = run.build

    def poisoned(*arguments):
        block = original(*arguments)
        laws = block.chemistry.laws
        with pytest.raises(ValueError, match="read-only"):  # other runs share them
            laws.constants[0, 0] = float("nan")
        constants = laws.constants.copy()
        constants[0, 0] = float("nan")
        constants.setflags(write=False)
        return replace(block, chemistry=replace(block.chemistry, laws=laws._replace(constants=constants)))

    monkeypatch.setattr(run, "build", poisoned)
    with pytest.raises(CommensalError, match="cannot meet its tolerance"):
        simulate([Site()], Mouth(), DAY)

"""`commensal validate`: target by target, seen and derived apart."""

import json

import pytest

from tests.cli.test_commands import commensal


@pytest.fixture(scope="module")
def measured() -> dict:
    ran = commensal("validate", "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_every_target_is_measured_and_what_must_be_reached_is(measured):
    targets = measured["targets"]
    assert measured["ok"]
    assert len({target["id"] for target in targets}) == len(targets) > 55
    for target in targets:
        assert target["passed"] == (target["low"] <= target["got"] <= target["high"])
        assert target["source"]
        assert target["passed"] or (target["level"] == "should" and target["why_it_may_fail"])


def test_seen_and_derived_are_counted_apart(measured):
    for provenance, total in measured["totals"].items():
        mine = [target for target in measured["targets"] if target["provenance"] == provenance]
        assert total == {"reached": sum(target["passed"] for target in mine), "of": len(mine)}
    assert set(measured["totals"]) == {"derived", "recalled", "seen"}


def test_one_group_is_shown_with_the_reasons_of_what_it_misses():
    ran = commensal("validate", "--group", "ecology")
    assert ran.returncode == 0
    assert "EC-Smutans-1" in ran.stdout
    assert "TH01" not in ran.stdout
    assert "EC-Sgordonii-4: held out from calibration" in ran.stdout
    assert "that must be reached" in ran.stdout


def test_a_group_nobody_knows_is_refused_with_those_there_are():
    ran = commensal("validate", "--group", "gold")
    assert ran.returncode == 2
    assert "stephan" in ran.stderr
    assert "gold" in ran.stderr

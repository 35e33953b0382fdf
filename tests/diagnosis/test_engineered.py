"""Engineered bacteria as an option: behind the gate, and never without what they do off target."""

from dataclasses import replace
from functools import cache

from commensal.clinic.report.sections import what_if_lines
from commensal.diagnosis.engineered import engineered_options
from commensal.mouth import strains
from commensal.mouth.strains.reading import parse_card
from tests.clinic.report import made_up
from tests.diagnosis.test_one_day import sweet_day
from tests.mouth.strains.cards import FULL


def test_none_of_the_shipped_strains_is_an_option():
    assert engineered_options() == ()
    assert sweet_day().engineered == ()


@cache
def offered():
    """Of two cards, one with an open gate: its trials take seconds, so they run once."""
    return engineered_options([strains.shipped()["bcs3_l1"], parse_card(FULL, "spec")])


def test_a_card_that_passes_is_an_option_with_what_it_does_off_target_and_a_shut_gate_stays_shut():
    card = parse_card(FULL, "spec")
    assert strains.may_be_offered(card).is_open
    (option,) = offered()
    assert option.strain == card.id
    assert option.off_target[-1] == "Whoever lives with you may get it too."
    assert len(option.off_target) >= 2
    lines = what_if_lines(replace(made_up.visit().forecast, engineered=(option,)))
    assert card.name in lines[0]
    assert option.off_target[0] in lines[0]
    assert "Simulated, not measured." in lines[0]


def test_one_thing_missing_and_it_is_no_option():
    assert engineered_options([parse_card(FULL.replace("consent =", "#"), "spec")]) == ()

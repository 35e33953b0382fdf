"""The release gate: shut unless everything was shown."""

import pytest

from commensal.mouth.strains import gate, may_be_offered, shipped
from commensal.mouth.strains.gate import GateResult
from commensal.mouth.strains.reading import parse_card
from tests.mouth.strains.cards import FULL

SPOILED = {
    "genome": ('genome_sha256 = "e3', '# "'),
    "mics": ('drug = "clindamycin"\nvalue = 0.06\nunit = "ug/mL"\nlow = 0.03\nhigh = 0.12\nsource = "an example"\nmark = "seen"',
             'drug = "clindamycin"\nvalue = 0.06\nunit = "ug/mL"\nlow = 0.03\nhigh = 0.12\nsource = "an example"\nmark = "recalled"'),
    "resistance": ("is_transferable = false", "is_transferable = true"),
    "spectrum": ('guild = "mitis"\nis_harmed = false\nsource = "an example"\nmark = "seen"',
                 'guild = "mitis"\nis_harmed = false\nsource = "an example"\nmark = "calibrated"'),
    "shedding": ('[shedding]\ntext = "Saliva', '[[evidence]]\ntext = "Saliva'),
    "household": ('[household]\ntext', '[[evidence]]\ntext'),
    "exclusions": ('    "pregnancy",\n', ""),
    "stop": ("stop_rule =", "#"),
    "consent": ("consent =", "#"),
    "approvals": ('person = "B. Example"', 'person = "a.  example"'),
    "change": ("[intended]", "[[evidence]]"),
    "auxotrophy": ("[auxotrophy.death]\nvalue = 0.5\nunit = \"1/h\"\nlow = 0.3\nhigh = 0.7\nsource = \"an example\"\nmark = \"seen\"", ""),
    "kill_switch": ('medium = "pooled human saliva on enamel"\n', ""),
    "escape": ("cells = 1e13", "cells = 1e8"),
    "escape_in_field": ("cells = 1e13", "cells = 1e12"),
    "reversion": ('where = "colonies in vitro"\nsource = "an example"\nmark = "seen"',
                  'where = "colonies in vitro"\nsource = "an example"\nmark = "recalled"'),
}  # fmt: skip


def test_the_card_of_the_specification_passes_and_every_check_has_a_case_here():
    result = gate(parse_card(FULL, "spec"))
    assert result.is_open, result.missing
    assert {check.id for check in result.checks} == set(SPOILED)
    assert any(text.startswith("US:") for text, _ in result.notes)
    assert any(text.startswith("EU:") for text, _ in result.notes)


@pytest.mark.parametrize("what", SPOILED)
def test_one_thing_missing_shuts_the_gate_and_is_named(what):
    there, instead = SPOILED[what]
    assert FULL.count(there) == 1
    result = gate(parse_card(FULL.replace(there, instead), "spec"))
    failed = {check.id for check in result.checks if not check.is_passed}
    assert failed == ({"escape", "escape_in_field"} if what == "escape" else {what})
    assert not result.is_open
    assert all(line.endswith(".") or ":" in line for line in result.missing)


def test_none_of_the_shipped_strains_may_be_offered():
    for strain in shipped().values():
        assert not may_be_offered(strain).is_open
        assert len(gate(strain).checks) == (16 if strain.is_engineered else 10)


def test_a_gate_that_asked_nothing_is_shut():
    assert not GateResult(strain="x", checks=()).is_open

import json
from pathlib import Path

import cedarpy
import pytest

from commensal.sentinel.policy import Act, Policy, PolicyError
from tests.data import data_dir

SCHEMA = """
entity Dentist, Lila, Person;
action sign appliesTo { principal: [Dentist, Lila], resource: [Person], context: { consents: Set<String> } };
"""
POLICIES = """
@id("signs") permit (principal is Dentist, action, resource) when { context.consents.contains("record") };
@id("never") forbid (principal is Lila, action, resource);
"""


def asked(**changes: object):
    fields = {"who_kind": "Dentist", "who": "d1", "what": "sign", "on_whom": "P1", "why": "plan agreed"}
    context = {"consents": ["record"]}
    return Policy(POLICIES, SCHEMA).decide(Act(**{**fields, "context": context, **changes}))


def test_an_act_is_allowed_only_when_a_policy_permits_it():
    assert asked().is_allowed
    assert asked().policies == ("signs",)


@pytest.mark.parametrize(
    "changes",
    [
        {"context": {"consents": []}},
        {"who_kind": "Lila"},
        {"who_kind": "Stranger"},
        {"what": "burn"},
        {"context": {}},
        {"context": {"consents": "record"}},
        {"what": 'sign", "x'},
    ],
)
def test_everything_else_is_a_refusal_and_never_an_exception(changes):
    assert not asked(**changes).is_allowed


def test_a_refusal_says_which_policy_forbade_it():
    assert asked(who_kind="Lila").policies == ("never",)


@pytest.mark.parametrize(
    ("policies", "schema"),
    [
        ("permit (", SCHEMA),
        (POLICIES, "entity ;"),
        ("permit(principal, action, resource) when {context.age>3};", SCHEMA),
    ],
)
def test_a_policy_that_does_not_parse_or_fit_its_schema_is_refused_as_it_loads(policies, schema):
    with pytest.raises(PolicyError):
        Policy(policies, schema)


def test_the_engine_decides_the_public_cedar_cases_as_published():
    root = data_dir("vectors", "cedar")
    decided = 0
    for case in sorted(root.glob("tests/*/*.json")):
        decided += check_case(root, json.loads(case.read_text()))
    assert decided >= 40


def check_case(root: Path, case: dict) -> int:
    policies = cedarpy.PolicySet.from_str((root / case["policies"]).read_text())
    entities = (root / case["entities"]).read_text()
    schema = (root / case["schema"]).read_text()
    for request in case["requests"]:
        asked = {part: request[part] for part in ("principal", "action", "resource", "context")}
        answer = cedarpy.is_authorized(asked, policies, entities, schema)
        assert answer.allowed == (request["decision"] == "allow"), request["description"]
    return len(case["requests"])

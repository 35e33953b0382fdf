"""ICDAS codes in three steps; what nobody looked at says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import find
from commensal.diagnosis.exam import PERMANENT, SURFACES, Surface
from commensal.diagnosis.finding import Certainty, Kind
from commensal.errors import InputError
from commensal.provenance import Mark
from tests.diagnosis.mouths import absent, decayed, mouth, tooth


def caries(exam):
    return [finding for finding in find(exam) if finding.kind is Kind.CARIES]


@pytest.mark.parametrize(
    ("icdas", "step"),
    [(1, "initial"), (2, "initial"), (3, "moderate"), (4, "moderate"), (5, "extensive"), (6, "extensive")],
)
def test_codes_merge_into_three_steps(icdas, step):
    [found] = caries(mouth(decayed("16", "M", icdas=icdas)))
    assert (found.grade, found.tooth, found.surface) == (step, "16", "M")
    assert found.evidence[0].where == "exam.json teeth.16.surfaces.M.icdas"
    assert found.evidence[0].value == str(icdas)
    assert found.rule.mark is Mark.RECALLED


def test_a_sound_surface_an_unexamined_one_and_an_absent_tooth_yield_nothing():
    half_seen = tooth("16", surfaces={"O": Surface(icdas=0)})
    assert caries(mouth(half_seen, tooth("17", surfaces={}), absent("18"))) == []


def test_activity_is_told_and_its_absence_is_a_doubt():
    said = {active: caries(mouth(decayed("16", icdas=3, is_active=active)))[0] for active in (True, False, None)}
    assert "active" in said[True].statement
    assert "at rest" in said[False].statement
    assert said[None].certainty is Certainty.MEDIUM
    assert said[None].cannot_know[0] == "Nobody wrote down if this spot is active."


def test_caries_beside_a_filling_says_so():
    surfaces = {"O": Surface(icdas=4, restoration="filling")}
    [found] = caries(mouth(tooth("36", surfaces=surfaces)))
    assert "beside a filling" in found.statement


def test_a_primary_tooth_is_read_like_any_other():
    [found] = caries(mouth(tooth("55", surfaces={"O": Surface(icdas=5)}, probing={}), age_y=6))
    assert found.id == "icdas-merge:55:O"


@pytest.mark.parametrize("icdas", [-1, 7, 44])
def test_a_code_that_does_not_exist_is_refused_by_its_field(icdas):
    with pytest.raises(InputError, match=r"teeth\.16\.surfaces\.O\.icdas: expected an ICDAS code 0 to 6"):
        find(mouth(decayed("16", icdas=icdas)))


@given(
    st.dictionaries(
        st.sampled_from(PERMANENT), st.dictionaries(st.sampled_from(SURFACES), st.integers(0, 6)), max_size=6
    )
)
def test_there_is_one_finding_for_each_surface_above_sound_in_the_order_of_the_teeth(codes):
    teeth = [
        tooth(fdi, surfaces={name: Surface(icdas=code) for name, code in seen.items()}) for fdi, seen in codes.items()
    ]
    told = [(found.tooth, found.surface) for found in caries(mouth(*teeth))]
    above = [(fdi, name) for fdi in codes for name in codes[fdi] if codes[fdi][name] > 0]
    assert sorted(told) == sorted(above)
    assert told == sorted(above, key=lambda place: (place[0], SURFACES.index(place[1])))

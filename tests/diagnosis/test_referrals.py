"""Who is referred, when, and by which rule: the texts said once more, and compared with the table."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import find
from commensal.diagnosis.exam import Exam, ExaminerRole, SignKind, SoftTissueSign
from commensal.diagnosis.finding import Certainty, Kind, Screening
from commensal.errors import InputError
from commensal.provenance import Mark
from tests.diagnosis.mouths import TODAY, mouth, sign

K = SignKind
DENTIST, OTHER = ExaminerRole.DENTIST, ExaminerRole.OTHER


def asked_by(s: SoftTissueSign, days: int, age_y: int, who: ExaminerRole) -> set[str]:
    """The guide's own sentences, written out by hand: every rule that asks for a referral."""
    lump_or_red = s.kind in (K.LIP_OR_MOUTH_LUMP, K.RED_PATCH, K.RED_AND_WHITE_PATCH)
    unexplained, three_weeks = s.is_unexplained, days >= 21
    says = {
        "R1": s.kind is K.ULCER and unexplained and three_weeks,
        "R2": s.kind is K.NECK_LUMP and unexplained and s.is_persistent,
        "R3": who is OTHER
        and (
            s.kind is K.LIP_OR_MOUTH_LUMP
            or (s.kind in (K.RED_PATCH, K.RED_AND_WHITE_PATCH) and s.is_suspicious is not False)
        ),
        "R4": who is DENTIST and lump_or_red and s.is_suspicious is not False,
        "R5": age_y >= 45 and unexplained and (s.kind is K.NECK_LUMP or (s.kind is K.HOARSENESS and s.is_persistent)),
        "R6": s.kind is K.THYROID_LUMP and unexplained,
        "SCO-1": s.kind in (K.NECK_LUMP, K.LIP_OR_MOUTH_LUMP, K.THYROID_LUMP)
        and unexplained
        and s.is_persistent
        and three_weeks,
        "SCO-2": three_weeks and (s.kind is K.ULCER or (s.kind is K.LIP_OR_MOUTH_LUMP and unexplained)),
        "SCO-3": three_weeks and s.kind in (K.RED_PATCH, K.RED_AND_WHITE_PATCH),
        "SCO-4": s.kind is K.LOOSE_TOOTH and unexplained,
        "SCO-5": s.kind is K.THROAT_DISCOMFORT and s.is_persistent and days >= 28,
        "SCO-6": s.kind is K.EAR_PAIN and unexplained,
        "IRL": three_weeks
        and unexplained
        and s.kind
        in (
            K.ULCER,
            K.WHITE_PATCH,
            K.RED_PATCH,
            K.RED_AND_WHITE_PATCH,
            K.PIGMENTED_AREA,
            K.LIP_OR_MOUTH_LUMP,
            K.NUMBNESS,
            K.LOOSE_TOOTH,
            K.NON_HEALING_SOCKET,
        ),
    }
    return {rule for rule, is_asking in says.items() if is_asking}


def referred_by(exam: Exam) -> set[str]:
    """Every rule a referral names, as itself or in its evidence."""
    named: set[str] = set()
    for finding in find(exam):
        if finding.kind is Kind.REFERRAL:
            named.add(finding.grade)
            for one in finding.evidence:
                if one.name == "also asked by":
                    named |= set(one.value.replace(" and ", ", ").split(", "))
    return named


@pytest.mark.parametrize("kind", SignKind)
@pytest.mark.parametrize("who", ExaminerRole)
def test_every_cell_of_the_decision_table_says_what_the_texts_say(kind, who):
    for days in (0, 20, 21, 22, 27, 28, 29, 365):
        for age_y in (17, 44, 45, 46):
            for unexplained in (True, False):
                for persistent in (True, False):
                    for suspicious in (True, False, None):
                        one = sign(
                            kind,
                            days,
                            is_unexplained=unexplained,
                            is_persistent=persistent,
                            is_suspicious=suspicious,
                        )
                        exam = mouth(signs=(one,), age_y=age_y, examiner=who, teeth={})
                        assert referred_by(exam) == asked_by(one, days, age_y, who), one


@pytest.mark.parametrize("kind", SignKind)
def test_a_sign_that_refers_nobody_today_is_still_told(kind):
    exam = mouth(signs=(sign(kind, 0, is_suspicious=False),), age_y=30)
    assert [finding for finding in find(exam) if finding.id.endswith("signs.0")]


@pytest.mark.parametrize("kind", [K.ULCER, K.WHITE_PATCH, K.PIGMENTED_AREA, K.NUMBNESS, K.NON_HEALING_SOCKET])
def test_a_sign_that_must_last_three_weeks_is_rechecked_on_the_day_it_would_refer(kind):
    before = mouth(signs=(sign(kind, 5),))
    [recheck] = [finding for finding in find(before) if finding.kind is Kind.RECHECK]
    assert recheck.look_again_on == TODAY + timedelta(days=16)
    on_that_day = replace(before, on=recheck.look_again_on)
    assert [finding for finding in find(on_that_day) if finding.kind is Kind.REFERRAL]


def test_after_a_cause_was_found_the_sign_is_looked_at_again_within_two_weeks():
    [recheck] = [
        finding
        for finding in find(mouth(signs=(sign(K.WHITE_PATCH, 60, is_unexplained=False),)))
        if finding.kind is Kind.RECHECK
    ]
    assert recheck.look_again_on == TODAY + timedelta(days=14)


def test_the_earlier_of_the_two_days_counts_when_a_cause_was_found_for_a_young_sore():
    [recheck] = [
        finding
        for finding in find(mouth(signs=(sign(K.ULCER, 18, is_unexplained=False),)))
        if finding.kind is Kind.RECHECK
    ]
    assert recheck.look_again_on == TODAY + timedelta(days=3)


def test_a_lump_the_dentist_did_not_judge_is_referred_and_says_why():
    [found] = [f for f in find(mouth(signs=(sign(K.LIP_OR_MOUTH_LUMP, 2),))) if f.kind is Kind.REFERRAL]
    assert found.certainty is Certainty.MEDIUM
    assert any("Nobody wrote down" in doubt for doubt in found.cannot_know)


def test_a_quiet_look_never_says_there_is_no_cancer():
    [look] = [finding for finding in find(mouth()) if finding.id == "soft-tissue-look"]
    assert look.statement == "No sign that asks for a referral today. This does not rule cancer out."
    assert look.certainty is Certainty.LIMITED


def test_a_mouth_nobody_looked_into_is_not_called_quiet():
    [look] = [f for f in find(mouth(soft_tissue_examined=False)) if f.id == "soft-tissue-look"]
    assert "not looked at" in look.statement
    assert look.grade == "not examined"


def test_a_sign_first_seen_after_the_examination_is_refused_by_its_field():
    with pytest.raises(InputError, match=r"exam.json: .*signs.*since"):
        find(mouth(signs=(sign(K.ULCER, -1),)))


signs = st.builds(
    sign,
    st.sampled_from(SignKind),
    st.integers(0, 400),
    is_unexplained=st.booleans(),
    is_persistent=st.booleans(),
    is_suspicious=st.sampled_from([True, False, None]),
)
screens = st.builds(
    Screening,
    id=st.sampled_from(["rinse", "panel"]),
    title=st.just("rinse"),
    asks_for_referral=st.booleans(),
    statement=st.just("Simulated."),
    source=st.just("a made-up screen"),
    mark=st.sampled_from(Mark),
)
exams = st.builds(
    lambda found, age_y, who: mouth(signs=tuple(found), age_y=age_y, examiner=who, teeth={}),
    st.lists(signs, max_size=4),
    st.integers(0, 100),
    st.sampled_from(ExaminerRole),
)


def referral_ids(findings) -> set[str]:
    return {finding.id for finding in findings if finding.kind is Kind.REFERRAL}


@given(exams, signs)
def test_one_more_sign_never_removes_a_referral(exam, more):
    assert referral_ids(find(exam)) <= referral_ids(find(replace(exam, signs=(*exam.signs, more))))


@given(exams, st.lists(screens, max_size=2, unique_by=lambda one: one.id))
def test_a_screen_never_removes_a_referral_and_adds_one_only_when_it_asks(exam, screenings):
    plain, screened = referral_ids(find(exam)), referral_ids(find(exam, screenings=screenings))
    asking = {f"screening-adds:{one.id}" for one in screenings if one.asks_for_referral}
    assert screened == plain | asking


@given(exams, st.integers(0, 60))
def test_waiting_longer_never_removes_a_referral(exam, days):
    later = replace(exam, on=exam.on + timedelta(days=days))
    assert referral_ids(find(exam)) <= referral_ids(find(later))


@given(exams)
def test_a_recheck_lies_after_today_and_a_sign_is_either_referred_or_told(exam):
    findings = find(exam)
    for finding in findings:
        if finding.kind is Kind.RECHECK:
            assert finding.look_again_on > exam.on
    for index in range(len(exam.signs)):
        assert any(finding.id.endswith(f":signs.{index}") for finding in findings)

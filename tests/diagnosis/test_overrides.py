"""What a dentist may change about a finding, and what a screen may not."""

import pytest

from commensal.diagnosis import apply_overrides, find
from commensal.diagnosis.errors import OverrideError
from commensal.diagnosis.exam import ExaminerRole, SignKind
from commensal.diagnosis.finding import DecidedBy, Override
from tests.diagnosis.mouths import TODAY, mouth, sign

NO = Override(statement="No referral.", reason="It was a burn, and it is healing.", by="Dr Chen", on=TODAY)


def referring(grade: str):
    """A mouth in which one of R1 to R6 fires."""
    kind, who = {
        "R1": (SignKind.ULCER, ExaminerRole.DENTIST),
        "R2": (SignKind.NECK_LUMP, ExaminerRole.DENTIST),
        "R3": (SignKind.RED_PATCH, ExaminerRole.OTHER),
        "R4": (SignKind.RED_PATCH, ExaminerRole.DENTIST),
        "R5": (SignKind.HOARSENESS, ExaminerRole.DENTIST),
        "R6": (SignKind.THYROID_LUMP, ExaminerRole.DENTIST),
    }[grade]
    findings = find(mouth(signs=(sign(kind, 30),), examiner=who, age_y=44 if grade == "R2" else 45))
    assert findings[0].grade == grade
    return findings


@pytest.mark.parametrize("grade", ["R1", "R2", "R3", "R4", "R5", "R6"])
def test_a_screen_cannot_take_back_a_referral(grade):
    findings = referring(grade)
    with pytest.raises(OverrideError, match="never cancel one"):
        apply_overrides(findings, {findings[0].id: NO}, decided_by=DecidedBy.SCREENING)


@pytest.mark.parametrize("grade", ["R1", "R2", "R3", "R4", "R5", "R6"])
def test_a_dentist_with_a_reason_can_and_both_stay_visible(grade):
    findings = referring(grade)
    decided = apply_overrides(findings, {findings[0].id: NO}, decided_by=DecidedBy.DENTIST)
    assert decided[0].effective == "No referral."
    assert decided[0].statement == findings[0].statement
    assert decided[0].evidence == findings[0].evidence
    assert decided[0].override == NO
    assert decided[1:] == findings[1:]


def test_nobody_but_a_dentist_overrides_anything():
    findings = find(mouth())
    for who in (DecidedBy.OTHER, DecidedBy.SCREENING):
        with pytest.raises(OverrideError, match="ask a dentist"):
            apply_overrides(findings, {"cambra": NO}, decided_by=who)


@pytest.mark.parametrize("missing", ["reason", "statement", "by"])
def test_an_override_without_a_reason_a_statement_or_a_name_is_refused(missing):
    words = {"statement": "No.", "reason": "Seen.", "by": "Dr Chen"} | {missing: "  "}
    with pytest.raises(OverrideError, match="cambra"):
        apply_overrides(find(mouth()), {"cambra": Override(**words, on=TODAY)}, decided_by=DecidedBy.DENTIST)


def test_an_override_of_no_finding_is_refused_and_names_the_findings_there_are():
    with pytest.raises(OverrideError, match=r"cambra.*got ng12-r9"):
        apply_overrides(find(mouth()), {"ng12-r9": NO}, decided_by=DecidedBy.DENTIST)


def test_a_decision_that_stands_is_not_replaced():
    once = apply_overrides(find(mouth()), {"cambra": NO}, decided_by=DecidedBy.DENTIST)
    with pytest.raises(OverrideError, match="second"):
        apply_overrides(once, {"cambra": NO}, decided_by=DecidedBy.DENTIST)

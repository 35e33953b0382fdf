"""The test cases that the guide itself asks of software, one by one and by their numbers."""

from datetime import timedelta

from commensal.diagnosis import find
from commensal.diagnosis.exam import ExaminerRole, History, Saliva, SignKind
from commensal.diagnosis.finding import Finding, Kind
from tests.diagnosis.mouths import TODAY, decayed, mouth, periodontal, sign


def only(findings: tuple[Finding, ...], kind: Kind) -> Finding:
    [found] = [finding for finding in findings if finding.kind is kind]
    return found


def by_id(findings: tuple[Finding, ...], wanted: str) -> Finding:
    [found] = [finding for finding in findings if finding.id == wanted]
    return found


def test_case_1_an_ulcer_of_22_days_without_a_cause_fires_r1():
    found = only(find(mouth(signs=(sign(SignKind.ULCER, 22),))), Kind.REFERRAL)
    assert found.grade == "R1"
    assert found.refer_within_days == 14


def test_case_1_an_ulcer_of_20_days_is_looked_at_again_on_day_21():
    findings = find(mouth(signs=(sign(SignKind.ULCER, 20),)))
    assert only(findings, Kind.RECHECK).look_again_on == TODAY + timedelta(days=1)
    assert not [finding for finding in findings if finding.kind is Kind.REFERRAL]


def test_case_2_a_red_patch_seen_by_a_gp_goes_to_a_dentist_within_two_weeks():
    exam = mouth(examiner=ExaminerRole.OTHER, signs=(sign(SignKind.RED_PATCH, 1),))
    found = only(find(exam), Kind.REFERRAL)
    assert (found.grade, found.refer_within_days) == ("R3", 14)
    assert "dentist" in found.statement


def test_case_2_the_same_patch_seen_by_a_dentist_goes_to_the_cancer_pathway():
    found = only(find(mouth(signs=(sign(SignKind.RED_PATCH, 1),))), Kind.REFERRAL)
    assert found.grade == "R4"
    assert "cancer clinic" in found.statement


def test_case_3_loss_of_5_mm_bone_loss_of_40_percent_and_six_lost_teeth_is_stage_iv():
    history = History(bone_loss_percent_of_root=40, teeth_lost_to_periodontitis=6)
    assert by_id(find(periodontal(5, history=history)), "perio-stage").grade == "IV"


def test_case_3_loss_of_4_mm_with_a_pocket_of_6_mm_is_lifted_to_iii():
    assert by_id(find(periodontal(4, depth_mm=6)), "perio-stage").grade == "III"
    assert by_id(find(periodontal(4, depth_mm=4)), "perio-stage").grade == "II"


def test_case_4_at_40_years_a_bone_loss_of_48_percent_is_grade_c():
    exam = periodontal(age_y=40, history=History(bone_loss_percent_of_root=48))
    found = by_id(find(exam), "perio-grade")
    assert found.grade == "C"
    assert ("bone loss over age", "1.2") in [(one.name, one.value) for one in found.evidence]


def test_case_4_at_60_years_a_bone_loss_of_12_percent_is_grade_a_but_12_cigarettes_make_it_c():
    slow = History(bone_loss_percent_of_root=12, cigarettes_a_day=0, has_diabetes=False)
    smoker = History(bone_loss_percent_of_root=12, cigarettes_a_day=12, has_diabetes=False)
    assert by_id(find(periodontal(age_y=60, history=slow)), "perio-grade").grade == "A"
    assert by_id(find(periodontal(age_y=60, history=smoker)), "perio-grade").grade == "C"


def test_case_5_icdas_2_and_a_filling_20_months_ago_is_a_high_caries_risk():
    exam = mouth(decayed("16", "B", icdas=2), history=History(months_since_caries_restoration=20))
    assert only(find(exam), Kind.CARIES_RISK).grade == "high"


def test_case_5_with_an_unstimulated_flow_of_0_08_it_is_extreme():
    exam = mouth(
        decayed("16", "B", icdas=2),
        history=History(months_since_caries_restoration=20),
        saliva=Saliva(unstimulated_ml_min=0.08),
    )
    assert only(find(exam), Kind.CARIES_RISK).grade == "extreme"


def test_case_6_at_11_years_with_active_caries_2800_ppm_is_eligible_and_5000_is_not():
    found = only(find(mouth(decayed("16", icdas=2), age_y=11)), Kind.FLUORIDE)
    assert "2800 ppm eligible" in found.grade
    assert "5000" not in found.grade
    assert "5000" not in found.statement


def test_a_whole_sound_mouth_has_no_referral_no_caries_and_no_periodontitis():
    kinds = {finding.kind for finding in find(mouth())}
    assert not kinds & {Kind.REFERRAL, Kind.RECHECK, Kind.CARIES, Kind.PERIODONTITIS}

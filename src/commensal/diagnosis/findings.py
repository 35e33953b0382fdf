"""From an examination to findings, in one order; and what a dentist may change about them."""

from collections.abc import Iterable, Mapping

from commensal.diagnosis.errors import OverrideError
from commensal.diagnosis.exam import Exam
from commensal.diagnosis.finding import DecidedBy, Finding, Kind, Override, Screening, overridden
from commensal.diagnosis.forecast import Occasion
from commensal.diagnosis.rules.cambra import caries_risk
from commensal.diagnosis.rules.caries import find_caries
from commensal.diagnosis.rules.fluoride import find_fluoride
from commensal.diagnosis.rules.gums import find_gum_health
from commensal.diagnosis.rules.inputs import refuse_impossible
from commensal.diagnosis.rules.ng12 import referrals, screening_findings, soft_tissue
from commensal.diagnosis.rules.opmd import reviews
from commensal.diagnosis.rules.perio import find_periodontitis

ORDER = tuple(Kind)
"""Referrals first, then what to look at again, then the rest; the order in which `Kind` names them."""


def find(
    exam: Exam,
    *,
    occasions: tuple[Occasion, ...] | None = None,
    screenings: Iterable[Screening] = (),
) -> tuple[Finding, ...]:
    """Everything the published rules say about one examination, referrals first.

    Args:
        exam: the examination.
        occasions: what was eaten and drunk in one day, for the caries-risk form; None when nobody asked.
        screenings: what screens say; they may add referrals and can take none back.

    Returns:
        Findings ordered by kind, then by sign, tooth or rule; the same examination gives the same order,
        however its teeth were listed. Their ids are unique.

    Raises:
        InputError: the examination holds a value that cannot be.
    """
    refuse_impossible(exam)
    risk = caries_risk(exam, occasions)
    found = (
        *referrals(exam),
        *screening_findings(screenings),
        *soft_tissue(exam),
        *reviews(exam),
        *find_caries(exam),
        risk,
        find_fluoride(exam, risk.grade),
        *find_periodontitis(exam),
        *find_gum_health(exam),
    )
    return in_order(found)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by kind, referrals first; within a kind they keep their order."""
    return tuple(sorted(findings, key=lambda finding: ORDER.index(finding.kind)))


def apply_overrides(
    findings: Iterable[Finding], overrides: Mapping[str, Override], *, decided_by: DecidedBy
) -> tuple[Finding, ...]:
    """The findings with a dentist's decisions on top; the rules' own words stay in them.

    Nothing is changed unless every decision passes. Checked in this order: the finding exists, it was not
    decided before, a dentist decides, there is a name, a reason and a statement.

    Args:
        findings: what the rules say.
        overrides: decisions by finding id.
        decided_by: who stands behind all of them. A screen can never take back a referral.

    Raises:
        OverrideError: a decision about no finding, a second one about the same finding, one that is not a
            dentist's, or one without a name, a reason or a statement.
    """
    by_id = {finding.id: finding for finding in findings}
    for finding_id, override in overrides.items():
        finding = by_id.get(finding_id)
        if finding is None:
            known = ", ".join(by_id) or "none"
            raise OverrideError(f"expected the id of a finding ({known}), got {finding_id}")
        if finding.override is not None:
            raise OverrideError(f"{finding_id}: expected one decision, got a second; keep the one that stands")
        _refuse_unless_dentist(finding, override, decided_by)
        try:
            by_id[finding_id] = overridden(finding, override)
        except ValueError as refused:
            raise OverrideError(str(refused)) from refused
    return tuple(by_id.values())


def _refuse_unless_dentist(finding: Finding, override: Override, decided_by: DecidedBy) -> None:
    if decided_by is DecidedBy.SCREENING and finding.kind is Kind.REFERRAL:
        raise OverrideError(f"{finding.id}: a screen may add a referral and never cancel one; ask a dentist to decide")
    if decided_by is not DecidedBy.DENTIST:
        raise OverrideError(f"{finding.id}: expected a dentist's decision, got one of {decided_by}; ask a dentist")
    if not override.by.strip():
        raise OverrideError(f"{finding.id}: expected the name of the dentist who decides, got an empty one")

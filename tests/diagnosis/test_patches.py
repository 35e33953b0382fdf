"""Which patches get a review, and when."""

from datetime import date

import pytest

from commensal.diagnosis import find
from commensal.diagnosis.exam import SignKind
from commensal.diagnosis.finding import Kind
from commensal.diagnosis.rules.opmd import months_later
from commensal.provenance import Mark
from tests.diagnosis.mouths import mouth, sign


def review(kind, days=30, **changes):
    return [f for f in find(mouth(signs=(sign(kind, days, **changes),))) if f.rule.id == "opmd-review"]


def test_a_white_patch_that_stays_is_reviewed_after_three_months_beside_its_referral():
    [found] = review(SignKind.WHITE_PATCH)
    assert found.look_again_on == date(2046, 2, 22)
    assert found.rule.mark is Mark.RECALLED
    assert find(mouth(signs=(sign(SignKind.WHITE_PATCH, 30),)))[0].kind is Kind.REFERRAL


@pytest.mark.parametrize(("days", "count"), [(20, 0), (21, 1)])
def test_a_patch_is_reviewed_once_it_stayed_for_three_weeks(days, count):
    assert len(review(SignKind.WHITE_PATCH, days)) == count


def test_a_patch_with_a_cause_or_one_that_goes_has_no_review():
    assert review(SignKind.WHITE_PATCH, is_unexplained=False) == []
    assert review(SignKind.WHITE_PATCH, is_persistent=False) == []


@pytest.mark.parametrize("kind", sorted(set(SignKind) - {SignKind.WHITE_PATCH, SignKind.RED_AND_WHITE_PATCH}))
def test_a_sign_that_maps_to_no_disorder_has_no_review(kind):
    assert review(kind) == []


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2045, 10, 31), 1, date(2045, 11, 30)),
        (date(2047, 11, 30), 3, date(2048, 2, 29)),
        (date(2045, 9, 15), 4, date(2046, 1, 15)),
    ],
)
def test_a_month_later_keeps_to_the_calendar(day, months, later):
    assert months_later(day, months) == later

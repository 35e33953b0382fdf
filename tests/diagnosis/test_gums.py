"""Bleeding gums: healthy, gingivitis, or not to be named."""

import pytest

from commensal.diagnosis import find
from commensal.diagnosis.exam import PERMANENT
from commensal.diagnosis.finding import Kind
from tests.diagnosis.mouths import lossy, mouth, probing, tooth


def gums(exam):
    [found] = [finding for finding in find(exam) if finding.kind is Kind.GUM_HEALTH]
    return found


def bleeding(sites: int, depth_mm: float = 2, loss_mm: float | None = 0):
    """A mouth of ten teeth, 60 sites, of which the first `sites` bleed."""
    teeth = {}
    for fdi in PERMANENT[:10]:
        some = probing(depth_mm, loss_mm)
        for name in some:
            some[name] = probing(depth_mm, loss_mm, bleeds=sites > 0)[name]
            sites -= 1
        teeth[fdi] = tooth(fdi, probing=some)
    return mouth(teeth=teeth)


@pytest.mark.parametrize(
    ("sites", "depth_mm", "grade"),
    [
        (0, 3, "healthy"),
        (5, 3, "healthy"),
        (5, 3.1, "pockets"),
        (6, 3, "gingivitis, localised"),
        (18, 3, "gingivitis, localised"),
        (19, 3, "gingivitis, generalised"),
        (60, 3, "gingivitis, generalised"),
    ],
)
def test_ten_percent_of_bleeding_sites_is_gingivitis_and_above_thirty_it_is_generalised(sites, depth_mm, grade):
    assert gums(bleeding(sites, depth_mm)).grade == grade


def test_bleeding_with_lost_or_unmeasured_support_is_not_called_gingivitis():
    assert gums(bleeding(30, loss_mm=2)).grade == "bleeding"
    assert gums(bleeding(30, loss_mm=None)).grade == "bleeding"
    assert gums(mouth(lossy("16", 3))).grade == "quiet"


def test_gums_nobody_measured_are_not_called_healthy():
    unprobed = mouth(*[tooth(fdi, probing={}) for fdi in PERMANENT])
    unnoted = mouth(*[tooth(fdi, probing=probing(bleeds=None)) for fdi in PERMANENT])
    assert gums(unprobed).grade == gums(unnoted).grade == "not measured"


def test_sites_where_nobody_noted_bleeding_leave_the_share_and_are_counted_aloud():
    found = gums(mouth(tooth("16", probing=probing(bleeds=None))))
    assert found.evidence[0].unit == "% of 186 sites"
    assert "Bleeding was not noted at 6 sites." in found.cannot_know

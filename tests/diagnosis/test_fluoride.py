"""Which fluoride fits which age: every birthday of the guide, on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import find
from commensal.diagnosis.finding import Kind
from commensal.diagnosis.rules.fluoride import advise_fluoride
from tests.diagnosis.mouths import decayed, mouth


@pytest.mark.parametrize(
    ("age_y", "paste", "amount", "varnish"),
    [
        (0, (1000, None), "a smear", 0),
        (2, (1000, None), "a smear", 0),
        (3, (1000, None), "a pea of paste", 2),
        (6, (1000, None), "a pea of paste", 2),
        (7, (1350, 1500), "", 0),
        (17, (1350, 1500), "", 0),
        (18, (1350, None), "", 0),
        (80, (1350, None), "", 0),
    ],
)
def test_paste_and_varnish_by_age_without_concern(age_y, paste, amount, varnish):
    advice = advise_fluoride(age_y, is_concern=False, has_active_caries=False)
    assert (advice.paste_min_ppm, advice.paste_max_ppm) == paste
    assert (advice.amount, advice.varnish_a_year) == (amount, varnish)
    assert not advice.rinse
    assert advice.stronger_ppm == ()


@pytest.mark.parametrize(
    ("age_y", "rinse", "by_concern", "by_caries"),
    [
        (2, False, (), ()),
        (7, False, (), ()),
        (8, True, (), ()),
        (9, True, (), ()),
        (10, True, (), (2800,)),
        (11, True, (), (2800,)),
        (15, True, (), (2800,)),
        (16, True, (), (2800, 5000)),
        (17, True, (), (2800, 5000)),
        (18, True, (2800, 5000), (2800, 5000)),
    ],
)
def test_rinse_and_stronger_paste_by_age_with_concern(age_y, rinse, by_concern, by_caries):
    concern = advise_fluoride(age_y, is_concern=True, has_active_caries=False)
    caries = advise_fluoride(age_y, is_concern=False, has_active_caries=True)
    assert concern.rinse is caries.rinse is rinse
    assert (concern.stronger_ppm, caries.stronger_ppm) == (by_concern, by_caries)
    assert concern.varnish_a_year == 2
    assert concern.paste_min_ppm == 1350


@pytest.mark.parametrize(
    ("icdas", "is_active", "grade"),
    [
        (1, True, "2800 ppm eligible"),
        (3, None, "usual paste"),
        (3, False, "usual paste"),
        (0, True, "usual paste"),
    ],
)
def test_a_child_gets_stronger_paste_only_for_caries_someone_called_active(icdas, is_active, grade):
    [found] = [
        finding
        for finding in find(mouth(decayed("16", icdas=icdas, is_active=is_active), age_y=12))
        if finding.kind is Kind.FLUORIDE
    ]
    assert found.grade == grade


@given(st.integers(0, 120), st.booleans(), st.booleans())
def test_5000_ppm_is_never_offered_without_2800_nor_below_16_years(age_y, is_concern, has_active_caries):
    advice = advise_fluoride(age_y, is_concern=is_concern, has_active_caries=has_active_caries)
    assert 5000 not in advice.stronger_ppm or (2800 in advice.stronger_ppm and age_y >= 16)


def test_an_age_below_zero_is_refused():
    with pytest.raises(ValueError, match="age_y must be >= 0 y, got -1"):
        advise_fluoride(-1, is_concern=False, has_active_caries=False)

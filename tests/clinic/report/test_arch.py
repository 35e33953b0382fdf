from itertools import combinations
from math import hypot

import pytest
from scipy.integrate import quad

from commensal.clinic.report.arch import jaws
from commensal.clinic.report.teeth import form, has_teeth_to_come, teeth_to_draw
from commensal.diagnosis.exam import PERMANENT, PRIMARY
from tests.clinic.report.polygons import cross, winds_around

MIXED = [
    fdi
    for quarter, milk in (("1", "5"), ("2", "6"), ("3", "7"), ("4", "8"))
    for fdi in (f"{quarter}1", f"{quarter}2", f"{quarter}6", f"{milk}3", f"{milk}4", f"{milk}5")
]
MIXED.append("71")


def placed(fdis=PERMANENT):
    return {tooth.fdi: tooth for jaw in jaws(fdis) for tooth in jaw.teeth}


@pytest.mark.parametrize("fdis", [PERMANENT, PRIMARY, MIXED], ids=["permanent", "primary", "mixed"])
def test_no_two_teeth_overlap(fdis):
    teeth = [(tooth.fdi, tooth.outline()) for tooth in placed(fdis).values()]
    assert len(teeth) == len(fdis)
    for (one, a), (other, b) in combinations(teeth, 2):
        assert not cross(a, b), f"{one} crosses {other}"
        assert not winds_around(a[0], b), f"{one} lies in {other}"


@pytest.mark.parametrize(
    ("fdi", "is_left", "is_top"),
    [("18", True, True), ("28", False, True), ("38", False, False), ("48", True, False), ("85", True, False)],
)
def test_a_tooth_stands_where_its_number_says(fdi, is_left, is_top):
    # As the dentist sees it: the patient's right is on the left of the picture.
    tooth = placed((*PERMANENT[:-8], "85", *PERMANENT[-8:]))[fdi]
    assert (tooth.centre[0] < 0) is is_left
    assert (tooth.centre[1] < 6.5) is is_top


def test_order_of_the_numbers_changes_nothing():
    assert jaws(PERMANENT) == jaws(tuple(reversed(PERMANENT)))


@pytest.mark.parametrize(("right", "left"), [("1", "2"), ("4", "3")])
@pytest.mark.parametrize("place", range(1, 9))
def test_the_halves_of_the_mouth_mirror_each_other(right, left, place):
    teeth = placed()
    one, other = teeth[f"{right}{place}"], teeth[f"{left}{place}"]
    for (x0, y0), (x1, y1) in zip(one.outline(), other.outline(), strict=True):
        assert (x0, y0) == pytest.approx((-x1, y1), abs=1e-9)


@pytest.mark.parametrize(("upper", "ratio"), [(True, 1.34), (False, 1.32)])
def test_middles_lie_on_a_superellipse_that_holds_eight_widths(upper, ratio):
    jaw = jaws(PERMANENT)[0 if upper else 1]
    a, b = jaw.half_width_mm, jaw.half_width_mm * ratio
    for tooth in jaw.teeth:
        x, y = tooth.centre[0], tooth.centre[1] - (0 if upper else 13.0)
        assert (abs(x) / a) ** 2.3 + (abs(y) / b) ** 2.3 == pytest.approx(1, abs=1e-6)

    def height(x):
        return b * max(0.0, 1 - (x / a) ** 2.3) ** (1 / 2.3)

    def width(y):
        return a * max(0.0, 1 - (y / b) ** 2.3) ** (1 / 2.3)

    # The quarter's length in two parts, each along the axis on which its slope stays finite.
    meet = a * 0.5 ** (1 / 2.3)
    first, _ = quad(lambda x: hypot(1, (height(x + 1e-6) - height(x)) / 1e-6), 0, meet)
    second, _ = quad(lambda y: hypot(1, (width(y + 1e-6) - width(y)) / 1e-6), 0, height(meet))
    widths = sum(form(f"{1 if upper else 4}{place}").width_mm for place in range(1, 9))
    assert first + second == pytest.approx(widths + 8 * 0.35, rel=1e-3)


def test_teeth_follow_each_other_from_the_midline_backwards():
    teeth = placed()
    for quarter in "1234":
        across = [abs(teeth[f"{quarter}{place}"].centre[0]) for place in range(1, 9)]
        assert across == sorted(across)


def test_lips_and_cheeks_are_outside_and_distal_is_away_from_the_midline():
    for tooth in placed().values():
        x, y = tooth.centre
        middle_y = 0.0 if tooth.fdi[0] in "12" else 13.0
        assert tooth.outward[0] * x + tooth.outward[1] * (y - middle_y) > 0
        assert tooth.along[0] * x > 0


def test_a_milk_tooth_that_outstays_its_follower_stands_behind_it():
    teeth = placed(MIXED)
    assert teeth["71"].is_behind
    assert not teeth["31"].is_behind
    assert teeth["71"].centre[1] < teeth["31"].centre[1]


def drawn(present=(), mentioned=(), age_y=30):
    return set(teeth_to_draw(lambda fdi: fdi in {*present, *mentioned}, lambda fdi: fdi in present, age_y))


def test_a_grown_up_of_whom_nothing_is_known_has_thirty_two_places():
    assert drawn() == set(PERMANENT)


def test_a_small_child_of_whom_nothing_is_known_has_twenty_milk_teeth():
    assert drawn(age_y=4) == set(PRIMARY)


def test_what_stands_in_the_mouth_is_drawn_at_any_age():
    assert {"55", "11"} <= drawn(present=("55", "11"), age_y=40)
    assert "15" not in drawn(present=("55",), age_y=40)
    assert "18" in drawn(mentioned=("18",), age_y=10)


def test_every_place_of_the_arch_holds_a_tooth_once_its_time_has_come():
    for age_y in range(3, 22):
        places = {(fdi[0] if fdi[0] in "1234" else str(int(fdi[0]) - 4)) + fdi[1] for fdi in drawn(age_y=age_y)}
        due = {fdi for fdi in PERMANENT if int(fdi[1]) <= 5 or age_y >= form(fdi).usual_by_y}
        assert places == due


def test_the_reader_is_told_when_teeth_are_still_to_come():
    assert has_teeth_to_come(drawn(age_y=8), 8)
    assert not has_teeth_to_come(drawn(age_y=30), 30)

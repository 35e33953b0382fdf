"""Which teeth, which sites: what exists, what a gap changes, and what is refused."""

from collections import Counter

import pytest

from commensal.mouth.teeth import Dentition, places
from commensal.mouth.teeth.dentition import PERMANENT, PRIMARY, crown_of

ADULT = Dentition.permanent()


def test_six_sites_around_every_tooth_and_a_biting_surface_on_back_teeth():
    found = Counter(place.tooth for place in places(ADULT))
    assert len(found) == 32
    assert {found[fdi] for fdi in PERMANENT if fdi[1] in "123"} == {6}
    assert {found[fdi] for fdi in PERMANENT if fdi[1] in "45678"} == {7}
    milk = Counter(place.tooth for place in places(Dentition.primary()))
    assert {milk[fdi] for fdi in PRIMARY if fdi[1] in "123"} == {6}
    assert {milk[fdi] for fdi in PRIMARY if fdi[1] in "45"} == {7}


@pytest.mark.parametrize(("age", "teeth"), [(4, 20), (7, 24), (10, 24), (13, 28), (40, 32)])
def test_children_have_the_teeth_of_their_age(age, teeth):
    usual = Dentition.usual_at(age)
    assert len(usual.present) == teeth
    assert len({place.id for place in places(usual)}) == len(places(usual))


def test_every_crown_has_a_size_and_milk_teeth_are_smaller():
    for fdi in PRIMARY:
        follower = f"{int(fdi[0]) - 4}{fdi[1]}"
        assert crown_of(fdi).crown_mm < crown_of(follower).crown_mm


def test_film_is_slowest_on_upper_front_lip_sides_and_fastest_behind_lower_front_teeth():
    speeds = {place.id: place.group.film_speed_mm_min for place in places(ADULT)}
    assert min(speeds, key=speeds.get)[:2] in {"11", "12", "13", "21", "22", "23"}
    assert speeds["11-B"] == min(speeds.values())
    assert speeds["41-L"] == max(speeds.values())


def test_the_film_crosses_a_longer_crown_in_proportion_farther():
    at = {place.id: place for place in places(ADULT)}
    ratio = at["11-B"].crossing_length_mm / at["12-B"].crossing_length_mm
    assert ratio == pytest.approx(10.5 / 9.0)
    assert min(place.crossing_length_mm for place in at.values()) > 2.0
    assert max(place.crossing_length_mm for place in at.values()) < 10.0  # the range that was seen


def test_a_corner_that_faces_a_gap_is_no_longer_between_teeth():
    whole = {place.id: place.aspect for place in places(ADULT)}
    gap = {place.id: place.aspect for place in places(ADULT.without("15"))}
    assert (whole["16-MB"], gap["16-MB"], gap["16-ML"], gap["16-DB"]) == ("between", "cheek", "tongue", "between")
    assert (whole["14-DL"], gap["14-DL"]) == ("between", "tongue")
    assert whole["11-MB"] == "between"  # its neighbour stands across the midline
    assert {place.id: place.aspect for place in places(ADULT.without("21"))}["11-MB"] == "cheek"
    assert whole["18-DB"] == "cheek"


def test_a_milk_tooth_is_a_neighbour_too():
    mixed = Dentition.of([*(fdi for fdi in PRIMARY if fdi[1] != "1"), "11", "21", "16", "26"])
    at = {place.id: place.aspect for place in places(mixed)}
    assert (at["11-DB"], at["16-MB"], at["55-DL"]) == ("between", "between", "between")


def test_left_and_right_are_alike():
    at = {place.id: place for place in places(ADULT)}
    for place in at.values():
        mirrored = at[f"{ {'1': '2', '2': '1', '3': '4', '4': '3'}[place.tooth[0]] }{place.tooth[1]}-{place.surface}"]
        assert (mirrored.group, mirrored.crossing_length_mm) == (place.group, place.crossing_length_mm)


def test_one_asks_for_a_tooth_a_site_or_several():
    assert [place.id for place in places(ADULT, "46-O")] == ["46-O"]
    assert [place.id for place in places(ADULT, ["11-B", "46-O"])] == ["11-B", "46-O"]
    assert len(places(ADULT, "46")) == 7


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dentition.of(["11", "19"]), "expected an FDI tooth number .* got '19'"),
        (lambda: Dentition.of(["11", "12"], absent=["12"]), "tooth 12: said to be both present and absent"),
        (lambda: ADULT.without("11").without("11"), "tooth 11: expected a tooth that is there"),
        (lambda: Dentition.usual_at(float("nan")), "age_y must be 3 to 120"),
        (lambda: places(ADULT, "16-X"), r"16-X: expected a site of tooth 16 \(MB, B, DB, ML, L, DL, O\), got 'X'"),
        (lambda: places(ADULT, "11-O"), r"11-O: expected a site of tooth 11 .* got 'O'"),
        (lambda: places(ADULT.without("16"), "16"), "16: expected a tooth of this mouth"),
        (lambda: places(ADULT, "nonsense"), "nonsense: expected a tooth of this mouth"),
        (lambda: places(Dentition(present=frozenset())), "expected at least one tooth"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()

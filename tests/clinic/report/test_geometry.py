from math import gamma
from random import Random

import pytest

from commensal.clinic.report.geometry import area_mm2, fissures, outline, surfaces, table
from commensal.clinic.report.teeth import form
from commensal.diagnosis.exam import PERMANENT, PRIMARY
from tests.clinic.report.polygons import cross, winds_around

EVERY_TOOTH = PERMANENT + PRIMARY


@pytest.mark.parametrize("fdi", [fdi for fdi in EVERY_TOOTH if form(fdi).groove_g == form(fdi).tip_h == 0])
def test_an_outline_encloses_the_closed_form_area_of_its_superellipse(fdi):
    # 4ab G(1+1/m)^2 / G(1+2/m); the taper is odd in v and leaves the area alone. 64 chords lose about 0.2 %.
    tooth = form(fdi)
    m = tooth.exponent_m
    exact = tooth.width_mm * tooth.depth_mm * gamma(1 + 1 / m) ** 2 / gamma(1 + 2 / m)
    assert area_mm2(outline(tooth)) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("fdi", EVERY_TOOTH)
def test_an_outline_is_as_wide_and_deep_as_the_tooth(fdi):
    tooth = form(fdi)
    us, vs = zip(*outline(tooth), strict=True)
    # The taper moves the widest place off the middle and the tip or groove changes the depth by at most 7 %.
    assert max(us) - min(us) == pytest.approx(tooth.width_mm, rel=0.16)
    assert max(vs) - min(vs) == pytest.approx(tooth.depth_mm, rel=0.071)


@pytest.mark.parametrize("fdi", EVERY_TOOTH)
def test_an_outline_is_closed_and_symmetrical_and_never_jumps(fdi):
    points = outline(form(fdi))
    assert len(set(points)) == len(points) == 64
    gaps = [
        ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True)
    ]
    assert max(gaps) < form(fdi).width_mm / 4
    mirrored = {(round(-u, 9), round(v, 9)) for u, v in points}
    assert mirrored == {(round(u, 9), round(v, 9)) for u, v in points}


@pytest.mark.parametrize("fdi", EVERY_TOOTH)
def test_five_surfaces_tile_the_crown(fdi):
    tooth = form(fdi)
    pieces = surfaces(tooth)
    assert list(pieces) == ["M", "D", "O", "B", "L"]
    assert sum(area_mm2(piece) for piece in pieces.values()) == pytest.approx(area_mm2(outline(tooth)), rel=0.01)


@pytest.mark.parametrize("fdi", ["11", "23", "34", "16", "85"])
def test_every_point_of_the_crown_lies_on_exactly_one_surface(fdi):
    tooth, seeded = form(fdi), Random(7)
    pieces = surfaces(tooth)
    inside = [
        point
        for _ in range(300)
        if winds_around(
            point := (seeded.uniform(-0.6, 0.6) * tooth.width_mm, seeded.uniform(-0.6, 0.6) * tooth.depth_mm),
            outline(tooth),
        )
    ]
    assert len(inside) > 100
    for point in inside:
        assert sum(winds_around(point, piece) for piece in pieces.values()) == 1


def test_surfaces_lie_where_dentists_name_them():
    def middle(piece):
        return sum(u for u, _ in piece) / len(piece), sum(v for _, v in piece) / len(piece)

    pieces = {name: middle(piece) for name, piece in surfaces(form("16")).items()}
    assert pieces["D"][0] > 1 > -1 > pieces["M"][0]
    assert pieces["B"][1] > 1 > -1 > pieces["L"][1]
    assert abs(pieces["O"][0]) < 0.1
    assert abs(pieces["O"][1]) < 0.3


@pytest.mark.parametrize("fdi", EVERY_TOOTH)
def test_table_and_fissures_stay_inside_the_crown(fdi):
    tooth = form(fdi)
    assert not cross(outline(tooth), table(tooth))
    for line in fissures(tooth):
        assert all(winds_around(point, table(tooth)) for point in line)


def test_only_back_teeth_have_fissures():
    assert [len(fissures(form(fdi))) for fdi in ("11", "13", "14", "16")] == [0, 0, 1, 3]

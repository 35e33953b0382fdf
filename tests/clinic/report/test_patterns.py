import re

import pytest

from commensal.clinic.report.arch import jaws
from commensal.clinic.report.patterns import PATTERNS, broken, dots, hatch, path_data
from commensal.clinic.report.svg import closed_path, element, number
from commensal.diagnosis.exam import PERMANENT, PRIMARY
from tests.clinic.report.polygons import winds_around

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
SURFACES = [
    (f"{tooth.fdi} {name}", polygon)
    for fdis in (PERMANENT, PRIMARY)
    for jaw in jaws(fdis)
    for tooth in jaw.teeth
    if tooth.fdi[0] in "1458"
    for name, polygon in tooth.surfaces().items()
]


@pytest.mark.parametrize("name", PATTERNS)
def test_every_surface_of_every_tooth_shows_every_pattern(name):
    for where, polygon in SURFACES:
        assert path_data(PATTERNS[name], polygon).count("M") >= 1, where


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_stays_on_its_surface(name):
    for where, polygon in SURFACES[::7]:
        for x, y, dx, dy in strokes(path_data(PATTERNS[name], polygon)):
            # Just short of both ends: the ends themselves lie on the edge.
            for share in (0.1, 0.5, 0.9):
                assert winds_around((x + share * dx, y + share * dy), polygon), where


def test_hatch_lines_in_a_square_are_as_long_as_geometry_says():
    across = hatch(SQUARE, 0.0, 1.0)
    assert [round(b[0] - a[0], 9) for a, b in across] == [10.0] * len(across)
    assert len(across) in (10, 11)
    # Lines at 45 degrees through a square of side s cover it: their lengths times their distance are its area.
    slanted = hatch(SQUARE, 45.0, 0.1)
    total = sum(((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in slanted)
    assert total * 0.1 == pytest.approx(100.0, rel=0.01)


def test_dots_do_not_touch_the_edge_and_have_the_density_of_their_grid():
    placed = dots(SQUARE, 0.5, 0.2)
    assert all(0.2 <= x <= 9.8 and 0.2 <= y <= 9.8 for x, y in placed)
    assert len(placed) == pytest.approx(9.6 * 9.6 / (0.5 * 0.375), rel=0.08)


def test_a_surface_too_small_for_the_grid_gets_one_dot_inside():
    sliver = ((3.21, 3.0), (3.41, 3.0), (3.41, 3.2), (3.21, 3.2))
    (only,) = dots(sliver, 5.0, 0.3)
    assert winds_around(only, sliver)


def test_dashes_are_cut_from_their_stroke():
    parts = list(broken(((0.0, 0.0), (10.0, 0.0)), 1.0, 1.0))
    assert len(parts) == 5
    assert all(b[0] - a[0] == pytest.approx(1.0) for a, b in parts)
    assert min(a[0] for a, _ in parts) >= 0
    assert max(b[0] for _, b in parts) <= 10


def test_no_two_patterns_are_alike():
    drawn = [path_data(pattern, SQUARE) for pattern in PATTERNS.values()]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, ".5"), (-0.25, "-.25"), (10.0, "10"), (-0.001, "0"), (10.05, "10.05")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_path_steps_do_not_drift():
    points = tuple((index / 3, index / 7) for index in range(200))
    x, y = 0.0, 0.0
    for dx, dy in re.findall(r"l(-?[\d.]+) (-?[\d.]+)", closed_path(points)):
        x, y = x + float(dx), y + float(dy)
    assert (x, y) == pytest.approx(points[-1], abs=0.006)


def test_text_and_attributes_of_an_element_are_escaped():
    assert element("text", "<b>&", class_='"><x') == '<text class="&#34;&gt;&lt;x">&lt;b&gt;&amp;</text>'


def strokes(data):
    """(x, y, dx, dy) of each stroke or dot of path data."""
    for x, y, dx, dy in re.findall(r"M(-?[\d.]+) (-?[\d.]+)l(-?[\d.]+) (-?[\d.]+)", data):
        yield float(x), float(y), float(dx), float(dy)
    for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)h", data):
        yield float(x), float(y), 0.0, 0.0

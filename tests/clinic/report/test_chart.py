import re
from dataclasses import replace

import numpy as np
import pytest

from commensal.clinic.report.chart import BOTTOM, LEFT, RIGHT, TOP, course_chart, hourly, shared_axes
from commensal.clinic.report.sections import charted_sites
from tests.clinic.report import made_up
from tests.clinic.report.page_reader import read_page

DAY = made_up.forecast()


def drawn(forecast=DAY, site=DAY.sites[0]):
    return read_page(str(course_chart(forecast, site, "c")))


def points(path):
    """Absolute points of a path of one M and relative l steps."""
    numbers = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.replace("l", " l"))]
    return np.cumsum(np.array(numbers), axis=0)


@pytest.mark.parametrize(("css", "field"), [("now", "ph"), ("changed", "ph_alternative")])
def test_the_drawn_course_is_the_course(css, field):
    site, axes = DAY.sites[0], shared_axes(DAY)
    (path,) = drawn().all("path", class_=css)
    line = points(path.attributes["d"])
    time = np.array(DAY.time_min)
    seen = time >= axes.start_min
    wanted = np.array([axes.y(ph) for ph in getattr(site, field)])[seen]
    got = np.interp([axes.x(t) for t in time[seen]], line[:, 0], line[:, 1])
    # Thinning may move the line by 0.2 across its direction: on the steepest falls (about 12 px down a 5-minute
    # step of 1.4 px) that is at most 1.8 down. Half a pixel of 60 is 0.04 pH.
    assert np.abs(got - wanted).max() < 2.0
    assert np.median(np.abs(got - wanted)) < 0.2
    assert line[:, 1].max() == pytest.approx(wanted.max(), abs=0.3)


def test_the_axes_map_the_day_and_the_ph_to_the_frame():
    axes = shared_axes(DAY)
    assert axes.start_min == 360
    assert (axes.x(360), axes.x(1440)) == (LEFT, RIGHT)
    assert axes.y(axes.low_ph) == BOTTOM
    assert TOP < axes.y(7) < axes.y(5.5) < axes.y(4)


def test_an_early_breakfast_opens_the_day_at_midnight():
    early = replace(DAY, occasions=(replace(DAY.occasions[0], at_min=300.0), *DAY.occasions[1:]))
    assert shared_axes(early).start_min == 0


def test_a_deep_fall_stays_inside_the_frame():
    deep = replace(DAY, sites=(replace(DAY.sites[0], ph=tuple(3.2 for _ in DAY.time_min)),))
    axes = shared_axes(deep)
    assert axes.low_ph == 3
    assert TOP <= axes.y(3.2) <= BOTTOM


def test_the_wash_covers_as_much_time_as_the_course_spends_below_the_critical_ph():
    site = DAY.sites[0]
    (wash,) = drawn().all("path", class_="acid-wash")
    width = sum(np.ptp(points(part)[:, 0]) for part in wash.attributes["d"].split("z") if part)
    fine = np.arange(360, 1440, 0.1)
    below = (np.interp(fine, DAY.time_min, site.ph) < DAY.critical_ph).mean()
    assert width / (RIGHT - LEFT) == pytest.approx(below, abs=0.01)


def test_a_course_that_is_never_acid_has_no_wash():
    (wash,) = drawn(site=DAY.sites[7]).all("path", class_="acid-wash")
    assert wash.attributes["d"] == ""


def test_ticks_are_numbered_in_the_order_of_the_day_and_left_out_ones_differ():
    shuffled = replace(DAY, occasions=tuple(reversed(DAY.occasions)))
    numbers = drawn(shuffled).all("text", class_="tick-number")
    assert [number.text() for number in numbers] == ["1", "2", "3", "4", "5", "6"]
    left_out = [number.text() for number in numbers if "left-out" in number.attributes["class"]]
    assert left_out == ["2", "4"]
    across = [float(number.attributes["x"]) for number in numbers]
    assert across == sorted(across)


def test_numbers_of_ticks_never_overlap():
    crowded = replace(DAY, occasions=tuple(replace(DAY.occasions[0], at_min=480.0 + 9 * n) for n in range(30)))
    chart = drawn(crowded)
    assert len(chart.all("path", class_="tick")) == 30
    places = [
        (float(text.attributes["y"]), float(text.attributes["x"])) for text in chart.all("text", class_="tick-number")
    ]
    assert 2 < len(places) < 30
    for y in {y for y, _ in places}:
        row = sorted(x for other, x in places if other == y)
        assert min(np.diff(row)) >= 10
    assert min(y for y, _ in places) > 7


def test_the_table_has_the_course_hour_by_hour():
    rows = hourly(DAY, DAY.sites[0])
    assert [row[0] for row in rows] == [f"{hour}:00" for hour in range(6, 25)]
    assert rows[4][1] == f"{DAY.sites[0].ph[DAY.time_min.index(600.0)]:.1f}"
    without = replace(DAY.sites[0], ph_alternative=(), acid_min_alternative=None)
    assert {row[2] for row in hourly(DAY, without)} == {""}
    assert not drawn(site=without).all("path", class_="changed")


def test_four_courses_show_the_longest_and_the_shortest():
    chosen = charted_sites(DAY)
    minutes = [site.acid_min for site in DAY.sites]
    assert [site.acid_min for site in chosen[:2]] == sorted(minutes, reverse=True)[:2]
    assert chosen[-1].acid_min == min(minutes)
    assert len({site.id for site in chosen}) == 4
    assert len(charted_sites(replace(DAY, sites=DAY.sites[:2]))) == 2

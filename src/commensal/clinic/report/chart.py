"""The pH course of one group of sites over one day: now solid, the changed day dashed, meals as numbered ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

from markupsafe import Markup

from commensal.clinic.report.patterns import hatch, off_line
from commensal.clinic.report.svg import Point, Polygon, closed_path, element, number, open_path, segments_path
from commensal.clinic.report.words import clock_time, duration
from commensal.diagnosis import Forecast
from commensal.diagnosis import forecast as forecasts

WIDTH, HEIGHT = 330.0, 112.0
LEFT, RIGHT, TOP, BOTTOM = 21.0, 324.0, 22.0, 97.0
USUAL_START_MIN, DAY_MIN, CLOCK_STEP_MIN = 360.0, 1440.0, 360.0
"""6:00 to 24:00, unless something is eaten earlier; a time is written every six hours."""
USUAL_LOW_PH, USUAL_HIGH_PH = 4, 7
OVER_THE_TOP_PH = 0.3
"""A course may rise this far above the last whole pH of the axis before the axis grows."""
TICK_ROOM = 10.0
"""Width that a tick's number needs before the next one moves up a row."""
TICK_ROWS = 2
HATCH_STEP = 5.0
SMOOTHING = 0.2
"""Points of a course that lie nearer to a straight line than this, in units of the drawing, are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Where minutes and pH lie in the drawing."""

    start_min: float
    low_ph: int
    high_ph: int

    def x(self, minutes: float) -> float:
        """Place of a time, held inside the drawing."""
        share = (minutes - self.start_min) / (DAY_MIN - self.start_min)
        return LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, share))

    def y(self, ph: float) -> float:
        """Place of a pH."""
        top = self.high_ph + OVER_THE_TOP_PH
        return TOP + (BOTTOM - TOP) * (top - ph) / (top - self.low_ph)


def shared_axes(forecast: Forecast) -> Axes:
    """The same axes for every chart of one forecast, so that they can be compared."""
    values = [ph for site in forecast.sites for ph in (*site.ph, *site.ph_alternative)]
    first_min = min((occasion.at_min for occasion in forecast.occasions), default=USUAL_START_MIN)
    return Axes(
        start_min=USUAL_START_MIN if first_min >= USUAL_START_MIN else 0.0,
        low_ph=min([USUAL_LOW_PH, floor(forecast.critical_ph), *(floor(ph) for ph in values)]),
        high_ph=max([USUAL_HIGH_PH, *(ceil(ph - OVER_THE_TOP_PH) for ph in values)]),
    )


def course_chart(forecast: Forecast, site: forecasts.SiteForecast, name: str) -> Markup:
    """One site's day as SVG; `name` makes its ids unique on the page."""
    axes = shared_axes(forecast)
    now = _course(forecast.time_min, site.ph, axes)
    critical_y = axes.y(forecast.critical_ph)
    acid_ground: Polygon = ((LEFT, critical_y), (RIGHT, critical_y), (RIGHT, BOTTOM), (LEFT, BOTTOM))
    parts = [
        element("title", f"pH over one day: {site.label}", id=f"{name}-title"),
        element("desc", _description(forecast, site), id=f"{name}-desc"),
        element("path", d=segments_path(hatch(acid_ground, -45.0, HATCH_STEP)), class_="acid-hatch"),
        element("path", d=_grid(axes), class_="grid"),
        element("path", d="".join(closed_path(wash) for wash in _below(now, critical_y)), class_="acid-wash"),
        element("path", d=f"M{LEFT:.0f} {number(critical_y)}H{RIGHT:.0f}", class_="critical"),
        *_ticks(forecast, axes),
        *_scale_words(axes),
        element("path", d=open_path(_thinned(now)), class_="course now"),
    ]
    if site.ph_alternative:
        changed = _thinned(_course(forecast.time_min, site.ph_alternative, axes))
        parts.append(element("path", d=open_path(changed), class_="course changed"))
    return element(
        "svg",
        *parts,
        class_="chart",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def in_order(forecast: Forecast) -> list[forecasts.Occasion]:
    """What was eaten and drunk, earliest first: the order of the numbers on the ticks."""
    return sorted(forecast.occasions, key=lambda occasion: (occasion.at_min, occasion.name))


def hourly(forecast: Forecast, site: forecasts.SiteForecast) -> list[tuple[str, str, str]]:
    """The course as a table: time of day, pH now, pH on the changed day ("" without one), hour by hour."""
    start = shared_axes(forecast).start_min
    rows = []
    for index, minutes in enumerate(forecast.time_min):
        if minutes >= start and abs(minutes / 60 - round(minutes / 60)) < 1e-9:
            changed = f"{site.ph_alternative[index]:.1f}" if site.ph_alternative else ""
            rows.append((clock_time(minutes), f"{site.ph[index]:.1f}", changed))
    return rows


def _description(forecast: Forecast, site: forecasts.SiteForecast) -> str:
    lowest = f"lowest pH {site.lowest_ph:.1f} at {clock_time(site.lowest_ph_at_min)}"
    said = f"Simulated, not measured. {duration(site.acid_min)} below pH {forecast.critical_ph:.1f}, {lowest}."
    if site.acid_min_alternative is not None:
        said += f" {duration(site.acid_min_alternative)} on the changed day."
    return said + " The table below the chart has the same course."


def _course(times: Sequence[float], values: Sequence[float], axes: Axes) -> list[Point]:
    inside = [(axes.x(t), axes.y(ph)) for t, ph in zip(times, values, strict=True) if axes.start_min <= t <= DAY_MIN]
    return inside or [(LEFT, axes.y(axes.high_ph))]


def _below(course: Sequence[Point], level_y: float) -> list[Polygon]:
    """The areas between a course and the level wherever the course is lower in the drawing (more acid)."""
    washes: list[Polygon] = []
    current: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(course):
        if (y0 > level_y) != (y1 > level_y):
            crossing = (x0 + (level_y - y0) * (x1 - x0) / (y1 - y0), level_y)
            if y1 > level_y:
                current = [crossing, (x1, y1)]
            else:
                washes.append(tuple(_thinned([*(current or [(x0, level_y), (x0, y0)]), crossing])))
                current = []
        elif y1 > level_y:
            current = current or [(x0, level_y), (x0, y0)]
            current.append((x1, y1))
    if current:
        washes.append((*_thinned(current), (current[-1][0], level_y)))
    return washes


def _thinned(points: Sequence[Point]) -> list[Point]:
    """The course without points that a straight line passes within `SMOOTHING` of (Douglas-Peucker)."""
    if len(points) < 3:
        return list(points)
    far, index = max((off_line(point, points[0], points[-1]), i) for i, point in enumerate(points))
    if far <= SMOOTHING:
        return [points[0], points[-1]]
    return _thinned(points[: index + 1])[:-1] + _thinned(points[index:])


def _grid(axes: Axes) -> str:
    return "".join(f"M{LEFT:.0f} {number(axes.y(ph))}H{RIGHT:.0f}" for ph in range(axes.low_ph, axes.high_ph + 1))


def _scale_words(axes: Axes) -> list[Markup]:
    parts = [
        element("text", str(ph), x=LEFT - 6, y=axes.y(ph) + 3.2, text_anchor="end", class_="axis")
        for ph in range(axes.low_ph, axes.high_ph + 1)
    ]
    hours = range(int(axes.start_min), int(DAY_MIN) + 1, int(CLOCK_STEP_MIN))
    for minutes in hours:
        anchor = "end" if minutes == DAY_MIN else "start" if minutes == axes.start_min else "middle"
        words = clock_time(minutes)
        parts.append(element("text", words, x=axes.x(minutes), y=HEIGHT - 4, text_anchor=anchor, class_="axis"))
    return parts


def _ticks(forecast: Forecast, axes: Axes) -> list[Markup]:
    """A tick and a number for each thing eaten; a number without room for it in two rows is left to the key."""
    parts = []
    free_from = [-TICK_ROOM] * TICK_ROWS
    for index, occasion in enumerate(in_order(forecast), start=1):
        x = axes.x(occasion.at_min)
        left_out = " left-out" if occasion.is_left_out else ""
        parts.append(element("path", d=f"M{number(x)} {TOP - 4:.0f}v6", class_="tick" + left_out))
        row = next((row for row, free in enumerate(free_from) if x - TICK_ROOM / 2 >= free), None)
        if row is None:
            continue
        free_from[row] = x + TICK_ROOM / 2
        y = TOP - 6 - 8.5 * row
        css = "tick-number" + left_out
        parts.append(element("text", str(index), x=x, y=y, text_anchor="middle", class_=css))
    return parts

"""Dots and hatches as plain path data, cut to a polygon by computation.

SVG `<pattern>` fills are turned into tiled images when Chromium prints: one page weighed 4.6 MB. Strokes that
end at the edge of the surface weigh almost nothing and need no clip path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, floor, hypot, radians, sin

from commensal.clinic.report.svg import Point, Polygon, Segment, dots_path, segments_path

SHORTEST = 0.15
"""Strokes shorter than this cannot be seen and are left out, unless there are no others."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to fill a surface. All lengths in the units of the polygon (mm on teeth)."""

    angles_deg: tuple[float, ...] = ()
    """Directions of the hatch lines; empty for dots."""
    step: float = 1.0
    """From line to line, or from dot to dot."""
    stroke: float = 0.3
    """Width of a line, diameter of a dot."""
    dash: tuple[float, float] | None = None
    """Stroke and gap of a broken hatch."""


PATTERNS = {
    "sparse dots": Pattern(step=1.45, stroke=0.46),
    "dense dots": Pattern(step=0.92, stroke=0.44),
    "diagonal": Pattern(angles_deg=(-45.0,), step=1.05, stroke=0.36),
    "lattice": Pattern(angles_deg=(-45.0, 45.0), step=1.25, stroke=0.30),
    "horizontal": Pattern(angles_deg=(0.0,), step=0.95, stroke=0.32),
    "vertical": Pattern(angles_deg=(90.0,), step=0.95, stroke=0.30),
    "broken": Pattern(angles_deg=(0.0,), step=1.25, stroke=0.26, dash=(0.55, 0.75)),
}


def path_data(pattern: Pattern, polygon: Polygon) -> str:
    """Path data that fills `polygon` with `pattern`; at least one dot or line, however small the polygon."""
    if pattern.angles_deg:
        strokes = [stroke for angle in pattern.angles_deg for stroke in hatch(polygon, angle, pattern.step)]
        if pattern.dash is not None:
            strokes = [part for stroke in strokes for part in broken(stroke, *pattern.dash)]
        return segments_path(strokes)
    return dots_path(dots(polygon, pattern.step, pattern.stroke / 2))


def hatch(polygon: Polygon, angle_deg: float, step: float) -> list[Segment]:
    """Parallel lines `step` apart cut to a polygon (even-odd rule); lines of neighbours continue each other."""
    turn = radians(angle_deg)
    c, s = cos(turn), sin(turn)
    turned = [(x * c + y * s, -x * s + y * c) for x, y in polygon]
    edges = list(pairwise([*turned, turned[0]]))
    low, high = min(y for _, y in turned), max(y for _, y in turned)
    first, last = ceil(low / step), floor(high / step)
    levels = [k * step for k in range(first, last + 1)] or [(low + high) / 2]
    strokes = []
    for level in levels:
        crossings = sorted(
            x0 + (level - y0) * (x1 - x0) / (y1 - y0) for (x0, y0), (x1, y1) in edges if (y0 > level) != (y1 > level)
        )
        for start, end in zip(crossings[::2], crossings[1::2], strict=True):
            a = (start * c - level * s, start * s + level * c)
            b = (end * c - level * s, end * s + level * c)
            strokes.append((a, b))
    return [stroke for stroke in strokes if hypot(*_span(stroke)) >= SHORTEST] or strokes


def _span(stroke: Segment) -> Point:
    return stroke[1][0] - stroke[0][0], stroke[1][1] - stroke[0][1]


def broken(stroke: Segment, dash: float, gap: float) -> Iterator[Segment]:
    """A stroke cut into dashes."""
    (x0, y0), (dx, dy) = stroke[0], _span(stroke)
    length = hypot(dx, dy)
    ux, uy = (dx / length, dy / length) if length else (0.0, 0.0)
    count = max(1, floor((length + gap) / (dash + gap)))
    start = (length - count * dash - (count - 1) * gap) / 2
    for index in range(count):
        near = max(0.0, start + index * (dash + gap))
        far = min(length, start + index * (dash + gap) + dash)
        yield (x0 + near * ux, y0 + near * uy), (x0 + far * ux, y0 + far * uy)


def dots(polygon: Polygon, step: float, radius: float) -> list[Point]:
    """Middles of staggered dots that lie inside a polygon without touching its edge."""
    inside = [point for point in _staggered(polygon, step) if _depth(point, polygon) >= radius]
    return inside or [deepest(polygon)]


def deepest(polygon: Polygon, step: float = 0.15) -> Point:
    """About the point of a polygon that is farthest from its edge."""
    return max(_staggered(polygon, step), key=lambda point: _depth(point, polygon))


def is_inside(point: Point, polygon: Polygon) -> bool:
    """Even-odd rule."""
    x, y = point
    crossings = 0
    for (x0, y0), (x1, y1) in pairwise([*polygon, polygon[0]]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


def _depth(point: Point, polygon: Polygon) -> float:
    """Distance to the nearest edge, negative outside."""
    nearest = min(off_line(point, a, b) for a, b in pairwise([*polygon, polygon[0]]))
    return nearest if is_inside(point, polygon) else -nearest


def off_line(point: Point, a: Point, b: Point) -> float:
    """Distance from a point to the straight stroke from `a` to `b`."""
    (x, y), (ax, ay), (bx, by) = point, a, b
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0.0 if length2 == 0 else max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2))
    return hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _staggered(polygon: Polygon, step: float) -> list[Point]:
    """A grid over the polygon's box, anchored at the origin, every second row shifted by half a step."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    row_step = step * 0.75
    return [
        ((column + 0.5 * (row % 2)) * step, row * row_step)
        for row in range(floor(min(ys) / row_step), ceil(max(ys) / row_step) + 1)
        for column in range(floor(min(xs) / step) - 1, ceil(max(xs) / step) + 1)
    ]

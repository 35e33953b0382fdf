"""Both jaws seen as the dentist sees them: where each tooth stands, in mm.

x runs to the right of the picture (the patient's left), y down. Each jaw is half a superellipse, walked from
the midline by arc length; quadrants are mirrored and a tooth's place follows from its FDI number alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, hypot, pi, sin

from commensal.clinic.report import geometry
from commensal.clinic.report.svg import Point, Polygon
from commensal.clinic.report.teeth import form, is_primary, is_upper, position, quadrant

EXPONENT = 2.3
DEPTH_TO_WIDTH = {True: 1.34, False: 1.32}
"""B / A of the curve, upper and lower jaw."""
GAP_MM = 0.35
JAW_DISTANCE_MM = 13.0
"""From the line through the ends of the upper jaw to that of the lower."""
BEHIND_GAP_MM = 0.4
CURVE_STEPS = 3000
GUM_STEP = 50
"""Every 50th point of the curve is enough to draw the gum."""


@dataclass(frozen=True, slots=True)
class PlacedTooth:
    """One tooth in the picture: its middle, and its axes u (distal) and v (outward) as unit vectors."""

    fdi: str
    centre: Point
    along: Point
    outward: Point
    is_behind: bool = False
    """Stands on the tongue side of another tooth: a milk tooth that outstays its follower."""

    def place(self, polygon: Sequence[Point]) -> Polygon:
        """Points from the tooth's own axes to the picture's."""
        (cx, cy), (ux, uy), (vx, vy) = self.centre, self.along, self.outward
        return tuple((cx + u * ux + v * vx, cy + u * uy + v * vy) for u, v in polygon)

    def at(self, out_mm: float) -> Point:
        """The point `out_mm` outward of the tooth's middle (inward when negative)."""
        return self.place([(0.0, out_mm)])[0]

    def outline(self) -> Polygon:
        """The crown's outline in the picture."""
        return self.place(geometry.outline(form(self.fdi)))

    def surfaces(self) -> dict[str, Polygon]:
        """The five surfaces in the picture."""
        return {name: self.place(piece) for name, piece in geometry.surfaces(form(self.fdi)).items()}


@dataclass(frozen=True, slots=True)
class Jaw:
    """One jaw: its placed teeth and the middle line of its gum, from the right of the mouth to the left."""

    is_upper: bool
    teeth: tuple[PlacedTooth, ...]
    curve: tuple[Point, ...]
    half_width_mm: float
    depth_mm: float


def jaws(drawn: Sequence[str]) -> tuple[Jaw, Jaw]:
    """Upper and lower jaw with the teeth whose FDI numbers are in `drawn`, in any order."""
    return _jaw(drawn, upper=True), _jaw(drawn, upper=False)


def _jaw(drawn: Sequence[str], *, upper: bool) -> Jaw:
    sides: dict[int, dict[int, list[str]]] = {q: {} for q in ((1, 2) if upper else (3, 4))}
    for fdi in sorted(drawn):
        if is_upper(fdi) == upper:
            sides[quadrant(fdi)].setdefault(position(fdi), []).append(fdi)
    longest = max(sum(_room(fdis) + GAP_MM for fdis in places.values()) for places in sides.values())
    curve = _unit_curve(DEPTH_TO_WIDTH[upper])
    scale = (longest or 1.0) / curve[-1][0]
    half = [(scale * x, scale * y) for _, x, y in curve]
    teeth: list[PlacedTooth] = []
    for quarter, places in sides.items():
        walked = 0.0
        for place in sorted(places):
            room = _room(places[place]) + GAP_MM
            teeth += _stand(places[place], quarter, curve, scale, walked + room / 2)
            walked += room
    side = [_in_picture(point, 2 if upper else 3) for point in half]
    mirrored = [_in_picture(point, 1 if upper else 4) for point in half]
    return Jaw(
        is_upper=upper,
        teeth=tuple(sorted(teeth, key=lambda tooth: tooth.fdi)),
        curve=tuple([*reversed(mirrored), *side[1:]][::GUM_STEP]),
        half_width_mm=scale,
        depth_mm=scale * DEPTH_TO_WIDTH[upper],
    )


def _room(fdis: list[str]) -> float:
    return max(form(fdi).width_mm for fdi in fdis)


def _stand(
    fdis: list[str], quarter: int, curve: tuple[tuple[float, float, float], ...], scale: float, at_mm: float
) -> list[PlacedTooth]:
    """The tooth, or the two teeth, of one place; a primary tooth that outstays its follower stands behind it."""
    index = next(i for i, (length, _, _) in enumerate(curve) if length * scale >= at_mm or i == len(curve) - 1)
    before, after = curve[max(index - 1, 0)], curve[min(index + 1, len(curve) - 1)]
    along_x, along_y = after[1] - before[1], after[2] - before[2]
    size = hypot(along_x, along_y)
    along, outward = (along_x / size, along_y / size), (-along_y / size, along_x / size)
    middle = (scale * curve[index][1], scale * curve[index][2])
    front = next((fdi for fdi in fdis if not is_primary(fdi)), fdis[0])
    placed = []
    for fdi in fdis:
        back = 0.0 if fdi == front else (form(front).depth_mm + form(fdi).depth_mm) / 2 + BEHIND_GAP_MM
        centre = (middle[0] - back * outward[0], middle[1] - back * outward[1])
        turn = _direction(quarter)
        placed.append(
            PlacedTooth(
                fdi,
                _in_picture(centre, quarter),
                (along[0] * turn[0], along[1] * turn[1]),
                (outward[0] * turn[0], outward[1] * turn[1]),
                is_behind=fdi != front,
            )
        )
    return placed


def _direction(quarter: int) -> Point:
    """Signs that turn the patient's left half, front up, into a quadrant of the picture (y runs down)."""
    return (-1.0 if quarter in (1, 4) else 1.0, -1.0 if quarter in (1, 2) else 1.0)


def _in_picture(point: Point, quarter: int) -> Point:
    sign_x, sign_y = _direction(quarter)
    return sign_x * point[0], sign_y * point[1] + (0.0 if quarter in (1, 2) else JAW_DISTANCE_MM)


@cache
def _unit_curve(depth_to_width: float) -> tuple[tuple[float, float, float], ...]:
    """(arc length, x, y) of a quarter superellipse of half-width 1, from the midline to the end of the jaw."""
    points: list[tuple[float, float, float]] = []
    length = 0.0
    for step in range(CURVE_STEPS + 1):
        angle = pi / 2 * step / CURVE_STEPS
        x = abs(sin(angle)) ** (2 / EXPONENT)
        y = depth_to_width * abs(cos(angle)) ** (2 / EXPONENT)
        if points:
            length += hypot(x - points[-1][1], y - points[-1][2])
        points.append((length, x, y))
    return tuple(points)

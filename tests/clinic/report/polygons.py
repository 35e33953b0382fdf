"""Plane geometry for the tests, written apart from the program's own."""

from itertools import pairwise
from math import atan2, pi


def winds_around(point, polygon):
    """Whether a polygon winds around a point: the turned angle is a whole circle, not zero."""
    x, y = point
    turned = 0.0
    for (x0, y0), (x1, y1) in pairwise([*polygon, polygon[0]]):
        step = atan2(y1 - y, x1 - x) - atan2(y0 - y, x0 - x)
        turned += (step + pi) % (2 * pi) - pi
    return abs(turned) > pi


def cross(polygon_a, polygon_b):
    """Whether any edge of one polygon crosses an edge of the other."""

    def side(a, b, p):
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    edges_b = list(pairwise([*polygon_b, polygon_b[0]]))
    return any(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for a, b in pairwise([*polygon_a, polygon_a[0]])
        for c, d in edges_b
    )

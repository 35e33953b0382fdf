"""One tooth from above: its outline and its five surfaces, in mm, in the tooth's own axes.

u runs to distal, v to the cheek or lip, the origin is the middle of the crown. The outline is a superellipse
with a taper, a groove and, for canines, a tip; the table (occlusal or incisal) is the outline made smaller; the
ring between them is cut at 45, 135, 225 and 315 degrees into distal, buccal, mesial and lingual. Our own
drawing: no traced art.
"""

from math import copysign, cos, exp, pi, sin

from commensal.clinic.report.svg import Point, Polygon
from commensal.clinic.report.teeth import ToothForm

STEPS_A_SURFACE = 16
GROOVE_WIDTH, TIP_WIDTH = 0.32, 0.45
"""Of the half-width."""
FRONT_TABLE_SHIFT = 0.02
"""The biting edge of a front tooth lies this much of the half-depth towards the lip."""
RING_ORDER = ("B", "M", "L", "D")
"""From 45 degrees on, counter-clockwise, with u to the right and v up."""


def outline(form: ToothForm) -> Polygon:
    """The crown's outline, 64 points from t = 45 degrees on, counter-clockwise, not repeated at the end."""
    count = 4 * STEPS_A_SURFACE
    return tuple(_on_outline(form, pi / 4 + 2 * pi * step / count) for step in range(count))


def surfaces(form: ToothForm) -> dict[str, Polygon]:
    """The five surfaces M, D, O, B, L as polygons that tile the outline."""
    outer, inner = outline(form), table(form)
    count = len(outer)
    pieces: dict[str, Polygon] = {"O": inner}
    for index, surface in enumerate(RING_ORDER):
        around = [(index * STEPS_A_SURFACE + step) % count for step in range(STEPS_A_SURFACE + 1)]
        pieces[surface] = tuple(outer[i] for i in around) + tuple(inner[i] for i in reversed(around))
    return {name: pieces[name] for name in ("M", "D", "O", "B", "L")}


def table(form: ToothForm) -> Polygon:
    """The biting surface or edge: the outline made smaller about the middle, shifted to the lip at the front."""
    shift = FRONT_TABLE_SHIFT * form.depth_mm / 2 if form.kind in ("incisor", "canine") else 0.0
    return tuple((u * form.table_scale_u, v * form.table_scale_v + shift) for u, v in outline(form))


def fissures(form: ToothForm) -> tuple[tuple[Point, ...], ...]:
    """Lines on the table: one shallow curve on a premolar, a wave with two short arms on a molar, else none."""
    half_u = form.width_mm / 2 * form.table_scale_u
    half_v = form.depth_mm / 2 * form.table_scale_v
    across = [step / 12 - 1 for step in range(25)]
    if form.kind == "premolar":
        return (tuple((0.62 * half_u * x, half_v * 0.16 * (1 - x * x)) for x in across),)
    if form.kind == "molar":
        wave = tuple((0.70 * half_u * x, half_v * 0.13 * sin(2.6 * pi * x)) for x in across)
        near, far = wave[7], wave[17]
        return (
            wave,
            (near, (near[0] * 0.9, near[1] + 0.46 * half_v)),
            (far, (far[0] * 0.9, far[1] - 0.46 * half_v)),
        )
    return ()


def area_mm2(polygon: Polygon) -> float:
    """Area inside a polygon that does not cross itself, mm2 (shoelace formula)."""
    around = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in around)) / 2


def _on_outline(form: ToothForm, t: float) -> Point:
    half_u, half_v, power = form.width_mm / 2, form.depth_mm / 2, 2 / form.exponent_m
    u = half_u * copysign(abs(cos(t)) ** power, cos(t))
    v = half_v * copysign(abs(sin(t)) ** power, sin(t))
    u *= 1 + form.taper_k * v / half_v
    v *= 1 - form.groove_g * exp(-((u / (GROOVE_WIDTH * half_u)) ** 2))
    if v > 0:
        v *= 1 + form.tip_h * exp(-((u / (TIP_WIDTH * half_u)) ** 2))
    return u, v

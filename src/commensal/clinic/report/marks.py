"""The evidence marks: S in a filled circle, D in a triangle, C in a square, R in a diamond."""

from markupsafe import Markup

from commensal.clinic.report.svg import element
from commensal.provenance import Mark

SHAPES = {
    Mark.SEEN: ("circle", {"cx": "8", "cy": "8", "r": "7"}, 11.1),
    Mark.DERIVED: ("path", {"d": "M8 1.2L15.2 14.4H.8z"}, 12.6),
    Mark.CALIBRATED: ("rect", {"x": "1.4", "y": "1.4", "width": "13.2", "height": "13.2", "rx": "1.6"}, 11.1),
    Mark.RECALLED: ("path", {"d": "M8 .6L15.4 8L8 15.4L.6 8z"}, 11.0),
}
"""Element, its place in a 16 x 16 box, and the baseline of the letter."""


def glyph(mark: Mark, *, is_alone: bool = True) -> Markup:
    """The mark as a 16 x 16 SVG.

    Args:
        mark: which one.
        is_alone: True when no words stand beside it; it then carries its meaning as a text alternative.
    """
    name, place, baseline = SHAPES[mark]
    kind = "mark-full" if mark is Mark.SEEN else "mark-open"
    # The triangle leaves little room: its letter is smaller.
    size = 7.2 if mark is Mark.DERIVED else 8.6
    drawing = (
        element(name, **place, class_="mark-shape"),
        element("text", mark.letter, x=8, y=baseline, font_size=size, text_anchor="middle"),
    )
    if not is_alone:
        return element("svg", *drawing, class_=f"mark {kind}", viewBox="0 0 16 16", aria_hidden="true")
    return element(
        "svg",
        element("title", mark.meaning),
        *drawing,
        class_=f"mark {kind}",
        viewBox="0 0 16 16",
        role="img",
        aria_label=f"{mark.letter}: {mark.meaning}",
    )

"""SVG elements as text. Every attribute and every text is escaped here, so nothing else has to remember it."""

from collections.abc import Iterable
from itertools import pairwise

from markupsafe import Markup, escape

Point = tuple[float, float]
Polygon = tuple[Point, ...]
Segment = tuple[Point, Point]


def number(value: float) -> str:
    """A coordinate with at most two decimals and no useless zeros: `1.5`, `-.25`, `3`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def element(name: str, *children: Markup | str, **attributes: str | float) -> Markup:
    """One element. `class_` becomes `class` and `stroke_width` becomes `stroke-width`; plain strings are escaped."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else number(value))}"'
        for key, value in attributes.items()
    )
    inner = Markup("").join(children)
    # Only fixed element names and escaped values reach this line.
    return Markup(f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs}/>")  # noqa: S704


def closed_path(points: Polygon) -> str:
    """Path data of a polygon, in steps from point to point, which is shorter than absolute coordinates."""
    return _steps(points) + "z"


def open_path(points: Iterable[Point]) -> str:
    """Path data of a line through `points`."""
    return _steps(tuple(points))


def segments_path(segments: Iterable[Segment]) -> str:
    """Path data of separate straight strokes."""
    return "".join(f"M{number(a[0])} {number(a[1])}l{number(b[0] - a[0])} {number(b[1] - a[1])}" for a, b in segments)


def dots_path(points: Iterable[Point]) -> str:
    """Path data of dots: strokes of almost no length, which a round line cap turns into discs."""
    return "".join(f"M{number(x)} {number(y)}h.01" for x, y in points)


def _steps(points: Polygon) -> str:
    """Rounded absolute start, then relative steps between rounded points, so that no error adds up."""
    rounded = [(round(x, 2), round(y, 2)) for x, y in points]
    parts = [f"M{number(rounded[0][0])} {number(rounded[0][1])}"]
    for (x0, y0), (x1, y1) in pairwise(rounded):
        parts.append(f"l{number(x1 - x0)} {number(y1 - y0)}")
    return "".join(parts)

"""The two mouth pictures: what the dentist saw, and how long each surface is in acid. Plain SVG, no `<pattern>`.

Both pictures share the arch, the numbers and the order of drawing; they differ in what fills a surface. Every
status has a colour, a pattern and, on the dentist's picture, a letter; each tooth has a `<title>` in words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from commensal.clinic.report import geometry
from commensal.clinic.report.acid import AcidTooth, Band, balance, band, bands
from commensal.clinic.report.arch import JAW_DISTANCE_MM, Jaw, PlacedTooth, jaws
from commensal.clinic.report.patterns import PATTERNS, path_data
from commensal.clinic.report.states import LETTERS, STATE_WORDS, State, ToothState, surface_words
from commensal.clinic.report.svg import Polygon, closed_path, element, number, open_path, segments_path
from commensal.clinic.report.teeth import form
from commensal.clinic.report.words import duration

NUMBER_OUT_MM, LETTER_IN_MM, MARGIN_MM = 10.6, 10.0, 4.4
BEHIND_NUMBER_IN_MM, BEHIND_LETTER_IN_MM = 4.6, 8.0
"""For a milk tooth behind its follower, whose outward side is taken."""
GUM_WIDTH_MM, GUM_EDGE_MM = 13.6, 15.5
USUAL_WIDTH_MM = 100.0
"""Width of a grown-up's picture; text is sized for it and shrinks with a child's smaller arch."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How one state looks on a tooth: a CSS class for colour, and a pattern's name ("" = plain)."""

    css: str
    pattern: str
    hides_fissures: bool = False


STATE_FILLS = {
    State.CARIES: Fill("f-caries", "diagonal", True),
    State.WATCH: Fill("f-watch", "horizontal", True),
    State.CROWN: Fill("f-restored", "dense dots", True),
    State.FILLED: Fill("f-restored", "dense dots", True),
    State.SEALED: Fill("f-sealed", "vertical", True),
    State.NOT_EXAMINED: Fill("f-unseen", "sparse dots"),
    State.SOUND: Fill("f-sound", ""),
}
UNKNOWN_ACID = Fill("f-unknown", "broken")
LETTER_CSS = {
    State.CARIES: "t-caries",
    State.WATCH: "t-watch",
    State.CROWN: "t-restored",
    State.FILLED: "t-restored",
    State.SEALED: "t-sealed",
    State.NOT_EXAMINED: "t-unseen",
}


def acid_fill(step: Band) -> Fill:
    """How a band of the acid-time ramp looks."""
    is_plain = step.pattern == "plain"
    return Fill(f"f-{step.token}", "" if is_plain else step.pattern, step.pattern not in ("plain", "sparse dots"))


def exam_picture(teeth: Sequence[ToothState], title: str) -> Markup:
    """What the dentist saw. `title` heads the text alternative; the description lists the states with counts."""
    by_fdi = {tooth.fdi: tooth for tooth in teeth}

    def draw(placed: PlacedTooth) -> Markup:
        tooth = by_fdi[placed.fdi]
        words = element("title", f"{tooth.fdi}: {tooth.text}")
        if tooth.overall is State.ABSENT:
            return element("g", words, _absent(placed), _centred(placed, "x", "tooth-letter"))
        fills = {surface: STATE_FILLS[state] for surface, state in tooth.surfaces.items()}
        outline = "crown-outline" if State.CROWN in tooth.places else "tooth-outline"
        parts = [words, *_tooth(placed, fills, "f-sound", outline)]
        if tooth.overall is State.NOT_EXAMINED and not tooth.places:
            parts.append(_centred(placed, "?", "tooth-letter t-on-tooth"))
        else:
            parts += _letters(placed, tooth)
        return element("g", *parts)

    counts = [
        f"{sum(tooth.overall is state for tooth in teeth)} {STATE_WORDS[state]}"
        for state in State
        if any(tooth.overall is state for tooth in teeth)
    ]
    description = f"{len(teeth)} teeth: {', '.join(counts)}. The same is listed in words beside the picture."
    return _picture("picture-seen", title, description, list(by_fdi), draw)


def acid_picture(teeth: Sequence[AcidTooth], absent: frozenset[str], title: str) -> Markup:
    """Time in acid by surface. Teeth in `absent` are dashed outlines; unknown surfaces have a broken hatch."""
    by_fdi = {tooth.fdi: tooth for tooth in teeth}

    def draw(placed: PlacedTooth) -> Markup:
        tooth = by_fdi[placed.fdi]
        if tooth.fdi in absent:
            return element("g", element("title", f"{tooth.fdi}: absent"), _absent(placed))
        fills = {
            surface: acid_fill(band(tooth.minutes[surface])) if surface in tooth.minutes else UNKNOWN_ACID
            for surface in ("M", "D", "O", "B", "L")
        }
        parts = [element("title", acid_words(tooth)), *_tooth(placed, fills, "f-e0", "tooth-outline")]
        state = balance(tooth)
        if state is not None and state.sign:
            x, y = placed.at(-(BEHIND_LETTER_IN_MM if placed.is_behind else LETTER_IN_MM))
            css = "tooth-letter t-balance"
            parts.append(element("text", state.sign, x=x, y=y + 1.2, text_anchor="middle", class_=css))
        return element("g", *parts)

    counts = [
        f"{count} {step.words}"
        for step in reversed(bands())
        if (count := sum(tooth.longest is not None and band(tooth.longest) == step for tooth in teeth))
    ]
    description = (
        f"Simulated, not measured. Teeth by their longest time in acid a day: {', '.join(counts) or 'none'}. "
        "The same is listed in words beside the picture."
    )
    return _picture("picture-acid", title, description, list(by_fdi), draw)


def acid_words(tooth: AcidTooth) -> str:
    """One tooth of the acid picture in words: its longest surface with time and band."""
    if tooth.longest is None:
        return f"{tooth.fdi}: not worked out"
    where = next(surface for surface, minutes in tooth.minutes.items() if minutes == tooth.longest)
    place = surface_words(tooth.fdi, where)
    state = balance(tooth)
    told = f"; {state.value}" if state is not None else ""
    return f"{tooth.fdi}: {band(tooth.longest).words}, {duration(tooth.longest)} a day at most ({place}){told}"


def swatch(fill: Fill, letter: str = "", *, is_absent: bool = False, is_crown: bool = False) -> Markup:
    """A small square of one state, for a key; the words stand beside it."""
    box: Polygon = ((0.3, 0.3), (7.1, 0.3), (7.1, 4.9), (0.3, 4.9))
    outline = "tooth-absent" if is_absent else "crown-outline" if is_crown else "tooth-outline"
    parts = [] if is_absent else list(_filled(fill, [box]))
    parts.append(element("path", d=closed_path(box), class_=outline))
    if letter:
        css = "swatch-letter swatch-absent" if is_absent else "swatch-letter"
        parts.append(element("text", letter, x=3.7, y=3.85, font_size=3.5, text_anchor="middle", class_=css))
    return element("svg", *parts, class_="swatch", viewBox="0 0 7.4 5.2", aria_hidden="true")


def _picture(
    name: str, title: str, description: str, fdis: Sequence[str], draw: Callable[[PlacedTooth], Markup]
) -> Markup:
    upper, lower = jaws(fdis)
    reach = max(upper.half_width_mm, lower.half_width_mm) + NUMBER_OUT_MM + MARGIN_MM
    top = -(upper.depth_mm + NUMBER_OUT_MM + MARGIN_MM - 1.0)
    bottom = JAW_DISTANCE_MM + lower.depth_mm + NUMBER_OUT_MM + MARGIN_MM - 1.0
    size = 3.3 * min(1.0, 2 * reach / USUAL_WIDTH_MM)
    parts = [
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
    ]
    parts += [piece for jaw in (upper, lower) for piece in _gum(jaw)]
    for jaw in (upper, lower):
        parts.append(element("g", *(draw(placed) for placed in jaw.teeth)))
        parts.append(element("g", *(_number(placed, size) for placed in jaw.teeth), class_="tooth-number"))
    inner = max(upper.half_width_mm, lower.half_width_mm) - GUM_EDGE_MM / 2 - 1.5
    middle = JAW_DISTANCE_MM / 2 + size * 0.35
    parts += [
        *_jaw_name("Upper", -upper.depth_mm * 0.45, size * 1.12),
        *_jaw_name("Lower", JAW_DISTANCE_MM + lower.depth_mm * 0.4, size * 1.12),
        _label("your right", -inner, middle, size, "side-name", "start"),
        _label("your left", inner, middle, size, "side-name", "end"),
    ]
    return element(
        "svg",
        *parts,
        class_="odontogram",
        viewBox=f"{number(-reach)} {number(top)} {number(2 * reach)} {number(bottom - top)}",
        role="img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
        font_size=size,
    )


def _gum(jaw: Jaw) -> tuple[Markup, Markup]:
    line = open_path(jaw.curve)
    return (
        element("path", d=line, class_="gum-edge", stroke_width=GUM_EDGE_MM),
        element("path", d=line, class_="gum", stroke_width=GUM_WIDTH_MM),
    )


def _tooth(placed: PlacedTooth, fills: Mapping[str, Fill], plain: str, outline_css: str) -> list[Markup]:
    outline, pieces = placed.outline(), placed.surfaces()
    parts = [element("path", d=closed_path(outline), class_=plain)]
    for fill in dict.fromkeys(fills.values()):
        if fill.css != plain:
            parts += _filled(fill, [pieces[surface] for surface, own in fills.items() if own == fill])
    step = geometry.STEPS_A_SURFACE
    cuts = [(outline[index], pieces["O"][index]) for index in range(0, 4 * step, step)]
    parts.append(element("path", d=closed_path(pieces["O"]) + segments_path(cuts), class_="tooth-inner"))
    lines = geometry.fissures(form(placed.fdi))
    if lines and not fills["O"].hides_fissures:
        drawn = "".join(open_path(placed.place(line)) for line in lines)
        parts.append(element("path", d=drawn, class_="tooth-inner"))
    parts.append(element("path", d=closed_path(outline), class_=outline_css))
    return parts


def _filled(fill: Fill, polygons: Sequence[Polygon]) -> list[Markup]:
    parts = [element("path", d="".join(closed_path(polygon) for polygon in polygons), class_=fill.css)]
    if fill.pattern:
        pattern = PATTERNS[fill.pattern]
        data = "".join(path_data(pattern, polygon) for polygon in polygons)
        css = fill.css.replace("f-", "p-", 1)
        parts.append(element("path", d=data, class_=f"pattern {css}", stroke_width=pattern.stroke))
    return parts


def _absent(placed: PlacedTooth) -> Markup:
    return element("path", d=closed_path(placed.outline()), class_="tooth-absent")


def _centred(placed: PlacedTooth, letter: str, css: str) -> Markup:
    x, y = placed.centre
    return element("text", letter, x=x, y=y + 1.2, font_size=3.6, text_anchor="middle", class_=css)


def _letters(placed: PlacedTooth, tooth: ToothState) -> list[Markup]:
    """The tooth's letters on the tongue side: all of them beside a back tooth, the first and a plus at the front."""
    if not tooth.letters:
        return []
    x, y = placed.at(-(BEHIND_LETTER_IN_MM if placed.is_behind else LETTER_IN_MM))
    is_beside = abs(placed.outward[0]) > 0.7
    anchor = "middle" if not is_beside else "start" if placed.outward[0] < 0 else "end"
    lettered = [state for state in State if state in tooth.places and LETTERS[state]]
    pairs = list(zip(tooth.letters, lettered, strict=True))
    if not is_beside and len(pairs) > 1:
        pairs = [(f"{pairs[0][0]}+", pairs[0][1])]
    spans = [
        element("tspan", f" {letter}" if index else letter, class_=LETTER_CSS[state])
        for index, (letter, state) in enumerate(pairs)
    ]
    return [element("text", *spans, x=x, y=y + 1.2, text_anchor=anchor, class_="tooth-letter")]


def _number(placed: PlacedTooth, size: float) -> Markup:
    x, y = placed.at(-BEHIND_NUMBER_IN_MM if placed.is_behind else NUMBER_OUT_MM)
    return element("text", placed.fdi, x=x, y=y + size * 0.36, text_anchor="middle")


def _jaw_name(which: str, y: float, size: float) -> tuple[Markup, Markup]:
    """Two short lines: they leave room for the letters of the back teeth in a child's narrow arch."""
    return _label(which, 0, y, size, "jaw-name"), _label("teeth", 0, y + 1.25 * size, size, "jaw-name")


def _label(text: str, x: float, y: float, size: float, css: str, anchor: str = "middle") -> Markup:
    return element("text", text, x=x, y=y, font_size=size, text_anchor=anchor, class_=css)

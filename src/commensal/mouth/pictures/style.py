"""How every picture of the twin looks: the house's colours, one kind of page, time and meals drawn in one way.

Colours are the print tokens of the house's look. Nothing is told by colour alone: lines also differ by dash, the acid
region is hatched, bands carry their names. Drawn without a window and without any state that lasts.
"""

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from commensal.errors import shortened
from commensal.mouth.day import Day

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
INK, INK2, LINE, SUNKEN, PAPER = "#12292C", "#465B5D", "#D8D1C2", "#F4F2EC", "#FFFFFF"
SERIES = ("#0A6468", "#C0601C", "#6A4C9C")
DASHES: tuple[Any, ...] = ("solid", (0, (5, 3)), (0, (1, 1.6)))
ACID = "#343A86"
ACID_RAMP = ("#343A86", "#4B86B8", "#8FC0D0", "#D3E6E4", "#FBF7EA")
"""From acid to neutral; lightness rises at every step, so that it also reads in grey."""
FONTS = ("Noto Sans", "DejaVu Sans")
DPI = 150
WIDTH_IN = 9.6
HEADER_IN, KEY_LINE_IN, AXIS_IN = 0.70, 0.19, 0.30
SHORT_MIN, LONG_MIN = 300.0, 3.0 * 1440.0
"""Up to SHORT_MIN time is told in minutes, from LONG_MIN on in days, in between by the clock."""
MOST_PANELS = 15
MOST_NIGHTS = 10
"""Nights that are drawn; more would be stripes."""
LONGEST_NAME = 34
"""Characters of a site's name that fit over its panel."""
NEVER_BROKEN = "\u00a0"


@dataclass(frozen=True, slots=True)
class Page:
    """A figure with its panels, row by row; those that stay empty are not among them."""

    figure: "Figure"
    panels: list["Axes"]
    columns: int


def settings() -> dict[str, Any]:
    """Matplotlib's settings for our pictures, for `matplotlib.rc_context`."""
    from matplotlib import font_manager

    have = {font.name for font in font_manager.fontManager.ttflist}
    return {
        "font.family": [font for font in FONTS if font in have] or ["sans-serif"],
        "font.size": 9.5,
        "text.color": INK,
        "axes.labelcolor": INK2,
        "axes.edgecolor": LINE,
        "xtick.color": INK2,
        "ytick.color": INK2,
        "hatch.linewidth": 0.6,
        "text.parse_math": False,
        "svg.hashsalt": "commensal",
        "svg.fonttype": "none",
    }


def new_page(count: int, *, title: str, subtitle: str, key: str, panel_in: float) -> Page:
    """A page with `count` panels, its title above, and below it a key in words that is wrapped to the width.

    Args:
        count: panels, at least 1.
        title, subtitle: above, at the left.
        key: what the marks mean and the totals, below.
        panel_in: height of one panel, inches.
    """
    from matplotlib.figure import Figure

    columns = 1 if count == 1 else 2 if count <= 4 else 3
    rows = math.ceil(count / columns)
    lines = [line for part in key.split("\n") for line in textwrap.wrap(part, 138)]
    below = KEY_LINE_IN * len(lines) + 0.12
    height = HEADER_IN + rows * panel_in + AXIS_IN + below
    figure = Figure(figsize=(WIDTH_IN, height), facecolor=PAPER, layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.005, below / height, 0.985, 1.0 - (HEADER_IN + below) / height), hspace=0.06, wspace=0.04)
    figure.text(0.012, 1.0 - 0.22 / height, title, size=13, weight="bold", va="center")
    figure.text(0.012, 1.0 - 0.50 / height, subtitle, size=9.5, color=INK2, va="center")
    figure.text(0.012, 0.08 / height, "\n".join(lines), size=8.5, color=INK2, va="bottom", linespacing=1.35)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    panels: list[Axes] = list(grid.ravel())
    for empty in panels[count:]:
        empty.remove()
    for panel in panels[:count]:
        panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
        panel.tick_params(length=0)
    return Page(figure, panels[:count], columns)


def shown_sites(minutes_below: Floats, lowest_ph: Floats) -> list[int]:
    """Which sites get a panel: all while they fit, else those longest in acid, in the order of the scene."""
    if len(minutes_below) <= MOST_PANELS:
        return list(range(len(minutes_below)))
    worst = sorted(range(len(minutes_below)), key=lambda i: (-minutes_below[i], lowest_ph[i]))
    return sorted(worst[:MOST_PANELS])


def how_many(shown: int, sites: int) -> str:
    """How many sites there are and, when not all are shown, which are."""
    if shown == sites:
        return f"{sites} site{'s' if sites > 1 else ''}"
    return f"the {shown} of {sites} sites that are longest in acid"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Time as a reader thinks of it: `of` turns minutes after midnight into the axis' own figures."""

    begin_min: float
    end_min: float

    @property
    def span_min(self) -> float:
        """How long the run is, minutes."""
        return self.end_min - self.begin_min

    def of(self, minutes: Floats | float) -> Floats:
        """Minutes after midnight as figures on the axis: minutes or days since the start, or hours of the day."""
        m = np.asarray(minutes, dtype=np.float64)
        if self.span_min <= SHORT_MIN:
            return m - self.begin_min
        if self.span_min >= LONG_MIN:
            return (m - self.begin_min) / 1440.0
        return m / 60.0

    @property
    def label(self) -> str:
        """What the axis is, with its unit."""
        if self.span_min <= SHORT_MIN:
            return "time since the start, min"
        return "time since the start, days" if self.span_min >= LONG_MIN else "time of day"

    def told(self, minutes: float) -> str:
        """One moment in words."""
        if self.span_min <= SHORT_MIN:
            return f"{minutes - self.begin_min:.0f} min"
        if self.span_min >= LONG_MIN:
            return f"day {(minutes - self.begin_min) // 1440.0 + 1:.0f}, {clock_told(minutes)}"
        return clock_told(minutes)

    def put_on(self, page: Page) -> None:
        """Ticks and their words and label on every panel that has none below it."""
        low, high = float(self.of(self.begin_min)), float(self.of(self.end_min))
        steps = (1, 2, 3, 4, 6) if SHORT_MIN < self.span_min < LONG_MIN else (1, 2, 5, 7, 10, 15, 20, 30, 60, 100)
        most = 9 if page.columns < 3 else 5
        step = next((s for s in steps if (high - low) / s <= most), steps[-1] * 2)
        ticks = np.arange(math.ceil(low / step) * step, high + 1e-9, step)
        by_clock = SHORT_MIN < self.span_min < LONG_MIN
        words = [f"{tick % 24:.0f}:00" if by_clock else f"{tick:g}" for tick in ticks]
        for i, panel in enumerate(page.panels):
            panel.set_xlim(low, high)
            panel.set_xticks(ticks, words)
            panel.tick_params(labelbottom=i + page.columns >= len(page.panels))
            if i + page.columns >= len(page.panels):
                panel.set_xlabel(self.label)


def clock_told(minutes: float) -> str:
    """Minutes after midnight as a time of day.

    >>> clock_told(435.2), clock_told(1470)
    ('7:15', '0:30')
    """
    whole = round(minutes)
    return f"{whole // 60 % 24}:{whole % 60:02d}"


def axis_of(data: "xr.Dataset", day: Day) -> TimeAxis:
    """The time axis of a run: from the day's beginning to its end, or to the last sample of several days."""
    return TimeAxis(day.begin_min, max(day.end_min, float(data["time"].values[-1])))


def meals_key(day: Day, axis: TimeAxis) -> str:
    """The intakes of a day in one line: number, name, when; without numbers when the day is lived again and again."""
    if not day.intakes:
        return "Nothing is eaten or drunk."
    if _times_lived(day, axis) > 1:
        named = [f"{shortened(x.name, 40)} at {clock_told(x.at_min)}" for x in day.intakes]
        return "Eaten and drunk every day:  " + ",  ".join(name.replace(" ", NEVER_BROKEN) for name in named)
    named = [f"{i}: {shortened(x.name, 40)} at {axis.told(x.at_min)}" for i, x in enumerate(day.intakes, start=1)]
    return "Eaten and drunk:  " + "   ".join(name.replace(" ", NEVER_BROKEN) for name in named)


def _times_lived(day: Day, axis: TimeAxis) -> int:
    return max(1, math.ceil(axis.span_min / (day.end_min - day.begin_min) - 1e-6))


def mark_day(panel: "Axes", day: Day, axis: TimeAxis, *, is_sleep_named: bool) -> None:
    """Sleep as bands; intakes as bars along the top edge with their numbers, when the day is lived once."""
    blended = panel.get_xaxis_transform()
    times = _times_lived(day, axis)
    if day.asleep_min is not None and day.asleep_min < day.end_min and times <= MOST_NIGHTS:
        for shift in range(times):
            begin, end = (float(axis.of(minute + 1440.0 * shift)) for minute in (day.asleep_min, day.end_min))
            panel.axvspan(begin, end, color=SUNKEN, zorder=0, linewidth=0)
            if is_sleep_named and shift == 0:
                panel.text(0.5 * (begin + end), 0.04, "sleep", transform=blended, ha="center", size=8, color=INK2)
    if times == 1:
        _mark_intakes(panel, day, axis)


def _mark_intakes(panel: "Axes", day: Day, axis: TimeAxis) -> None:
    blended = panel.get_xaxis_transform()
    last = -math.inf
    for number, intake in enumerate(day.intakes, start=1):
        begin, end = float(axis.of(intake.at_min)), float(axis.of(intake.end_min))
        panel.plot([begin, end], [1.0, 1.0], transform=blended, color=INK, lw=3.2, clip_on=False, solid_capstyle="butt")
        middle, room = 0.5 * (begin + end), 0.035 * float(axis.of(axis.end_min) - axis.of(axis.begin_min))
        is_near = middle - last < room
        panel.annotate(
            str(number),
            (middle, 1.0),
            xycoords=blended,
            xytext=(4 if is_near else 0, 3),
            textcoords="offset points",
            ha="center",
            size=7.5,
            color=INK,
        )
        last = middle


def panel_title(panel: "Axes", name: str, note: str) -> None:
    """A panel's name at the upper left, its figures under it, above the row of meals."""
    panel.set_title(shortened(name, LONGEST_NAME), loc="left", size=9.5, pad=27)
    panel.annotate(
        note, (0.0, 1.0), xycoords="axes fraction", xytext=(0, 14), textcoords="offset points", size=8.5, color=INK2
    )

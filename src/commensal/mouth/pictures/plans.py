"""Two plans side by side: the last day's pH with bands, then acid time, mineral and plaque as bars with whiskers."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commensal.mouth.day import Day
from commensal.mouth.pictures import style
from commensal.mouth.plans.comparing import Comparison, Side
from commensal.mouth.plans.comparing import Figure as Figured
from commensal.mouth.plans.plan import Plan
from commensal.mouth.plans.words import hours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN, TOP = 6.6, 0.90
CLOCK_H = 3.0


def figure(compared: Comparison, plans: tuple[Plan, Plan]) -> "Figure":
    """The picture. Nothing in it is told by colour alone."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(style.WIDTH_IN, HEIGHT_IN), facecolor=style.PAPER)
    page.text(0.012, 0.965, f"Tooth {compared.tooth}: two plans", size=13, weight="bold", va="center")
    under = f"day {compared.days}, at {compared.site}, where it stays longest in acid. Simulated, not measured."
    page.text(0.012, 0.925, under, size=9.5, color=style.INK2, va="center")
    grid = page.add_gridspec(
        2, 3, left=0.065, right=0.985, top=TOP, bottom=0.145, height_ratios=(1.7, 1.0), hspace=0.34, wspace=0.32
    )
    _curves(page.add_subplot(grid[0, :]), compared, plans[0].day)
    sides = (compared.first, compared.second)
    _bars(page.add_subplot(grid[1, 0]), "hours a day in acid", [_in_hours(side) for side in sides])
    _bars(page.add_subplot(grid[1, 1]), "lowest pH", [_figure(side.lowest_ph) for side in sides], is_from_0=False)
    _bars(page.add_subplot(grid[1, 2]), "mineral won a day, vol%·µm", [_gained(side) for side in sides])
    lines = [
        f"{mark}: {side.title}, {hours(side.acid_min.value)} a day below pH {compared.critical_ph:g}"
        for mark, side in zip(("solid", "dashed"), sides, strict=True)
    ]
    key = "Below 0 mineral is lost. Bands and whiskers: 8 of 10 people who differ in saliva film, plaque and germs."
    page.text(0.012, 0.012, "\n".join([*lines, key]), size=8.5, color=style.INK2, va="bottom", linespacing=1.35)
    return page


def _curves(panel: "Axes", compared: Comparison, day: Day) -> None:
    sides = (compared.first, compared.second)
    low = min(math.floor(float(side.ph_band[0].min())) for side in sides)
    high = max(math.ceil(float(side.ph_band[1].max())) for side in sides)
    panel.set_ylim(low, high)
    panel.set_yticks([float(ph) for ph in range(low, high + 1)])
    panel.grid(visible=True, axis="y", color=style.LINE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
    panel.tick_params(length=0)
    panel.axhspan(
        low,
        compared.critical_ph,
        facecolor="none",
        edgecolor=style.ACID,
        hatch="////",
        alpha=0.2,
        linewidth=0,
        zorder=1,
    )
    panel.axhline(compared.critical_ph, color=style.ACID, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1.2)
    for i, side in enumerate(sides):
        at = side.time_min / 60.0
        panel.fill_between(at, *side.ph_band, color=style.SERIES[i], alpha=0.22, linewidth=0, zorder=2)
        panel.plot(at, side.ph, color=style.SERIES[i], linewidth=2.0, linestyle=style.DASHES[i], zorder=3 + i)
    begin, end = day.begin_min / 60.0, day.end_min / 60.0
    panel.set_xlim(begin, end)
    ticks = np.arange(math.ceil(begin / CLOCK_H) * CLOCK_H, end + 0.01, CLOCK_H)
    panel.set_xticks(ticks, [f"{int(tick) % 24:02d}:00" for tick in ticks])
    panel.set_ylabel("pH at the tooth")


def _figure(one: Figured) -> tuple[float, float, float]:
    return one.value, one.low, one.high


def _in_hours(side: Side) -> tuple[float, float, float]:
    return side.acid_min.value / 60.0, side.acid_min.low / 60.0, side.acid_min.high / 60.0


def _gained(side: Side) -> tuple[float, float, float]:
    return -side.mineral.value, -side.mineral.high, -side.mineral.low


def _bars(panel: "Axes", title: str, values: list[tuple[float, float, float]], *, is_from_0: bool = True) -> None:
    for i, (value, low, high) in enumerate(values):
        height = 1 - i
        if is_from_0:
            hatch = None if i == 0 else "////"
            panel.barh(height, value, 0.5, facecolor=style.SERIES[i] if i == 0 else style.PAPER,
                       edgecolor=style.SERIES[i], hatch=hatch, zorder=2)  # fmt: skip
        else:
            panel.plot([value], [height], "os"[i], color=style.SERIES[i], markersize=7, zorder=4)
        panel.plot([low, high], [height, height], color=style.INK, linewidth=1.2, zorder=3)
        for end in (low, high):
            panel.plot([end, end], [height - 0.12, height + 0.12], color=style.INK, linewidth=1.2, zorder=3)
    if is_from_0:
        panel.axvline(0.0, color=style.INK2, linewidth=0.8, zorder=1)
    panel.set_ylim(-0.6, 1.6)
    panel.set_yticks([1, 0], ["1st", "2nd"])
    panel.set_title(title, loc="left", size=9.5, color=style.INK)
    panel.grid(visible=True, axis="x", color=style.LINE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
    panel.tick_params(length=0)


def save(compared: Comparison, plans: tuple[Plan, Plan], path: Path) -> None:
    """Draws the picture into a file; PNG or SVG by its name, none of them dated.

    Raises:
        OSError: the file cannot be written.
    """
    import matplotlib as mpl

    kind = "svg" if path.suffix == ".svg" else "png"
    undated = {"Date": None} if kind == "svg" else {}
    with mpl.rc_context(style.settings()):  # type: ignore[arg-type]
        figure(compared, plans).savefig(path, format=kind, dpi=style.DPI, metadata=undated)

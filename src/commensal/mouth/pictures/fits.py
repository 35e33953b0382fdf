"""A fitted Stephan curve with its points and band; and what matters most, as bars with intervals."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commensal.mouth.fitting.curve import MeasuredCurve
from commensal.mouth.fitting.fit import Fit
from commensal.mouth.fitting.sensitivity import Ranked
from commensal.mouth.parameters import load
from commensal.mouth.pictures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CRITICAL = "critical_ph"


def save(draw: Callable[..., "Figure"], path: Path, *what: Any) -> None:
    """Draws into a file; PNG or SVG by its name, none of them dated.

    Raises:
        OSError: the file cannot be written.
    """
    import matplotlib as mpl

    kind = "svg" if path.suffix == ".svg" else "png"
    undated = {"Date": None} if kind == "svg" else {}
    with mpl.rc_context(style.settings()):  # type: ignore[arg-type]
        draw(*what).savefig(path, format=kind, dpi=style.DPI, metadata=undated)


def fit_figure(fitted: Fit, curve: MeasuredCurve) -> "Figure":
    """Points, the fitted curve, and where it lies in 9 of 10 fits."""
    critical = load().value(CRITICAL)
    told = [f"{one.name} {one.value:.3g} ({one.low:.3g} to {one.high:.3g}) {one.unit}" for one in fitted.estimates]
    key = f"Points: measured. Line: fitted; band: the curve in 9 of 10 fits. Scatter {fitted.scatter_ph:.2f} pH."
    page = style.new_page(
        1,
        title="A fitted Stephan curve",
        subtitle="pH at the enamel after sugar; the line is simulated",
        key="\n".join([key, *told]),
        panel_in=3.6,
    )
    panel = page.panels[0]
    low = math.floor(min(float(curve.ph.min()), float(fitted.band[0].min())))
    high = math.ceil(max(float(curve.ph.max()), float(fitted.band[1].max())))
    panel.set_ylim(low, high)
    panel.set_yticks([float(ph) for ph in range(low, high + 1)])
    panel.grid(visible=True, axis="y", color=style.LINE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.axhspan(low, critical, facecolor="none", edgecolor=style.ACID, hatch="////", alpha=0.2, linewidth=0, zorder=1)
    panel.axhline(critical, color=style.ACID, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1.2)
    panel.fill_between(fitted.time_min, *fitted.band, color=style.SERIES[0], alpha=0.22, linewidth=0, zorder=2)
    panel.plot(fitted.time_min, fitted.ph, color=style.SERIES[0], linewidth=1.8, zorder=3)
    panel.plot(curve.time_min, curve.ph, "o", color=style.INK, markersize=4, zorder=4)
    panel.set_xlabel("minutes after the rinse began")
    panel.set_ylabel("pH")
    return page.figure


def ranks_figure(ranked: Sequence[Ranked], people: int) -> "Figure":
    """Bars by result, the strongest on top; whiskers are the middle 9 of 10 of resampling."""
    from matplotlib.figure import Figure

    results = list(dict.fromkeys(one.result for one in ranked))
    page = Figure(figsize=(style.WIDTH_IN, 4.4), facecolor=style.PAPER)
    page.text(0.012, 0.955, "What matters most", size=13, weight="bold", va="center")
    under = "two hours after a 10 % sucrose rinse. Simulated, not measured."
    page.text(0.012, 0.895, under, size=9.5, color=style.INK2, va="center")
    key = f"Partial rank correlation over {people} draws. Hatched, to the left: the more of it, the lower the result."
    key += "\nLines: 9 of 10 of resampling."
    page.text(0.012, 0.015, key, size=8.5, color=style.INK2, va="bottom", linespacing=1.35)
    grid = page.add_gridspec(1, len(results), left=0.205, right=0.985, top=0.80, bottom=0.185, wspace=0.62)
    for column, result in enumerate(results):
        panel = page.add_subplot(grid[0, column])
        mine = [one for one in ranked if one.result == result]
        for i, one in enumerate(mine):
            is_up = one.correlation > 0.0
            color = style.SERIES[0] if is_up else style.SERIES[1]
            face, hatch = (color, None) if is_up else (style.PAPER, "////")
            panel.barh(-i, one.correlation, 0.6, facecolor=face, edgecolor=color, hatch=hatch, zorder=2)
            panel.plot([one.low, one.high], [-i, -i], color=style.INK, linewidth=1.2, zorder=3)
        panel.set_yticks([-i for i in range(len(mine))], [one.unknown for one in mine])
        panel.axvline(0.0, color=style.INK2, linewidth=0.8, zorder=1)
        panel.set_xlim(-1.0, 1.0)
        panel.set_title(result, loc="left", size=9.5, color=style.INK)
        panel.grid(visible=True, axis="x", color=style.LINE, linewidth=0.6)
        panel.set_axisbelow(True)
        panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
        panel.tick_params(length=0)
    return page

"""Stephan curves: pH at the enamel over time, with the region below the critical pH hatched."""

import math
from typing import TYPE_CHECKING

import numpy as np

from commensal.errors import shortened
from commensal.mouth.day import Day
from commensal.mouth.pictures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOGETHER = 3
"""Up to so many sites share one panel, each with a dash of its own; more get a panel each, the others grey behind."""


def figure(data: "xr.Dataset", day: Day) -> "Figure":
    """The picture: one panel for up to three sites, else one for each on one scale."""
    axis = style.axis_of(data, day)
    critical = float(data["minutes_below"].attrs["threshold_ph"])
    names = [str(name) for name in data["site"].values]
    below, lowest = np.asarray(data["minutes_below"].values), np.asarray(data["lowest_ph"].values)
    shown = style.shown_sites(below, lowest)
    is_together = len(names) <= TOGETHER
    key = f"Hatched: below pH {critical:g}, where enamel begins to dissolve.  {style.meals_key(day, axis)}"
    if is_together:
        dashes = [""] if len(names) == 1 else ["solid: ", "dashed: ", "dotted: "]
        lines = [f"{dashes[i]}{shortened(names[i])}, {_totals(data, i, axis)}" for i in shown]
        key = "\n".join([*lines, key])
    page = style.new_page(
        1 if is_together else len(shown),
        title=str(data.attrs["title"]),
        subtitle=f"pH at the enamel, {style.how_many(len(shown), len(names))}. Simulated, not measured.",
        key=key,
        panel_in=3.6 if is_together else 2.05,
    )
    curves = np.asarray(data["ph_enamel"].values)
    times = axis.of(np.asarray(data["time"].values))
    low = min(math.floor(float(np.nanmin(curves)) * 2.0) / 2.0 - 0.1, critical - 1.0)
    high = max(math.ceil(float(np.nanmax(curves)) * 2.0) / 2.0, critical + 1.0)
    for place, panel in enumerate(page.panels):
        _ground(panel, critical, low, high)
        style.mark_day(panel, day, axis, is_sleep_named=place == 0)
        if is_together:
            for i in shown:
                _curve(panel, times, curves[i], critical, i)
        else:
            for i in shown:
                panel.plot(times, curves[i], color=style.LINE, linewidth=0.8, zorder=1.5)
            _curve(panel, times, curves[shown[place]], critical, 0)
            style.panel_title(panel, names[shown[place]], _totals(data, shown[place], axis))
        if place % page.columns == 0:
            panel.set_ylabel("pH")
        else:
            panel.tick_params(labelleft=False)
    axis.put_on(page)
    return page.figure


def _totals(data: "xr.Dataset", i: int, axis: style.TimeAxis) -> str:
    lowest, at = float(data["lowest_ph"].values[i]), float(data["lowest_ph_at"].values[i])
    return f"lowest {lowest:.2f} at {axis.told(at)}, {float(data['minutes_below'].values[i]):.0f} min below"


def _ground(panel: "Axes", critical: float, low: float, high: float) -> None:
    """Scale, grid at whole pH, and the acid region."""
    panel.set_ylim(low, high)
    panel.set_yticks([float(ph) for ph in range(math.ceil(low), math.floor(high) + 1)])
    panel.grid(visible=True, axis="y", color=style.LINE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.axhspan(low, critical, facecolor="none", edgecolor=style.ACID, hatch="////", alpha=0.2, linewidth=0, zorder=1)
    panel.axhline(critical, color=style.ACID, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1.2)


def _curve(panel: "Axes", times: style.Floats, ph: style.Floats, critical: float, series: int) -> None:
    color = style.SERIES[series]
    panel.fill_between(
        times,
        ph,
        critical,
        where=[bool(x) for x in ph < critical],
        interpolate=True,
        color=color,
        alpha=0.2,
        linewidth=0,
        zorder=2,
    )
    panel.plot(times, ph, color=color, linewidth=1.8, linestyle=style.DASHES[series], zorder=3)

"""Depth profiles: pH through the plaque, from the enamel to the saliva, over time."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from commensal.mouth.day import Day
from commensal.mouth.pictures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

MOST_COLUMNS = 1500
"""Samples drawn across; more than the paper can show are thinned."""

LINED_MIN = 2.0 * 1440.0
"""Up to so many minutes the critical pH is drawn as a line; in longer runs the lines would hide the plaque."""


def figure(data: "xr.Dataset", day: Day) -> "Figure":
    """The picture: a panel for each site, time to the right, height above the enamel upwards, acid dark."""
    from matplotlib.colors import LinearSegmentedColormap

    axis = style.axis_of(data, day)
    critical = float(data["minutes_below"].attrs["threshold_ph"])
    names = [str(name) for name in data["site"].values]
    shown = style.shown_sites(np.asarray(data["minutes_below"].values), np.asarray(data["lowest_ph"].values))
    is_lined = axis.span_min <= LINED_MIN
    line = f" Line: pH {critical:g}." if is_lined else ""
    page = style.new_page(
        len(shown),
        title=str(data.attrs["title"]),
        subtitle=f"pH through the plaque, {style.how_many(len(shown), len(names))}. Simulated, not measured.",
        key=f"The enamel is at the bottom, saliva at the top.{line}  {style.meals_key(day, axis)}",
        panel_in=3.2 if len(shown) == 1 else 1.85,
    )
    plaque = np.flatnonzero(np.asarray(data["node_kind"].values) == "plaque")
    every = max(1, math.ceil(data.sizes["time"] / MOST_COLUMNS))
    ph = np.asarray(data["ph"].values)[:, ::every][:, :, plaque]
    times = axis.of(np.asarray(data["time"].values)[::every])
    low, high = math.floor(2.0 * float(np.nanmin(ph))) / 2.0, math.ceil(2.0 * float(np.nanmax(ph))) / 2.0
    ramp = LinearSegmentedColormap.from_list("acid", list(style.ACID_RAMP))
    drawn: Any = None
    for place, (panel, i) in enumerate(zip(page.panels, shown, strict=True)):
        heights = _heights(data, i, plaque, every)
        across = np.broadcast_to(times[:, None], heights.shape)
        drawn = panel.pcolormesh(
            across, heights, ph[i], cmap=ramp, vmin=low, vmax=max(high, low + 0.5), shading="gouraud", rasterized=True
        )
        if is_lined and times.size > 1 and float(ph[i].min()) < critical < float(ph[i].max()):
            panel.contour(across, heights, ph[i], levels=[critical], colors=style.INK, linewidths=0.9)
        panel.set_ylim(0.0, float(heights.max()))
        style.mark_day(panel, day, axis, is_sleep_named=False)
        top, bottom = float(heights[:, -1].max()), float(heights[:, -1].min())
        thick = f"{top:.0f} µm thick" if top - bottom < 1.0 else f"{bottom:.0f} to {top:.0f} µm thick"
        style.panel_title(panel, names[i], f"lowest {float(data['lowest_ph'].values[i]):.2f} (enamel), {thick}")
        panel.set_yticks([0.0, float(heights.max())], ["0", f"{float(heights.max()):.0f}"])
        if place % page.columns == 0:
            panel.set_ylabel("µm above the enamel")
    axis.put_on(page)
    bar = page.figure.colorbar(drawn, ax=page.panels, shrink=0.8, aspect=30, pad=0.015)
    bar.set_label("pH")
    bar.outline.set_visible(False)
    bar.ax.axhline(critical, color=style.INK, linewidth=0.9)
    return page.figure


def _heights(data: "xr.Dataset", i: int, plaque: "np.ndarray[Any, np.dtype[np.int64]]", every: int) -> style.Floats:
    """Heights of the layers above the enamel, um, (time, layer), stretched to reach enamel and saliva.

    The layers' values stand for their middles; drawn to the edges, the picture is as thick as the plaque.
    """
    layers = len(plaque)
    share = np.linspace(0.0, 1.0, layers)
    if "thickness_um" in data:
        thick = np.asarray(data["thickness_um"].values)[i, ::every]
    else:
        middle = np.asarray(data["height_above_enamel"].values)[i, plaque]
        whole = float(middle[-1]) * layers / (layers - 0.5)
        thick = np.full(math.ceil(data.sizes["time"] / every), whole)
    return np.asarray(thick[:, None] * share[None, :], dtype=np.float64)

"""Guild shares: of what the plaque's biomass is made over days and weeks, and how thick it is."""

from typing import TYPE_CHECKING

import numpy as np

from commensal.mouth.day import Day
from commensal.mouth.pictures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BANDS = (
    ("#0A6468", ""),
    ("#E9A183", "///"),
    ("#6A4C9C", ""),
    ("#EBD38A", "..."),
    ("#27579A", ""),
    ("#A9D8CF", "\\\\\\"),
    ("#7A5B00", ""),
    ("#8FB3E6", "xxx"),
    ("#343C40", ""),
    ("#D8D1C2", "---"),
)
"""Colour and hatch of each guild's band: dark and light in turn, so that neighbours differ in grey as well."""
SMALLEST_NAMED = 0.04
"""Bands thinner than this share at the end carry no name beside them; the key has all."""

NAME_HEIGHT = 0.095
"""Room a name takes beside the bands, share of the panel's height."""


def figure(data: "xr.Dataset", day: Day) -> "Figure":
    """The picture: a panel for each site, the guilds' shares of the biomass stacked, names at the right edge."""
    axis = style.axis_of(data, day)
    names = [str(name) for name in data["site"].values]
    guilds = [str(name) for name in data["guild"].values]
    shown = style.shown_sites(np.asarray(data["minutes_below"].values), np.asarray(data["lowest_ph"].values))
    page = style.new_page(
        len(shown),
        title=str(data.attrs["title"]),
        subtitle=f"Who lives in the plaque, {style.how_many(len(shown), len(names))}. Simulated, not measured.",
        key="Share of the biomass in the whole depth of the plaque; from the bottom: " + ", ".join(guilds) + ".",
        panel_in=3.4 if len(shown) == 1 else 2.4,
    )
    shares = guild_shares(data)
    times = axis.of(np.asarray(data["time"].values))
    for place, (panel, i) in enumerate(zip(page.panels, shown, strict=True)):
        _bands(panel, times, shares[i], guilds, is_named=(place + 1) % page.columns == 0 or place == len(shown) - 1)
        thick = "" if "thickness_um" not in data else f"{float(data['thickness_um'].values[i, -1]):.0f} µm in the end"
        style.panel_title(panel, names[i], thick)
        panel.set_ylim(0.0, 1.0)
        panel.set_yticks([0.0, 0.5, 1.0], ["0", "50", "100"])
        if place % page.columns == 0:
            panel.set_ylabel("% of biomass")
        else:
            panel.tick_params(labelleft=False)
    axis.put_on(page)
    return page.figure


def guild_shares(data: "xr.Dataset") -> style.Floats:
    """Share of each guild in the biomass of the whole plaque, (site, time, guild); layers are equally thick."""
    plaque = np.asarray(data["node_kind"].values) == "plaque"
    biomass = data["biomass"].transpose("site", "time", "guild", "node").values[..., plaque].sum(axis=-1)
    whole = biomass.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(biomass, whole, out=np.zeros_like(biomass), where=whole > 0.0), dtype=np.float64)


def _bands(panel: "Axes", times: style.Floats, shares: style.Floats, guilds: list[str], *, is_named: bool) -> None:
    floor = np.zeros(len(times))
    middles: list[float] = []
    for g in range(len(guilds)):
        color, hatch = BANDS[g % len(BANDS)]
        roof = floor + shares[:, g]
        panel.fill_between(
            times, floor, roof, facecolor=color, hatch=hatch, edgecolor=style.PAPER, linewidth=0.4, zorder=2
        )
        middles.append(0.5 * (floor[-1] + roof[-1]))
        floor = roof
    if is_named:
        named = [
            (middle, guild)
            for middle, guild, share in zip(middles, guilds, shares[-1], strict=True)
            if share >= SMALLEST_NAMED
        ]
        for middle, (height, guild) in zip([pair[0] for pair in named], _spread(named), strict=True):
            panel.annotate(
                guild,
                (times[-1], middle),
                xytext=(1.015, height),
                textcoords="axes fraction",
                va="center",
                size=8,
                annotation_clip=False,
            )


def _spread(named: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Heights of the names, pushed apart so that none covers another."""
    heights: list[float] = []
    for middle, _ in named:
        heights.append(middle if not heights else max(middle, heights[-1] + NAME_HEIGHT))
    over = heights[-1] - 1.0 if heights else 0.0
    return [(height - max(over, 0.0), guild) for height, (_, guild) in zip(heights, named, strict=True)]

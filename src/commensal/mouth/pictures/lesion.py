"""A lesion: mineral against depth, a line for each of some days."""

from typing import TYPE_CHECKING, Any

import numpy as np

from commensal.mouth.enamel.lesion import Lesion
from commensal.mouth.pictures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = 5
STROKES: tuple[Any, ...] = ((0, (1, 4)), (0, (1, 1.6)), (0, (3, 2)), (0, (6, 2)))
"""Of the earlier days: longer as days go by."""
H_PER_DAY = 24.0


def figure(lesion: Lesion, title: str) -> "Figure":
    """The picture: depth to the right, mineral upwards, the last day dark, earlier ones paler.

    Call it inside `matplotlib.rc_context(style.settings())`, as `draw` does.
    """
    days = lesion.time_h / H_PER_DAY
    whole = np.flatnonzero(np.abs(days - np.round(days)) < 1e-6)  # the same hour of every day, else the cycle shows
    ends = np.unique([*whole, days.size - 1])
    shown = np.unique([ends[np.abs(days[ends] - day).argmin()] for day in np.linspace(0.0, days[-1], LINES)])
    loss, front = float(lesion.loss_vol_percent_um[-1]), float(lesion.depth_of_front_um[-1])
    page = style.new_page(
        1,
        title=title,
        subtitle="Mineral through the outer enamel. Simulated, not measured.",
        key=f"At the end {loss:.0f} vol% µm of mineral are missing, down to {front:.0f} µm; "
        f"the outermost layer holds {lesion.surface_over_body():.0f} vol% more than the poorest.",
        panel_in=3.4,
    )
    panel = page.panels[0]
    panel.axhline(100.0 * lesion.sound, color=style.LINE, linewidth=0.9, zorder=0)
    for place, i in enumerate(shown):
        is_last = place == len(shown) - 1
        panel.plot(
            lesion.depth_um,
            100.0 * lesion.mineral[i],
            color=style.SERIES[0],
            alpha=0.25 + 0.75 * place / max(len(shown) - 1, 1),
            linewidth=2.2 if is_last else 1.3,
            linestyle=STROKES[place % len(STROKES)] if not is_last else "solid",
            label=f"day {days[i]:.0f}" if place else "sound",
        )
    panel.set_ylim(0.0, 100.0)
    panel.set_xlim(0.0, float(2.0 * lesion.depth_um[-1] - lesion.depth_um[-2]))
    panel.set_xlabel("µm below the surface")
    panel.set_ylabel("mineral, vol%")
    panel.legend(frameon=False, loc="lower right", fontsize=8.5)
    return page.figure

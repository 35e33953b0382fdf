"""Two strains side by side: who lives in the vessel while doses are given, and after."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commensal.errors import shortened
from commensal.mouth.strains.trial import WILD, number, usual_doses

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from commensal.mouth.strains.portrait import Portrait

LONGEST_NAME = 48
COMMENSALS = ("mitis", "arginolytic", "salivarius")
LEAST_PERCENT = 1e-3


def draw(portraits: Sequence["Portrait"], path: Path) -> None:
    """Write a picture with a panel for each strain; the ending of `path` says the format.

    Raises:
        OSError: it cannot be written.
    """
    import matplotlib as mpl

    from commensal.mouth.pictures.style import DPI, new_page, settings

    first, last = usual_doses()[0], usual_doses()[-1]
    given = f"{number('doses'):.0f} doses of {first[1]:.1e} CFU, days 0 to {last[0]:.0f}"
    marks = ", ".join(dict.fromkeys(one.mark.value for one in portraits))
    key = (
        f"Simulated in a well-mixed vessel whose pH is held at {number('ph'):g}, not measured. Weakest mark: {marks}. "
        f"Grey: while doses are given. Thin line at {100.0 * number('detected'):g} %: below it PCR finds nothing."
    )
    with mpl.rc_context(settings()):  # type: ignore[arg-type]
        page = new_page(
            len(portraits),
            title=" and ".join(one.strain.id for one in portraits) + ", given to a settled plaque",
            subtitle=f"Share of the living weight; {given}",
            key=key,
            panel_in=3.4,
        )
        for panel, one in zip(page.panels, portraits, strict=True):
            _fill(panel, one, last[0])
        page.panels[0].legend(loc="lower left", frameon=False, fontsize=8.5)
        page.figure.savefig(path, dpi=DPI)


def _fill(panel: "Axes", one: "Portrait", last_dose_d: float) -> None:
    from commensal.mouth.pictures.style import DASHES, INK2, SERIES, SUNKEN

    lines = {
        "the strain": one.trial.share(one.strain.id),
        "wild S. mutans": one.trial.share(WILD),
        "streptococci of health": np.sum([one.trial.share(who) for who in COMMENSALS], axis=0),
    }
    panel.axvspan(0.0, last_dose_d, color=SUNKEN, zorder=0, linewidth=0)
    for (name, share), colour, dash in zip(lines.items(), SERIES, DASHES, strict=True):
        percent = np.maximum(100.0 * share, 0.1 * LEAST_PERCENT)
        panel.plot(one.trial.at_d, percent, color=colour, linestyle=dash, lw=1.8, label=name)
    panel.axhline(100.0 * number("detected"), color=INK2, lw=0.8, linestyle=(0, (2, 3)))
    panel.set_yscale("log")
    panel.set_ylim(LEAST_PERCENT, 150.0)
    panel.set_xlim(0.0, float(one.trial.at_d[-1]))
    ticks = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]
    panel.set_yticks(ticks, [f"{tick:g} %" for tick in ticks])
    panel.minorticks_off()
    panel.set_xlabel("days since the first dose")
    panel.set_title(shortened(one.strain.name, LONGEST_NAME), loc="left", size=9.5)

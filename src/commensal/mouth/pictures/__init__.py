"""Pictures of a course, as people expect them: Stephan curves, pH through the plaque, guild shares.

Pictures   PNG, SVG or none
draw       writes those a course can fill into a folder

Matplotlib is loaded when something is drawn, never before.
"""

import warnings
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commensal.mouth.day import Day

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Pictures", "draw"]


class Pictures(StrEnum):
    """How pictures are drawn: PNG for screens, SVG for papers, NONE for speed."""

    PNG = "png"
    SVG = "svg"
    NONE = "none"


def draw(data: "xr.Dataset", day: Day, folder: Path, kind: Pictures) -> list[str]:
    """Draws every picture the results hold the arrays for; the names of the files written, none of them dated.

    Raises:
        OSError: a file cannot be written.
    """
    if kind is Pictures.NONE:
        return []
    import matplotlib as mpl

    from commensal.mouth.pictures import depth, guilds, stephan, style

    drawn: list[tuple[str, str, Callable[..., Any]]] = [
        ("stephan", "ph_enamel", stephan.figure),
        ("depth", "ph", depth.figure),
        ("guilds", "biomass", guilds.figure),
    ]
    names = []
    with mpl.rc_context(style.settings()), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # a name in a script no font here has
        for name, needed, figure in drawn:
            if needed not in data or data[needed].size == 0:
                continue
            file = f"{name}.{kind.value}"
            undated = {"Date": None} if kind is Pictures.SVG else {}
            figure(data, day).savefig(folder / file, format=kind.value, dpi=style.DPI, metadata=undated)
            names.append(file)
    return names

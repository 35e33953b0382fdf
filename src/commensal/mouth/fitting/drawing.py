"""Pictures of a fit and of what matters most; Matplotlib is loaded when one is drawn, never before."""

from collections.abc import Sequence
from pathlib import Path

from commensal.mouth.fitting.curve import MeasuredCurve
from commensal.mouth.fitting.fit import Fit
from commensal.mouth.fitting.sensitivity import Ranked


def draw_fit(fitted: Fit, curve: MeasuredCurve, path: Path) -> None:
    """Draws a measured curve, the fitted one and its band into a file: PNG, or SVG when its name ends so.

    Raises:
        OSError: the file cannot be written.
    """
    from commensal.mouth.pictures.fits import fit_figure, save

    save(fit_figure, path, fitted, curve)


def draw_ranks(ranked: Sequence[Ranked], people: int, path: Path) -> None:
    """Draws ranked bars, one panel for each result, into a file likewise.

    Raises:
        OSError: the file cannot be written.
    """
    from commensal.mouth.pictures.fits import ranks_figure, save

    save(ranks_figure, path, ranked, people)

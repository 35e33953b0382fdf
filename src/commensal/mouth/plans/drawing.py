"""A comparison as a picture; Matplotlib is loaded when one is drawn, never before."""

from pathlib import Path

from commensal.mouth.plans.comparing import Comparison
from commensal.mouth.plans.plan import Plan


def draw(compared: Comparison, plans: tuple[Plan, Plan], path: Path) -> None:
    """Draws two plans side by side into a file: PNG, or SVG when its name ends so.

    Raises:
        OSError: the file cannot be written.
    """
    from commensal.mouth.pictures.plans import save

    save(compared, plans, path)

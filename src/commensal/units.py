"""The units this program speaks, and nothing converted in silence."""

from typing import Final

SCALE: Final[dict[str, tuple[str, float]]] = {
    "1": ("number", 1.0),
    "mmol/L": ("concentration", 1.0),
    "mmol/L/h": ("concentration per time", 1.0 / 3600.0),
    "mmol/L/s": ("concentration per time", 1.0),
    "mol/L": ("concentration", 1000.0),
    "%": ("share", 0.01),
    "% w/v": ("mass concentration", 1.0),
    "m": ("length", 1.0),
    "mm": ("length", 1e-3),
    "um": ("length", 1e-6),
    "m2": ("area", 1.0),
    "cm2": ("area", 1e-4),
    "m2/s": ("diffusivity", 1.0),
    "m/s": ("speed", 1.0),
    "mm/min": ("speed", 1e-3 / 60.0),
    "mL": ("volume", 1.0),
    "mL/min": ("flow", 1.0),
    "1/s": ("rate", 1.0),
    "1/h": ("rate", 1.0 / 3600.0),
    "g/L": ("density", 1.0),
    "ug/mL": ("density", 1e-3),
    "mg/L": ("density", 1e-3),
    "kg/m3": ("density", 1.0),
    "g/mol": ("molar mass", 1.0),
    "mol/m2/s": ("molar flux", 1.0),
    "1/m": ("area by volume", 1.0),
    "vol%.um": ("mineral", 1.0),
    "g/m2/s": ("mass flux", 1.0),
    "g/m2/h": ("mass flux", 1.0 / 3600.0),
    "1/m/s": ("wear", 1.0),
    "1/m/h": ("wear", 1.0 / 3600.0),
    "g/g": ("mass share", 1.0),
    "g/mmol": ("mass yield", 1.0),
    "mmol/g": ("content", 1.0),
    "mmol/g/h": ("specific rate", 1.0 / 3600.0),
    "L/g/h": ("clearance by mass", 1.0 / 3600.0),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "h": ("time", 3600.0),
}
"""Unit -> (dimension, factor to that dimension's first unit here)."""


def known(unit: str) -> bool:
    """True when the program knows this unit."""
    return unit in SCALE


def convert(value: float, unit: str, to: str) -> float:
    """`value` in another unit of the same dimension.

    Raises:
        ValueError: a unit that is not known, or one of another dimension.

    >>> convert(150.0, "um", "m"), round(convert(400.0, "mmol/L/h", "mmol/L/s"), 4)
    (0.00015, 0.1111)
    """
    for name in (unit, to):
        if name not in SCALE:
            raise ValueError(f"expected one of the units {', '.join(SCALE)}, got {name!r}")
    (here, factor), (there, divisor) = SCALE[unit], SCALE[to]
    if here != there:
        raise ValueError(f"expected a unit of {here} to convert {unit} into, got {to} ({there})")
    return value * factor / divisor

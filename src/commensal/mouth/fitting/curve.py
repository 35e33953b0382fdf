"""A measured Stephan curve: minutes after a sugar rinse began, and pH, from CSV (docs/specs/stephan-curve.md)."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commensal.errors import InputError

Floats = NDArray[np.float64]
HEADER = ("time_min", "ph")
MAX_BYTES, MAX_POINTS, LEAST_POINTS = 1024 * 1024, 5000, 8
LONGEST_MIN = 240.0
LOWEST_PH, HIGHEST_PH = 3.0, 9.0
LEAST_FALL = 0.2
"""pH units by which a curve must fall below where it began, or it is none."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredCurve:
    """`time_min` after the rinse began, rising, and `ph` at those times, both of shape (points,)."""

    time_min: Floats
    ph: Floats
    name: str = "the curve"

    def __post_init__(self) -> None:
        """Refuses what is no Stephan curve; the message asks about the likely mistake."""
        t, ph, name = self.time_min, self.ph, self.name
        if t.shape != ph.shape or t.ndim != 1:
            raise InputError(name, "", "as many times as pH values", f"{t.shape} and {ph.shape}")
        if t.size < LEAST_POINTS:
            more = "measure more often, at best every three minutes for an hour and a half"
            raise InputError(name, "", f"at least {LEAST_POINTS} points", f"{t.size}", more)
        if not (np.all(np.isfinite(t)) and np.all(np.isfinite(ph))):
            raise InputError(name, "", "finite numbers", "NaN or infinity")
        if not np.all(np.diff(t) > 0.0):
            i = int(np.flatnonzero(np.diff(t) <= 0.0)[0])
            raise InputError(name, f"point {i + 2}: time_min", f"a time after {t[i]:g}", f"{t[i + 1]:g}")
        if t[0] < 0.0 or t[-1] > LONGEST_MIN:
            asked = "were these seconds?" if t[-1] > LONGEST_MIN else "count from the beginning of the rinse"
            came = f"{t[0]:g} to {t[-1]:g}"
            raise InputError(name, "time_min", f"0 to {LONGEST_MIN:g} minutes after the rinse began", came, asked)
        if np.any((ph < LOWEST_PH) | (ph > HIGHEST_PH)):
            low, high = float(ph.min()), float(ph.max())
            asked = "was that hydrogen ion in mmol/L? then pH = 3 - log10 of it" if high < 1.0 else ""
            asked = asked or ("is a decimal point missing?" if high > 14.0 else "check the electrode")
            raise InputError(name, "ph", f"{LOWEST_PH:g} to {HIGHEST_PH:g}", f"{low:g} to {high:g}", asked)
        if ph[0] - ph.min() < LEAST_FALL:
            expected = f"a pH that falls by {LEAST_FALL:g} or more after sugar"
            raise InputError(
                name, "ph", expected, f"{ph[0]:.2f}, lowest {ph.min():.2f}", "is it plaque, and was it sugar?"
            )


def read_curve(path: Path) -> MeasuredCurve:
    """The curve of a CSV file with the columns time_min and ph.

    Raises:
        InputError: a file that cannot be read, or holds no Stephan curve.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                path.name, "", f"at most {MAX_BYTES} bytes", f"{path.stat().st_size}", "is it the right file?"
            )
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path.name, "", "a text file in UTF-8", "other bytes", "save it as CSV (UTF-8)") from error
    except (OSError, ValueError) as error:
        raise InputError(path.name, "", "a CSV file that can be read", error) from error
    rows = list(csv.reader(io.StringIO(text)))
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if header != HEADER:
        remedy = "save it with commas between and points in decimals" if any(";" in cell for cell in header) else ""
        raise InputError(path.name, "line 1", "time_min,ph", ",".join(header) or "nothing", remedy)
    if len(rows) - 1 > MAX_POINTS:
        raise InputError(path.name, "", f"at most {MAX_POINTS} points", f"{len(rows) - 1}")
    values = [_row(path.name, i, row) for i, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    times, ph = (np.array([value[column] for value in values]) for column in (0, 1))
    return MeasuredCurve(times, ph, path.name)


def _row(file: str, line: int, row: list[str]) -> tuple[float, float]:
    if len(row) != len(HEADER):
        raise InputError(file, f"line {line}", "two numbers, such as 12.5,4.93", ",".join(row), "decimals have a point")
    try:
        found = float(row[0]), float(row[1])
    except ValueError as error:
        raise InputError(file, f"line {line}", "two numbers, such as 12.5,4.93", ",".join(row)) from error
    if not all(math.isfinite(value) for value in found):
        raise InputError(file, f"line {line}", "two finite numbers", ",".join(row))
    return found

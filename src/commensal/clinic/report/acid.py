"""What the simulation says of every tooth in the picture: minutes in acid on each surface, and its band."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from commensal.diagnosis import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One step of the acid-time ramp. `token` is its colour; the words and the pattern say the same."""

    token: str
    from_min: float
    """Minutes a day from which the band holds."""
    words: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcidTooth:
    """One tooth of the forecast."""

    fdi: str
    minutes: dict[str, float]
    """Surface -> minutes a day below the critical pH; a surface no site stands for is missing."""

    @property
    def longest(self) -> float | None:
        """The longest time on any surface, minutes a day; None when no site stands for the tooth."""
        return max(self.minutes.values(), default=None)


@cache
def bands() -> tuple[Band, ...]:
    """The ramp, shortest time first."""
    text = (files("commensal.clinic.report") / "data" / "acid_bands.csv").read_text(encoding="utf-8")
    return tuple(
        Band(token=row["band"], from_min=float(row["from_min"]), words=row["words"], pattern=row["pattern"])
        for row in csv.DictReader(text.splitlines())
    )


def band(minutes: float) -> Band:
    """The band a time belongs to.

    Args:
        minutes: minutes a day below the critical pH, >= 0.

    Raises:
        ValueError: a time that is negative or not a number.
    """
    if not minutes >= 0:
        raise ValueError(f"minutes in acid must be >= 0, got {minutes}")
    return [step for step in bands() if minutes >= step.from_min][-1]


def acid_teeth(forecast: Forecast, fdis: tuple[str, ...]) -> tuple[AcidTooth, ...]:
    """Each of `fdis` with its minutes; where two sites share a surface, the longer time."""
    minutes: dict[str, dict[str, float]] = {fdi: {} for fdi in fdis}
    for site in forecast.sites:
        for fdi in site.teeth:
            for surface in site.surfaces:
                if fdi in minutes:
                    before = minutes[fdi].get(surface, 0.0)
                    minutes[fdi][surface] = max(before, site.acid_min)
    return tuple(AcidTooth(fdi=fdi, minutes=on_surfaces) for fdi, on_surfaces in minutes.items())

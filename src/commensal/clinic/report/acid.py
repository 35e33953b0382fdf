"""What the simulation says of every tooth in the picture: minutes in acid on each surface, and its band."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from commensal.diagnosis import Forecast

HARDLY_VOL_PERCENT_UM = 2.0
"""A day that changes less is told as no change: at this pace a white spot takes a year and a half. Ours, calibrated."""


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
    mineral: float | None = None
    """Mineral that a day takes (> 0) or gives back (< 0) at the surface that loses most, vol%.um; None = not known."""

    @property
    def longest(self) -> float | None:
        """The longest time on any surface, minutes a day; None when no site stands for the tooth."""
        return max(self.minutes.values(), default=None)


class Balance(StrEnum):
    """What a day does to the mineral of a tooth: sign on the picture, and words."""

    LOSES = "loses mineral"
    KEEPS = "keeps its mineral"
    WINS = "gets mineral back"

    @property
    def sign(self) -> str:
        """The sign on the picture; "" where nothing changes."""
        return {Balance.LOSES: "\u2212", Balance.KEEPS: "", Balance.WINS: "+"}[self]


def balance(tooth: AcidTooth) -> Balance | None:
    """The mineral balance of a tooth; None when it was not worked out."""
    if tooth.mineral is None:
        return None
    if abs(tooth.mineral) < HARDLY_VOL_PERCENT_UM:
        return Balance.KEEPS
    return Balance.LOSES if tooth.mineral > 0.0 else Balance.WINS


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
    """Each of `fdis` with its minutes and its mineral; from groups of sites where surfaces were not worked out."""
    minutes: dict[str, dict[str, float]] = {fdi: {} for fdi in fdis}
    mineral: dict[str, float] = {}
    for surface in forecast.surfaces:
        if surface.fdi in minutes:
            minutes[surface.fdi][surface.surface] = surface.acid_min
            mineral[surface.fdi] = max(mineral.get(surface.fdi, surface.mineral), surface.mineral)
    for site in forecast.sites if not forecast.surfaces else ():
        for fdi in site.teeth:
            for on in site.surfaces:
                if fdi in minutes:
                    minutes[fdi][on] = max(minutes[fdi].get(on, 0.0), site.acid_min)
    return tuple(
        AcidTooth(fdi=fdi, minutes=on_surfaces, mineral=mineral.get(fdi)) for fdi, on_surfaces in minutes.items()
    )

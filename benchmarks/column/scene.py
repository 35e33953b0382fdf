"""The measured scene: eight sites with ten guilds through one day with five sugar intakes, asleep at night."""

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import Day, Intake, Mouth, Site
from commensal.mouth.community import Community

Floats = NDArray[np.float64]
LAYERS = 16
BEGIN_MIN, END_MIN, ASLEEP_MIN = 420.0, 1860.0, 1380.0
RINSES = ((450.0, 2.0, 200.0), (620.0, 5.0, 584.0), (760.0, 3.0, 60.0), (980.0, 10.0, 400.0), (1180.0, 4.0, 120.0))
"""Start (min after midnight), duration (min), hexose (mmol/L)."""
SHAPES = (
    (150.0, 6.0), (60.0, 1.6), (120.0, 2.5), (80.0, 4.0), (200.0, 8.0), (50.0, 2.0), (100.0, 5.0), (75.0, 3.0),
)  # fmt: skip
"""Plaque thickness (um) and film speed (mm/min) of each site; the peers run the first ones only."""
EVERY_MIN = 5.0
OWN_ACID_MMOL_L_H = 27.0


def sites() -> list[Site]:
    """The eight sites, each with ten guilds that grow."""
    usual = Community.usual()
    return [Site(thickness_um=um, film_speed_mm_min=speed, community=usual) for um, speed in SHAPES]


def lumped_sites(count: int) -> list[Site]:
    """As many sites of the reference plaque, all guilds as one, the shapes in turn."""
    return [
        Site(thickness_um=um, film_speed_mm_min=speed, endogenous_acid_mmol_l_h=OWN_ACID_MMOL_L_H)
        for um, speed in (SHAPES[i % len(SHAPES)] for i in range(count))
    ]


def mouth() -> Mouth:
    """A typical adult's mouth."""
    return Mouth()


def day(hours: float = 24.0) -> Day:
    """The day, or its first hours."""
    end = BEGIN_MIN + 60.0 * hours
    intakes = tuple(
        Intake(name="sugar water", at_min=at, duration_min=minutes, how="rinse", sugar_mmol_l=sugar)
        for at, minutes, sugar in RINSES
        if at + minutes <= end
    )
    asleep = ASLEEP_MIN if end > ASLEEP_MIN else None
    return Day(intakes=intakes, begin_min=BEGIN_MIN, end_min=end, asleep_min=asleep)


def samples_s(hours: float = 24.0) -> Floats:
    """When answers are compared, s after midnight."""
    return np.asarray(60.0 * np.arange(BEGIN_MIN, BEGIN_MIN + 60.0 * hours + 1.0, EVERY_MIN), dtype=np.float64)

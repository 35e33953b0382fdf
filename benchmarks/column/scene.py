"""The measured scene: eight sites through one day with five rinses of sugar water, asleep at night."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import Day, Intake, Mouth, Site

Floats = NDArray[np.float64]
LAYERS = 16
OWN_ACID_MMOL_L_H = 27.0
BEGIN_MIN, END_MIN, ASLEEP_MIN = 420.0, 1860.0, 1380.0
RINSES = ((450.0, 2.0, 200.0), (620.0, 5.0, 584.0), (760.0, 3.0, 60.0), (980.0, 10.0, 400.0), (1180.0, 4.0, 120.0))
"""Start (min after midnight), duration (min), hexose (mmol/L)."""
SAMPLE_S = 60.0 * np.arange(BEGIN_MIN, END_MIN + 1.0, 5.0)
SHAPES = (
    (150.0, 6.0), (60.0, 1.6), (120.0, 2.5), (80.0, 4.0), (200.0, 8.0), (50.0, 2.0), (100.0, 5.0), (75.0, 3.0),
)  # fmt: skip
"""Plaque thickness (um) and film speed (mm/min) of each site; the peers run the first ones only."""


def sites() -> list[Site]:
    """The eight sites, as the program takes them."""
    return [
        Site(thickness_um=thickness, film_speed_mm_min=speed, endogenous_acid_mmol_l_h=OWN_ACID_MMOL_L_H)
        for thickness, speed in SHAPES
    ]


def mouth() -> Mouth:
    """A typical adult's mouth."""
    return Mouth()


def day() -> Day:
    """The day, as the program takes it."""
    intakes = tuple(
        Intake(name="sugar water", at_min=at, duration_min=minutes, how="rinse", sugar_mmol_l=sugar)
        for at, minutes, sugar in RINSES
    )
    return Day(intakes=intakes, begin_min=BEGIN_MIN, end_min=END_MIN, asleep_min=ASLEEP_MIN)


def stretches() -> list[tuple[float, float, float]]:
    """The same day for the peers: (begin s, end s, hexose held in mmol/L; 0 = nothing held, -1 = asleep)."""
    cuts = sorted({BEGIN_MIN, END_MIN, ASLEEP_MIN, *(x for at, m, _ in RINSES for x in (at, at + m))})
    out = []
    for begin, end in pairwise(cuts):
        held = next((sugar for at, m, sugar in RINSES if at <= begin < at + m), 0.0)
        out.append((60.0 * begin, 60.0 * end, -1.0 if begin >= ASLEEP_MIN else held))
    return out

"""Plaque on a polished tooth, from the first bacteria that settle to three days without hygiene.

Early plaque was sampled from premolars after hours and days, and its living bacteria counted: between two counts they
had doubled so many times.
"""

import math
from dataclasses import dataclass

import numpy as np

from commensal.mouth.community import Community
from commensal.mouth.parameters import load
from commensal.mouth.run import Options, run_columns
from commensal.mouth.saliva import Mouth
from commensal.mouth.study import SLEEPS_MIN, WAKES_MIN, site_at, usual_day

GROUP = "upper-back-cheek"
"""Of the teeth that were sampled: 13 to 15 and 23 to 25."""
POLISHED_UM = 0.001
"""What a polish leaves: as much as settles in three minutes."""
DAYS = 3
NIGHT_BEGINS_H = (SLEEPS_MIN - WAKES_MIN) / 60.0
SECOND_NIGHT_H = (24.0 + NIGHT_BEGINS_H, 48.0)
HOURS = (1.0, 4.0, 24.0, *SECOND_NIGHT_H, 72.0)
LAYERS, TOLERANCE = 16, 0.01


@dataclass(frozen=True, slots=True)
class EarlyPlaque:
    """How fast the living weight on a polished tooth grows."""

    early_doubling_h: float
    """From the first hour to the fourth: what settles counts too."""
    late_doubling_h: float
    """From the first day to the third."""
    night_reduction: float
    """How much less grows in an hour of the second night than in one of the day before it, 0-1."""


def grow_on_polished_tooth() -> EarlyPlaque:
    """Grows it on a usual day after another, beginning at waking.

    Raises:
        SolveError: it cannot be computed.
    """
    site = site_at(GROUP, Community.usual(), POLISHED_UM)
    options = Options(threshold_ph=load().value("critical_ph"), layers=LAYERS, tolerance=TOLERANCE, days=DAYS)
    samples = np.array([60.0 * WAKES_MIN + 3600.0 * hour for hour in HOURS])
    run = run_columns([site], [Mouth()], usual_day(), options, sample_s=samples)
    living = [row for row, name in enumerate(run.names) if name.startswith("biomass.")]
    weights = run.profiles[0][:, living, :LAYERS].mean(axis=-1).sum(axis=-1) * run.thickness_m[0]
    weight = {hour: float(x) for hour, x in zip(HOURS, weights, strict=True)}

    def doubling_h(begin: float, end: float) -> float:
        return (end - begin) * math.log(2.0) / math.log(weight[end] / weight[begin])

    def per_hour(begin: float, end: float) -> float:
        return (weight[end] - weight[begin]) / (end - begin)

    falls, wakes = SECOND_NIGHT_H
    return EarlyPlaque(
        early_doubling_h=doubling_h(1.0, 4.0),
        late_doubling_h=doubling_h(24.0, 72.0),
        night_reduction=1.0 - per_hour(falls, wakes) / per_hour(24.0, falls),
    )

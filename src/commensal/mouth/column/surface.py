"""What the innermost layer of plaque exchanges with the enamel under it."""

from commensal.mouth.column.shape import (
    ACE,
    DEFICIT,
    DEFICIT_MOST,
    FROM_ENAMEL,
    FT,
    LAC,
    LANES,
    ON_ENAMEL,
    PRO,
    PT,
    Floats,
    H,
    Lane,
    Laws,
    Work,
)
from commensal.mouth.compiled import bare
from commensal.mouth.enamel.rate import enamel_flux

CALCIUM, PHOSPHATE, CHARGE = 5.0, 3.0, 10.0
"""What a mole of Ca5(PO4)3OH brings; its charge is that of the calcium, for phosphate is counted as phosphoric acid."""


@bare
def missing(laws: Laws, lane: Lane, w: Work, k: int) -> float:
    """Mineral that is missing under a lane by now, mol/m2."""
    by_now: float = lane.plaque[DEFICIT, k] + w.totals[FROM_ENAMEL, laws.calcium, k] / CALCIUM
    return by_now


@bare
def meet_enamel(laws: Laws, lane: Lane, w: Work, y: Floats, out: Floats, totals: Floats) -> None:
    """Adds what enamel gives or takes per second to the innermost layer in `out`, and sets it in `totals`.

    What is missing is that of the last accepted step: it changes over hours.
    """
    f, phosphate = laws.calcium, laws.acids[PT]
    for k in range(LANES):
        rate = lane.plaque[ON_ENAMEL, k] * enamel_flux(
            w.ph[H, k], y[laws.acids[LAC], k], y[laws.acids[ACE], k], y[laws.acids[PRO], k], y[phosphate, k], y[f, k],
            y[laws.acids[FT], k], lane.enamel[k, lane.enamel.shape[1] - 1],
            missing(laws, lane, w, k) / lane.plaque[DEFICIT_MOST, k], lane.enamel[k],
        )  # fmt: skip
        totals[FROM_ENAMEL, f, k] = CALCIUM * rate
        totals[FROM_ENAMEL, phosphate, k] = PHOSPHATE * rate
        totals[FROM_ENAMEL, laws.charge, k] = CHARGE * rate
        out[f, k] += w.inverse[1, k] * CALCIUM * rate
        out[phosphate, k] += w.inverse[1, k] * PHOSPHATE * rate
        out[laws.charge, k] += w.inverse[1, k] * CHARGE * rate

"""The step itself: its order, and that a loose step still keeps the books."""

import numpy as np
import pytest

from commensal.mouth import Mouth, Site
from commensal.mouth import fields as rows
from commensal.mouth.acid_base import AcidConstants, settle
from commensal.mouth.day import segments
from commensal.mouth.fields import LANES, N_FIELDS, STRIDE
from commensal.mouth.march import accept, enter_segment
from commensal.mouth.pack import live_fields, workspace
from commensal.mouth.parameters import load
from commensal.mouth.reference import rinse_day
from commensal.mouth.step import attempt, begin

LAYERS = 8


def march_with_equal_steps(steps: int, minutes: float = 2.0) -> np.ndarray:
    """Two minutes after the rinse in equal steps; returns sugar, lactate and charge of the innermost cell."""
    constants = AcidConstants.of(load()).as_array()
    course = segments(rinse_day(), load())
    site, mouth = Site(veillonella_mmol_l_h=108.0), Mouth(circadian_swing=0.25)
    w = workspace([site], [mouth], LAYERS, 5.5, AcidConstants.of(load()))
    for node in range(LAYERS + 2):
        w[rows.SUGAR * STRIDE + node * LANES : rows.SUGAR * STRIDE + (node + 1) * LANES] = 20.0 + node
    live = live_fields([site], [mouth], False)
    hold, drink = course.hold[1], course.drink[1]
    enter_segment(w, course.rows[1], hold, course.held[1], LAYERS + 2)
    scale = np.ones(N_FIELDS)
    assert settle(w, rows.STATE, LAYERS, constants)
    h = 60.0 * minutes / steps
    for i in range(steps):
        begin(w, 60.0 + i * h, course.rows[1], hold, drink, live, LAYERS, constants)
        attempt(w, 60.0 + i * h, h, course.rows[1], hold, drink, live, LAYERS, constants, scale, scale)
        accept(w, live, LAYERS)
        assert settle(w, rows.STATE, LAYERS, constants)
    return w[[f * STRIDE for f in (rows.SUGAR, rows.LAC, rows.PRO, rows.CHARGE)]]


def test_halving_the_step_quarters_the_error():
    truth = march_with_equal_steps(6400)
    errors = [np.abs(march_with_equal_steps(n) - truth).max() for n in (100, 200, 400)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.25)

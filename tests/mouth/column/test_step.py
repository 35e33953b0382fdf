"""The step itself: its order, and that a loose step still keeps the books."""

import numpy as np
import pytest

from commensal.mouth import Mouth, Site
from commensal.mouth.column.acidity import settle
from commensal.mouth.column.block import build
from commensal.mouth.column.laws import chemistry
from commensal.mouth.column.march import accept, enter_segment
from commensal.mouth.column.shape import LANES
from commensal.mouth.column.step import attempt, begin
from commensal.mouth.day import segments
from commensal.mouth.parameters import load
from commensal.mouth.reference import rinse_day

LAYERS = 8


def march_with_equal_steps(steps: int, minutes: float = 2.0) -> np.ndarray:
    """Two minutes after the rinse in equal steps; returns sugar, lactate and charge of the innermost cell."""
    course = segments(rinse_day(), load())
    site, mouth = Site(veillonella_mmol_l_h=108.0), Mouth(circadian_swing=0.25)
    made = chemistry([site.table()], ())
    block = build(made, [site], [mouth], LAYERS, 5.5, load())
    laws, lane, work = made.laws, block.lane, block.work
    for node in range(LAYERS + 2):
        work.state[laws.sugar, node * LANES : (node + 1) * LANES] = 20.0 + node
    fields = len(made.names)
    hold, held, drink = np.zeros(fields, dtype=np.int64), np.zeros(fields), np.zeros(fields)
    enter_segment(laws, lane, work, course.rows[1], hold, held, LAYERS + 2)
    scale = np.ones(fields)
    assert settle(laws, work.state, work.ph, lane.acid, LAYERS)
    h = 60.0 * minutes / steps
    for i in range(steps):
        begin(laws, lane, work, 60.0 + i * h, course.rows[1], hold, drink, LAYERS)
        attempt(laws, lane, work, 60.0 + i * h, h, course.rows[1], hold, drink, LAYERS, scale, scale)
        accept(laws, work, h, LAYERS)
        assert settle(laws, work.state, work.ph, lane.acid, LAYERS)
    return work.state[[made.row(name) for name in ("hexose", "lactate", "propionate", "strong_charge")], 0]


def test_halving_the_step_quarters_the_error():
    truth = march_with_equal_steps(6400)
    errors = [np.abs(march_with_equal_steps(n) - truth).max() for n in (100, 200, 400)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.25)

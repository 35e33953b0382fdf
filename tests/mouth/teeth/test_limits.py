"""The ends of what can be asked: a mouth without saliva, eighty meals a day, plaque of a millimetre and a half."""

from dataclasses import replace

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth
from commensal.mouth.enamel import Enamel
from commensal.mouth.teeth import Dentition, Twin, live

ONE = Twin(dentition=Dentition.of(["46"]), enamel=Enamel(deficit_vol_percent_um=500.0))
DRY = Mouth(flow_unstimulated_ml_min=0.0, flow_added_ml_min=0.0)


def meals(count: int) -> Day:
    apart = 900.0 / count
    eaten = tuple(
        Intake(
            name=f"meal {i}",
            at_min=430.0 + apart * i,
            duration_min=min(0.5 * apart, 10.0),
            how="meal",
            sugar_percent_w_v=10.0,
        )
        for i in range(count)
    )
    return Day(intakes=eaten, begin_min=420.0, end_min=1860.0, asleep_min=1380.0)


@pytest.mark.parametrize(
    ("twin", "day"),
    [(ONE, meals(80)), (replace(ONE, mouth=DRY), meals(3)), (replace(ONE, thickness_um={"46": 1500.0}), meals(3))],
    ids=["eighty meals", "no saliva", "thick"],
)
def test_a_limit_is_lived_and_its_books_close(twin, day):
    data = live(twin, day, where=["46-O", "46-DB"]).data
    assert data.attrs["largest_relative_residual"] < 1e-12
    assert np.all(np.isfinite(data["ph_enamel"].values))
    assert np.all(data["minutes_below"].values <= 1440.0)


def test_more_meals_and_less_saliva_are_more_acid():
    few, many = (live(ONE, meals(n), where="46-O").data["minutes_below"].item() for n in (3, 80))
    dry = live(replace(ONE, mouth=DRY), meals(3), where="46-O").data["minutes_below"].item()
    assert many > 2.0 * few
    assert dry > 2.0 * few

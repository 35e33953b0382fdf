"""The picture of a lesion says what the lesion says."""

import numpy as np

from commensal.mouth.enamel.experiments import cycled_lesion
from commensal.mouth.pictures import lesion as picture


def test_the_picture_shows_the_last_day_and_names_the_loss():
    lesion = cycled_lesion(days=8)
    figure = picture.figure(lesion, "pH cycling")
    lines = [line for line in figure.axes[0].get_lines() if not str(line.get_label()).startswith("_")]
    assert [line.get_label() for line in lines] == ["sound", "day 2", "day 4", "day 6", "day 8"]
    assert np.allclose(lines[-1].get_ydata(), 100.0 * lesion.mineral[-1])
    words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    assert f"{lesion.loss_vol_percent_um[-1]:.0f} vol% µm" in words
    assert "Simulated, not measured" in words

"""A measured curve is read whole and right, or refused with a question about the likely mistake."""

from pathlib import Path

import numpy as np
import pytest

from commensal.errors import InputError
from commensal.mouth.fitting import read_curve

GOOD = [(3.0 * i, 6.6 - 1.5 * np.exp(-(((i - 5) / 4) ** 2))) for i in range(12)]
EXAMPLE = Path(__file__).parents[3] / "examples" / "curves" / "made-up.csv"


def text_of(rows=GOOD, header="time_min,ph"):
    return header + "\n" + "".join(f"{t:g},{ph:.3f}\n" for t, ph in rows)


def read(tmp_path, text):
    path = tmp_path / "curve.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_curve(path)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_curve_is_read(tmp_path, ends, mark):
    curve = read(tmp_path, mark + text_of().replace("\n", ends) + ends)
    assert curve.time_min == pytest.approx([t for t, _ in GOOD])
    assert curve.ph == pytest.approx([ph for _, ph in GOOD], abs=1e-3)


def test_the_example_is_a_curve():
    assert read_curve(EXAMPLE).ph.size == 31


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (text_of(GOOD[:5]), "at least 8 points, got 5; measure more often"),
        (text_of([(60 * t, ph) for t, ph in GOOD]), "0 to 240 minutes.*were these seconds"),
        (text_of([(t - 10, ph) for t, ph in GOOD]), "count from the beginning of the rinse"),
        (text_of([(t, 10.0 ** (3 - ph)) for t, ph in GOOD]), "was that hydrogen ion in mmol/L"),
        (text_of([(t, 10 * ph) for t, ph in GOOD]), "is a decimal point missing"),
        (text_of([(t, 6.6) for t, _ in GOOD]), "a pH that falls by 0.2 or more.*is it plaque"),
        (text_of([*GOOD[:3], GOOD[2], *GOOD[3:]]), "point 4: time_min: expected a time after 6, got 6"),
        (text_of(GOOD[::-1]), "expected a time after"),
        (
            text_of(header="minutes;ph").replace(",", ";"),
            "line 1: expected time_min,ph, got minutes;ph; save it with commas between",
        ),
        (text_of(header="t,pH"), "line 1: expected time_min,ph, got t,pH"),
        (text_of() + "40,NaN\n", "line 14: expected two finite numbers"),
        (text_of() + "40,low\n", "line 14: expected two numbers, such as 12.5,4.93, got 40,low"),
        (text_of() + "40,6,6\n", "line 14: expected two numbers.*decimals have a point"),
        ("", "line 1: expected time_min,ph"),
        (b"\xff\xfe\x00", "a text file in UTF-8"),
        (b"time_min,ph\n" + b"0,7\n" * 400000, "at most 1048576 bytes"),
    ],
)
def test_what_is_no_curve_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="a CSV file that can be read"):
        read_curve(tmp_path / "none.csv")

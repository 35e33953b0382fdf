"""Mineral on the picture and what choices change, in signs, words and sentences that agree."""

from dataclasses import replace

import pytest

from commensal.clinic.report.acid import HARDLY_VOL_PERCENT_UM, AcidTooth, Balance, acid_teeth, balance
from commensal.clinic.report.odontogram import acid_picture, acid_words
from commensal.clinic.report.page import report_html
from commensal.clinic.report.sections import acid_rows, what_if_lines
from commensal.diagnosis import forecast as forecasts
from tests.clinic.report import made_up


def tooth(mineral: float | None, fdi: str = "36") -> AcidTooth:
    return AcidTooth(fdi=fdi, minutes=dict.fromkeys("MDOBL", 30.0), mineral=mineral)


def what_if(mineral: float, then: float) -> forecasts.WhatIf:
    return forecasts.WhatIf(
        id="diet", words="no sweet drinks", tooth="36", surface="M",
        acid_min=200.0, acid_min_with=80.0, mineral=mineral, mineral_with=then,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mineral", "expected"),
    [(None, None), (5.0, Balance.LOSES), (-5.0, Balance.WINS), (HARDLY_VOL_PERCENT_UM / 2, Balance.KEEPS)],
)
def test_a_tooth_loses_keeps_or_wins(mineral, expected):
    assert balance(tooth(mineral)) is expected


def test_sign_title_and_list_say_the_same():
    teeth = (tooth(5.0, "36"), tooth(-5.0, "46"), tooth(0.0, "26"), tooth(None, "16"))
    picture = str(acid_picture(teeth, frozenset(), "acid"))
    assert picture.count("t-balance") == 2
    assert ">\u2212<" in picture
    assert ">+<" in picture
    assert acid_words(teeth[0]).endswith("; loses mineral")
    assert acid_words(teeth[3]).endswith(")")
    rows = {row.words: row.teeth for row in acid_rows(teeth)}
    assert (rows["loses mineral each day"], rows["gets mineral back each day"]) == ("36", "46")


def test_surfaces_go_before_groups_and_the_worst_surface_counts():
    forecast = made_up.visit().forecast
    told = tuple(
        forecasts.SurfaceForecast(fdi="36", surface=side, group="lower-back-cheek", acid_min=minutes, mineral=lost)
        for side, minutes, lost in (("M", 100.0, 4.0), ("B", 10.0, -1.0))
    )
    (one,) = acid_teeth(replace(forecast, surfaces=told), ("36",))
    assert (one.minutes, one.mineral) == ({"M": 100.0, "B": 10.0}, 4.0)
    (old,) = acid_teeth(forecast, ("36",))
    assert old.mineral is None
    assert old.minutes


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (5.0, -5.0, "the tooth gets mineral back."),
        (5.0, 0.5, "the tooth keeps its mineral, which it loses now."),
        (0.5, 0.5, "the tooth keeps its mineral."),
        (9.0, 4.0, "the tooth loses less mineral."),
        (9.0, 8.9, "the tooth loses about as much mineral."),
    ],
)
def test_each_choice_is_a_sentence(now, then, words):
    (line,) = what_if_lines(replace(made_up.visit().forecast, what_ifs=(what_if(now, then),)))
    assert line.replace("\u00a0", " ") == f"No sweet drinks: 1 h 20 min in acid instead of 3 h 20 min, and {words}"


def test_the_page_lists_the_choices_and_names_the_tooth():
    visit = made_up.visit()
    page = report_html(replace(visit, forecast=replace(visit.forecast, what_ifs=(what_if(5.0, 0.5),))))
    assert "What each choice would change at tooth <b>36</b>" in page
    assert "what-ifs" not in report_html(visit).partition("</style>")[2]


@pytest.mark.parametrize(("with_change", "end"), [(None, "(0.9 to 1.6)."), (0.8, "(0.9 to 1.6); 0.8 with the change.")])
def test_a_shift_of_germs_is_a_sentence_with_its_interval(with_change, end):
    shift = forecasts.GuildShift(place="36-MB", days=3, times=1.25, times_interval=(0.9, 1.6), times_with=with_change)
    (line,) = what_if_lines(replace(made_up.visit().forecast, shift=shift))
    assert line.startswith("After 3 days like this one, germs that thrive in acid are 1.2 times as much of the plaque")
    assert line.endswith(end)

import re

import pytest

from commensal.clinic.report.style import THEMES, css_string, style_sheet, tokens

INKS = ("ink", "ink2", "accent", "warm", "caries", "restored", "watch")
TEXT_PAIRS = [(ink, ground) for ink in INKS for ground in ("paper", "surface")]
TEXT_PAIRS += [("ink", "sunken"), ("ink2", "sunken")]
LINES = ("ctl", "focus", "series1", "series2", "critical", "tooth-line")
LINE_PAIRS = [(line, "surface") for line in LINES] + [("ctl", "paper")]
ON_TOOTH_PAIRS = [
    ("caries-line", "caries-fill"),
    ("restored-line", "restored-fill"),
    ("watch-line", "watch-fill"),
    ("sealed-line", "sealed-fill"),
    ("unseen-line", "unseen-fill"),
    ("e4", "e2"),
    ("tooth-white", "e3"),
    ("tooth-white", "e4"),
]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme, one, other):
    """WCAG contrast ratio."""
    light, dark = sorted((luminance(tokens()[theme][name]) for name in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_wcag():
    assert contrast("print", "ink", "paper") == pytest.approx(15.2, abs=0.1)
    # The figure the look's own check gives for ink on the light paper.
    assert contrast("light", "ink", "paper") == pytest.approx(13.7, abs=0.1)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_has_a_contrast_of_at_least_4_5(theme, ink, ground):
    assert contrast(theme, ink, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "ground"), LINE_PAIRS)
def test_lines_that_carry_meaning_have_a_contrast_of_at_least_3(theme, line, ground):
    assert contrast(theme, line, ground) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "fill"), ON_TOOTH_PAIRS)
def test_patterns_on_teeth_can_be_seen(theme, line, fill):
    assert contrast(theme, line, fill) >= 2.7


@pytest.mark.parametrize("theme", THEMES)
def test_the_acid_ramp_darkens_at_every_step(theme):
    ramp = [luminance(tokens()[theme][f"e{step}"]) for step in range(5)]
    assert ramp == sorted(ramp, reverse=True)


def test_every_colour_in_the_sheet_is_a_token_that_exists():
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", style_sheet("x"))) - {"body", "small"}
    assert used <= set(tokens()["light"])


def test_a_css_string_holds_any_text_and_nothing_escapes_from_it():
    wild = 'a"; } </style><script>\\ \n é'
    quoted = css_string(wild)
    assert re.fullmatch(r'"(?:[A-Za-z0-9.]|\\[0-9a-f]+ )*"', quoted)
    read = re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match[1], 16)), quoted[1:-1])
    assert read == wild

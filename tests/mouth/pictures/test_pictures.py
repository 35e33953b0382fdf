"""Pictures say what the results say, of one site or of a hundred, of an hour or of weeks."""

import itertools
import re

import numpy as np
import pytest
import xarray as xr

from commensal.mouth import Day, Intake
from commensal.mouth.pictures import Pictures, draw, guilds, stephan, style

HOUR = Day(
    intakes=(Intake(name="cola", at_min=10, duration_min=5, how="drink", sugar_percent_w_v=10),),
    begin_min=0,
    end_min=60,
)
WEEKS = Day(intakes=(), begin_min=0.0, end_min=21 * 1440.0)


def results(sites: int, day: Day, *, guild_names: tuple[str, ...] = (), title: str = "Made up") -> xr.Dataset:
    times = np.linspace(day.begin_min, day.end_min, 61)
    curve = 6.8 - 1.6 * np.exp(-(((times - times[20]) / (times[10] - times[0])) ** 2))
    enamel = np.stack([curve - 0.01 * i for i in range(sites)])
    nodes = 6
    variables = {
        "ph_enamel": (("site", "time"), enamel),
        "ph": (("site", "time", "node"), enamel[:, :, None] + 0.1 * np.arange(nodes)),
        "minutes_below": ("site", np.arange(sites) + 10.0, {"threshold_ph": 5.5}),
        "lowest_ph": ("site", enamel.min(axis=1)),
        "lowest_ph_at": ("site", np.full(sites, times[20])),
    }
    coordinates = {
        "site": [f"site {i + 1}" for i in range(sites)],
        "time": times,
        "node_kind": ("node", ["plaque"] * 4 + ["film", "mouth"]),
        "height_above_enamel": (("site", "node"), np.tile([12.5, 37.5, 62.5, 87.5, np.nan, np.nan], (sites, 1))),
    }
    if guild_names:
        grown = np.linspace(1.0, 3.0, len(times))
        biomass = np.stack([(k + 1.0) * grown**k for k in range(len(guild_names))], axis=1)
        variables["biomass"] = (
            ("site", "time", "guild", "node"),
            np.tile(biomass[None, :, :, None], (sites, 1, 1, nodes)),
        )
        variables["thickness_um"] = (("site", "time"), np.tile(50.0 * grown, (sites, 1)))
        coordinates["guild"] = list(guild_names)
    return xr.Dataset(variables, coordinates, {"title": title})  # fmt: skip


def words_of(figure) -> str:
    from matplotlib.text import Text

    return "\n".join(text.get_text() for text in figure.findobj(Text)).replace(style.NEVER_BROKEN, " ")


@pytest.mark.parametrize("kind", [Pictures.PNG, Pictures.SVG])
def test_pictures_are_files_and_the_same_results_make_the_same_bytes(tmp_path, kind):
    written = []
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        names = draw(results(4, HOUR, guild_names=("one", "two")), HOUR, tmp_path / place, kind)
        assert names == [f"stephan.{kind}", f"depth.{kind}", f"guilds.{kind}"]
        written.append([(tmp_path / place / name).read_bytes() for name in names])
    assert written[0] == written[1]
    assert min(map(len, written[0])) > 5000


def test_no_picture_is_drawn_of_what_results_do_not_hold(tmp_path):
    assert draw(results(1, HOUR).drop_vars("ph"), HOUR, tmp_path, Pictures.PNG) == ["stephan.png"]
    assert draw(results(1, HOUR), HOUR, tmp_path, Pictures.NONE) == []
    assert [path.name for path in tmp_path.iterdir()] == ["stephan.png"]


@pytest.mark.parametrize("sites", [1, 2, 3, 4, 5, 14, 100])
def test_any_number_of_sites_makes_a_picture_with_their_names_and_figures(sites):
    figure = stephan.figure(results(sites, HOUR), HOUR)
    words = words_of(figure)
    assert len(figure.axes) == (1 if sites <= 3 else min(sites, style.MOST_PANELS))
    assert "pH" in words
    assert "time since the start, min" in words
    assert "Simulated, not measured" in words
    assert "1: cola at 10 min" in words
    last = sites  # the last one is the longest in acid
    assert f"site {last}" in words
    assert f"lowest {5.2 - 0.01 * (last - 1):.2f} at 20 min, {last + 9} min below" in words
    assert ("the 15 of 100 sites that are longest in acid" in words) == (sites == 100)


@pytest.mark.parametrize(
    ("begin", "end", "label", "tick"),
    [(0, 120, "min", "60"), (420, 1860, "time of day", "18:00"), (0, 21 * 1440, "days", "10")],
)
def test_time_is_told_in_minutes_by_the_clock_or_in_days(begin, end, label, tick):
    day = Day(intakes=(), begin_min=begin, end_min=end)
    axis = stephan.figure(results(1, day), day).axes[0]
    assert label in axis.get_xlabel()
    assert tick in [text.get_text() for text in axis.get_xticklabels()]


def test_sleep_is_a_band_with_its_name():
    day = Day(intakes=(), begin_min=420, end_min=1860, asleep_min=1380)
    assert "sleep" in words_of(stephan.figure(results(5, day), day)).split("\n")
    assert "sleep" not in words_of(stephan.figure(results(5, HOUR), HOUR)).split("\n")


def test_a_day_lived_again_and_again_has_nights_but_no_meal_marks():
    day = Day(intakes=HOUR.intakes, begin_min=0, end_min=1440, asleep_min=1380)
    data = results(1, Day(intakes=(), begin_min=0, end_min=4 * 1440))
    figure = stephan.figure(data, day)
    assert "Eaten and drunk every day:  cola at 0:10" in words_of(figure)
    assert "1" not in [text.get_text() for text in figure.axes[0].texts]
    bands = [patch for patch in figure.axes[0].patches if not patch.get_hatch()]
    assert np.allclose([patch.get_x() for patch in bands], np.arange(4) + 1380 / 1440)
    assert "lowest 5.20 at day 2, 8:00" in words_of(figure)


def test_no_guild_no_picture_of_guilds(tmp_path):
    empty = results(1, HOUR, guild_names=("one",)).isel(guild=slice(0, 0))
    assert draw(empty, HOUR, tmp_path, Pictures.PNG) == ["stephan.png", "depth.png"]


def test_the_acid_region_ends_at_the_threshold_and_is_hatched():
    axis = stephan.figure(results(1, HOUR), HOUR).axes[0]
    hatched = [patch for patch in axis.patches if patch.get_hatch()]
    assert [patch.get_y() + patch.get_height() for patch in hatched] == [5.5]


def test_names_are_text_and_never_formulas(tmp_path):
    data = results(4, HOUR, title=r"$\frac{broken$ 口腔")
    data = data.assign_coords(site=["$x$", "_" * 120, "a\\b", "ق"])
    assert len(draw(data, HOUR, tmp_path, Pictures.PNG)) == 2


def test_guild_shares_add_up_and_a_plaque_without_any_has_none():
    data = results(2, WEEKS, guild_names=("one", "two", "three"))
    shares = guilds.guild_shares(data)
    assert shares.shape == (2, 61, 3)
    assert np.allclose(shares.sum(axis=-1), 1.0, rtol=1e-12)
    assert np.allclose(shares[0, 0], np.array([1, 2, 3]) / 6.0)
    data["biomass"] = 0.0 * data["biomass"]
    assert not guilds.guild_shares(data).any()


def test_only_the_plaque_counts_for_shares_not_the_film():
    data = results(1, WEEKS, guild_names=("one", "two"))
    before = guilds.guild_shares(data)
    data["biomass"].values[:, :, 0, 4:] = 1e6
    assert np.array_equal(guilds.guild_shares(data), before)


def test_guilds_carry_their_names_beside_their_bands():
    names = tuple(f"guild {i}" for i in range(10))
    figure = guilds.figure(results(1, WEEKS, guild_names=names), WEEKS)
    beside = [text for text in figure.axes[0].texts if text.get_text().startswith("guild")]
    assert beside
    heights = sorted(text.xyann[1] for text in beside)
    assert all(b - a > 0.09 for a, b in itertools.pairwise(heights))
    assert all(name in words_of(figure) for name in names)
    hatches_and_colours = {(band.get_hatch(), tuple(band.get_facecolor()[0])) for band in figure.axes[0].collections}
    assert len(hatches_and_colours) == 10


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_the_ramp_also_reads_in_grey_and_neighbouring_bands_differ_in_grey():
    ramp = [luminance(colour) for colour in style.ACID_RAMP]
    assert all(b - a > 0.05 for a, b in itertools.pairwise(ramp))
    bands = [luminance(colour) for colour, _ in guilds.BANDS]
    contrast = [(max(a, b) + 0.05) / (min(a, b) + 0.05) for a, b in itertools.pairwise(bands)]
    assert min(contrast) > 1.8
    assert all((1.05) / (luminance(colour) + 0.05) > 4.2 for colour in style.SERIES)


def test_colours_are_the_tokens_of_the_look():
    from pathlib import Path

    look = Path(__file__).parents[3].parent / "shared" / "look" / "look.md"
    if not look.exists():
        pytest.skip("the look's page is not beside this checkout")
    tokens = set(re.findall(r"#[0-9A-F]{6}", look.read_text()))
    used = {style.INK, style.INK2, style.LINE, style.SUNKEN, *style.SERIES, style.ACID, *style.ACID_RAMP}
    assert used <= tokens
    assert {colour for colour, _ in guilds.BANDS} <= tokens

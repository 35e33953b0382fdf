"""A scene file is read whole and right, or refused with one clear message."""

import contextlib
import os
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.mouth import Intake, Mouth, Saliva, Site, find_food, site_groups
from commensal.mouth.community import Community
from commensal.mouth.errors import SceneError
from commensal.mouth.scenes import read
from commensal.mouth.scenes.reading import read_text
from commensal.mouth.site import NO_FIGURES
from commensal.mouth.toml_table import MAX_BYTES
from tests.mouth.scenes.small import EXAMPLES, SMALL, changed


def test_a_scene_says_where_when_what_and_how():
    scene = read_text(SMALL, "small.toml")
    assert [named.id for named in scene.sites] == ["usual", "lower-back-biting"]
    assert scene.sites[0].site == Site()
    assert scene.mouth == Mouth()
    assert (scene.day.begin_min, scene.day.end_min, scene.day.asleep_min) == (0.0, 20.0, None)
    assert (scene.options.layers, scene.options.every_s, scene.options.seed) == (4, 60.0, 7)
    assert scene.options.tolerance is None


def test_a_group_brings_its_film_and_plaque_and_fields_go_first():
    group = next(group for group in site_groups() if group.id == "lower-back-biting")
    site = read_text(SMALL, "s").sites[1].site
    assert site.thickness_um == group.plaque_thickness_um != Site().thickness_um
    assert site.film_speed_mm_min == group.film_speed_mm_min
    thicker = read_text(changed('group = "lower-back-biting"', 'group = "lower-back-biting"\nthickness_um = 77'), "s")
    assert thicker.sites[1].site.thickness_um == 77.0
    assert thicker.sites[1].given == ("thickness_um",)
    assert thicker.sites[1].site.film_speed_mm_min == group.film_speed_mm_min


def test_a_food_is_looked_up_only_where_the_scene_does_not_say():
    scene = read_text(SMALL, "s")
    cola = find_food("cola")
    assert scene.day.intakes[1] == Intake(
        name="cola", at_min=10.0, duration_min=2.0, how=cola.how, sugar_percent_w_v=cola.sugar_percent_w_v
    )
    assert scene.foods == (None, cola)
    assert scene.marks[-1] is cola.mark


def test_intakes_are_in_the_order_of_the_clock_whatever_the_order_of_the_file():
    turned = changed('at = "00:10"', 'at = "00:00:30"').replace('at = "00:00"\n', 'at = "00:15"\n')
    scene = read_text(turned, "s")
    assert [intake.at_min for intake in scene.day.intakes] == [0.5, 15.0]
    assert [food is None for food in scene.foods] == [False, True]


def test_saliva_may_be_given_in_part():
    scene = read_text(SMALL + "[mouth]\nresidual_ml = 0.8\n[mouth.rest]\nph = 6.5\n", "s")
    usual = Saliva.of_table("rest")
    assert (scene.mouth.rest.ph, scene.mouth.rest.carbonate_mmol_l) == (6.5, usual.carbonate_mmol_l)
    assert scene.mouth.stimulated == Saliva.of_table("stimulated")
    assert scene.mouth_given == ("residual_ml", "rest.ph")


@pytest.mark.parametrize("name", [f.name for f in fields(Site) if f.name not in NO_FIGURES])
def test_every_field_of_a_site_may_be_given_by_its_own_name(name):
    usual = getattr(Site(), name)
    scene = read_text(SMALL + f"[[site]]\n{name} = {usual!r}\n", "s")
    assert getattr(scene.sites[2].site, name) == usual
    assert scene.sites[2].given == (name,)


def test_a_site_may_say_which_side_of_the_tooth_it_is():
    assert read_text(SMALL + '[[site]]\naspect = "between"\n', "s").sites[2].site.aspect == "between"
    assert read_text(SMALL + '[[site]]\ngroup = "upper-back-tongue"\n', "s").sites[2].site.aspect == "tongue"
    with pytest.raises(SceneError, match="aspect must be one of cheek, tongue, between, biting, got 'lip'"):
        read_text(SMALL + '[[site]]\naspect = "lip"\n', "s")


def test_a_community_is_the_usual_one_but_for_what_the_scene_says():
    scene = read_text(SMALL + "[site.community]\n", "s")
    assert scene.sites[1].site.community == Community.usual()
    assert scene.sites[1].given == ("community",)
    told = "[site.community]\nis_growing = false\nshares = { mutans = 1, veillonella = 3 }\nchanges = {'mutans.mu_sugar' = 0.5}\n"
    community = read_text(SMALL + told, "s").sites[1].site.community
    assert dict(community.shares) == {"mutans": 1.0, "veillonella": 3.0}
    assert dict(community.changes) == {"mutans.mu_sugar": 0.5}
    assert not community.is_growing
    guilds = {row.name.partition(".")[0] for row in read_text(SMALL + told, "s").guild_parameters}
    assert {"mutans", "veillonella"} <= guilds
    assert "actinomyces" not in guilds


def test_samples_are_a_minute_apart_in_one_day_and_half_an_hour_in_several():
    whole = changed('ends = "00:20"', 'ends = "24:00"').replace("every_s = 60\n", "")
    assert read_text(whole, "s").options.every_s == 60.0
    assert read_text(whole.replace("layers = 4", "layers = 4\ndays = 3"), "s").options.every_s == 1800.0


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_the_examples_are_scenes(path):
    scene = read(path)
    assert scene.text == path.read_text()
    assert len(scene.sites) >= 2
    assert read_text(scene.text, scene.file) == scene


REFUSED = {
    "another format": (changed("mouth-scene/1", "mouth-scene/2"), 'format = "commensal.mouth-scene/1"'),
    "no format": (changed('format = "commensal.mouth-scene/1"\n', ""), "got nothing"),
    "an unknown name": (changed("every_s", "evry_s"), "run: expected every_s, days, .* did you mean every_s"),
    "a name in another unit": (SMALL + "[[site]]\nthickness_mm = 0.15", "site 3: .*did you mean thickness_um"),
    "an unknown table": (SMALL + "[diet]\nx = 1", "the unknown name 'diet'"),
    "text for a number": (changed("every_s = 60", 'every_s = "60 s"'), "run: every_s: expected a number in s, 0.1 to"),
    "yes for a number": (changed("every_s = 60", "every_s = true"), "expected a number in s"),
    "NaN": (SMALL + "[[site]]\nthickness_um = nan", "site 3: thickness_um: expected a number in um, got nan"),
    "infinity": (SMALL + "[[site]]\nthickness_um = inf", "expected a number in um, got inf"),
    "a number beyond floats": (SMALL + f"[[site]]\nthickness_um = 1{'0' * 400}", "expected a number in um"),
    "a number of 5,000 digits": (SMALL + f"[[site]]\nthickness_um = {'9' * 5000}", "expected a scene in TOML"),
    "no plaque": (SMALL + "[[site]]\nthickness_um = 0", r"site 3 \(site 3\): thickness_um must be > 0, got 0.0"),
    "an inverted pH range": (SMALL + "[[site]]\nglycolysis_ph_lowest = 8", "pH must rise from lowest to best"),
    "more carbon than there is": (SMALL + "[[site]]\nlactate_yield = 3", "six carbons"),
    "10,000 layers": (changed("layers = 4", "layers = 10000"), "run: layers: expected a whole number, 2 to 64"),
    "half a layer": (changed("layers = 4", "layers = 4.5"), "a whole number"),
    "a tolerance of 1": (changed("layers = 4", "tolerance = 1"), "tolerance: expected a number, 1e-08 to 0.1, got 1"),
    "two days of twenty minutes": (changed("layers = 4", "days = 2"), "24 hours from begins to ends .* 20 min with days = 2"),
    "no day at all": (changed("layers = 4", "days = 0"), "run: days: expected a whole number, 1 to 3660, got 0"),
    "an unknown guild": (SMALL + "[site.community]\nshares = { mutans = 1, gravel = 2 }", r"site 2 .*community: .*gravel"),
    "a share that is negative": (SMALL + "[site.community]\nshares = { mutans = -1 }", "community: shares must be >= 0"),
    "an unknown parameter": (SMALL + "[site.community.changes]\n'mutans.luck' = 1", "community: .*mutans.luck"),
    "a community and a rate of its own": (SMALL + "glycolysis_mmol_l_h = 9\n[site.community]", "leave glycolysis_mmol_l_h"),
    "a community that is a word": (SMALL + "community = 'usual'", r"community: expected a table, written \[community\]"),
    "a result larger than memory": (changed("every_s = 60", "every_s = 0.1").replace("00:20", "47:00") + "[[site]]\n" * 600, "take a longer every_s"),
    "no site": (SMALL[: SMALL.index("[[site]]")], "site: expected at least one table"),
    "two sites of one name": (SMALL + '[[site]]\nid = "usual"', "a name that no other site has, got usual"),
    "an unknown group": (changed("lower-back-biting", "lower-back-bitting"), "did you mean lower-back-biting"),
    "a site that is a number": ('site = 3\n' + SMALL[: SMALL.index("[[site]]")], r"each begun with \[\[site\]\], got 3"),
    "a dry mouth without a volume": (SMALL + "[mouth]\nresidual_ml = 0", "mouth: residual_ml must be > 0"),
    "sour saliva": (SMALL + "[mouth.rest]\nph = 2", "mouth: rest: ph of saliva must be 4 to 9"),
    "no day": (SMALL.replace('[day]\nbegins = "00:00"\nends = "00:20"\n', ""), r"a table \[day\]"),
    "no end": (changed('ends = "00:20"\n', ""), "day: ends: expected a time in quotes"),
    "a time without quotes": (changed('ends = "00:20"', "ends = 00:20:00"), 'expected a time in quotes, "07:30"'),
    "a time that is none": (changed('ends = "00:20"', 'ends = "48:00"'), "got 48:00"),
    "an end before the beginning": (changed('begins = "00:00"', 'begins = "07:00"'), 'the next day begins at "24:00"'),
    "a meal outside the day": (changed('at = "00:10"', 'at = "00:19"'), "cola: must lie within 0 to 20 min"),
    "seconds for minutes": (changed("duration_min = 2", "duration_min = 1200"), "was that seconds"),
    "no duration": (changed("duration_min = 2\n", ""), "how many minutes it takes, got nothing"),
    "an unknown food": (changed('what = "cola"', 'what = "gravel"'), "give how and sugar_percent_w_v"),
    "a misspelt food": (changed('what = "cola"', 'what = "choclate"'), "did you mean chocolate"),
    "an unknown way of eating": (changed('how = "rinse"', 'how = "gulp"'), "expected one of rinse, meal"),
    "more sugar than food": (changed("sugar_percent_w_v = 10", "sugar_percent_w_v = 101"), "sugar must be 0 to 100 %"),
    "sugar told twice": (changed("sugar_percent_w_v = 10", "sugar_percent_w_v = 10\nsugar_mmol_l = 5"), "one of them"),
    "a name of two lines": (changed('what = "cola"', 'what = "co\\nla"'), "a line of text in quotes"),
    "no TOML": ("\x89PNG\r\n", "expected a scene in TOML"),
    "JSON": ('{"format": 1}', "expected a scene in TOML"),
    "brackets without end": ("x = " + "[" * 100_000, "expected a scene in TOML"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_place_and_remedy(case):
    text, told = REFUSED[case]
    with pytest.raises(SceneError, match=told) as refused:
        read_text(text, "scene.toml")
    assert str(refused.value).startswith("scene.toml")
    assert len(str(refused.value)) < 500


def test_files_that_are_no_scene_are_refused_before_they_are_read_in(tmp_path):
    large, binary, pipe = tmp_path / "large.toml", tmp_path / "picture.png", tmp_path / "pipe"
    large.write_bytes(b"#" * 10_000_000)
    binary.write_bytes(bytes(range(256)))
    os.mkfifo(pipe)
    cases = {large: f"at most {MAX_BYTES} bytes", binary: "UTF-8", pipe: "something else", tmp_path: "a folder"}
    for path, told in {**cases, tmp_path / "nowhere": "No such file", tmp_path / "a\0b": "no file can have"}.items():
        with pytest.raises(SceneError, match=told):
            read(path)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_scene_is_a_scene_or_a_scene_error(data):
    at = data.draw(st.integers(0, len(SMALL) - 1))
    until = data.draw(st.integers(at, min(len(SMALL), at + 40)))
    put = data.draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["[", '"', "=", "nan", "-", "9" * 400, "[[site]]\n"]))
    )
    with contextlib.suppress(SceneError):
        read_text(SMALL[:at] + put + SMALL[until:], "s")

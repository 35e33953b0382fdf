"""The pages about scenes and runs say what the program does."""

import re
from dataclasses import fields
from pathlib import Path

from commensal.mouth import Intake, toml_table
from commensal.mouth.intake import How
from commensal.mouth.parameters import load
from commensal.mouth.scenes import eating, manifest, places, reading
from commensal.mouth.scenes.scene import Options
from tests.mouth.scenes.small import SMALL

SPECS = Path(__file__).parents[3] / "docs" / "specs"
SCENE, RUN = (SPECS / "mouth-scene.md").read_text(), (SPECS / "mouth-run.md").read_text()


def named_in(page: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_.]+)`", page))


def test_the_smallest_scene_of_the_page_is_one():
    (block,) = re.findall(r"^```toml\n(.*?)^```", SCENE, re.M | re.S)
    scene = reading.read_text(block, "smallest")
    assert scene.sites[0].id == "site 1"
    assert scene.day.intakes[0].sugar_percent_w_v == 10.0


def test_every_option_and_every_field_of_an_intake_is_on_the_page():
    options = {f.name for f in fields(Options)}
    eaten = {f.name for f in fields(Intake)} - {"name", "at_min"}
    assert options | eaten | set(How) <= named_in(SCENE)


def test_limits_and_defaults_of_the_page_are_the_programs():
    assert f"at most {toml_table.MAX_BYTES // 1024} KiB" in SCENE
    assert f"at most {eating.MAX_INTAKES} " in SCENE
    assert f"at most {places.MAX_SITES}." in SCENE
    assert f"to {eating.LONGEST_MIN:g} minutes" in SCENE
    assert f"more than {reading.MAX_RESULT_BYTES // 1024**3} GiB" in SCENE
    assert reading.FORMAT in SCENE
    table = load()
    for name, value in (
        ("every_s", reading.EVERY_S),
        ("layers", table.value("layers")),
        ("tolerance", table.value("tolerance")),
        ("threshold_ph", table.value("critical_ph")),
    ):
        assert f"| `{name}` | {value:g} |" in SCENE


def test_everything_in_a_manifest_is_on_its_page():
    import numpy as np
    import xarray as xr

    data = xr.Dataset(
        {"minutes_below": ("site", [0.0, 0.0], {"threshold_ph": 5.5}), "residual": ("quantity", [0.0])},
        {"quantity": ["carbon"], "node_kind": ("node", np.array(["plaque"]))},
        {"model": "m", "mark": "seen", "largest_relative_residual": 0.0, "steps": 1, "steps_refused": 0},
    )
    made = manifest.manifest_of(reading.read_text(SMALL, "s"), data)
    named = named_in(RUN)
    assert set(made) - {"results"} <= named
    assert {"results.arrays", "results.files", "made.at", "code_sha256", "tables_sha256", "given"} <= named
    assert manifest.FORMAT in RUN

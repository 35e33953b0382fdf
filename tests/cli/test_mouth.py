"""`commensal mouth`: a scene from a file to a folder, and the folder run again."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import ROOT, commensal
from tests.mouth.scenes.small import SMALL

RINSE = ROOT / "examples" / "mouth" / "rinse.toml"


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[Path, str]:
    """A run whose kernels came out of the cache, and what it said."""
    out = tmp_path_factory.mktemp("mouth")
    (out / "small.toml").write_text(SMALL)
    assert commensal("mouth", "run", out / "small.toml", "--out", out / "first", "--pictures", "none").returncode == 0
    done = commensal("mouth", "run", RINSE, "--out", out / "rinse")
    assert done.returncode == 0, done.stderr
    return out / "rinse", done.stdout


def test_a_run_says_lowest_ph_when_and_how_long_for_each_site(ran):
    out, said = ran
    rows = [line.split() for line in said.splitlines()]
    assert ["reference", "4.94", "00:15", "25.2"] in rows
    assert ["thin", "plaque", "5.61", "00:10", "0.0"] in rows
    assert "Simulated, not measured. Weakest mark among what it rests on: recalled." in said
    assert f"commensal mouth replay {out}" in said
    for name in ("course.nc", "stephan.png", "depth.png", "manifest.json"):
        assert str(out / name) in said


def test_the_same_for_programs(tmp_path):
    (tmp_path / "small.toml").write_text(SMALL)
    done = commensal("mouth", "run", tmp_path / "small.toml", "--out", tmp_path / "o", "--format", "zarr",
                     "--pictures", "svg", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["ok"]
    assert report["files"] == ["course.zarr", "stephan.svg", "depth.svg", "manifest.json"]
    assert [site["id"] for site in report["sites"]] == ["usual", "lower-back-biting"]
    assert 4.5 < report["sites"][0]["lowest_ph"] < 5.5
    assert report["balance"]["largest_relative_residual"] < 1e-12


def test_a_run_is_replayed_bit_for_bit_in_another_process(ran):
    again = commensal("mouth", "replay", ran[0])
    assert again.returncode == 0, again.stdout
    assert "arrays are the same, bit for bit; 3 files are as they were written." in again.stdout


def test_a_changed_file_makes_replay_exit_1_and_say_which(ran, tmp_path):
    (tmp_path / "manifest.json").write_bytes((ran[0] / "manifest.json").read_bytes())
    (tmp_path / "stephan.png").write_bytes(b"another picture")
    again = commensal("mouth", "replay", tmp_path, "--json")
    assert again.returncode == 1
    report = json.loads(again.stdout)
    assert not report["ok"]
    assert report["differences"] == ["stephan.png: the file is not the one the manifest speaks of"]


REFUSALS = {
    "no such scene": (["run", "nowhere.toml"], "nowhere.toml: expected a scene file that can be read"),
    "a folder for a scene": (["run", "docs"], "docs: expected a scene file, got a folder"),
    "a picture for a scene": (["run", "docs/report.png"], "report.png: expected"),
    "a scene of another kind": (["run", "pyproject.toml"], 'pyproject.toml: format: expected format = "commensal.mo'),
    "a full folder": (["run", str(RINSE), "--out", "docs"], "expected an empty or new folder"),
    "a folder that is a file": (["run", str(RINSE), "--out", "README.md"], "expected a folder, got a file"),
    "no run to replay": (["replay", "docs"], "name the folder that `commensal mouth run` wrote"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_one_clear_message_and_exit_2(case, tmp_path):
    args, told = REFUSALS[case]
    extra = ["--out", tmp_path / "out"] if args[0] == "run" and "--out" not in args else []
    done = commensal("mouth", *args, *extra)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_other_parameters_are_refused_with_the_way_to_compare_nevertheless(ran, tmp_path):
    manifest = json.loads((ran[0] / "manifest.json").read_text())
    manifest["parameters"]["sha256"] = "0" * 64
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    refused = commensal("mouth", "replay", tmp_path)
    assert refused.returncode == 2
    assert "--anyway" in refused.stderr
    assert "parameters 0000" in refused.stderr
    forced = commensal("mouth", "replay", tmp_path, "--anyway")
    assert forced.returncode == 1
    assert "Not the same to begin with: parameters 0000" in forced.stdout


def test_names_with_brackets_are_shown_as_they_are(tmp_path):
    odd = SMALL.replace('id = "usual"', 'id = "[bold]x[/nothing]"').replace('"Small"', '"[red]Small[/b]"')
    (tmp_path / "odd.toml").write_text(odd)
    done = commensal("mouth", "run", tmp_path / "odd.toml", "--out", tmp_path / "o", "--pictures", "none")
    assert done.returncode == 0, done.stderr
    assert "[bold]x[/nothing]" in done.stdout
    assert "[red]Small[/b]" in done.stdout

"""`commensal strain`: exit codes, what is said, and the same for programs."""

import json

import pytest

from tests.cli.test_commands import ROOT, commensal
from tests.mouth.strains.cards import FULL, least

CARDS = ROOT / "src" / "commensal" / "mouth" / "data" / "strains"


@pytest.fixture
def full(tmp_path):
    path = tmp_path / "full.toml"
    path.write_text(FULL)
    return path


def test_check_exits_0_for_a_card_with_everything_1_for_a_shut_gate_2_for_no_card(full, tmp_path):
    passed = commensal("strain", "check", full)
    assert passed.returncode == 0, passed.stdout
    assert "The gate is open for example" in passed.stdout
    shut = commensal("strain", "check", full, CARDS / "bcs3_l1.toml")
    assert shut.returncode == 1
    assert "The gate is shut for bcs3_l1. What is missing:" in shut.stdout
    assert "Nobody has counted how many cells escape the kill switch." in shut.stdout
    (tmp_path / "bad.toml").write_text(least(parent="human"))
    refused = commensal("strain", "check", tmp_path / "bad.toml")
    assert refused.returncode == 2
    assert "bad.toml: parent: expected one of the guilds" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_check_for_programs_names_every_check_with_source_and_mark(full):
    report = json.loads(commensal("strain", "check", full, CARDS / "k12.toml", "--json").stdout)
    assert not report["ok"]
    example, k12 = report["strains"]
    assert (example["open"], k12["open"]) == (True, False)
    assert len(example["checks"]) == 16
    assert all(check["source"] and check["mark"] for check in k12["checks"])


def test_two_cards_of_one_id_are_refused(full, tmp_path):
    (tmp_path / "again.toml").write_text(FULL)
    refused = commensal("strain", "check", full, tmp_path / "again.toml")
    assert refused.returncode == 2
    assert "an id that no other card has" in refused.stderr


def test_show_tells_figures_with_marks_and_what_is_missing():
    said = commensal("strain", "show", "bcs3_l1").stdout
    for there in ("lactate_yield", "of the guild mutans, engineered", "0.405 to 0.45", "What is missing:"):
        assert there in said
    report = json.loads(commensal("strain", "show", "bcs3_l1", "--json").stdout)
    assert report["strain"]["changes"][0]["mark"] == "seen"
    unknown = commensal("strain", "show", "bcs3")
    assert unknown.returncode == 2
    assert "did you mean bcs3_l1" in unknown.stderr


def test_compare_lays_two_strains_side_by_side_and_draws_them(tmp_path):
    picture = tmp_path / "two.png"
    done = commensal("strain", "compare", "k12", "dentisani_7746", "--picture", picture, "--json")
    assert done.returncode == 0, done.stderr
    k12, dentisani = json.loads(done.stdout)["strains"]
    assert k12["strain"] == "k12"
    assert 14.0 < dentisani["persistence_days"] < 28.0
    assert k12["dose_to_colonise_cfu"] is None
    assert len(k12["days"]["at_d"]) == 56
    assert sum(share[-1] for share in k12["days"]["share"].values()) == pytest.approx(1.0)
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = commensal("strain", "compare", "k12", "k12")
    assert refused.returncode == 2
    assert "two strains with ids of their own" in refused.stderr
    wrong = commensal("strain", "compare", "k12", "m18", "--picture", tmp_path / "two.xyz")
    assert wrong.returncode == 2
    assert not (tmp_path / "two.xyz").exists()


def test_a_shipped_strain_is_checked_by_its_id():
    asked = commensal("strain", "check", "bcs3_l1")
    assert asked.returncode == 1
    assert "bcs3_l1" in asked.stdout

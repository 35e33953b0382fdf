"""The log as static files: exported by the clinic, audited by anybody."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import commensal


def found(home: Path, clinic: str) -> Path:
    """A founded clinic and its tiles, in a folder of its own."""
    home.mkdir()
    store = ("--store", f"sqlite:///{home}/clinic.db", "--keys", home / "keys")
    who = ("--clinic", clinic, "--dentist", "Dr Mia Chen")
    for args in (
        ("init", *store, *who, "--no-passphrase"),
        ("tiles", "export", home / "tiles", *store),
    ):
        done = commensal(*args)
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def clinics(tmp_path_factory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("clinics")
    return found(home / "bay", "Bay"), found(home / "hill", "Hill")


@pytest.fixture
def bay(clinics, tmp_path) -> Path:
    shutil.copytree(clinics[0], tmp_path / "bay")
    return tmp_path / "bay"


def audited(tiles: Path, home: Path, *more: str):
    return commensal("tiles", "audit", tiles, "--log-key", home / "keys" / "log.vkey", *more)


def store_of(home: Path) -> tuple[str, ...]:
    return "--store", f"sqlite:///{home}/clinic.db", "--keys", str(home / "keys")


def test_exported_tiles_are_audited_with_the_public_key_alone(bay, tmp_path):
    only_public = tmp_path / "public"
    only_public.mkdir()
    shutil.copy(bay / "keys" / "log.vkey", only_public)
    ran = commensal("tiles", "audit", bay / "tiles", "--log-key", only_public / "log.vkey", "--json")
    report = json.loads(ran.stdout)
    assert (ran.returncode, report["ok"], report["problems"], report["not_checked"]) == (0, True, [], [])
    assert report["size"] >= 1
    assert report["checkpoint"] == (bay / "tiles" / "checkpoint").read_text()
    told = audited(bay / "tiles", bay)
    assert (told.returncode, told.stderr.strip()) == (0, "")
    assert f"{report['size']} entries: every hash, every tile and the signed root hold." in told.stdout


def test_no_name_is_in_the_tiles(bay):
    whole = b"".join(path.read_bytes() for path in (bay / "tiles").rglob("*") if path.is_file())
    assert len(whole) > 200
    assert not [word for word in (b"Chen", b"Dentist", b"found") if word in whole]


def test_a_changed_entry_makes_the_audit_exit_1_and_name_it(bay):
    bundle = next(path for path in (bay / "tiles/tile/entries").rglob("*") if path.is_file())
    raw = bytearray(bundle.read_bytes())
    raw[20] ^= 1
    bundle.write_bytes(raw)
    ran = audited(bay / "tiles", bay)
    assert ran.returncode == 1
    assert "First bad index: entry 0." in ran.stdout
    assert "Keep the folder as it is" in ran.stdout


def test_two_clinics_tiles_are_not_mixed_by_an_export(clinics, bay):
    _, hill = clinics
    before = (bay / "tiles" / "checkpoint").read_bytes()
    ran = commensal("tiles", "export", bay / "tiles", *store_of(hill))
    assert ran.returncode == 2
    assert "holds another log" in ran.stderr
    assert (bay / "tiles" / "checkpoint").read_bytes() == before
    assert audited(bay / "tiles", bay).returncode == 0


def test_tiles_of_two_clinics_that_were_mixed_by_hand_are_told(clinics, bay):
    _, hill = clinics
    foreign = audited(hill / "tiles", bay)
    assert foreign.returncode == 1
    assert "checkpoint: note: no signature by a known key" in foreign.stdout
    shutil.copytree(hill / "tiles" / "tile", bay / "tiles" / "tile", dirs_exist_ok=True)
    mixed = audited(bay / "tiles", bay)
    assert mixed.returncode == 1
    assert "This folder is not sound" in mixed.stdout
    assert "rewritten as a whole, or another log's" in mixed.stdout


def test_what_cannot_be_checked_exits_2_and_says_what_was_expected(bay, tmp_path):
    for tiles, key, words in (
        (tmp_path / "nowhere", bay / "keys" / "log.vkey", "no such folder"),
        (bay / "tiles", tmp_path / "no.vkey", "no such file"),
        (bay / "tiles", bay / "tiles" / "checkpoint", "a key from somewhere else"),
        (bay / "tiles", bay / "keys" / "recovery.pub", "verifier key"),
    ):
        ran = commensal("tiles", "audit", tiles, "--log-key", key)
        assert (ran.returncode, words in ran.stderr) == (2, True), ran.stderr

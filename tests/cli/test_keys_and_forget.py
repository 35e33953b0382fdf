"""Keys and forgetting as a person meets them: commands in processes of their own, on real files."""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.test_commands import FIRST, WHO, commensal, store_of
from tests.clinic.bytes_search import forms_of_text, planted_text, sightings_in_files

NAME = planted_text()
VISIT = "first-2025-11-20"


def told(ran: subprocess.CompletedProcess[str]) -> dict:
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> Path:
    """A clinic with plain keys and one visit of a patient whose name is nowhere by chance."""
    home = tmp_path_factory.mktemp("visited")
    visit = shutil.copytree(FIRST, home / "from")
    consent = json.loads((visit / "consent.json").read_text())
    consent["permits"].remove("simulation")  # the twin has nothing to say about keys
    (visit / "consent.json").write_text(json.dumps({**consent, "refusals": ["simulation"]}))
    patient = json.loads((visit / "patient.fhir.json").read_text())
    (one,) = (e["resource"] for e in patient["entry"] if e["resource"]["resourceType"] == "Patient")
    one["name"] = [{"given": ["Sam"], "family": NAME}]
    (visit / "patient.fhir.json").write_text(json.dumps(patient))
    assert commensal("init", *store_of(home), *WHO, "--no-passphrase").returncode == 0
    done = commensal("visit", visit, "--out", home / "visit", *store_of(home))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(visited, tmp_path) -> Path:
    return shutil.copytree(visited, tmp_path / "home")


def keys(command: str, home: Path, *args: object) -> subprocess.CompletedProcess[str]:
    return commensal("keys", command, *store_of(home), *args)


def assert_sound(home: Path) -> None:
    assert told(commensal("audit", *store_of(home), "--json"))["ok"]


def test_a_lost_clinic_key_is_recovered_and_every_visit_reads_as_before(home):
    shutil.move(home / "keys" / "recovery.key", home / "offline.key")
    (home / "keys" / "clinic.key").unlink()
    lost = commensal("show", *store_of(home))
    assert (lost.returncode, "commensal keys recover" in lost.stderr) == (2, True)
    done = told(keys("recover", home, "--recovery-key", home / "offline.key", "--json"))
    assert (done["renewed"], done["data_keys"]) == (["clinic.key"], 2)
    assert_sound(home)
    assert NAME in told(commensal("show", VISIT, *store_of(home), "--json"))["patient"]["name"]
    drill = keys("check", home, "--recovery-key", home / "offline.key", "--json")
    assert told(drill) == {"ok": True, "data_keys": 2, "by_clinic": 2, "by_recovery": 2}


def test_keys_are_rotated_and_the_ones_of_before_open_nothing(home):
    shutil.copytree(home / "keys", home / "old")
    done = told(keys("rotate", home, "--why", "a laptop was lost", "--recovery", "--data", "--json"))
    assert done["renewed"] == ["clinic.key", "recovery.key", "recovery.pub", "data keys"]
    assert_sound(home)
    shutil.rmtree(home / "keys")
    (home / "old").rename(home / "keys")
    stale = keys("check", home, "--recovery-key", home / "keys" / "recovery.key", "--json")
    assert (stale.returncode, json.loads(stale.stdout)) == (
        1,
        {"ok": False, "data_keys": 2, "by_clinic": 0, "by_recovery": 0},
    )


def test_a_passphrase_is_set_and_only_it_opens(home):
    for name in ("right", "wrong"):
        (home / name).write_text(f"{name} passphrase\n")
    protect = commensal("keys", "protect", "--keys", home / "keys", "--new-passphrase-file", home / "right", "--json")
    assert len(told(protect)["files"]) == 4
    refused = keys("check", home, "--passphrase-file", home / "wrong")
    assert (refused.returncode, "wrong passphrase" in refused.stderr) == (2, True)
    assert told(keys("check", home, "--passphrase-file", home / "right", "--json"))["ok"]


def test_a_person_is_forgotten_and_no_byte_of_their_name_is_left(home):
    needles, store = forms_of_text(NAME), home / "visit" / "clinic.db"
    assert sightings_in_files(store, needles), "the search must find what is there, or it proves nothing"
    with closing(sqlite3.connect(store)) as database:
        (person,) = database.execute("SELECT ref FROM person").fetchone()
    asked = ["forget", person, *store_of(home), "--rotate", "--why"]
    unsure = commensal(*asked, "asked in writing")
    assert (unsure.returncode, "a confirmation" in unsure.stderr) == (2, True)
    done = commensal(*asked, "asked in writing", "--yes")
    assert done.returncode == 0, done.stderr
    for words in ("Destroyed", "leaves of 41 bytes that say nothing", "was renewed", "folders of visits"):
        assert words in done.stdout
    assert_sound(home)
    left = [store, home / "keys", *store.parent.glob("clinic.db-*")]
    assert [sightings_in_files(path, needles) for path in left] == [{}] * len(left)


def test_forgetting_needs_a_reason_that_goes_on_record(home):
    ran = commensal("forget", "P-1", *store_of(home), "--why", " ", "--yes")
    assert (ran.returncode, "a reason" in ran.stderr) == (2, True)

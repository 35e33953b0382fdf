"""Migrate, back up and restore from the command line, with a store that an earlier version wrote."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import commensal
from tests.clinic.schemas import laid_out


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of the first version, brought to this one by the command; tests copy it."""
    home = tmp_path_factory.mktemp("migrated")
    laid_out("0001", home)
    told = commensal("show", *at(home))
    assert told.returncode == 2
    assert "run `commensal migrate`" in told.stderr
    done = commensal("migrate", *at(home))
    assert done.returncode == 0, done.stderr
    assert "Version 0001 is now 0002, views made again; the log is what it was: 17 records." in done.stdout
    assert str(next(home.glob("clinic-0001-*.db"))) in done.stdout
    return home


def at(home: Path) -> list[str]:
    return ["--store", f"sqlite:///{home / 'clinic.db'}", "--keys", str(home / "keys")]


@pytest.fixture
def home(migrated: Path, tmp_path: Path) -> Path:
    shutil.copytree(migrated, tmp_path / "home")
    return tmp_path / "home"


def said(ran) -> dict[str, object]:
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def test_migrating_twice_says_that_there_is_nothing_to_do(home):
    again = commensal("migrate", *at(home))
    assert again.returncode == 0
    assert "Nothing to do: this store is of version 0002 already." in again.stdout


def test_a_visit_goes_through_backup_damage_and_restore(home):
    made = commensal("backup", home / "backups", *at(home), "--keep", "3", "--json")
    assert made.returncode == 0, made.stderr
    file = said(made)["file"]
    assert said(made)["read_back"] is True
    assert "17 records" in commensal("restore", file, "--keys", home / "keys", "--check").stdout
    shown = commensal("show", "first-2025-11-20", *at(home))
    assert shown.returncode == 0, shown.stderr
    (home / "clinic.db").write_bytes(b"damaged" * 999)
    again = ["--store", f"sqlite:///{home / 'again.db'}", "--keys", str(home / "keys")]
    behind = commensal("restore", file, *again)
    assert behind.returncode == 1, behind.stderr
    assert "The backup has 17 records; it lacks 1 records" in behind.stdout
    assert not (home / "again.db").exists()
    done = commensal("restore", file, *again, "--accept-loss", "--log-of", at(home)[1])
    assert done.returncode == 0, done.stderr
    assert "the other copy cannot be read" in done.stdout
    assert "commensal.example/log/2+" in done.stdout
    audited = commensal("audit", *again, "--json")
    assert said(audited)["ok"] is True
    assert said(audited)["size"] == 18
    assert commensal("show", "first-2025-11-20", *again).stdout.split("Records")[0] == shown.stdout.split("Records")[0]


def test_a_restore_with_the_running_store_at_hand_loses_nothing(home):
    file = said(commensal("backup", home / "backups", *at(home), "--json"))["file"]
    assert commensal("show", "first-2025-11-20", *at(home)).returncode == 0
    again = ["--store", f"sqlite:///{home / 'again.db'}", "--keys", str(home / "keys")]
    done = commensal("restore", file, *again, "--log-of", at(home)[1], "--json")
    assert done.returncode == 0, done.stderr
    assert (said(done)["lost"], said(done)["carried"], said(done)["size"]) == (0, 1, 18)
    assert said(commensal("audit", *again, "--json"))["ok"] is True


def test_what_is_no_backup_is_refused_in_one_line(home):
    again = ["--store", f"sqlite:///{home / 'again.db'}", "--keys", str(home / "keys")]
    for wrong in (home / "clinic.db", home / "nothing.db", home):
        refused = commensal("restore", wrong, *again)
        assert refused.returncode == 2
        assert "no manifest" in refused.stderr
        assert refused.stderr.strip().count("\n") == 0
    assert not (home / "again.db").exists()


def test_a_backup_from_before_the_keys_were_rotated_opens_with_the_recovery_key(home):
    file = said(commensal("backup", home / "backups", *at(home), "--json"))["file"]
    rotated = commensal("keys", "rotate", "--why", "a test", *at(home))
    assert rotated.returncode == 0, rotated.stderr
    again = ["--store", f"sqlite:///{home / 'again.db'}", "--keys", str(home / "keys"), "--accept-loss"]
    refused = commensal("restore", file, *again)
    assert refused.returncode == 2
    assert "give --recovery-key" in refused.stderr
    done = commensal("restore", file, *again, "--recovery-key", home / "keys" / "recovery.key")
    assert done.returncode == 0, done.stderr
    assert commensal("audit", *again[:-1]).returncode == 0

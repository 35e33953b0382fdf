"""A disk that is full, a real and small one, whatever the clinic was doing: told, nothing lost, gone on from."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commensal.clinic import visiting
from commensal.sentinel import key_file
from tests.cli.bad_days import Home, copy_of, fill, new_home, page, small_disk
from tests.cli.test_bad_days_of_others import honest, policy_file
from tests.cli.test_commands import WHO
from tests.clinic.schemas import laid_out
from tests.sentinel.witnessed import running_witness

ROWS = page()
DISK_MB = 6
LEFT_KB = (0, 40, 140, 420)
"""So much is free when a command begins: nothing, some pages, some more, almost enough for the largest."""


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> Home:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visiting, "forecast_day", lambda *_, **__: None)
        home = new_home(tmp_path_factory.mktemp("visited"))
        assert home.visit()[1] == 0
    assert home.run("backup", home.folder / "backups", *home.where)[1] == 0
    return home


def person(home: Home) -> str:
    return json.loads(home.run("show", "--json", *home.where)[0])["visits"][0]["patient"]


def backup_of(home: Home) -> Path:
    return next(path for path in (home.folder / "backups").iterdir() if path.suffix == ".db")


PHASES: dict[str, Callable[[Home], tuple[object, ...]]] = {
    "recording": lambda home: ("show", "first-2025-11-20", *home.where),
    "forgetting": lambda home: ("forget", person(home), "--why", "asked to", "--yes", *home.where),
    "rotating the clinic key": lambda home: ("keys", "rotate", "--why", "a drill", *home.where),
    "rotating data keys": lambda home: ("keys", "rotate", "--data", "--why", "a drill", *home.where),
    "rebuilding": lambda home: ("rebuild", *home.where),
    "backing up": lambda home: ("backup", home.folder / "more backups", *home.where),
    "restoring": lambda home: (
        "restore", backup_of(home), "--store", f"sqlite:///{home.folder}/again.db", "--keys", home.keys,
        "--log-of", home.store,
    ),
    "exporting tiles": lambda home: ("tiles", "export", home.folder / "tiles", *home.where),
    "delivering": lambda home: ("deliver", "--to", home.folder.parent, *home.where),
    "auditing": lambda home: ("audit", *home.where),
}  # fmt: skip


@pytest.mark.parametrize("phase", PHASES)
def test_a_full_disk_is_told_loses_nothing_and_the_same_command_completes(visited, tmp_path, phase):
    refusals = 0
    for left_kb in LEFT_KB:
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = copy_of(visited, disk)
            before, command = home.entries(), PHASES[phase](home)
            ballast = fill(disk, left_kb)
            printed, exit_code = home.run(*command)
            ballast.unlink()
            if exit_code != 0:
                refusals += 1
                ROWS["The disk is full"].assert_seen(printed, exit_code)
            assert home.entries()[: len(before)] == before
            home.assert_sound()
            if exit_code != 0:
                again, exit_code = home.run(*command)
                assert exit_code == 0, again
                home.assert_sound()
            assert_nothing_half_written(disk)
    assert refusals > 0


def assert_nothing_half_written(disk: Path) -> None:
    assert not [path for sign in (".*.part", ".*-part", ".draft-*", ".keys-*") for path in disk.rglob(sign)]


def test_a_founding_on_a_full_disk_leaves_nothing_and_the_same_command_completes(tmp_path):
    refusals = 0
    for left_kb in (0, 4, 40, 140, 200, 420):
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = Home(disk, f"sqlite:///{disk}/visit/clinic.db")
            found = ("init", *home.where, *WHO, "--no-passphrase")
            ballast = fill(disk, left_kb)
            printed, exit_code = home.run(*found)
            ballast.unlink()
            if exit_code != 0:
                refusals += 1
                ROWS["The disk is full"].assert_seen(printed, exit_code)
                assert not [path for path in disk.rglob("*") if path.is_file()]
                printed, exit_code = home.run(*found)
                assert exit_code == 0, printed
            home.assert_sound()
    assert 3 < refusals < 6


def test_a_store_of_before_is_migrated_on_a_full_disk_as_a_whole_or_not_at_all(tmp_path):
    refusals = 0
    for left_kb in (0, 40, 300, 1_000):
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = Home(disk, laid_out("0001", disk))
            migrate = ("migrate", "--backups", tmp_path / f"backups-{left_kb}", *home.where)
            before, ballast = home.entries(), fill(disk, left_kb)
            printed, exit_code = home.run(*migrate)
            ballast.unlink()
            assert home.entries() == before
            if exit_code != 0:
                refusals += 1
                ROWS["The disk is full"].assert_seen(printed, exit_code)
                time.sleep(1)  # the name of the backup that comes first has the second in it
                printed, exit_code = home.run(*migrate)
                assert exit_code == 0, printed
            assert home.entries() == before
            home.assert_sound()
            assert_nothing_half_written(disk)
    assert 0 < refusals < 4


def test_a_full_disk_changes_no_passphrase_and_leaves_no_secret_lying_about(visited, tmp_path, monkeypatch):
    monkeypatch.setattr(key_file, "SCRYPT_N", 2**8)
    (tmp_path / "word").write_text("correct horse")
    for left_kb in (0, 4, 12):
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = copy_of(visited, disk)
            protect = ("keys", "protect", "--keys", home.keys, "--new-passphrase-file", tmp_path / "word")
            before, ballast = {path: path.read_bytes() for path in home.keys.iterdir()}, fill(disk, left_kb)
            ROWS["The disk is full"].assert_seen(*home.run(*protect))
            assert {path: path.read_bytes() for path in home.keys.iterdir()} == before
            ballast.unlink()
            printed, exit_code = home.run(*protect)
            assert exit_code == 0, printed
            printed, exit_code = home.run("audit", *home.where, "--passphrase-file", tmp_path / "word")
            assert exit_code == 0, printed


def test_a_lost_key_recovered_on_a_full_disk_is_recovered_when_there_is_space(visited, tmp_path):
    refusals = 0
    for left_kb in LEFT_KB:
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = copy_of(visited, disk)
            (home.keys / "clinic.key").unlink()
            recover = ("keys", "recover", "--recovery-key", visited.keys / "recovery.key", *home.where)
            before, ballast = home.entries(), fill(disk, left_kb)
            printed, exit_code = home.run(*recover)
            ballast.unlink()
            if exit_code != 0:
                refusals += 1
                ROWS["The disk is full"].assert_seen(printed, exit_code)
                assert home.entries()[: len(before)] == before
                printed, exit_code = home.run(*recover)
                assert exit_code == 0, printed
            assert home.entries()[: len(before)] == before
            home.assert_sound()
            assert_nothing_half_written(disk)
    assert refusals > 1


def test_a_quorum_met_on_a_full_disk_is_kept_when_there_is_space(visited, tmp_path):
    refusals = 0
    for left_kb in LEFT_KB:
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = copy_of(visited, disk)
            with running_witness(honest(home, f"../witness-{left_kb}.db")) as url:
                cosign = ("cosign", "--witnesses", policy_file(home, url), *home.where)
                before, ballast = home.entries(), fill(disk, left_kb)
                printed, exit_code = home.run(*cosign)
                ballast.unlink()
                if exit_code != 0:
                    refusals += 1
                    ROWS["The disk is full"].assert_seen(printed, exit_code)
                    printed, exit_code = home.run(*cosign)
                    assert exit_code == 0, printed
            assert home.entries() == before
            printed, exit_code = home.run("audit", "--witnesses", home.folder / "witnesses.policy", *home.where)
            assert exit_code == 0, printed
            assert_nothing_half_written(disk)
    assert refusals > 0


def test_a_visit_on_a_full_disk_is_told_and_the_next_run_completes(visited, tmp_path, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    refusals = 0
    for left_kb in (0, 60, 250, 700):
        with small_disk(tmp_path / f"disk-{left_kb}", DISK_MB) as disk:
            home = new_home(disk)
            before, ballast = home.entries(), fill(disk, left_kb)
            printed, exit_code = home.visit()
            ballast.unlink()
            if exit_code != 0:
                refusals += 1
                assert exit_code == 2, printed
                assert "disk is full" in printed or "No space left" in printed
                assert home.visit()[1] == 0
            assert home.entries()[: len(before)] == before
            home.assert_sound()
            verified, exit_code = home.run("verify", disk / "visit", "--log-key", home.keys / "log.vkey")
            assert exit_code == 0, verified
    assert refusals > 1


def test_a_full_place_to_deliver_to_is_told_and_gets_all_of_it_later(visited, tmp_path):
    home = copy_of(visited, tmp_path / "home")
    with small_disk(tmp_path / "place", 2) as place:
        ballast = fill(place, 40)
        printed, exit_code = home.run("deliver", "--to", place, *home.where)
        ROWS["The place to deliver to is full"].assert_seen(printed, exit_code)
        assert [path.name for path in place.iterdir()] == ["ballast"]
        ballast.unlink()
        printed, exit_code = home.run("deliver", "--to", place, "--retry-now", *home.where)
        assert exit_code == 0, printed
        [delivered] = place.iterdir()
        verified, exit_code = home.run("verify", delivered, "--log-key", home.keys / "log.vkey")
        assert exit_code == 0, verified

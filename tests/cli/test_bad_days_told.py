"""Bad days, each made for real and met with the commands of every day: what is printed is what docs/bad-days.md says.

A day is a function that spoils a clinic, runs a command and gives what it printed, its exit code, and how the day ends.
After each, nothing that was stored may have changed, and once it has ended the clinic goes on.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from commensal.clinic import database, visiting
from commensal.clock import SystemClock
from tests.cli.bad_days import PAGE, Home, copy_of, new_home, page
from tests.clinic.receiver import receiving

ROWS = page()


@dataclass
class Bad:
    """A day's tools: the clinic to spoil, another clinic, a folder, and what ends when the test does."""

    home: Home
    other: Home
    folder: Path
    stack: ExitStack
    patch: pytest.MonkeyPatch

    def later(self, end: Callable[..., object], *arguments: object) -> None:
        self.stack.callback(end, *arguments)


Day = tuple[str, int]


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> Home:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visiting, "forecast_day", lambda *_, **__: None)
        home = new_home(tmp_path_factory.mktemp("visited"))
        assert home.visit()[1] == 0
    return home


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Home:
    return new_home(tmp_path_factory.mktemp("other"))


@pytest.fixture
def bad(visited, other, tmp_path, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    with ExitStack() as stack:
        yield Bad(copy_of(visited, tmp_path / "home"), other, tmp_path, stack, monkeypatch)


def put_instead(bad: Bad, name: str, source: Path) -> None:
    """Another file under this name beside the keys, until the day ends."""
    there = bad.home.keys / name
    right = there.read_bytes()
    shutil.copy(source, there)
    bad.later(there.write_bytes, right)


def the_checkpoint_beside_the_keys_is_cut_short(bad: Bad) -> Day:
    kept = bad.home.keys / "log.checkpoint"
    whole = kept.read_bytes()
    assert bad.home.show()[1] == 0
    bad.later(kept.unlink)
    for length in range(len(whole)):
        kept.write_bytes(whole[:length])
        printed, exit_code = bad.home.run("show", *bad.home.where)
        assert "rolled back" not in printed
        assert "older copy" not in printed
        ROWS["The checkpoint beside the keys was cut short"].assert_seen(printed, exit_code)
    printed, exit_code = bad.home.run("audit", *bad.home.where)
    assert exit_code == 0
    assert "Not checked: the checkpoint beside the keys" in printed
    return bad.home.run("show", *bad.home.where)


def clinic_key_of_another_clinic(bad: Bad) -> Day:
    put_instead(bad, "clinic.key", bad.other.keys / "clinic.key")
    return bad.home.show()


def log_key_of_another_clinic(bad: Bad) -> Day:
    put_instead(bad, "log.key", bad.other.keys / "log.key")
    return bad.home.show()


def keys_of_a_clinic_with_another_name(bad: Bad) -> Day:
    stranger = new_home(bad.folder / "stranger", origin="stranger.example/log")
    return bad.home.run("show", "--store", bad.home.store, "--keys", stranger.keys)


def a_wrong_passphrase(bad: Bad) -> Day:
    for name, word in (("right", "correct horse"), ("wrong", "battery staple")):
        (bad.folder / name).write_text(word)
    protect = ("keys", "protect", "--keys", bad.home.keys)
    printed, exit_code = bad.home.run(*protect, "--new-passphrase-file", bad.folder / "right")
    assert exit_code == 0, printed
    bad.later(bad.home.run, *protect, "--no-passphrase", "--passphrase-file", bad.folder / "right")
    return bad.home.run("show", *bad.home.where, "--passphrase-file", bad.folder / "wrong")


def recovery_key_of_another_clinic(bad: Bad) -> Day:
    lost = bad.home.keys / "clinic.key"
    lost.rename(bad.folder / "clinic.key")
    bad.later((bad.folder / "clinic.key").rename, lost)
    return bad.home.run("keys", "recover", "--recovery-key", bad.other.keys / "recovery.key", *bad.home.where)


def a_database_of_a_newer_program(bad: Bad) -> Day:
    def set_version(number: str) -> None:
        with sqlite3.connect(bad.home.database) as conn:
            conn.execute("UPDATE alembic_version SET version_num = ?", (number,))
        conn.close()

    [(now,)] = sqlite3.connect(bad.home.database).execute("SELECT version_num FROM alembic_version").fetchall()
    set_version("0999")
    bad.later(set_version, now)
    return bad.home.show()


def an_older_copy_of_the_database(bad: Bad) -> Day:
    older = bad.folder / "older.db"
    shutil.copy(bad.home.database, older)
    assert bad.home.show()[1] == 0
    newer = bad.home.database.read_bytes()
    shutil.copy(older, bad.home.database)
    bad.later(bad.home.database.write_bytes, newer)
    return bad.home.show()


def another_program_is_writing(bad: Bad) -> Day:
    bad.patch.setattr(database, "PRAGMAS", (*database.PRAGMAS[:-1], "busy_timeout = 50"))
    writer = sqlite3.connect(bad.home.database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    bad.later(writer.close)
    return bad.home.show()


def a_proof_of_ten_megabytes(bad: Bad) -> Day:
    proof = bad.home.folder / "visit" / "visit.tlog-proof"
    right = proof.read_bytes()
    proof.write_bytes(right + b"x" * 10_000_000)
    bad.later(proof.write_bytes, right)
    return bad.home.run("verify", proof.parent, "--log-key", bad.home.keys / "log.vkey")


def a_file_that_is_no_database(bad: Bad) -> Day:
    stray = bad.folder / "letter.db"
    stray.write_text("Dear clinic, this is a letter. " * 500)
    return bad.home.run("show", "--store", f"sqlite:///{stray}", "--keys", bad.home.keys)


DAYS: dict[str, Callable[[Bad], Day]] = {
    "The checkpoint beside the keys was cut short": the_checkpoint_beside_the_keys_is_cut_short,
    "`clinic.key` is another clinic's": clinic_key_of_another_clinic,
    "`log.key` is another clinic's": log_key_of_another_clinic,
    "All keys are those of a clinic with another name": keys_of_a_clinic_with_another_name,
    "The passphrase is wrong": a_wrong_passphrase,
    "The recovery key is another clinic's": recovery_key_of_another_clinic,
    "The database was written by a newer program": a_database_of_a_newer_program,
    "An older copy of the database was put back": an_older_copy_of_the_database,
    "Another program is writing": another_program_is_writing,
    "A proof of 10 MB": a_proof_of_ten_megabytes,
    "The file is no database": a_file_that_is_no_database,
}


@pytest.mark.parametrize("day", DAYS)
def test_a_bad_day_is_told_as_the_page_says_changes_nothing_and_ends(bad, day):
    printed, exit_code = DAYS[day](bad)
    ROWS[day].assert_seen(printed, exit_code)
    before = bad.home.entries()
    bad.stack.close()
    assert bad.home.entries()[: len(before)] == before
    bad.home.assert_sound()
    printed, exit_code = bad.home.show()
    assert exit_code == 0, printed


@pytest.mark.parametrize("day", sorted(set(DAYS) - {"An older copy of the database was put back"}))
def test_on_a_bad_day_no_kept_table_changes(bad, day, monkeypatch):
    before = bad.home.stored()
    monkeypatch.setattr(Home, "show", lambda self: self.run("rebuild", *self.where))  # a command that records nothing
    DAYS[day](bad)
    bad.stack.close()
    assert bad.home.stored() == before


def test_a_clock_that_went_back_a_day_is_told_recorded_once_and_recording_goes_on(bad):
    row, real = ROWS["The clock goes back a day"], SystemClock.now
    before = bad.home.entries()
    with bad.patch.context() as yesterday:
        yesterday.setattr(SystemClock, "now", lambda self: real(self) - timedelta(days=1))
        for _ in range(3):
            row.assert_seen(*bad.home.show())
    after = bad.home.entries()
    assert after[: len(before)] == before
    assert len(after) == len(before) + 4  # three readings, one alarm
    times = [leaf[1:9] for leaf in after]
    assert times == sorted(times)
    assert set(times[len(before) :]) == {times[len(before) - 1]}
    bad.home.assert_sound()
    printed, _ = bad.home.show()
    assert "warning" not in printed


def test_a_clock_five_minutes_behind_is_no_news(bad):
    real = SystemClock.now
    assert bad.home.show()[1] == 0
    bad.patch.setattr(SystemClock, "now", lambda self: real(self) - timedelta(minutes=4, seconds=50))
    printed, exit_code = bad.home.show()
    assert (exit_code, "warning" in printed) == (0, False)


def test_a_place_that_cannot_be_reached_is_told_and_the_effect_waits(bad):
    with receiving() as place:
        url = place.url
    row = ROWS["The place to deliver to cannot be reached"]
    row.assert_seen(*bad.home.run("deliver", "--to", url, *bad.home.where))
    with receiving() as place:
        printed, exit_code = bad.home.run("deliver", "--to", place.url, "--retry-now", *bad.home.where)
    assert exit_code == 0, printed
    assert len(place.order) == 1


def test_every_row_of_the_page_is_made_by_a_test():
    here = Path(__file__).parent
    tests = "".join(path.read_text() for path in sorted(here.glob("test_bad_days*.py")))
    assert len(ROWS) >= 20
    assert not [day for day in ROWS if f'"{day}"' not in tests], PAGE

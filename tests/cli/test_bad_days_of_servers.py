"""Bad days of a PostgreSQL server, real ones: what is printed is what docs/bad-days.md says, and nothing is lost."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from commensal.clinic import database, visiting
from commensal.sentinel import RecordsLog
from tests.cli.bad_days import Home, fill, new_home, page, small_disk
from tests.postgres import Server, running_server

ROWS = page()


@pytest.fixture
def served(tmp_path, postgres_url, monkeypatch) -> Home:
    """A clinic with a visit on the tests' PostgreSQL server."""
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    home = new_home(tmp_path, postgres_url)
    assert home.visit()[1] == 0
    return home


def test_a_server_without_a_free_connection_is_told(served, postgres):
    before = served.stored()
    with ExitStack() as stack:
        try:
            while True:
                stack.enter_context(psycopg.connect(served.store))
        except psycopg.OperationalError:
            ROWS["The PostgreSQL server has no free connection"].assert_seen(*served.show())
    assert served.stored() == before
    assert served.show()[1] == 0


def test_a_server_on_which_another_program_writes_too_long_is_told(served, monkeypatch):
    before = served.stored()
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 100)
    with psycopg.connect(served.store) as writer:
        writer.execute(f"SELECT pg_advisory_xact_lock({database.WRITE_LOCK})")
        ROWS["Another program keeps the PostgreSQL database locked"].assert_seen(*served.show())
    assert served.stored() == before
    assert served.show()[1] == 0


def test_a_statement_that_takes_too_long_is_told(served, monkeypatch):
    before = served.stored()
    with monkeypatch.context() as hurried, psycopg.connect(served.store) as slow:
        slow.execute("LOCK TABLE log_entry IN ACCESS EXCLUSIVE MODE")
        hurried.setattr(database, "STATEMENT_TIMEOUT_MS", 100)
        ROWS["A statement takes the PostgreSQL server too long"].assert_seen(*served.show())
    assert served.stored() == before
    assert served.show()[1] == 0


def away(server: Server, home: Home) -> None:
    """The server goes in the middle of a commit, stays away, and comes back."""
    before = home.stored()
    append = RecordsLog.append

    def cut_off(self, *arguments):
        done = append(self, *arguments)
        server.kill()
        return done

    with pytest.MonkeyPatch.context() as power:
        power.setattr(RecordsLog, "append", cut_off)
        ROWS["The PostgreSQL server goes in the middle of a commit"].assert_seen(*home.show())
    ROWS["The PostgreSQL server is not there"].assert_seen(*home.show())
    server.start()
    assert home.stored() == before
    home.assert_sound()
    assert home.show()[1] == 0


def test_a_server_that_goes_in_the_middle_of_a_commit_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    with running_server() as server:
        home = new_home(tmp_path, server.new_database())
        assert home.visit()[1] == 0
        away(server, home)


@contextmanager
def disk_of_a_server(size_mb: int) -> Iterator[Path]:
    """A small disk where a server's own user may write."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o777)
        with small_disk(Path(made) / "disk", size_mb) as disk:
            yield disk


TASKS: dict[str, Callable[[Home], tuple[object, ...]]] = {
    "rebuilding": lambda home: ("rebuild", *home.where),
    "rotating data keys": lambda home: ("keys", "rotate", "--data", "--why", "a drill", *home.where),
    "backing up": lambda home: ("backup", home.folder / "backups", *home.where),
}


def until_refused(home: Home) -> tuple[str, int]:
    """Look at a visit, which is recorded, as long as there is space; what is printed when there is none."""
    for _ in range(300):
        printed, exit_code = home.show()
        if exit_code != 0:
            return printed, exit_code
    pytest.fail("the disk is never full")


def test_a_full_disk_of_the_server_is_told_loses_nothing_and_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    row = ROWS["The disk of the PostgreSQL server is full"]
    with disk_of_a_server(48) as disk, running_server(disk, f"--waldir={disk.parent}/wal") as server:
        home = new_home(tmp_path, server.new_database())
        assert home.visit()[1] == 0
        ballast = fill(disk, 0)
        row.assert_seen(*until_refused(home))
        before = home.entries()
        for task in TASKS.values():
            row.assert_seen(*home.run(*task(home)))
        assert home.entries() == before
        ballast.unlink()
        home.assert_sound()
        for task in TASKS.values():
            printed, exit_code = home.run(*task(home))
            assert exit_code == 0, printed
        home.assert_sound()
        assert home.entries()[: len(before)] == before


def test_a_server_that_can_no_longer_write_its_own_log_stops_and_has_everything_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    with (
        disk_of_a_server(10) as disk,
        running_server(Path("/tmp"), "--wal-segsize=1", f"--waldir={disk}/wal") as server,
    ):
        home = new_home(tmp_path, server.new_database())
        assert home.visit()[1] == 0
        ballast = fill(disk, 0)
        ROWS["The disk of the PostgreSQL server is full"].assert_seen(*until_refused(home))
        printed, exit_code = home.show()
        assert exit_code == 2
        assert "the server is starting or stopping" in printed or "the server cannot be reached" in printed
        ballast.unlink()
        server.stop("immediate")
        server.start()
        home.assert_sound()
        assert home.show()[1] == 0

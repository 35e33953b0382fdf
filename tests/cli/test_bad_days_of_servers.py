"""Bad days of a PostgreSQL server, real ones: what is printed is what docs/bad-days.md says, and nothing is lost."""

from contextlib import ExitStack

import psycopg
import pytest

from commensal.clinic import database, visiting
from commensal.sentinel import RecordsLog
from tests.cli.bad_days import Home, new_home, page
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

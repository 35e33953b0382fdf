"""Writers are killed at random moments, and PostgreSQL with them: what was acknowledged stays, once, in one order."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from commensal.clinic import audit_store, found_store
from commensal.clinic.store import CLINIC
from commensal.clock import FixedClock
from tests.clinic.conftest import NOW
from tests.crash.workload import DENTIST, new_log
from tests.crash.writers import Crew, Told, opened, patient, wait_until
from tests.postgres import Server

WRITERS = 4
KILL_AFTER_S = (0.01, 0.3)
SERVER_KILLED_EVERY = 25
AUDITED_EVERY = 250
"""Kills between two audits in the long form, besides the one at the end."""


def found_at(url: str) -> None:
    found_store(url, new_log(), FixedClock(NOW), clinic="Test clinic", dentist=DENTIST).close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A clinic founded on each database."""
    is_file = request.param == "sqlite"
    where = f"sqlite:///{tmp_path / 'clinic.db'}" if is_file else request.getfixturevalue("postgres_url")
    found_at(where)
    return where


@pytest.fixture
def server(request: pytest.FixtureRequest, url: str) -> Server | None:
    return request.getfixturevalue("postgres") if url.startswith("postgresql") else None


@pytest.fixture
def crew(url: str, tmp_path: Path) -> Iterator[Crew]:
    hired = Crew(url, tmp_path, WRITERS, acts=10**9, seed=7)
    yield hired
    hired.dismiss()


def assert_nothing_lost(crew: Crew, told: list[Told]) -> int:
    """Audit; every acknowledged record in its place; no act twice, none left out, no other; gives how many there are."""
    store = opened(crew.url)
    try:
        report = audit_store(store, None)
        assert report.is_sound, report.problems
        with store.reading() as conn:
            hashes = store.log.leaf_hashes(conn, 0, report.size)
            done: dict[tuple[int, int], int] = {}
            others: Counter[tuple[str, str]] = Counter()
            for index, record in store.log.records(conn):
                if "sequence" in record.content:
                    key = (record.content["writer"], record.content["sequence"])
                    assert key not in done, f"act {key} is there twice"
                    assert record.subject == patient(key[0])
                    done[key] = index
                else:
                    others[record.act, record.subject] += 1
    finally:
        store.close()
    begun = {(act, patient(writer)) for writer in range(crew.size) for act in ("recordConsent", "registerPatient")}
    assert set(others) <= begun | {("foundClinic", CLINIC)}
    assert set(others.values()) == {1}
    for one in told:
        assert done.get((one.writer, one.sequence)) == one.index, f"acknowledged and lost or moved: {one}"
        assert hashes[one.index] == one.leaf_hash
    for writer in range(crew.size):
        places = [done[key] for key in sorted(done) if key[0] == writer]
        assert [key[1] for key in sorted(done) if key[0] == writer] == list(range(len(places)))
        assert places == sorted(places)
    return report.size


def go_through(crew: Crew, server: Server | None, kills: int, audited_every: int) -> Counter[str]:
    crew.hire_all()
    wait_until(lambda: {one.writer for one in crew.told()} == set(range(crew.size)), at_most_s=60)
    tried: Counter[str] = Counter()
    for n in range(1, kills + 1):
        time.sleep(crew.chance.uniform(*KILL_AFTER_S))
        if server is not None and n % SERVER_KILLED_EVERY == 0:
            server.kill()
            server.start()
            tried["server"] += 1
        else:
            crew.hire(crew.kill_one())
            tried["writer"] += 1
        assert not crew.finished()
        if n % audited_every == 0:
            tried["audits"] += 1
            assert_nothing_lost(crew, crew.told())
    crew.dismiss()
    tried["acknowledged"] = len(crew.told())
    tried["records"] = assert_nothing_lost(crew, crew.told())
    return tried


def test_writers_killed_at_random_lose_nothing_that_was_acknowledged(crew, server):
    tried = go_through(crew, server, kills=SERVER_KILLED_EVERY, audited_every=SERVER_KILLED_EVERY - 5)
    assert tried["acknowledged"] > tried["writer"]


@pytest.mark.long
def test_writers_killed_a_thousand_times_lose_nothing_that_was_acknowledged(crew, server, capsys):
    tried = go_through(crew, server, kills=1_000, audited_every=AUDITED_EVERY)
    with capsys.disabled():
        kind = crew.url.split(":", 1)[0]
        print(
            f"\n{kind}: {tried['writer']} writers and {tried['server']} servers killed; {tried['acknowledged']} records "
            f"acknowledged, {tried['records']} in the log, 0 lost, 0 twice"
        )


def test_a_lost_record_is_noticed(crew, server):
    """The trial's own trial."""
    go_through(crew, server, kills=1, audited_every=2)
    last = max(crew.told(), key=lambda one: one.index)
    invented = Told(last.writer, last.sequence + 10, last.index, 0.0, last.leaf_hash)
    with pytest.raises(AssertionError, match="lost or moved"):
        assert_nothing_lost(crew, [*crew.told(), invented])

"""Eight processes append at once and one is killed each second: nothing lost, nothing twice, one order.

Each append is one commit of one record; no two share a commit, within a process or between them.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from commensal.clinic.database import LOCK_TIMEOUT_MS
from tests.crash.test_kills import assert_nothing_lost, found_at
from tests.crash.writers import Crew, write

WRITERS = 8
KILLED_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run of the whole crew came to."""

    killed: int
    took_s: float
    longest_s: float
    median_s: float
    complaints: list[str]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    is_file = request.param == "sqlite"
    where = f"sqlite:///{tmp_path / 'clinic.db'}" if is_file else request.getfixturevalue("postgres_url")
    found_at(where)
    return where


def go_through(url: str, folder: Path, acts: int, *, killed_every_s: float, at_most_s: float) -> Done:
    """All writers record `acts` each; every so often one dies and another goes on in its place."""
    crew = Crew(url, folder, WRITERS, acts=acts, seed=8)
    began = due = time.monotonic()
    killed = 0
    try:
        crew.hire_all()
        while crew.pids:
            crew.finished()
            assert time.monotonic() < began + at_most_s, f"{len(crew.told())} appended in {at_most_s} s"
            if time.monotonic() >= due + killed_every_s and crew.pids:
                due = time.monotonic()
                crew.hire(crew.kill_one())
                killed += 1
            time.sleep(0.005)
    finally:
        crew.dismiss()
    took_s = time.monotonic() - began
    told = crew.told()
    size = assert_nothing_lost(crew, told)
    assert size == 1 + WRITERS * (2 + acts)
    unheard = WRITERS * acts - len(told)
    assert 0 <= unheard <= killed  # recorded, and killed before it could say so
    waits = sorted(one.took_s for one in told)
    complaints = crew.complaints.read_text().splitlines()
    return Done(
        killed=killed, took_s=took_s, longest_s=waits[-1], median_s=waits[len(waits) // 2], complaints=complaints
    )


def test_eight_writers_with_deaths_among_them_append_everything_once_in_one_order(url, tmp_path):
    done = go_through(url, tmp_path, acts=60, killed_every_s=KILLED_EVERY_S / 2, at_most_s=60)
    assert done.killed > 0
    assert not [line for line in done.complaints if "locked" in line or "lock timeout" in line]


def test_a_writer_that_was_killed_after_its_last_act_adds_nothing_when_it_comes_back(url, tmp_path):
    """The trial's own trial."""
    crew = Crew(url, tmp_path, 1, acts=3, seed=1)
    out = os.open(crew.book, os.O_WRONLY | os.O_CREAT)
    for _ in range(2):
        write(url, 0, out, crew.acts)
    os.close(out)
    assert assert_nothing_lost(crew, crew.told()) == 1 + 2 + crew.acts


@pytest.mark.long
def test_eight_writers_append_ten_thousand_each_while_one_is_killed_each_second(url, tmp_path, capsys):
    acts = 10_000
    done = go_through(url, tmp_path, acts=acts, killed_every_s=KILLED_EVERY_S, at_most_s=3_600)
    with capsys.disabled():
        print(
            f"\n{url.split(':', 1)[0]}: {WRITERS} writers x {acts} appends in {done.took_s:.0f} s "
            f"({WRITERS * acts / done.took_s:.0f}/s), {done.killed} killed; 0 lost, 0 twice; a commit took "
            f"{done.median_s * 1e3:.1f} ms (median), {done.longest_s * 1e3:.0f} ms at most; "
            f"{len(done.complaints)} told that the database was busy"
        )
    assert done.longest_s < LOCK_TIMEOUT_MS / 1e3

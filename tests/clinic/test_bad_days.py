"""A locked database, a full disk, a file-size limit, a clock that went back: said clearly, nothing half-written, the next run completes."""

import os
import resource
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from commensal.clinic import audit_store, complaints, conduct_visit, rebuild, visiting
from commensal.clinic.clock_alarm import ALARM, CLOCK_SKEW_MAX_S
from commensal.clinic.errors import StoreError
from commensal.clinic.evidence import check_folder
from commensal.clinic.forgetting import forget_person
from tests.cli.test_commands import WHO
from tests.clinic.conftest import NOW
from tests.clinic.test_store import consented, registered

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "examples" / "visits" / "first"


@pytest.fixture(autouse=True)
def without_twin(monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)


def conduct(clinic):
    return conduct_visit(FIRST, clinic.folder / "out", clinic.store, clinic.dentist, today=NOW.date())


def assert_next_run_completes(clinic):
    conduct(clinic)
    assert audit_store(clinic.store, None).is_sound
    assert check_folder(clinic.folder / "out", clinic.log.vkey).is_sound


def test_a_database_locked_by_another_process_is_said_and_the_next_run_completes(file_clinic):
    event.listen(file_clinic.store.engine, "connect", lambda conn, _: conn.execute("PRAGMA busy_timeout = 50"))
    file_clinic.store.engine.dispose()
    other = sqlite3.connect(file_clinic.folder / "clinic.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process is writing"):
        conduct(file_clinic)
    other.execute("ROLLBACK")
    other.close()
    assert_next_run_completes(file_clinic)


def test_a_full_disk_under_the_database_is_said_and_the_next_run_completes(file_clinic):
    def limit(conn, _):
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 3}")

    event.listen(file_clinic.store.engine, "connect", limit)
    file_clinic.store.engine.dispose()
    with pytest.raises(StoreError, match="the disk is full"):
        conduct(file_clinic)
    with file_clinic.store.reading() as conn:
        assert file_clinic.log.size(conn) == 1
    event.remove(file_clinic.store.engine, "connect", limit)
    file_clinic.store.engine.dispose()
    assert_next_run_completes(file_clinic)


LIMITED = """
import signal, resource, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from commensal.clinic import visiting
visiting.forecast_day = lambda *_, **__: None
from commensal.cli import main
sys.argv = {argv!r}
main()
"""


@pytest.mark.parametrize("limit_kb", [8, 40, 120, 250])
def test_a_disk_that_takes_no_more_leaves_no_half_file_and_the_next_run_completes(tmp_path, limit_kb):
    home = ["--store", f"sqlite:///{tmp_path}/visit/clinic.db", "--keys", str(tmp_path / "keys")]
    run = [sys.executable, "-m", "commensal"]
    assert (
        subprocess.run(
            [*run, "init", *home, *WHO, "--no-passphrase"], cwd=ROOT, check=False, capture_output=True
        ).returncode
        == 0
    )
    argv = ["commensal", "visit", str(FIRST), "--out", str(tmp_path / "visit"), *home]
    code = LIMITED.format(limit=limit_kb * 1024, argv=argv)
    full = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert full.returncode == 2, full.stderr
    assert "Traceback" not in full.stderr
    assert not (tmp_path / "visit" / "visit.tlog-proof").exists()
    assert not [path for path in (tmp_path / "visit").iterdir() if path.suffix == ".part"]
    unlimited = LIMITED.replace("resource.setrlimit", "(lambda *_: None)").format(limit=0, argv=argv)
    again = subprocess.run([sys.executable, "-c", unlimited], cwd=ROOT, check=False, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    verified = [*run, "verify", str(tmp_path / "visit"), "--log-key", str(tmp_path / "keys" / "log.vkey")]
    assert subprocess.run(verified, cwd=ROOT, check=False, capture_output=True).returncode == 0


def test_every_database_complaint_has_a_remedy():
    assert {sign for sign, _ in complaints.REMEDIES} >= {"locked", "full", "readonly", "malformed"}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY or os.name != "posix"


def clock_that_says(clinic, *times):
    """The store's clock says these, one after the other, then the last for good."""

    said = list(times)

    class Clock:
        def now(self):
            return said.pop(0) if len(said) > 1 else said[0]

    clinic.store.clock = Clock()


def alarms(clinic):
    with clinic.store.reading() as conn:
        found = [record for _, record in clinic.log.records(conn) if record is not None]
    return [record for record in found if record.act == ALARM]


def commits(clinic, count):
    for n in range(count):
        clinic.store.commit([consented("record", on_whom=f"P-{n}")])


def test_a_clock_that_went_back_is_alarmed_once_each_time_it_does(clinic):
    day = timedelta(days=1)
    clock_that_says(clinic, NOW + day, NOW, NOW, NOW + day / 2, NOW + 2 * day, NOW, NOW)
    commits(clinic, 7)
    first, second = alarms(clinic)
    assert (first.at, first.content["behind_s"], first.subject) == (NOW, 86_400, "clinic")
    assert (second.at, second.content["behind_s"]) == (NOW, 2 * 86_400)
    assert audit_store(clinic.store, None).is_sound


def test_an_alarm_comes_before_what_the_wrong_clock_dates(clinic):
    clock_that_says(clinic, NOW - timedelta(hours=1))
    [outcome] = clinic.store.commit([consented("record")])
    with clinic.store.reading() as conn:
        acts = [record.act for _, record in clinic.log.records(conn)]
    assert acts == ["foundClinic", ALARM, "recordConsent"]
    assert outcome.index == 2


def test_a_clock_within_five_minutes_is_no_alarm_and_one_second_more_is(clinic):
    clock_that_says(clinic, NOW - timedelta(seconds=CLOCK_SKEW_MAX_S))
    commits(clinic, 1)
    assert alarms(clinic) == []
    clock_that_says(clinic, NOW - timedelta(seconds=CLOCK_SKEW_MAX_S + 1))
    commits(clinic, 1)
    assert len(alarms(clinic)) == 1


def test_a_rebuild_does_not_raise_an_alarm_again(clinic):
    clock_that_says(clinic, NOW - timedelta(days=1))
    commits(clinic, 2)
    assert rebuild(clinic.store).changed == ()
    commits(clinic, 1)
    assert len(alarms(clinic)) == 1


def test_a_person_forgotten_by_a_wrong_clock_is_forgotten_after_the_alarm(clinic):
    clinic.store.commit([consented("record"), registered()])
    clock_that_says(clinic, NOW - timedelta(days=1))
    done = forget_person(clinic.store, "P-1", who_kind="SafetyLead", who="Sam", why="asked to be forgotten")
    assert (done.erasure, len(alarms(clinic))) == (4, 1)
    assert audit_store(clinic.store, None).is_sound

"""Forgetting: decided, done at once, provable afterwards - and nothing of the person is left, byte by byte."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from commensal.clinic import Proposal, Store, audit_store, database, rebuild, rotating, schema, views
from commensal.clinic.beside_keys import remember
from commensal.clinic.errors import ConflictError, RefusedError, StoreError
from commensal.clinic.forgetting import forget_person
from commensal.clinic.safekeeping.backup import back_up
from commensal.clock import FixedClock
from commensal.sentinel import RecordsLog, keyring, tables
from commensal.sentinel.key_file import read_key
from tests.clinic.bytes_search import (
    Needles,
    forms_of_bytes,
    forms_of_text,
    planted_text,
    sightings,
    sightings_in_files,
    sightings_in_memory,
)
from tests.clinic.conftest import Founded, act
from tests.clinic.test_store import CONSENT, acts_on_record

ROOT = Path(__file__).parents[2]
PERSON = "P-to-be-forgotten"
OTHER = "P-who-stays"
VISITS = 4
WHY = "asked in writing"


def work_on(store: Store, person: str, name: str, visits: range) -> None:
    """What a clinic puts on record about one person, their name in every kind of place."""
    known = ("record", "examination", "anxiety", "simulation", "lab", "export")
    consent = {**CONSENT, "purposes": dict.fromkeys(known, True)}
    resource = {"resourceType": "Patient", "name": [{"given": [name]}], "text": [f"{name} {i}" for i in range(300)]}
    named = {"given": name, "family": f"van {name}", "born": "1990-01-01", "gender": "other", "language": "en"}
    for n in visits:
        visit_id = f"{person}-{n}"
        acts = [("recordConsent", "Desk", consent)]
        if n == 0:
            registration = {**named, "identifiers": [["urn:test", name]], "resource": resource}
            acts.append(("registerPatient", "Desk", registration))
        opening = {
            "on": "2026-03-02",
            "reason": f"{name} has a toothache",
            "clinic": "Test clinic",
            "dentist": "Dr Mia",
        }
        acts += [
            ("openVisit", "Desk", {**opening, "inputs": {}, "inputs_sha256": "00" * 32}),
            ("recordExam", "Dentist", {"exam": {"notes": [f"seen {name} {i}" for i in range(100)]}}),
            ("recordFindings", "Service", {"findings": [{"note": name}]}),
            ("closeVisit", "Service", {"outputs": {}}),
        ]
        proposals = [
            Proposal(act=act(what, who_kind=kind, on_whom=person), content={"visit_id": visit_id, **content})
            for what, kind, content in acts
        ]
        store.commit(proposals)


def worked(clinic: Founded, name: str) -> None:
    """Several visits of two people, the clinic closed and opened again between them, statistics gathered."""
    work_on(clinic.store, OTHER, "Ada", range(1))
    for n in range(VISITS):
        again = clinic.another_store()
        work_on(again, PERSON, name, range(n, n + 1))
        again.close()
    remember(clinic.store, clinic.folder / "keys")
    with clinic.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("ANALYZE")


def forget(store: Store, person: str = PERSON, who_kind: str = "Desk"):
    return forget_person(store, person, who_kind=who_kind, who="front desk", why=WHY)


def rows_about(clinic: Founded, person: str) -> int:
    with clinic.store.reading() as conn:
        return sum(person in repr(rows) for rows in views.rows(conn).values())


def test_a_forgotten_person_leaves_no_row_and_a_log_that_holds(clinic):
    worked(clinic, "Grace")
    with clinic.store.reading() as conn:
        mine = {i for i, found in clinic.log.records(conn) if found is not None and found.subject == PERSON}
        leaves = clinic.log.leaf_hashes(conn, 0, clinic.log.size(conn))
        checkpoint = clinic.log.checkpoint(conn)
    done = forget(clinic.store)
    assert set(done.erased) == mine
    assert rows_about(clinic, PERSON) == 0
    assert rows_about(clinic, OTHER) > 0
    assert audit_store(clinic.store, checkpoint).problems == ()
    assert rebuild(clinic.store).changed == ()
    with clinic.store.reading() as conn:
        assert clinic.log.leaf_hashes(conn, 0, len(leaves)) == leaves
        assert {i for i, found in clinic.log.records(conn) if found is None} == mine
        erasure = clinic.log.read(conn, done.erasure)
        queued = conn.execute(select(schema.outbox.c.record)).scalars().all()
    assert (erasure.subject, erasure.act, erasure.actor, erasure.why) == ("clinic", "forget", "Desk:front desk", WHY)
    assert erasure.content["decided_by"]["policies"] == ["a-person-is-forgotten-on-request"]
    assert PERSON not in repr(erasure)
    assert len(queued) == 1
    assert not set(queued) & mine


def test_somebody_who_comes_back_is_a_new_person_to_the_clinic(clinic):
    worked(clinic, "Grace")
    forget(clinic.store)
    work_on(clinic.store, PERSON, "Grace", range(1))
    assert audit_store(clinic.store, None).problems == ()
    assert len(forget(clinic.store).erased) == 6


@pytest.mark.parametrize("who_kind", ["Dentist", "Hygienist", "Patient", "Auditor", "Service", "Lila", "Lab", "Device"])
def test_nobody_but_the_desk_and_the_safety_lead_forgets_and_the_refusal_is_on_record(file_clinic, who_kind):
    worked(file_clinic, "Grace")
    with pytest.raises(RefusedError, match=f"forgetPerson by {who_kind}: refused"):
        forget(file_clinic.store, who_kind=who_kind)
    with file_clinic.store.reading() as conn:
        denial = file_clinic.log.read(conn, file_clinic.log.size(conn) - 1)
    assert (denial.act, denial.subject, denial.content["asked"]) == ("denied", PERSON, "forgetPerson")
    assert audit_store(file_clinic.store, None).problems == ()
    assert forget(file_clinic.store, who_kind="SafetyLead").erased


def test_the_clinic_itself_is_never_forgotten(file_clinic):
    with pytest.raises(RefusedError, match="the-clinic-stays"):
        forget(file_clinic.store, person="clinic", who_kind="SafetyLead")
    with pytest.raises(ConflictError, match="nothing is kept"):
        forget(file_clinic.store, person="P-nobody")
    assert acts_on_record(file_clinic.store) == ["foundClinic", "denied"]


def test_nothing_of_the_person_is_decrypted_to_forget_them(clinic, monkeypatch):
    worked(clinic, "Grace")
    opened = []
    unwrap = type(clinic.log.vault).unwrap

    def watched(vault, key_id, subject, wrapped, sealed):
        opened.append(subject)
        return unwrap(vault, key_id, subject, wrapped, sealed)

    monkeypatch.setattr(type(clinic.log.vault), "unwrap", watched)
    forget(clinic.store)
    assert set(opened) == {"clinic"}


def test_an_erasure_that_fails_half_way_erased_nothing(clinic):
    worked(clinic, "Grace")
    with clinic.store.reading() as conn:
        before = views.rows(conn), conn.execute(select(tables.payload).order_by(tables.payload.c.idx)).all()

    def fail(conn, cursor, statement, *_):
        if statement.startswith("DELETE FROM outbox"):
            raise KeyboardInterrupt

    event.listen(clinic.store.engine, "before_cursor_execute", fail)
    with pytest.raises(KeyboardInterrupt):
        forget(clinic.store)
    event.remove(clinic.store.engine, "before_cursor_execute", fail)
    with clinic.store.reading() as conn:
        assert before == (views.rows(conn), conn.execute(select(tables.payload).order_by(tables.payload.c.idx)).all())
    assert audit_store(clinic.store, None).problems == ()


def test_while_somebody_reads_the_erasure_stands_and_asks_to_be_scrubbed_again(file_clinic, monkeypatch):
    name = planted_text()
    worked(file_clinic, name)
    patience = [one for one in database.PRAGMAS if "busy_timeout" not in one] + ["busy_timeout = 100"]
    monkeypatch.setattr(database, "PRAGMAS", patience)
    another = file_clinic.another_store()
    needles = forms_of_text(name)
    wal = file_clinic.folder / "clinic.db-wal"
    with file_clinic.store.reading() as conn:
        conn.execute(text("SELECT count(*) FROM person")).scalar()
        with pytest.raises(StoreError, match="erased, but somebody is reading"):
            forget(another)
        assert sightings(wal.read_bytes(), needles)
    with pytest.raises(ConflictError, match="scrubbed now"):
        forget(another)
    assert sightings(wal.read_bytes(), needles) == set()
    assert sightings((file_clinic.folder / "clinic.db").read_bytes(), needles) == set()
    another.close()


def stored_places(clinic: Founded, request: pytest.FixtureRequest) -> list[Path]:
    """Where the database keeps its bytes, and the folder of keys. PostgreSQL writes its views out when it stops."""
    if clinic.url.startswith("sqlite"):
        files = [clinic.folder / f"clinic.db{ending}" for ending in ("", "-wal", "-shm", "-journal")]
        return [*(path for path in files if path.exists()), clinic.folder / "keys"]
    server = request.getfixturevalue("postgres")
    server.stop()
    server.start()
    return [server.data, server.folder / "log", clinic.folder / "keys"]


def found_in(places: list[Path], needles: Needles) -> dict[str, set[str]]:
    found = {}
    for place in places:
        found |= {f"{place.name}/{path}": forms for path, forms in sightings_in_files(place, needles).items()}
    return found


def backed_up(clinic: Founded, name: str) -> Path:
    folder = clinic.folder / name
    back_up(clinic.url, clinic.log, folder, FixedClock(datetime(2026, 4, 1, tzinfo=UTC)))
    return folder


def test_no_byte_of_a_forgotten_persons_name_is_left_in_database_keys_or_later_backups(clinic, request):
    name = planted_text()
    needles = forms_of_text(name)
    worked(clinic, name)
    before = found_in(stored_places(clinic, request), needles)
    assert before, "the search must find what is there, or it proves nothing"
    assert not any(path.startswith("keys") for path in before)
    assert found_in([backed_up(clinic, "before")], needles) == {}, "a backup holds payloads, and no views"
    forget(clinic.store)
    remember(clinic.store, clinic.folder / "keys")
    assert found_in(stored_places(clinic, request), needles) == {}
    assert found_in([backed_up(clinic, "after")], needles) == {}
    rebuild(clinic.store)
    assert found_in(stored_places(clinic, request), needles) == {}
    assert audit_store(clinic.store, None).problems == ()


def test_a_payload_says_nothing_in_any_copy_of_it(clinic):
    name = planted_text()
    worked(clinic, name)
    with clinic.store.reading() as conn:
        sealed = conn.execute(select(tables.payload.c.sealed_record)).scalars().all()
    assert len(sealed) > 20
    assert sightings(b"".join(sealed), forms_of_text(name)) == set()


def kept_of(clinic: Founded) -> tuple[tuple[str, str, bytes, bytes], list[bytes]]:
    """A person's row of wrapped data key, and their payloads."""
    with clinic.store.reading() as conn:
        row = conn.execute(select(tables.data_key).where(tables.data_key.c.subject == PERSON)).one()
        mine = select(tables.payload.c.sealed_record).where(tables.payload.c.key_id == row.key_id)
        return tuple(row), list(conn.execute(mine).scalars())


def needles_of_keys(row, payloads) -> Needles:
    """The stored copies of a data key, and the middle of every payload: long values are stored in several parts."""
    parts = {"wrapped": row[2][12:44], "sealed": row[3][32:64]}
    parts |= {f"payload {i}": one[20:60] for i, one in enumerate(payloads)}
    return {name: (part,) for name, part in parts.items()}


def test_the_data_key_and_the_ciphertext_are_gone_from_the_databases_files(clinic, request):
    worked(clinic, "Grace")
    row, payloads = kept_of(clinic)
    key = forms_of_bytes(clinic.log.vault.unwrap(*row))
    needles = needles_of_keys(row, payloads)
    before = found_in(stored_places(clinic, request), needles)
    assert {"wrapped", "sealed", "payload 0"} <= set.union(*before.values())
    assert found_in(stored_places(clinic, request), key) == {}
    forget(clinic.store)
    after = found_in(stored_places(clinic, request), needles)
    if clinic.url.startswith("sqlite"):
        assert after == {}
    else:  # PostgreSQL keeps what it wrote ahead until it reuses the file: sealed, and see the next test
        assert all(path.startswith("data/pg_wal/") for path in after), after


@pytest.mark.parametrize("with_recovery", [False, True])
def test_after_an_erasure_and_a_rotation_no_older_copy_of_the_wrapped_key_opens(clinic, request, with_recovery):
    worked(clinic, "Grace")
    row, _ = kept_of(clinic)
    keys = clinic.folder / "keys"
    old = read_key(keys / "clinic.key", "clinic", None)[1], read_key(keys / "recovery.key", "recovery", None)[1]
    forget(clinic.store)
    assert clinic.log.vault.unwrap(*row), "until then an older copy opens with the clinic key"
    rotating.rotate_keys(clinic.store, keys, never, with_recovery=with_recovery, why="after an erasure")
    opened = keyring.open_keys(keys, never)
    recovery = keyring.open_recovery(keys / "recovery.key", never)
    with pytest.raises(Exception, match="clinic key"):
        opened.vault.unwrap(*row)
    if with_recovery:
        with pytest.raises(Exception, match="recovery key"):
            recovery.unwrap(*row)
    else:
        assert recovery.unwrap(*row), "the offline recovery key still opens a copy of the sealed key"
    assert found_in(stored_places(clinic, request), forms_of_bytes(old[0])) == {}
    if with_recovery:
        assert found_in(stored_places(clinic, request), forms_of_bytes(old[1])) == {}
    log = RecordsLog(opened.log, opened.vault)
    store = Store(clinic.store.engine, log, clinic.store.policy, clinic.store.clock)
    assert audit_store(store, None).problems == ()


def never() -> bytes:
    raise AssertionError("nobody should be asked")


AUDITING = """
from commensal.house.checking import audit_clinic
from commensal.house.copies import rebuild_views
from commensal.house.opening import open_clinic
from commensal.house.visits import one_visit, visits
with open_clinic(settings) as clinic:
    assert audit_clinic(clinic, None, lambda _: None).is_sound
    assert rebuild_views(clinic, lambda _: None)["changed"] == ()
    assert visits(clinic)
    wait()
"""
FORGETTING = """
import ctypes, resource
from commensal.house.keys import forget
from commensal.house.opening import open_clinic
with open_clinic(settings) as clinic:
    assert forget(clinic, PERSON, who_kind="Desk", who="front desk", why="asked").erased
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), "no core file may hold keys"
    assert ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "no other program of this user reads our memory"
    wait()
"""
PR_GET_DUMPABLE = 3
"""Linux, prctl(2)."""


@contextmanager
def program(clinic: Founded, work: str) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that opens the clinic, does its work and waits to be looked into."""
    settings = json.dumps({"store": clinic.url, "keys": str(clinic.folder / "keys")})
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom commensal.house.opening import Settings\n"
        f"PR_GET_DUMPABLE, PERSON, given = {PR_GET_DUMPABLE}, {PERSON!r}, json.loads({settings!r})\n"
        "settings = Settings(store=given['store'], keys=Path(given['keys']), passphrase=input)\n"
        "def wait():\n    print('ready', flush=True)\n    sys.stdin.readline()\n" + work
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def is_ready(process: subprocess.Popen[str]) -> bool:
    return process.stdout.readline() == "ready\n"


@pytest.mark.parametrize("clinic", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
def test_no_process_holds_a_forgotten_persons_name_in_its_memory(clinic):
    name = planted_text()
    worked(clinic, name)
    needles = forms_of_text(name)
    clinic.store.close()
    with program(clinic, AUDITING) as auditing:
        assert is_ready(auditing)
        assert sightings_in_memory(auditing, needles), "the search must find what is there, or it proves nothing"
        auditing.communicate("\n")
    with program(clinic, FORGETTING) as forgetting:
        assert is_ready(forgetting)
        assert sightings_in_memory(forgetting, needles) == set()
        forgetting.communicate("\n")
    with program(clinic, AUDITING) as auditing:
        assert is_ready(auditing)
        assert sightings_in_memory(auditing, needles) == set()
        auditing.communicate("\n")
        assert auditing.returncode == 0

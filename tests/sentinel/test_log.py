"""The records log: what goes in comes out, can be proven to a stranger, and is never signed against itself."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import open_checkpoint
from commensal.sentinel.errors import LogError, NoteError, ProofError
from commensal.sentinel.full_audit import audit
from commensal.sentinel.log import ERASURE, RecordsLog
from commensal.sentinel.proof import verify_opening
from tests.sentinel.logs import (
    LOG_KEY,
    NOON,
    OTHER_KEY,
    VAULT,
    fill,
    memory_log,
    new_log,
    record,
    tiles_of,
)
from tests.sentinel.test_merkle import mth

pytestmark = pytest.mark.usefixtures("each_database")


def leaves_of(conn) -> list[bytes]:
    return list(conn.execute(select(tables.entry.c.leaf).order_by(tables.entry.c.idx)).scalars())


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_records_come_back_as_they_went_in_under_the_rfcs_root(size):
    with memory_log(size) as (conn, log):
        assert list(log.records(conn)) == [(i, record(i)) for i in range(size)]
        assert log.read(conn, size - 1) == record(size - 1)
        signed = open_checkpoint(log.checkpoint(conn), LOG_KEY.verifier)
        assert (signed.size, signed.root) == (size, mth(leaves_of(conn)))
        rows = conn.execute(text("SELECT level, n, length(hashes) / 32 FROM log_tile")).all()
        assert {tuple(row) for row in rows} == set(tiles_of(size))


def test_records_of_many_people_are_read_with_few_questions():
    with memory_log(0) as (conn, log):
        people = [record(i, f"P-{i}") for i in range(60)]
        log.append(conn, people, NOON)
        asked: list[str] = []
        event.listen(conn, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert [found for _, found in log.records(conn)] == people
        assert len(asked) <= 4


def test_records_whose_data_key_was_changed_are_refused_and_those_of_the_forgotten_are_not():
    with memory_log(10) as (conn, log):
        log.forget(conn, "P-2", "Desk:front desk", "asked", NOON)
        assert [i for i, found in log.records(conn) if found is None] == [2, 7]
        conn.execute(text("UPDATE log_data_key SET wrapped = sealed WHERE subject = 'P-3'"))
        with pytest.raises(LogError, match="does not open"):
            list(log.records(conn))
        with pytest.raises(LogError, match="does not open"):
            log.read(conn, 3)


def test_a_record_whose_data_key_is_gone_is_refused(each_database):
    with memory_log(10) as (conn, log):
        if each_database == "postgresql":  # which keeps keys from being taken away, unless it is told not to look
            conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("DELETE FROM log_data_key WHERE subject = 'P-3'"))
        with pytest.raises(LogError, match="data key: missing"):
            list(log.records(conn))
        with pytest.raises(LogError, match="data key: missing"):
            log.read(conn, 3)


def test_a_new_log_is_signed_empty_and_starts_once():
    with memory_log(0) as (conn, log):
        assert log.size(conn) == 0
        assert audit(conn, log.vkey, VAULT).is_sound
        with pytest.raises(LogError, match="one already"):
            log.start(conn)


def test_receipts_name_the_place_and_the_leaf_hash():
    with memory_log(10) as (conn, log):
        receipts = log.append(conn, [record(10), record(11)], NOON)
        assert [r.index for r in receipts] == [10, 11]
        assert [r.leaf_hash for r in receipts] == log.leaf_hashes(conn, 10, 12)
        assert log.append(conn, [], NOON) == []


def test_the_same_record_twice_gives_two_unlinkable_leaves():
    with memory_log(0) as (conn, log):
        log.append(conn, [record(1), record(1)], NOON)
        one, other = leaves_of(conn)
        assert one[:9] == other[:9]
        assert one[9:] != other[9:]


def test_nothing_readable_is_stored_but_the_subjects_reference():
    with memory_log(20) as (conn, _):
        stored = b"".join(
            bytes(value) if isinstance(value, bytes) else str(value).encode()
            for table in tables.log_tables.sorted_tables
            for row in conn.execute(select(table))
            for value in row
        )
        for secret in (b"Mia Chen", b"recordExam", b"what the dentist saw", b"teeth"):
            assert secret not in stored


def test_an_append_rolls_back_with_the_callers_transaction(tmp_path):
    engine, log = new_log(tmp_path / "log.db")
    fill(engine, log, 5)
    with engine.connect() as conn:
        log.append(conn, [record(5)], NOON)
        conn.rollback()
        assert log.size(conn) == 5
        assert audit(conn, log.vkey, VAULT).is_sound
    engine.dispose()


def test_a_refused_record_leaves_nothing_behind_even_if_the_caller_goes_on():
    with memory_log(3) as (conn, log):
        bad = replace(record(4, subject="P-new"), content={"x": float("nan")})
        with pytest.raises(LogError, match="finite"):
            log.append(conn, [record(3, subject="P-newer"), bad], NOON)
        assert log.size(conn) == 3
        assert audit(conn, log.vkey, VAULT).is_sound


def test_the_erasure_act_is_the_logs_own():
    with memory_log(3) as (conn, log), pytest.raises(LogError, match="the log's own"):
        log.append(conn, [record(3, act=ERASURE)], NOON)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log_tile SET hashes = :zeros WHERE level = 0 AND n = 1",
        "UPDATE log_tile SET hashes = substr(hashes, 1, 32) WHERE level = 0 AND n = 1",
        "DELETE FROM log_tile WHERE level = 0 AND n = 1",
        "UPDATE log_tile SET hashes = :zeros WHERE level = 1",
        "DELETE FROM log_entry WHERE idx = 299",
        "DELETE FROM log_checkpoint",
        "UPDATE log_checkpoint SET note = replace(note, '300', '299')",
    ],
)
def test_nothing_is_signed_that_does_not_continue_what_was_signed(damage):
    with memory_log(300) as (conn, log):
        conn.execute(
            text(damage), {"zeros": bytes(32 if "level = 1" in damage else 44 * 32)} if ":zeros" in damage else {}
        )
        before = conn.execute(select(tables.checkpoint)).all()
        with pytest.raises((LogError, NoteError)):
            log.append(conn, [record(300)], NOON)
        assert conn.execute(select(tables.checkpoint)).all() == before


def test_a_log_signed_by_another_key_is_not_continued():
    with memory_log(3) as (conn, _), pytest.raises(NoteError):
        RecordsLog(OTHER_KEY, VAULT).append(conn, [record(3)], NOON)


def test_work_per_append_does_not_grow_with_the_log():
    def statements(size: int) -> int:
        with memory_log(size) as (conn, log):
            seen: list[str] = []
            event.listen(conn, "before_cursor_execute", lambda *args: seen.append(args[2]))
            log.append(conn, [record(size)], NOON)
            assert not [s for s in seen if "FROM log_entry" in s and "max(" not in s]
            return len(seen)

    assert statements(1000) <= statements(10) + 2  # one more level: one tile read, one written


def test_every_entry_can_be_proven_to_somebody_who_holds_only_the_public_key():
    with memory_log(300) as (conn, log):
        for index in (0, 1, 127, 255, 256, 299):
            opening = json.loads(json.dumps(log.opening(conn, index)))
            proven = verify_opening(log.prove(conn, index), opening, log.vkey)
            assert (proven.record, proven.index, proven.size) == (record(index), index, 300)
        for index in (-1, 300):
            with pytest.raises(ProofError):
                log.prove(conn, index)


def test_a_log_that_no_longer_proves_an_entry_says_so_instead_of_handing_out_a_bad_proof():
    with memory_log(300) as (conn, log):
        conn.execute(text("UPDATE log_tile SET hashes = :zeros WHERE level = 0 AND n = 0"), {"zeros": bytes(256 * 32)})
        with pytest.raises(ProofError):
            log.prove(conn, 5)


def test_reading_what_is_not_there_says_what_is_missing():
    with memory_log(3) as (conn, log):
        with pytest.raises(LogError, match="no entry 3"):
            log.read(conn, 3)
        with pytest.raises(LogError, match="found 1 of them"):
            log.leaf_hashes(conn, 2, 4)
        conn.execute(text("DELETE FROM log_payload WHERE idx = 1"))
        with pytest.raises(LogError, match="destroyed"):
            log.read(conn, 1)


def test_forgetting_a_person_destroys_their_records_and_the_log_still_verifies():
    with memory_log(300) as (conn, log):
        proof, opening = log.prove(conn, 7), log.opening(conn, 7)
        mine = [i for i in range(300) if record(i).subject == "P-2"]
        receipt = log.forget(conn, "P-2", "Desk:front desk", "the patient asked", NOON + timedelta(days=1))
        erasure = log.read(conn, receipt.index)
        assert (receipt.index, erasure.act, erasure.content) == (300, ERASURE, {"erased": mine})
        assert [i for i, kept in log.records(conn) if kept is None] == mine
        assert conn.execute(text("SELECT count(*) FROM log_data_key WHERE subject = 'P-2'")).scalar() == 0
        assert "P-2" not in str(erasure.content) + erasure.subject
        report = audit(conn, log.vkey, VAULT)
        assert (report.problems, report.size, report.payloads_opened) == ((), 301, 301 - len(mine))
        assert verify_opening(proof, opening, log.vkey).record == record(7)  # what was handed out stays provable
        log.append(conn, [record(301, subject="P-2")], NOON)
        assert audit(conn, log.vkey, VAULT).is_sound


def test_forgotten_bytes_are_gone_from_the_database_file(tmp_path):
    path = tmp_path / "log.db"
    engine, log = new_log(path)
    fill(engine, log, 40)
    with engine.connect() as conn:
        query = select(tables.payload.c.sealed_record).where(tables.payload.c.idx == 7)
        sealed = conn.execute(query).scalar_one()
        wrapped = conn.execute(text("SELECT wrapped FROM log_data_key WHERE subject = 'P-2'")).scalar_one()
    engine.dispose()
    assert sealed in path.read_bytes()
    assert wrapped in path.read_bytes()
    with engine.begin() as conn:
        conn.execute(text("PRAGMA secure_delete = OFF"))
        log.forget(conn, "P-2", "Desk:front desk", "asked", NOON)
    engine.dispose()
    assert sealed not in path.read_bytes()
    assert wrapped not in path.read_bytes()


@pytest.mark.parametrize("subject", ["nobody", "clinic"])
def test_forgetting_nobody_or_the_clinic_is_refused(subject):
    with memory_log(10) as (conn, log):
        with pytest.raises(LogError, match="nothing is kept"):
            log.forget(conn, subject, "Desk", "asked", NOON)
        assert log.size(conn) == 10

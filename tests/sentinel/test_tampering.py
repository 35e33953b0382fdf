"""What an audit must find: every class of tampering, garbage of every type; and what it must not find: anything else."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from commensal.sentinel.errors import NoteError
from commensal.sentinel.full_audit import audit
from commensal.sentinel.stored_keys import data_keys
from tests.sentinel.clean_stores import alarms
from tests.sentinel.logs import LOG_KEY, NOON, OTHER_KEY, VAULT, memory_log, record
from tests.sentinel.tampering import CLASSES, DAMAGED_FILE, HEADING, REWRITINGS, TAMPERS, tried
from tests.sentinel.tampers.checkpoints import CHECKPOINT_TAMPERS
from tests.sentinel.tampers.clean import SIZE, clean_log, open_image
from tests.sentinel.tampers.entries import ENTRY_TAMPERS
from tests.sentinel.tampers.tiles import TILE_TAMPERS

TRIALS = 12
LONG_TRIALS = 300
EVIDENCE_TRIALS = 3_000
EVIDENCE = ("entry and its leaf tile", "roll-back", "split view: a record rewritten", "split view: grown apart")
"""Classes a court would ask about: none missed in 3,000 says less than 0.1 % are (95 %, 3/n)."""
CLEAN_STORES = 50
LONG_CLEAN_STORES = 1_000
KEYLESS = (*ENTRY_TAMPERS, *TILE_TAMPERS, *CHECKPOINT_TAMPERS, "payload without entry", "data key deleted")
"""Found without opening a payload, so by an auditor who may not read one."""


def test_there_are_eighty_classes_each_with_a_name_of_its_own():
    assert len(set(CLASSES)) == len(CLASSES) >= 80


@pytest.mark.parametrize("name", CLASSES)
def test_tampering_is_found_every_time_and_the_first_bad_entry_is_named(name: str):
    tally = tried(name, TRIALS)
    assert tally.missed == []
    assert tally.detected + tally.harmless == TRIALS
    assert name == DAMAGED_FILE or (tally.harmless, tally.placed) == (0, TRIALS)


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Rows of the long form; printed when it is through (`pytest -s` shows them)."""
    rows = [HEADING]
    yield rows
    print("\n" + "\n".join(rows))


@pytest.mark.long
@pytest.mark.parametrize("name", CLASSES)
def test_tampering_is_found_in_hundreds_of_trials_of_each_class(name: str, table: list[str]):
    tally = tried(name, EVIDENCE_TRIALS if name in EVIDENCE else LONG_TRIALS)
    table.append(str(tally))
    assert tally.missed == []


@pytest.mark.parametrize("name", [name for name in REWRITINGS if name != "entry forged and signed"])
def test_a_rewritten_history_is_sound_until_it_is_held_against_a_checkpoint_somebody_kept(name: str):
    engine = open_image(clean_log().image)
    with engine.connect() as conn:
        _, saved = REWRITINGS[name](conn, clean_log(), random.Random(1))
        assert audit(conn, LOG_KEY.vkey, VAULT).problems == ()
        assert not audit(conn, LOG_KEY.vkey, VAULT, saved_checkpoint=saved).is_sound
    engine.dispose()


def test_an_erasure_that_nobody_signed_explains_no_missing_payload():
    """Found by the class "erasure added, unsigned": the audit named the erasure, and believed it."""
    engine = open_image(clean_log().image)
    with engine.connect() as conn:
        lost = TAMPERS["erasure added, unsigned"](conn, clean_log(), random.Random(1))
        report = audit(conn, LOG_KEY.vkey, VAULT)
    engine.dispose()
    assert f"entry {lost}: its payload is missing, and no erasure names it" in report.problems


def test_fifty_clean_logs_raise_no_alarm():
    assert alarms(range(CLEAN_STORES)) == []


@pytest.mark.long
def test_a_thousand_clean_logs_raise_no_alarm():
    assert alarms(range(LONG_CLEAN_STORES)) == []


def test_the_clean_log_is_clean_and_half_an_audit_says_that_it_is_half():
    log = clean_log()
    with open_image(log.image).connect() as conn:
        whole = audit(conn, LOG_KEY.vkey, VAULT, saved_checkpoint=log.older_checkpoints[300])
        half = audit(conn, LOG_KEY.vkey)
    assert (whole.problems, whole.not_checked, whole.size, whole.checkpoint) == ((), (), SIZE, log.checkpoint)
    assert whole.payloads_opened == len(log.has_payload) < SIZE
    assert (half.problems, half.payloads_opened) == ((), 0)
    assert "not opened" in half.not_checked[0]


def test_an_audit_without_the_clinic_key_still_finds_every_edit_of_entries_and_tiles():
    log = clean_log()
    for name in KEYLESS:
        for seed in range(5):
            engine = open_image(log.image)
            with engine.connect() as conn:
                TAMPERS[name](conn, log, random.Random(seed))
                assert not audit(conn, LOG_KEY.vkey).is_sound, (name, seed)
            engine.dispose()


def test_a_split_view_is_found_by_the_checkpoint_the_other_reader_kept():
    with memory_log(40) as (conn, log):
        log.append(conn, [record(40)], NOON)
        seen_by_one = log.checkpoint(conn)
    with memory_log(40) as (conn, log):  # same key, fresh salts: another log under the same name
        log.append(conn, [record(40)], NOON)
        assert audit(conn, log.vkey, VAULT).is_sound
        report = audit(conn, log.vkey, VAULT, saved_checkpoint=seen_by_one)
    assert report.problems == ("the first 41 entries are not those of the saved checkpoint: a rewritten or split log",)


def test_a_saved_checkpoint_signed_by_somebody_else_is_no_checkpoint_of_this_log():
    with memory_log(3) as (conn, log):
        foreign = OTHER_KEY.sign_note(log.checkpoint(conn).partition("\n\n")[0] + "\n")
        with pytest.raises(NoteError):
            audit(conn, log.vkey, saved_checkpoint=foreign)
        with pytest.raises(NoteError):
            audit(conn, "not a key")


def test_a_payload_put_back_after_its_erasure_is_found():
    with memory_log(30) as (conn, log):
        rows = conn.execute(text("SELECT * FROM log_payload")).all()
        keys = conn.execute(text("SELECT * FROM log_data_key WHERE subject = 'P-2'")).all()
        log.forget(conn, "P-2", "Desk", "asked", NOON)
        for row in keys:
            conn.execute(text("INSERT INTO log_data_key VALUES (:key_id, :subject, :wrapped, :sealed)"), row._asdict())
        for row in rows:
            if row.idx % 5 == 2:
                conn.execute(text("INSERT INTO log_payload VALUES (:idx, :key_id, :sealed_record)"), row._asdict())
        report = audit(conn, log.vkey, VAULT)
    assert report.first_bad_index == 2
    assert "named by the erasure 30, yet its payload is here" in report.problems[0]


def test_an_erasure_that_cannot_be_read_is_named_and_not_the_entries_it_explained():
    log = clean_log()
    for sql in (
        "UPDATE log_payload SET sealed_record = x'00' WHERE idx = 299",
        "DELETE FROM log_entry WHERE idx = 299",
    ):
        engine = open_image(log.image)
        with engine.connect() as conn:
            conn.execute(text(sql))
            report = audit(conn, LOG_KEY.vkey, VAULT)
        engine.dispose()
        assert report.first_bad_index == 299
        assert "no erasure that can be read names it" in " ".join(report.problems)


def test_a_record_filed_under_another_persons_key_is_found(monkeypatch):
    with memory_log(30) as (conn, log):
        confused = data_keys(conn, VAULT, ["P-1"])["P-1"]
        monkeypatch.setattr("commensal.sentinel.log.data_keys", lambda *_: {"P-2": confused})
        log.append(conn, [record(30, subject="P-2")], NOON)
        report = audit(conn, log.vkey, VAULT)
    assert (report.first_bad_index, len(report.problems)) == (30, 1)
    assert "another subject" in report.problems[0]


GARBAGE = [
    "NULL",
    "5",
    "-1",
    "9223372036854775807",
    "1.5",
    "''",
    "'text'",
    "x''",
    "x'ff'",
    "CAST(x'ff00c3' AS TEXT)",
    "zeroblob(70000)",
]
COLUMNS = {
    "log_entry": ["idx", "leaf"],
    "log_payload": ["idx", "key_id", "sealed_record"],
    "log_data_key": ["key_id", "subject", "wrapped", "sealed"],
    "log_tile": ["level", "n", "hashes"],
    "log_checkpoint": ["slot", "note"],
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_value_of_any_type_in_any_column_is_a_finding_and_no_crash(garbage: str):
    log = clean_log()
    for table, columns in COLUMNS.items():
        for column in columns:
            engine = open_image(log.image)
            with engine.connect() as conn:
                conn.execute(text(f"CREATE TABLE loose AS SELECT * FROM {table}"))
                conn.execute(text(f"DROP TABLE {table}"))
                conn.execute(text(f"ALTER TABLE loose RENAME TO {table}"))
                row = conn.execute(text(f"SELECT min(rowid) FROM {table}")).scalar_one()
                before = conn.execute(text(f"SELECT {column} FROM {table} WHERE rowid = {row}")).scalar_one()
                conn.execute(text(f"UPDATE {table} SET {column} = {garbage} WHERE rowid = {row}"))
                for vault in (VAULT, None):
                    report = audit(conn, LOG_KEY.vkey, vault)
                    is_blind = vault is None and column in ("subject", "wrapped", "sealed", "sealed_record")
                    assert is_blind or not report.is_sound, (table, column, before)
            engine.dispose()


@pytest.mark.parametrize("table", COLUMNS)
def test_a_missing_table_or_an_emptied_one_is_a_finding(table: str):
    log = clean_log()
    for sql in (f"DROP TABLE {table}", f"DELETE FROM {table}", f"ALTER TABLE {table} RENAME TO gone"):
        engine = open_image(log.image)
        with engine.connect() as conn:
            conn.execute(text(sql))
            for vault in (VAULT, None):
                assert not audit(conn, LOG_KEY.vkey, vault).is_sound, sql
        engine.dispose()


def test_a_wiped_database_is_not_sound():
    with memory_log(0) as (conn, log):
        conn.execute(text("DELETE FROM log_checkpoint"))
        assert not audit(conn, log.vkey, VAULT).is_sound


def test_problems_are_counted_beyond_the_first_fifty():
    with memory_log(300) as (conn, log):
        conn.execute(text("UPDATE log_payload SET sealed_record = x'00'"))
        report = audit(conn, log.vkey, VAULT)
    assert len(report.problems) == 51
    assert report.problems[-1] == "… and 250 more"
    assert report.first_bad_index == 0


def test_progress_rises_to_one():
    shares: list[float] = []
    with memory_log(300) as (conn, log):
        audit(conn, log.vkey, VAULT, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_payload_that_is_there_twice_is_a_finding_and_no_crash():
    with memory_log(30) as (conn, log):
        for sql in (
            "CREATE TABLE loose AS SELECT * FROM log_payload",
            "DROP TABLE log_payload",
            "ALTER TABLE loose RENAME TO log_payload",
            "INSERT INTO log_payload SELECT * FROM log_payload WHERE idx = 5",
        ):
            conn.execute(text(sql))
        report = audit(conn, log.vkey, VAULT)
    assert report.problems == ("payload 5: there is no such entry",)

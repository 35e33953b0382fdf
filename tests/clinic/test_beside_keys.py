"""What is kept beside the keys finds an older database put back, and never makes way for it."""

import shutil

import pytest
from sqlalchemy import text

from commensal.clinic.beside_keys import ERASURES, SAVED_CHECKPOINT, check_continued, read_erasures, remember
from commensal.clinic.errors import EvidenceError
from tests.clinic.test_store import consented, registered


def test_a_log_that_grew_continues_what_was_kept(clinic):
    for patient in range(5):
        remember(clinic.store, clinic.folder)
        clinic.store.commit([consented("record", on_whom=f"P-{patient}"), registered(f"P-{patient}")])
        check_continued(clinic.store, clinic.folder)


def test_an_older_copy_put_back_is_refused_and_what_was_kept_stays(file_clinic):
    clinic = file_clinic
    clinic.store.close()
    shutil.copy(clinic.folder / "clinic.db", clinic.folder / "older.db")
    clinic.store.commit([consented("record"), registered()])
    remember(clinic.store, clinic.folder)
    kept = (clinic.folder / SAVED_CHECKPOINT).read_text()
    clinic.store.close()
    shutil.copy(clinic.folder / "older.db", clinic.folder / "clinic.db")
    for look in (check_continued, remember):
        with pytest.raises(EvidenceError, match="of 1 records does not continue"):
            look(clinic.store, clinic.folder)
    assert (clinic.folder / SAVED_CHECKPOINT).read_text() == kept


def test_another_history_of_the_same_length_is_refused(clinic):
    clinic.store.commit([consented("record")])
    remember(clinic.store, clinic.folder)
    with clinic.store.writing() as conn:
        hashes = conn.execute(text("SELECT hashes FROM log_tile")).scalar_one()
        conn.execute(text("UPDATE log_tile SET hashes = :h"), {"h": hashes[:32] + bytes(32)})
    with pytest.raises(EvidenceError, match="does not continue"):
        check_continued(clinic.store, clinic.folder)


def test_a_checkpoint_cut_short_at_any_length_accuses_nobody(file_clinic):
    remember(file_clinic.store, file_clinic.folder)
    path = file_clinic.folder / SAVED_CHECKPOINT
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(EvidenceError, match="cut short or changed"):
            check_continued(file_clinic.store, file_clinic.folder)
    path.write_bytes(whole)
    check_continued(file_clinic.store, file_clinic.folder)


def test_erasures_are_kept_and_outlive_a_database_that_lost_them(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.writing() as conn:
        erasure = clinic.store.log.forget(conn, "P-1", "SafetyLead:x", "asked to", clinic.store.clock.now())
        conn.execute(text("INSERT INTO erasure VALUES (:r, '[1, 2]')"), {"r": erasure.index})
    remember(clinic.store, clinic.folder)
    assert read_erasures(clinic.folder) == {3: [1, 2]}
    with clinic.store.writing() as conn:
        conn.execute(text("DELETE FROM erasure"))
    remember(clinic.store, clinic.folder)
    assert read_erasures(clinic.folder) == {3: [1, 2]}


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"record": 1}', '{"record": 1, "erased": [1]}', '{"record": "1", "erased": []}']
)
def test_a_list_of_erasures_that_is_none_is_refused(tmp_path, line):
    (tmp_path / ERASURES).write_text(line + "\n")
    with pytest.raises(EvidenceError, match=r"log\.erasures"):
        read_erasures(tmp_path)

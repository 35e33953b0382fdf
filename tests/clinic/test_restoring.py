import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, text

from commensal.clinic import Store, audit_store, rebuild
from commensal.clinic.database import open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.founding import clinic_policy
from commensal.clinic.safekeeping import back_up
from commensal.errors import CommensalError
from commensal.sentinel import RecordsLog, keyring, verify_opening
from tests.clinic.conftest import Founded
from tests.clinic.copies import (
    LATER,
    admit,
    backed_up,
    checkpoint_of,
    forget,
    keep,
    leaves,
    new_url,
    opened,
    restored,
    view_rows,
)

NAME = "Zyxwvutsrq"


@pytest.fixture
def place(clinic: Founded, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where nothing is yet; a database made there is dropped at the end."""
    url = new_url(clinic)
    yield url
    if url.startswith("postgresql"):
        request.getfixturevalue("postgres").drop(url)


@pytest.fixture
def file_place(file_clinic: Founded) -> str:
    """Where nothing is yet, for what does not depend on the kind of database."""
    return new_url(file_clinic)


def is_there(url: str) -> bool:
    """Whether anything at all is in a place."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return path.parent.exists() and bool(list(path.parent.iterdir()))
    engine = open_engine(url, must_exist=True)
    try:
        with engine.connect() as conn:
            return bool(inspect(conn).get_table_names())
    except Exception:  # no such database: nothing is there
        return False
    finally:
        engine.dispose()


def test_a_complete_backup_is_the_clinic_as_it_was(clinic, place):
    admit(clinic, "P-1", "P-2")
    forget(clinic, "P-2")
    made = backed_up(clinic)
    keep(clinic)
    done = restored(clinic, made, place)
    assert (done.is_open, done.lost, done.carried, done.erased) == (True, 0, 0, 0)
    again = opened(clinic, place)
    assert view_rows(again) == view_rows(clinic.store)
    assert checkpoint_of(again) == checkpoint_of(clinic.store)
    assert leaves(again) == leaves(clinic.store)
    assert audit_store(again, checkpoint_of(clinic.store)).is_sound
    admit(Founded(again, clinic.dentist, clinic.log, clinic.folder, place), "P-3")
    again.close()


def test_what_the_backup_lacks_comes_from_the_old_store_when_it_can_be_proved(clinic, place):
    admit(clinic, "P-1", "P-2")
    made = backed_up(clinic)
    admit(clinic, "P-3", *(f"P-{n}" for n in range(10, 30)))
    forget(clinic, "P-1")
    admit(clinic, "P-1")
    keep(clinic)
    done = restored(clinic, made, place, log_of=clinic.url)
    assert (done.is_open, done.lost, done.carried) == (True, 0, 3 * 21 + 1 + 3)
    again = opened(clinic, place)
    assert view_rows(again) == view_rows(clinic.store)
    assert checkpoint_of(again) == checkpoint_of(clinic.store)
    again.close()


def test_a_backup_that_is_behind_is_not_opened_and_the_loss_is_counted(clinic, place):
    admit(clinic, "P-1")
    made = backed_up(clinic)
    admit(clinic, "P-2", "P-3")
    keep(clinic)
    done = restored(clinic, made, place)
    assert (done.is_open, done.lost, done.size) == (False, 6, 4)
    assert not is_there(place)
    assert sorted(path.name for path in (clinic.folder / "keys").glob("log.*")) == [
        "log.checkpoint",
        "log.key",
        "log.vkey",
    ]


def test_without_a_kept_checkpoint_nobody_knows_what_is_lost(file_clinic, file_place):
    clinic, place = file_clinic, file_place
    admit(clinic, "P-1")
    made = backed_up(clinic)
    done = restored(clinic, made, place)
    assert (done.is_open, done.lost) == (False, None)


def test_an_accepted_loss_goes_on_under_a_successors_name(clinic, place):
    admit(clinic, "P-1", "P-2")
    with clinic.store.reading() as conn:
        proof, opening = clinic.log.prove(conn, 3), clinic.log.opening(conn, 3)
    made = backed_up(clinic)
    admit(clinic, "P-3")
    forget(clinic, "P-2")
    keep(clinic)
    keys, old_key = clinic.folder / "keys", (clinic.folder / "keys" / "log.key").read_text()
    saved = (keys / "log.checkpoint").read_text()
    done = restored(clinic, made, place, accepts_loss=True)
    assert (done.is_open, done.lost, done.erased) == (True, 4, 3)
    again = opened(clinic, place)
    assert again.log.origin == "commensal.example/test/2"
    assert done.vkey == again.log.vkey == (keys / "log.vkey").read_text().strip()
    assert (keys / "log.1.key").read_text() == old_key
    assert (keys / "log.1.vkey").read_text().strip() == clinic.log.vkey
    assert (keys / "log.1.checkpoint").read_text() == saved
    assert (keys / "log.checkpoint").read_text() == checkpoint_of(again)
    assert leaves(again)[:7] == leaves(clinic.store)[:7]
    with again.reading() as conn:
        acts = [(i, r.act, dict(r.content)) for i, r in again.log.records(conn, 7) if r is not None]
    assert [act for _, act, _ in acts] == ["restore", "forget"]
    assert acts[0][2]["saved_checkpoint"] == saved
    assert acts[0][2]["backup_checkpoint"] == made.manifest.checkpoint
    assert acts[0][2]["lost"] == 4
    assert acts[1][2]["erased"] == [4, 5, 6]
    assert audit_store(again, checkpoint_of(again)).is_sound
    assert verify_opening(proof, opening, clinic.log.vkey).index == 3
    admit(Founded(again, clinic.dentist, again.log, clinic.folder, place), "P-9")
    again.close()


def test_a_successor_is_backed_up_and_succeeded_in_its_turn(file_clinic):
    clinic = file_clinic
    admit(clinic, "P-1")
    made = backed_up(clinic)
    admit(clinic, "P-2")
    keep(clinic)
    first, second = (f"sqlite:///{clinic.folder / name}" for name in ("b.db", "c.db"))
    restored(clinic, made, first, accepts_loss=True)
    again = opened(clinic, first)
    heir = Founded(again, clinic.dentist, again.log, clinic.folder, first)
    made = back_up(first, again.log, clinic.folder / "backups", LATER)
    admit(heir, "P-3")
    keep(heir)
    done = restored(heir, made, second, accepts_loss=True)
    last = opened(heir, second)
    assert last.log.origin == "commensal.example/test/3"
    assert done.lost == 3
    assert (clinic.folder / "keys" / "log.2.vkey").read_text().strip() == again.log.vkey
    with pytest.raises(StoreError, match="another key"):
        restored(clinic, backed_up(clinic), f"sqlite:///{clinic.folder / 'd.db'}")
    again.close()
    last.close()


def test_a_person_forgotten_after_the_backup_stays_forgotten_to_the_last_byte(clinic, place, request):
    admit(clinic, "P-1")
    admit(clinic, "P-2", given=NAME)
    made = backed_up(clinic)
    clinic.store.close()
    assert NAME.encode() in every_byte_of(clinic.url, request)  # else the search below would show nothing
    forget(clinic, "P-2")
    keep(clinic)
    done = restored(clinic, made, place, accepts_loss=True)
    assert (done.lost, done.erased) == (1, 3)
    again = opened(clinic, place)
    with again.reading() as conn:
        readable = [record.subject for _, record in again.log.records(conn) if record is not None]
        subjects = conn.execute(text("SELECT subject FROM log_data_key")).scalars().all()
    assert "P-2" not in readable + list(subjects)
    assert NAME not in repr(view_rows(again))
    again.close()
    held = every_byte_of(place, request)
    assert b"P-1" in held
    assert NAME.encode() not in held


def every_byte_of(url: str, request: pytest.FixtureRequest) -> bytes:
    """Every file of a store that nobody has open, one after the other."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        files = list(path.parent.glob(f"*{path.name}*"))
    else:
        server = request.getfixturevalue("postgres")
        with psycopg.connect(url) as conn:
            folder = conn.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
        server.stop()  # only a server that stops writes down its unlogged tables
        files = [path for path in (server.data / "base" / str(folder)).iterdir() if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    if url.startswith("postgresql"):
        server.start()
    return held


def test_side_effects_of_what_was_erased_are_not_done_after_a_restore(file_clinic, file_place):
    admit(file_clinic, "P-1", "P-2")
    with file_clinic.store.writing() as conn:
        for index in (3, 6):
            conn.execute(text(f"INSERT INTO outbox VALUES ('{index}:x', {index}, 'x', 0, '2026-03-02', NULL, NULL)"))
    made = backed_up(file_clinic)
    forget(file_clinic, "P-2")
    keep(file_clinic)
    assert restored(file_clinic, made, file_place, accepts_loss=True).is_open
    again = opened(file_clinic, file_place)
    with again.reading() as conn:
        assert conn.execute(text("SELECT record FROM outbox")).scalars().all() == [3]
    again.close()


def test_erasures_that_only_the_old_store_tells_are_done_again(clinic, place):
    admit(clinic, "P-1", "P-2")
    made = backed_up(clinic)
    keep(clinic)
    forget(clinic, "P-1")
    admit(clinic, "P-3")
    with clinic.store.writing() as conn:  # the end of the old store is damaged, its erasure can still be read
        conn.execute(text("DELETE FROM log_entry WHERE idx = 9"))
    done = restored(clinic, made, place, log_of=clinic.url, accepts_loss=True)
    assert (done.lost, done.erased) == (4, 3)
    assert "not believed" in done.notes[0]
    again = opened(clinic, place)
    assert ("P-1" in repr(view_rows(again)), "P-2" in repr(view_rows(again))) == (False, True)
    again.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 6) WHERE idx = 5",
        "UPDATE log_payload SET sealed_record = (SELECT sealed_record FROM log_payload WHERE idx = 6) WHERE idx = 5",
        "DELETE FROM log_payload WHERE idx = 6",
        "DELETE FROM log_entry WHERE idx = 8",
        "UPDATE log_data_key SET wrapped = sealed WHERE subject = 'P-3'",
    ],
)
def test_records_of_a_damaged_store_are_not_believed(file_clinic, file_place, damage):
    clinic, place = file_clinic, file_place
    admit(clinic, "P-1")
    made = backed_up(clinic)
    admit(clinic, "P-2", "P-3")
    keep(clinic)
    with clinic.store.writing() as conn:
        conn.execute(text(damage))
    done = restored(clinic, made, place, log_of=clinic.url)
    assert (done.is_open, done.lost, done.carried) == (False, 6, 0)
    assert done.notes
    assert not is_there(place)


def test_damage_after_the_kept_checkpoint_costs_only_what_came_after_it(file_clinic, file_place):
    clinic, place = file_clinic, file_place
    admit(clinic, "P-1")
    made = backed_up(clinic)
    admit(clinic, "P-2")
    keep(clinic)
    admit(clinic, "P-3")
    with clinic.store.writing() as conn:
        conn.execute(text("DELETE FROM log_entry WHERE idx = 8"))
    done = restored(clinic, made, place, log_of=clinic.url)
    assert (done.is_open, done.carried, done.lost) == (False, 3, 3)


def test_damage_before_the_backup_costs_nothing(clinic, place):
    admit(clinic, "P-1", "P-2")
    made = backed_up(clinic)
    admit(clinic, "P-3")
    keep(clinic)
    before = view_rows(clinic.store)
    with clinic.store.writing() as conn:
        conn.execute(text("DELETE FROM log_payload WHERE idx < 7"))
        conn.execute(text("DELETE FROM log_entry WHERE idx < 7"))
    assert restored(clinic, made, place, log_of=clinic.url).is_complete
    again = opened(clinic, place)
    assert view_rows(again) == before
    again.close()


def test_an_old_store_that_was_rewritten_with_the_stolen_key_is_not_followed(file_clinic):
    clinic = file_clinic
    admit(clinic, "P-1")
    made = backed_up(clinic)
    shutil.copy(made.file, clinic.folder / "split.db")
    admit(clinic, "P-2")
    keep(clinic)
    split = opened_split(clinic)
    admit(split, "P-7", "P-8")
    done = restored(clinic, made, f"sqlite:///{clinic.folder / 'new.db'}", log_of=split.url)
    assert (done.is_open, done.carried) == (False, 0)
    assert any("rewritten or split" in note for note in done.notes)
    split.store.close()


def opened_split(clinic: Founded) -> Founded:
    """Another continuation of the backup, signed by the same key."""
    url = f"sqlite:///{clinic.folder / 'split.db'}"
    store = Store(
        open_engine(url, must_exist=True), RecordsLog(clinic.log._key, clinic.log.vault), clinic_policy(), LATER
    )
    rebuild(store)
    return Founded(store, clinic.dentist, store.log, clinic.folder, url)


def test_a_restore_goes_only_where_nothing_is(clinic, place):
    made = backed_up(clinic)
    keep(clinic)
    before = checkpoint_of(clinic.store)
    with pytest.raises(StoreError, match=r"there already|holds tables"):
        restored(clinic, made, clinic.url)
    assert checkpoint_of(clinic.store) == before
    assert restored(clinic, made, place).is_open
    with pytest.raises(StoreError, match=r"there already|holds tables"):
        restored(clinic, made, place)
    opened(clinic, place).close()


def test_a_backup_of_one_kind_of_database_is_not_restored_into_the_other(clinic):
    made = backed_up(clinic)
    keep(clinic)
    other = (
        "postgresql://nobody@127.0.0.1:9/x" if clinic.url.startswith("sqlite") else f"sqlite:///{clinic.folder}/x.db"
    )
    with pytest.raises(StoreError, match="of the backup's kind"):
        restored(clinic, made, other)


@pytest.mark.parametrize("seed", range(2))
def test_a_byte_flipped_anywhere_in_a_backup_or_its_manifest_is_refused(file_clinic, seed):
    clinic, chance = file_clinic, random.Random(seed)
    admit(clinic, "P-1")
    made = backed_up(clinic)
    keep(clinic)
    place = f"sqlite:///{clinic.folder / 'again' / 'clinic.db'}"
    for n in range(25):
        file = made.file if n % 3 else made.file.with_suffix(".json")
        whole = file.read_bytes()
        at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        with pytest.raises(CommensalError):
            restored(clinic, made, place, accepts_loss=True)
        assert not is_there(place)
        file.write_bytes(whole)
    assert restored(clinic, made, place).is_open


def test_a_changed_dump_is_refused(clinic, place):
    made = backed_up(clinic)
    keep(clinic)
    whole = made.file.read_bytes()
    for changed in (whole[:-1], whole + b"\0", b"", whole[:100] + b"x" + whole[101:]):
        made.file.write_bytes(changed)
        with pytest.raises(StoreError, match=r"cut short|changed"):
            restored(clinic, made, place)
    made.file.unlink()
    with pytest.raises(StoreError, match="no such backup"):
        restored(clinic, made, place)
    assert not is_there(place)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": "0003"}, "from the future"),
        ({"schema_version": "0001"}, "expected a database of version 0001, it is 0002"),
        ({"log_vkey": "other+00000000+x"}, "under another key"),
        ({"checkpoint": "x"}, "another checkpoint"),
    ],
)
def test_a_manifest_that_tells_another_story_is_refused(file_clinic, file_place, changes, said):
    clinic, place = file_clinic, file_place
    made = backed_up(clinic)
    keep(clinic)
    made.file.with_suffix(".json").write_text(replace(made.manifest, **changes).text)
    with pytest.raises(StoreError, match=said):
        restored(clinic, made, place)
    assert not is_there(place)


def test_a_backup_of_another_clinic_and_of_other_keys_is_refused(file_clinic, file_place, tmp_path):
    clinic, place = file_clinic, file_place
    made = backed_up(clinic)
    keep(clinic)
    keyring.create_keys(tmp_path / "others" / "keys", None, origin="commensal.example/test", dentist="X")
    other = Founded(clinic.store, clinic.dentist, clinic.log, tmp_path / "others", clinic.url)
    with pytest.raises(StoreError, match="under another key"):
        restored(other, made, place)
    shutil.copy(tmp_path / "others" / "keys" / "clinic.key", clinic.folder / "keys" / "clinic.key")
    with pytest.raises(StoreError, match="another clinic key"):
        restored(clinic, made, place)
    assert not is_there(place)


def test_a_drill_restores_compares_and_leaves_nothing(clinic):
    admit(clinic, "P-1")
    made = backed_up(clinic)
    admit(clinic, "P-2")
    keep(clinic)
    before = sorted(clinic.folder.rglob("*"))
    url = None if clinic.url.startswith("sqlite") else clinic.url
    done = restored(clinic, made, url, is_drill=True)
    assert (done.is_open, done.lost, done.size) == (False, 3, 4)
    assert restored(clinic, made, url, is_drill=True, log_of=clinic.url).lost == 0
    assert sorted(clinic.folder.rglob("*")) == before

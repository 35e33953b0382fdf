"""New keys for old: the log stays byte for byte, old keys open nothing, and no power cut leaves a clinic without keys."""

import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, create_engine, select, text

from commensal.sentinel import key_file, tables
from commensal.sentinel.errors import KeyFileError, LogError
from commensal.sentinel.full_audit import audit
from commensal.sentinel.key_file import is_plain, read_key
from commensal.sentinel.key_folder import DRAFT, PROTECTED, ROTATED, held
from commensal.sentinel.keyring.data_key_rotation import renew_data_keys
from commensal.sentinel.keyring.rotation import check_data_keys, recovering, renewing, settle
from commensal.sentinel.keys import Keys, create_keys, open_keys, open_recovery, protect_keys
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.vault import unlock_payload
from tests.sentinel.killed import killed_copies
from tests.sentinel.logs import NOON, record

RECORDS = 60
LOG_TABLES = (tables.entry, tables.tile, tables.checkpoint)
OLD, NEW = b"the passphrase of before", b"the new passphrase"


def never() -> bytes:
    raise AssertionError("nobody should be asked")


def engine_of(folder: Path) -> Engine:
    return create_engine(f"sqlite:///{folder / 'log.db'}")


def made(folder: Path) -> Keys:
    """A log of RECORDS entries about five subjects, and its keys as plain files."""
    keys = create_keys(folder / "keys", None, origin="clinic.example/log", dentist="Dr Mia Chen")
    engine, log = engine_of(folder), RecordsLog(keys.log, keys.vault)
    with engine.begin() as conn:
        tables.create_tables(conn)
        log.start(conn)
        log.append(conn, [record(i) for i in range(RECORDS)], NOON)
    engine.dispose()
    return keys


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    made(folder)
    return folder


@pytest.fixture
def folder(template, tmp_path) -> Path:
    return shutil.copytree(template, tmp_path / "copy")


def stored(folder: Path, *which) -> list[list[tuple[object, ...]]]:
    engine = engine_of(folder)
    with engine.connect() as conn:
        found = [[tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))] for table in which]
    engine.dispose()
    return found


def rotate(folder: Path, *, with_recovery: bool = True) -> None:
    engine, before = engine_of(folder), open_keys(folder / "keys", never)
    with renewing(folder / "keys", never, with_recovery=with_recovery) as fresh, engine.begin() as conn:
        fresh.apply(conn, before.vault)
    engine.dispose()


def recover(folder: Path) -> None:
    engine = engine_of(folder)
    recovery = open_recovery(folder / "recovery.key", never)
    with recovering(folder / "keys", never, recovery) as fresh, engine.begin() as conn:
        fresh.apply(conn, recovery)
    engine.dispose()


def settled(folder: Path) -> Keys:
    keys = open_keys(folder / "keys", never)
    if keys.is_settled:
        return keys
    engine = engine_of(folder)
    with engine.connect() as conn:
        keys = settle(conn, folder / "keys", never)
    engine.dispose()
    return keys


def assert_whole(folder: Path, keys: Keys, *, recovery: Path | None = None) -> None:
    """Every record opens with the clinic key and with the recovery key, and the log can go on."""
    drill = open_recovery(recovery or folder / "keys" / "recovery.key", never)
    engine, log = engine_of(folder), RecordsLog(keys.log, keys.vault)
    with engine.begin() as conn:
        checked = check_data_keys(conn, keys.vault, drill)
        assert (checked.is_sound, checked.by_recovery) == (True, checked.data_keys)
        log.append(conn, [record(RECORDS), record(1, "P-new")], NOON)
        assert [found for _, found in log.records(conn)][:RECORDS] == [record(i) for i in range(RECORDS)]
        assert audit(conn, log.vkey, keys.vault).is_sound
        assert audit(conn, log.vkey, drill).is_sound
    engine.dispose()
    left = {path.name for path in (folder / "keys").iterdir()}
    assert not {name for name in left if name in (PROTECTED, ROTATED)}


def secret_of(folder: Path) -> bytes:
    return read_key(folder / "keys" / "clinic.key", "clinic", None)[1]


@pytest.mark.parametrize("with_recovery", [False, True])
def test_a_rotated_clinic_key_leaves_the_log_and_every_payload_byte_for_byte(folder, with_recovery):
    before = stored(folder, *LOG_TABLES, tables.payload)
    rotate(folder, with_recovery=with_recovery)
    assert stored(folder, *LOG_TABLES, tables.payload) == before
    assert_whole(folder, open_keys(folder / "keys", never))


def test_the_keys_of_before_open_nothing_any_more(folder):
    shutil.copytree(folder / "keys", folder / "old")
    rotate(folder)
    old = open_keys(folder / "old", never)
    engine = engine_of(folder)
    with engine.connect() as conn:
        checked = check_data_keys(conn, old.vault, open_recovery(folder / "old" / "recovery.key", never))
    engine.dispose()
    assert (checked.data_keys, checked.by_clinic, checked.by_recovery) == (5, 0, 0)


def test_without_a_new_recovery_key_the_old_one_goes_on_opening_everything(folder):
    shutil.copy(folder / "keys" / "recovery.key", folder / "safe.key")
    rotate(folder, with_recovery=False)
    assert_whole(folder, open_keys(folder / "keys", never), recovery=folder / "safe.key")


def test_fresh_data_keys_leave_the_log_byte_for_byte_and_every_record_equal(folder):
    keys = open_keys(folder / "keys", never)
    before, payloads = stored(folder, *LOG_TABLES), stored(folder, tables.payload, tables.data_key)
    engine = engine_of(folder)
    with engine.begin() as conn:
        assert renew_data_keys(conn, keys.vault) == (5, RECORDS)
    engine.dispose()
    assert stored(folder, *LOG_TABLES) == before
    now = stored(folder, tables.payload, tables.data_key)
    assert not set(payloads[0]) & set(now[0])
    assert not {row[0] for row in payloads[1]} & {row[0] for row in now[1]}
    assert sorted(row[1] for row in payloads[1]) == sorted(row[1] for row in now[1])
    assert_whole(folder, keys)


def test_the_data_key_of_before_opens_no_payload_any_more(folder):
    keys = open_keys(folder / "keys", never)
    old = [AESGCM(keys.vault.unwrap(*row)) for row in stored(folder, tables.data_key)[0]]
    engine = engine_of(folder)
    with engine.begin() as conn:
        renew_data_keys(conn, keys.vault)
    engine.dispose()
    leaves = dict(stored(folder, tables.entry)[0])
    for index, _, sealed in stored(folder, tables.payload)[0]:
        for key in old:
            with pytest.raises(LogError):
                unlock_payload(key, leaves[index], sealed, 32)


def test_one_persons_data_key_is_renewed_and_nobody_elses(folder):
    keys = open_keys(folder / "keys", never)
    before = stored(folder, tables.payload, tables.data_key)
    engine = engine_of(folder)
    with engine.begin() as conn:
        assert renew_data_keys(conn, keys.vault, ["P-2", "P-nobody"]) == (1, RECORDS // 5)
        assert renew_data_keys(conn, keys.vault, ["P-nobody"]) == (0, 0)
    engine.dispose()
    now = stored(folder, tables.payload, tables.data_key)
    changed = {row[0] for row in set(before[0]) - set(now[0])}
    assert changed == {i for i in range(RECORDS) if record(i).subject == "P-2"}
    assert {row[1] for row in set(before[1]) - set(now[1])} == {"P-2"}
    assert_whole(folder, keys)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log_data_key SET sealed = zeroblob(80) WHERE subject = 'P-3'",
        "UPDATE log_data_key SET wrapped = zeroblob(92) WHERE subject = 'P-3'",
        "UPDATE log_data_key SET subject = 'P-9' WHERE subject = 'P-3'",
    ],
)
def test_a_rotation_heals_no_damage_unseen(folder, damage):
    keys = open_keys(folder / "keys", never)
    engine = engine_of(folder)
    with engine.begin() as conn:
        conn.execute(text(damage))
    before, files = stored(folder, tables.data_key), sorted(path.name for path in (folder / "keys").iterdir())
    with pytest.raises(LogError, match="data key"):
        rotate(folder)
    with pytest.raises(LogError, match="data key"), engine.begin() as conn:
        renew_data_keys(conn, keys.vault)
    engine.dispose()
    assert stored(folder, tables.data_key) == before
    assert sorted(path.name for path in (folder / "keys").iterdir()) == files
    assert open_keys(folder / "keys", never).is_settled


def test_a_payload_that_is_not_what_its_leaf_commits_to_stops_the_renewal_of_data_keys(folder):
    keys = open_keys(folder / "keys", never)
    engine = engine_of(folder)
    with engine.begin() as conn:
        conn.execute(text("UPDATE log_payload SET sealed_record = zeroblob(200) WHERE idx = 7"))
    before = stored(folder, tables.data_key, tables.payload)
    with pytest.raises(LogError, match="entry 7"), engine.begin() as conn:
        renew_data_keys(conn, keys.vault)
    engine.dispose()
    assert stored(folder, tables.data_key, tables.payload) == before


def test_a_program_that_runs_on_with_the_old_key_can_record_nothing_that_would_be_lost(folder):
    stale = open_keys(folder / "keys", never)
    rotate(folder)
    engine, log = engine_of(folder), RecordsLog(stale.log, stale.vault)
    for subject in ("P-1", "P-somebody-new"):
        with pytest.raises(LogError, match="clinic key"), engine.begin() as conn:
            log.append(conn, [record(1, subject)], NOON)
    engine.dispose()
    assert_whole(folder, open_keys(folder / "keys", never))


def test_a_rotation_killed_before_any_step_leaves_one_clinic_key_that_opens_everything(template, tmp_path):
    old = secret_of(template)
    met = []
    for copy in killed_copies(rotate, template, tmp_path):
        keys = settled(copy)
        met.append(secret_of(copy) != old)
        assert_whole(copy, keys)
    assert met == sorted(met)
    assert (met.count(False), met.count(True)) >= (3, 3), met


def test_a_lost_clinic_key_is_recovered_even_when_recovery_is_killed_before_any_step(template, tmp_path):
    lost = shutil.copytree(template, tmp_path / "lost")
    (lost / "keys" / "recovery.key").rename(lost / "recovery.key")
    (lost / "keys" / "clinic.key").unlink()
    with pytest.raises(KeyFileError, match="keys recover"):
        open_keys(lost / "keys", never)
    met = set()
    for copy in killed_copies(recover, lost, tmp_path / "work"):
        is_committed = stored(copy, tables.data_key) != stored(lost, tables.data_key)
        met.add((is_committed, (copy / "keys" / "clinic.key").exists(), (copy / "keys" / ROTATED).exists()))
        if is_committed:
            assert_whole(copy, settled(copy), recovery=copy / "recovery.key")
        else:
            with pytest.raises(KeyFileError, match="keys recover"):
                settled(copy)
            recover(copy)
            assert_whole(copy, open_keys(copy / "keys", never), recovery=copy / "recovery.key")
    assert met >= {(False, False, False), (False, False, True), (True, False, True), (True, True, False)}


def interrupted(template: Path, folder: Path, *, is_committed: bool) -> Path:
    """A copy in which a rotation stopped after its files were staged, before or after the commit."""
    copy = shutil.copytree(template, folder)
    engine, before = engine_of(copy), open_keys(copy / "keys", never)
    with suppress(KeyboardInterrupt), renewing(copy / "keys", never, with_recovery=True) as fresh:
        with engine.connect() as conn, conn.begin() as transaction:
            fresh.apply(conn, before.vault)
            if is_committed:
                transaction.commit()
            else:
                transaction.rollback()
        raise KeyboardInterrupt
    engine.dispose()
    assert (copy / "keys" / ROTATED).exists()
    return copy


def settle_again(folder: Path) -> None:
    settled(folder)


@pytest.mark.parametrize("is_committed", [False, True])
def test_settling_can_itself_be_killed_before_any_step(template, tmp_path, is_committed):
    cut = interrupted(template, tmp_path / "cut", is_committed=is_committed)
    assert not open_keys(cut / "keys", never).is_settled
    copies = killed_copies(settle_again, cut, tmp_path / "work")
    assert len(copies) >= 4
    for copy in copies:
        assert_whole(copy, settled(copy))
        assert (secret_of(copy) != secret_of(template)) == is_committed


def test_what_is_not_settled_is_neither_rotated_nor_protected(template, tmp_path):
    cut = interrupted(template, tmp_path / "cut", is_committed=True)
    with pytest.raises(KeyFileError, match="keys check"):
        rotate(cut)
    with pytest.raises(KeyFileError, match="keys check"):
        protect_keys(cut / "keys", never, lambda: NEW)
    assert_whole(cut, settled(cut))


def test_keys_that_open_nothing_here_are_left_as_they_are(template, tmp_path):
    cut = interrupted(template, tmp_path / "cut", is_committed=True)
    made(tmp_path / "another")
    shutil.copy(tmp_path / "another" / "log.db", tmp_path / "log.db")
    before = {path: path.read_bytes() for path in (cut / "keys").rglob("*") if path.is_file()}
    engine = engine_of(tmp_path)
    with engine.connect() as conn, pytest.raises(KeyFileError, match="neither"):
        settle(conn, cut / "keys", never)
    engine.dispose()
    assert {path: path.read_bytes() for path in (cut / "keys").rglob("*") if path.is_file()} == before


def test_another_clinics_recovery_key_is_refused_and_changes_nothing(folder, tmp_path):
    made(tmp_path / "another")
    shutil.copy(tmp_path / "another" / "keys" / "recovery.key", folder / "recovery.key")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(LogError, match="recovery-key"):
        recover(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_whoever_opens_keys_waits_for_whoever_changes_them(folder):
    opened = threading.Event()
    reader = threading.Thread(target=lambda: (open_keys(folder / "keys", never), opened.set()))
    with held(folder / "keys", alone=True):
        reader.start()
        assert not opened.wait(0.3)
    reader.join(timeout=10)
    assert opened.is_set()


def protect(folder: Path) -> None:
    """Runs in a process of its own, where what counts is the order of steps, not how long a passphrase is stretched."""
    key_file.SCRYPT_N = key_file.SCRYPT_P = 2
    protect_keys(folder, lambda: OLD, lambda: NEW)


def test_a_change_of_passphrase_killed_before_any_step_is_whole_or_did_not_happen(tmp_path, monkeypatch):
    for name in ("SCRYPT_N", "SCRYPT_P"):
        monkeypatch.setattr(key_file, name, 2)
    first = create_keys(tmp_path / "keys", OLD, origin="clinic.example/log", dentist="Dr Mia Chen")
    met = []
    for copy in killed_copies(protect, tmp_path / "keys", tmp_path / "work"):
        asked = []
        for passphrase in (OLD, NEW):
            try:
                keys = open_keys(copy, lambda passphrase=passphrase: passphrase)
            except KeyFileError:
                continue
            asked.append(passphrase)
        assert len(asked) == 1
        met += asked
        assert keys.log.vkey == first.log.vkey
        assert open_recovery(copy / "recovery.key", lambda asked=asked: asked[0])
        assert not (copy / PROTECTED).exists()
        assert protect_keys(copy, lambda asked=asked: asked[0], None)
        assert not list(copy.glob(f"{DRAFT}*"))
        assert all(is_plain(copy / f"{kind}.key", kind) for kind in ("clinic", "log", "dentist", "recovery"))
    assert met == sorted(met, key=[OLD, NEW].index)
    assert set(met) == {OLD, NEW}


def test_every_new_key_is_on_disk_before_it_takes_the_place_of_an_old_one(folder, monkeypatch):
    done: list[tuple[str, str]] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def synced(descriptor: int) -> None:
        done.append(("synced", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def moved(how):
        def move(path: Path, target: Path) -> Path:
            done.append(("moved", target.name))
            return how(path, target)

        return move

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", moved(rename))
    monkeypatch.setattr(Path, "replace", moved(replace))
    rotate(folder)
    files = ["recovery.key", "recovery.pub", "clinic.key"]
    staged = done.index(("moved", ROTATED))
    assert {name for how, name in done[:staged] if how == "synced"} >= set(files)
    assert done[staged - 1][0] == done[staged + 1][0] == "synced"
    assert [name for how, name in done[staged + 1 :] if how == "moved"] == files
    assert done[done.index(("moved", "clinic.key")) - 1] == done[-1] == ("synced", "keys")

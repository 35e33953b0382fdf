import hashlib
import json
import shutil
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from commensal.clinic.database import parsed_url
from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping import back_up, postgres_programs
from commensal.clinic.safekeeping.manifest import read_manifest
from commensal.clinic.safekeeping.snapshots import Snapshot, looked_into
from commensal.sentinel import audit
from tests.clinic.conftest import founded
from tests.clinic.copies import LATER, Ticking, admit, backed_up, checkpoint_of, leaves, manifest_of


def test_a_backup_is_the_log_as_it_was_and_says_so(clinic):
    admit(clinic, "P-1", "P-2")
    made = backed_up(clinic)
    with looked_into(made.file, parsed_url(clinic.url)) as conn:
        report = audit(conn, clinic.log.vkey, clinic.log.vault, checkpoint_of(clinic.store))
    assert report.is_sound
    assert (report.size, report.payloads_opened) == (7, 7)
    said = manifest_of(made.file)
    assert said["sha256"] == hashlib.sha256(made.file.read_bytes()).hexdigest()
    assert (said["size"], said["read_back"], said["schema_version"]) == (7, True, "0002")
    assert said["checkpoint"] == checkpoint_of(clinic.store)
    assert said["log_vkey"] == clinic.log.vkey
    assert made.file.name.startswith("commensal.example-test-20260303T093000Z-7.")
    assert sorted(path.suffix for path in made.file.parent.iterdir()) == sorted([made.file.suffix, ".json"])


def test_nobody_can_be_named_from_a_backup_without_the_keys(clinic):
    admit(clinic, "P-1", given="Zyxwvutsrq")
    made = backed_up(clinic)
    assert b"Zyxwvutsrq" not in made.file.read_bytes()
    if clinic.url.startswith("sqlite"):
        clinic.store.close()
        assert b"Zyxwvutsrq" in (clinic.folder / "clinic.db").read_bytes()


def test_a_backup_is_its_owners_alone(file_clinic):
    made = backed_up(file_clinic)
    assert [path.stat().st_mode & 0o077 for path in made.file.parent.iterdir()] == [0, 0]


def test_writers_go_on_while_a_backup_is_made(clinic):
    admit(clinic, *(f"P-{n}" for n in range(20)))
    stop = threading.Event()

    def write() -> None:
        n = 100
        while not stop.is_set():
            admit(clinic, f"P-{n}")
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    clock = Ticking()
    try:
        made = [back_up(clinic.url, clinic.log, clinic.folder / "backups", clock) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    sizes = [one.manifest.size for one in made]
    assert sizes == sorted(set(sizes))
    assert len(leaves(clinic.store)) >= sizes[-1]


def test_older_backups_go_only_after_the_new_one_was_read_back(clinic, monkeypatch):
    clock = Ticking()
    for n in range(3):
        admit(clinic, f"P-{n}")
        back_up(clinic.url, clinic.log, clinic.folder / "backups", clock)
    with monkeypatch.context() as patched:
        patched.setattr(
            "commensal.clinic.safekeeping.backup.check_backup", lambda *_: (_ for _ in ()).throw(StoreError("no"))
        )
        with pytest.raises(StoreError, match="no"):
            back_up(clinic.url, clinic.log, clinic.folder / "backups", clock, keep=1)
    assert len(list((clinic.folder / "backups").glob("*.json"))) == 3
    made = back_up(clinic.url, clinic.log, clinic.folder / "backups", clock, keep=2)
    assert sorted(path.name.rsplit("-", 1)[1].split(".")[0] for path in made.removed) == ["4", "7"]
    assert len(list((clinic.folder / "backups").iterdir())) == 4


def test_a_clock_that_went_back_does_not_make_the_newest_backup_the_oldest(file_clinic):
    clinic = file_clinic
    first = backed_up(clinic)
    admit(clinic, "P-1")
    earlier = Ticking()
    made = back_up(clinic.url, clinic.log, clinic.folder / "backups", earlier, keep=1)
    assert made.removed == (first.file,)
    assert made.file.exists()


def test_backups_of_another_log_and_other_files_are_left_alone(file_clinic):
    clinic = file_clinic
    first = backed_up(clinic)
    other = first.file.with_name(f"other{first.file.suffix}")
    other.write_bytes(first.file.read_bytes())
    foreign = {**manifest_of(first.file), "file": other.name, "log_vkey": "other"}
    other.with_suffix(".json").write_text(json.dumps(foreign))
    admit(clinic, "P-1")
    back_up(clinic.url, clinic.log, clinic.folder / "backups", Ticking(), keep=1)
    assert other.exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 1) WHERE idx = 2",
        "DELETE FROM log_payload WHERE idx = 3",
        "UPDATE log_payload SET sealed_record = (SELECT sealed_record FROM log_payload WHERE idx = 1) WHERE idx = 2",
    ],
)
def test_a_store_that_is_not_sound_is_not_backed_up(file_clinic, change):
    clinic = file_clinic
    admit(clinic, "P-1", "P-2")
    with clinic.store.writing() as conn:
        conn.execute(text(change))
    with pytest.raises(StoreError, match="not sound: entr"):
        backed_up(clinic, keep=1)
    assert list((clinic.folder / "backups").iterdir()) == []


def test_a_store_that_was_rolled_back_is_not_backed_up(file_clinic):
    clinic = file_clinic
    old = backed_up(clinic)
    admit(clinic, "P-1")
    newer = checkpoint_of(clinic.store)
    clinic.store.close()
    (clinic.folder / "clinic.db").write_bytes(old.file.read_bytes())
    with pytest.raises(StoreError, match="rolled back"):
        back_up(clinic.url, clinic.log, clinic.folder / "more", LATER, saved=newer)


def test_two_backups_into_one_folder_take_turns(clinic):
    seen = []

    def second(what: str, _: float) -> None:
        if what == "copying" and not seen:
            seen.append(what)
            with pytest.raises(StoreError, match="another founding, backup or restore is at work"):
                backed_up(clinic)

    backed_up(clinic, progress=second)
    assert seen


def test_a_role_without_the_right_to_create_databases_is_told_that_nothing_was_read_back(
    postgres, postgres_url, tmp_path
):
    clinic = founded(tmp_path, postgres_url)
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(f"CREATE ROLE plain_{name} LOGIN PASSWORD 'geheim-71'")
    postgres.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_{name}", name)
    poor = postgres_url.replace("postgres@", f"plain_{name}:geheim-71@")
    first = backed_up(clinic)
    made = back_up(poor, clinic.log, first.file.parent, Ticking(), keep=1)
    assert not read_manifest(made.file).read_back
    assert first.file.exists()
    clinic.store.close()
    postgres.execute(f"DROP OWNED BY plain_{name}", name)
    postgres.execute(f"DROP ROLE plain_{name}")


def test_no_scratch_database_stays_and_a_stale_one_goes(postgres, postgres_url, tmp_path):
    clinic = founded(tmp_path, postgres_url)
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(f"CREATE DATABASE {name}_check_left")
    backed_up(clinic)
    with psycopg.connect(postgres_url) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}%",)).fetchall()
    assert found == [(name,)]
    clinic.store.close()


def test_the_password_of_the_server_is_on_no_command_line(postgres_url, tmp_path, monkeypatch):
    clinic, commands = founded(tmp_path, postgres_url), []
    ran = subprocess.run

    def heard(command, **options):
        commands.append(command)
        if "--version" not in command:
            assert options["env"]["PGPASSWORD"] == "geheim-71"
        return ran(command, **options)

    monkeypatch.setattr(subprocess, "run", heard)
    with_password = postgres_url.replace("postgres@", "postgres:geheim-71@")
    assert back_up(with_password, clinic.log, tmp_path / "backups", LATER).manifest.read_back
    assert {"pg_dump", "pg_restore"} <= {Path(command[0]).name for command in commands}
    assert "geheim-71" not in repr(commands)
    clinic.store.close()


def test_programs_older_than_the_server_are_named_with_what_to_install(postgres_url, tmp_path, monkeypatch):
    clinic = founded(tmp_path, postgres_url)
    monkeypatch.setattr(postgres_programs, "_installed", list)
    with pytest.raises(StoreError, match=r"pg_dump: expected version \d+.*install postgresql-client-\d+"):
        back_up(postgres_url, clinic.log, tmp_path / "backups", LATER)
    assert list((tmp_path / "backups").iterdir()) == []
    clinic.store.close()


def test_a_copy_that_is_not_of_this_log_does_not_count(file_clinic, tmp_path, monkeypatch):
    other = founded(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}")
    stranger = back_up(other.url, other.log, tmp_path / "others", LATER)
    monkeypatch.setattr(Snapshot, "save", lambda _self, part, _progress: shutil.copy(stranger.file, part))
    with pytest.raises(StoreError, match="not sound"):
        backed_up(file_clinic)
    monkeypatch.setattr("commensal.clinic.safekeeping.backup.check_backup", lambda *_: None)
    monkeypatch.setattr(file_clinic.log, "size", lambda _conn: 1)
    with pytest.raises(StoreError, match="differs from the log between the entries 0 and 0"):
        backed_up(file_clinic)
    assert list((file_clinic.folder / "backups").iterdir()) == []
    other.store.close()

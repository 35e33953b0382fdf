"""Backups and restores that are killed, or meet a full disk: nothing half-made counts, and the next run completes."""

import json
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commensal.clinic import audit_store
from commensal.clinic.database import parsed_url
from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping import back_up, restore_clinic
from commensal.clinic.safekeeping.manifest import check_file, read_manifest
from commensal.clinic.safekeeping.snapshots import looked_into
from tests.clinic.conftest import Founded
from tests.clinic.copies import LATER, Ticking, admit, backed_up, checkpoint_of, forget, keep, new_url, opened

ROOT = Path(__file__).parents[2]

KILLED = """
import json, os, sys
from pathlib import Path
from sqlalchemy import Engine, event
import alembic.command, alembic.config
from commensal.clinic.safekeeping import back_up, restore_clinic
from commensal.clinic.schema import RESTORING
from commensal.sentinel import RecordsLog, keyring
from tests.clinic.copies import LATER
asked = json.loads(sys.argv[1])
home, at, met, published = asked["home"], asked["at"], [0], [0]

def step(*_):
    met[0] += 1
    if met[0] == at:
        os.kill(os.getpid(), 9)

def stated(_conn, _cursor, statement, *_):
    step()
    if statement == 'DROP TABLE "' + RESTORING + '"':
        published[0] = met[0]

def heard(name, arguments):
    files = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect", "shutil.copyfile"}
    if name == "subprocess.Popen" or (name in files and str(arguments[0]).startswith(("file://" + home, home))):
        step()

keys = keyring.open_keys(Path(home, "keys"), lambda: b"")
sys.addaudithook(heard)
event.listen(Engine, "before_cursor_execute", stated)
event.listen(Engine, "commit", step)
if asked["what"] == "back up":
    back_up(asked["url"], RecordsLog(keys.log, keys.vault), Path(home, "backups"), LATER)
else:
    restore_clinic(Path(asked["file"]), asked["url"], Path(home, "keys"), lambda: b"", LATER, accepts_loss=True)
print(met[0], published[0])
"""


def run(home: Path, at: int, **asked: str) -> list[int]:
    """Run it and kill it at step `at`; gives how many steps there were and which published, nothing when killed."""
    asked_of = json.dumps({"home": str(home), "at": at, **asked})
    command = [sys.executable, "-c", KILLED, asked_of]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode == -9:
        return []
    assert ran.returncode == 0, ran.stderr
    return [int(word) for word in ran.stdout.split()]


def some(count: int, clinic: Founded) -> list[int]:
    """Some of the steps 1 to `count`, the last ones among them: there things get their names."""
    return [count // 3, count - 2, count] if clinic.url.startswith("sqlite") else [count - 1]


def assert_only_whole_backups(clinic: Founded) -> int:
    """Every backup that counts can be restored; gives how many there are."""
    found = sorted((clinic.folder / "backups").glob("*.json")) if (clinic.folder / "backups").exists() else []
    for path in found:
        file = path.with_suffix(".db" if clinic.url.startswith("sqlite") else ".pgdump")
        manifest = read_manifest(file)
        check_file(file, manifest)
        with looked_into(file, parsed_url(clinic.url)) as conn:
            assert clinic.log.checkpoint(conn) == manifest.checkpoint
    return len(found)


def back_up_killed_at(clinic: Founded, at: int) -> None:
    assert not run(clinic.folder, at, what="back up", url=clinic.url)
    before = assert_only_whole_backups(clinic)
    back_up(clinic.url, clinic.log, clinic.folder / "backups", Ticking())
    assert assert_only_whole_backups(clinic) == before + 1
    assert not list((clinic.folder / "backups").glob(".*"))
    assert len(list((clinic.folder / "backups").iterdir())) == 2 * (before + 1)
    shutil.rmtree(clinic.folder / "backups")


def count_back_up(clinic: Founded) -> int:
    count, _ = run(clinic.folder, 0, what="back up", url=clinic.url)
    shutil.rmtree(clinic.folder / "backups")
    return count


def test_a_backup_killed_in_the_middle_does_not_count_and_the_next_is_whole(clinic):
    admit(clinic, "P-1")
    count = count_back_up(clinic)
    assert count > 20
    for at in some(count, clinic):
        back_up_killed_at(clinic, at)


@pytest.mark.long
def test_a_backup_killed_at_every_step_does_not_count_and_the_next_is_whole(clinic):
    admit(clinic, "P-1")
    for at in range(1, count_back_up(clinic) + 1):
        back_up_killed_at(clinic, at)


def prepared(clinic: Founded) -> Path:
    """A backup that lacks the newest records, one of them an erasure."""
    admit(clinic, "P-1", "P-2")
    made = backed_up(clinic)
    admit(clinic, "P-3")
    forget(clinic, "P-2")
    keep(clinic)
    shutil.copytree(clinic.folder / "keys", clinic.folder / "kept-keys")
    return made.file


ENDED = re.compile("is there already|holds tables|under another key than")
"""What a restore says where another one came to its end."""


def restore_killed_at(clinic: Founded, file: Path, url: str, at: int, *, is_killed: bool = True) -> list[int]:
    shutil.rmtree(clinic.folder / "keys")
    shutil.copytree(clinic.folder / "kept-keys", clinic.folder / "keys")
    steps = run(clinic.folder, at, what="restore", url=url, file=str(file))
    assert (not steps) == is_killed
    said = ""
    try:
        restore_clinic(file, url, clinic.folder / "keys", lambda: b"", LATER, accepts_loss=True)
    except StoreError as error:
        said = str(error)
    assert not said or ENDED.search(said), (at, said)  # the first run may have come to its end but for the last word
    again = opened(clinic, url)
    assert again.log.origin == "commensal.example/test/2"
    assert audit_store(again, checkpoint_of(again)).is_sound
    with again.reading() as conn:
        records = dict(again.log.records(conn))
    assert [records[index] for index in (4, 5, 6)] == [None, None, None]
    assert [records[index].act for index in (7, 8)] == ["restore", "forget"]
    assert len(records) == 9
    assert sorted(path.name for path in (clinic.folder / "keys").glob("log*")) == [
        "log.1.checkpoint",
        "log.1.key",
        "log.1.vkey",
        "log.checkpoint",
        "log.erasures",
        "log.key",
        "log.vkey",
    ]
    again.close()
    return steps


@contextmanager
def places(clinic: Founded, request: pytest.FixtureRequest) -> Iterator[str]:
    url = new_url(clinic)
    yield url
    if url.startswith("postgresql"):
        request.getfixturevalue("postgres").drop(url)
    else:
        shutil.rmtree(clinic.folder / "again")


def test_a_restore_killed_in_the_middle_opens_nothing_half_made(clinic, request):
    file = prepared(clinic)
    with places(clinic, request) as url:
        count, published = restore_killed_at(clinic, file, url, 0, is_killed=False)
    assert count > 60
    assert (published > 0) == clinic.url.startswith("postgresql")
    for at in {*some(count, clinic), *range(published, published + 2 * (published > 0))}:
        with places(clinic, request) as url:
            restore_killed_at(clinic, file, url, at)


@pytest.mark.long
def test_a_restore_killed_at_every_step_opens_nothing_half_made(clinic, request):
    file = prepared(clinic)
    with places(clinic, request) as url:
        count, _ = restore_killed_at(clinic, file, url, 0, is_killed=False)
    for at in range(1, count + 1):
        with places(clinic, request) as url:
            restore_killed_at(clinic, file, url, at)


@contextmanager
def files_of_at_most(limit_kb: int) -> Iterator[None]:
    """A disk that takes no more: no file of this process and its children grows beyond the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kb * 1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit_kb", [0, 1, 8, 14])
def test_a_disk_that_is_full_during_a_backup_is_said_and_leaves_nothing(clinic, limit_kb):
    admit(clinic, "P-1", "P-2")
    first = backed_up(clinic)
    admit(clinic, "P-3")
    with files_of_at_most(limit_kb), pytest.raises((StoreError, OSError), match=r"full|failed to write|too large|disk"):
        back_up(clinic.url, clinic.log, clinic.folder / "backups", Ticking(), keep=1)
    assert sorted(clinic.folder.glob("backups/*")) == sorted([first.file, first.file.with_suffix(".json")])
    made = back_up(clinic.url, clinic.log, clinic.folder / "backups", Ticking(), keep=1)
    assert made.removed == (first.file,)


@pytest.mark.parametrize("limit_kb", [0, 1, 40, 100])
def test_a_disk_that_is_full_during_a_restore_is_said_and_leaves_nothing(file_clinic, limit_kb):
    clinic = file_clinic
    file = prepared(clinic)
    before = sorted((path.name, path.read_bytes()) for path in (clinic.folder / "keys").iterdir())
    url = new_url(clinic)
    with files_of_at_most(limit_kb), pytest.raises((StoreError, OSError), match=r"full|failed to|too large|disk"):
        restore_clinic(file, url, clinic.folder / "keys", lambda: b"", LATER, accepts_loss=True)
    assert not list((clinic.folder / "again").iterdir())
    assert sorted((path.name, path.read_bytes()) for path in (clinic.folder / "keys").iterdir()) == before
    assert restore_clinic(file, url, clinic.folder / "keys", lambda: b"", LATER, accepts_loss=True).is_open

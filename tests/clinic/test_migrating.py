import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, create_engine, event, inspect, select

from commensal.clinic import audit_store, open_store, reading, schema
from commensal.clinic.database import open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping import kept_checkpoint, migrate_store, migrating
from commensal.sentinel import RecordsLog, audit, keyring
from tests.clinic.copies import LATER, leaves
from tests.clinic.schemas import VERSIONS, laid_out

MIGRATIONS = Path(schema.__file__).parent / "migrations"
VISIT = "first-2025-11-20"
OLDER = [version for version in VERSIONS if version != schema.HEAD]


def log_of(home: Path) -> RecordsLog:
    keys = keyring.open_keys(home / "keys", lambda: b"")
    return RecordsLog(keys.log, keys.vault)


def raw(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as conn:
        return conn.execute(query).fetchall()


def everything(url: str) -> list[str]:
    """A whole database as text."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as conn:
        return list(conn.iterdump())


@pytest.fixture(scope="module")
def lying_about(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One old store with its keys; tests that change it copy it."""
    home = tmp_path_factory.mktemp("old")
    laid_out("0001", home)
    return home


@pytest.fixture
def old(lying_about: Path, tmp_path: Path) -> Path:
    shutil.copytree(lying_about, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(params=VERSIONS)
def any_version(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    return request.param, laid_out(request.param, tmp_path)


def copied_to_postgresql(version: str, source: str, target: str) -> None:
    """A store of an earlier version as PostgreSQL would hold it: its migrations run up to there, its rows copied."""
    found, engine = create_engine(source), open_engine(target, must_exist=True)
    tables = MetaData()
    tables.reflect(found)
    with engine.begin() as conn, found.connect() as rows:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = conn
        command.upgrade(config, version)
        made = set(inspect(conn).get_table_names())
        tables.create_all(conn, tables=[table for name, table in tables.tables.items() if name not in made])
        for table in tables.sorted_tables:
            copied = [dict(row._mapping) for row in rows.execute(select(table))]
            if copied and table.name != "alembic_version":
                conn.execute(table.insert(), copied)
    found.dispose()
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def on_each(any_version: tuple[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> tuple[str, str]:
    version, url = any_version
    if request.param == "sqlite":
        return version, url
    target = request.getfixturevalue("postgres_url")
    copied_to_postgresql(version, url, target)
    return version, target


def test_a_store_of_every_earlier_version_is_migrated_whole(on_each, tmp_path):
    version, url = on_each
    log = log_of(tmp_path)
    saved = kept_checkpoint(tmp_path / "keys")
    engine = open_engine(url, must_exist=True)
    with engine.connect() as conn:
        size = log.size(conn)
        before = log.leaf_hashes(conn, 0, size)
    engine.dispose()
    done = migrate_store(url, log, LATER, saved=saved, backups=tmp_path / "before")
    assert (done.before, done.after) == (version, schema.HEAD)
    if version != schema.HEAD:
        assert done.is_done
        assert done.audit.is_sound
        assert done.audit.checkpoint == saved
        assert version in done.backup.name
    store = open_store(url, log, LATER)
    assert leaves(store) == before
    assert audit_store(store, saved).is_sound
    visit = reading.read_visit(store, VISIT).summary()
    assert visit["patient"]["name"]
    assert visit["findings"]
    with store.reading() as conn:
        records = dict(log.records(conn))
        assert [index for index, record in records.items() if record is None] == [size - 3, size - 2]
        assert records[size - 1].content["erased"] == [size - 3, size - 2]
    store.close()
    again = migrate_store(url, log, LATER, saved=saved)
    assert not again.is_done


def test_the_backup_made_first_is_beside_the_store_and_holds_the_old_version(old):
    url = f"sqlite:///{old / 'clinic.db'}"
    done = migrate_store(url, log_of(old), LATER)
    assert done.backup == old / "clinic-0001-20260303T093000Z.db"
    assert raw(f"sqlite:///{done.backup}", "SELECT version_num FROM alembic_version") == [("0001",)]
    assert sorted(path.name for path in old.iterdir()) == [
        "clinic-0001-20260303T093000Z.db",
        "clinic-0001-20260303T093000Z.json",
        "clinic.db",
        "keys",
    ]


def test_every_other_command_says_what_to_do_with_an_older_store(old):
    before = (old / "clinic.db").read_bytes()
    with pytest.raises(StoreError, match="expected version 0002, it is 0001; run `commensal migrate`"):
        open_store(f"sqlite:///{old / 'clinic.db'}", log_of(old), LATER)
    assert (old / "clinic.db").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE alembic_version SET version_num = '0003'", "from the future"),
        ("UPDATE alembic_version SET version_num = '9f3a2b'", "from the future"),
        ("DROP TABLE alembic_version", "holds no clinic"),
        ("DELETE FROM log_payload WHERE idx = 3", "not sound"),
        ("UPDATE log_checkpoint SET note = replace(note, '17', '16')", "signature"),
    ],
)
def test_what_cannot_be_migrated_is_refused_and_left_alone(old, change, said):
    url = f"sqlite:///{old / 'clinic.db'}"
    with closing(sqlite3.connect(old / "clinic.db")) as conn:
        conn.execute(change)
        conn.commit()
    before = everything(url)
    with pytest.raises(Exception, match=said):
        migrate_store(url, log_of(old), LATER)
    assert everything(url) == before
    assert sorted(path.name for path in old.iterdir() if not path.name.startswith("clinic.db")) == ["keys"]


def test_a_postgresql_store_asks_where_its_backup_shall_go(postgres_url, old):
    copied_to_postgresql("0001", f"sqlite:///{old / 'clinic.db'}", postgres_url)
    with pytest.raises(StoreError, match="--backups"):
        migrate_store(postgres_url, log_of(old), LATER)


def test_a_store_that_was_rolled_back_is_not_migrated(old):
    with closing(sqlite3.connect(old / "clinic.db")) as conn:
        (note,) = conn.execute("SELECT note FROM log_checkpoint").fetchone()
    log = log_of(old)
    newer = log._sign(18, bytes(32))
    assert newer != note
    with pytest.raises(StoreError, match="rolled back"):
        migrate_store(f"sqlite:///{old / 'clinic.db'}", log, LATER, saved=newer)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM log_payload WHERE idx = 3",
        "UPDATE log_tile SET hashes = substr(hashes, 1, 32) || substr(hashes, 1, 32) || substr(hashes, 65)",
        "DELETE FROM log_entry WHERE idx = 16",
    ],
)
def test_a_migration_that_would_change_the_log_is_rolled_back(old, monkeypatch, harm):
    url = f"sqlite:///{old / 'clinic.db'}"
    before, upgrade = everything(url), schema.upgrade

    def harmful(conn):
        upgrade(conn)
        conn.exec_driver_sql(harm)

    monkeypatch.setattr(schema, "upgrade", harmful)
    with pytest.raises(Exception, match=r"the log would not be what it was|disagree"):
        migrate_store(url, log_of(old), LATER)
    assert everything(url) == before


class StopError(Exception):
    """What goes wrong in the middle."""


def failing_at(monkeypatch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Let the migration's own connection fail at its statement `at`; gives the statements that came to it."""
    met: list[str] = []

    def engine_of(url: str, *, must_exist: bool) -> Engine:
        engine = open_engine(url, must_exist=must_exist)

        def count(_conn, _cursor, statement, *_):
            met.append(statement)
            if len(met) == at:
                raise StopError

        event.listen(engine, "before_cursor_execute", count)
        return engine

    monkeypatch.setattr(migrating, "open_engine", engine_of)
    return met


def is_whole(home: Path, version: str) -> bool:
    """Whether a store is of this version, and its log sound."""
    log, engine = log_of(home), open_engine(f"sqlite:///{home / 'clinic.db'}", must_exist=True)
    with engine.connect() as conn:
        found = schema.version_of(conn)
        report = audit(conn, log.vkey, log.vault, kept_checkpoint(home / "keys"))
    engine.dispose()
    return found == version and report.is_sound


def count_of_statements(old: Path, tmp_path: Path) -> int:
    shutil.copytree(old, tmp_path / "counted")
    with pytest.MonkeyPatch.context() as patch:
        met = failing_at(patch, 0)
        migrate_store(f"sqlite:///{tmp_path / 'counted' / 'clinic.db'}", log_of(old), LATER)
    return len(met)


def fails_whole(old: Path, tmp_path: Path, at: int) -> None:
    home = tmp_path / f"at-{at}"
    shutil.copytree(old, home)
    url = f"sqlite:///{home / 'clinic.db'}"
    before = everything(url)
    with pytest.MonkeyPatch.context() as patch:
        failing_at(patch, at)
        with pytest.raises(StopError):
            migrate_store(url, log_of(home), LATER)
    is_new = raw(url, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]
    if is_new:  # the last audit comes after the commit
        assert is_whole(home, schema.HEAD)
    else:
        assert everything(url) == before
        assert is_whole(home, "0001")
        for left in home.glob("clinic-*"):
            left.unlink()
        assert migrate_store(url, log_of(home), LATER).audit.is_sound
    shutil.rmtree(home)


def test_an_error_at_a_statement_leaves_the_old_version_whole(old, tmp_path):
    count = count_of_statements(old, tmp_path)
    assert count > 60
    for at in range(1, count, max(1, count // 12)):
        fails_whole(old, tmp_path, at)


@pytest.mark.long
def test_an_error_at_every_statement_leaves_the_old_version_whole(old, tmp_path):
    for at in range(1, count_of_statements(old, tmp_path)):
        fails_whole(old, tmp_path, at)


KILLED = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from commensal.clinic.safekeeping import migrating
from tests.clinic.test_migrating import log_of, LATER
home, at = Path(sys.argv[1]), int(sys.argv[2])
was, met = migrating.open_engine, []
def engine_of(url, *, must_exist):
    engine = was(url, must_exist=must_exist)
    def count(*_):
        met.append(1)
        if len(met) == at:
            os.kill(os.getpid(), 9)
    event.listen(engine, "before_cursor_execute", count)
    return engine
migrating.open_engine = engine_of
migrating.migrate_store(f"sqlite:///{home / 'clinic.db'}", log_of(home), LATER)
"""


def killed(old: Path, tmp_path: Path, at: int) -> None:
    home = tmp_path / f"killed-{at}"
    shutil.copytree(old, home)
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(home), str(at)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert ran.returncode == -9, ran.stderr.decode()
    version = raw(f"sqlite:///{home / 'clinic.db'}", "SELECT version_num FROM alembic_version")[0][0]
    assert is_whole(home, str(version))
    for left in home.glob("clinic-*"):
        left.unlink()
    migrate_store(f"sqlite:///{home / 'clinic.db'}", log_of(home), LATER)
    assert is_whole(home, schema.HEAD)
    shutil.rmtree(home)


def test_a_migration_killed_in_the_middle_is_completed_by_the_next(old, tmp_path):
    count = count_of_statements(old, tmp_path)
    for at in (count // 4, count // 2, count - 40):
        killed(old, tmp_path, at)


@pytest.mark.long
def test_a_migration_killed_anywhere_is_completed_by_the_next(old, tmp_path):
    for at in range(1, count_of_statements(old, tmp_path), 5):
        killed(old, tmp_path, at)


def test_a_disk_that_is_full_leaves_the_old_version_whole(old, monkeypatch):
    url = f"sqlite:///{old / 'clinic.db'}"
    before = everything(url)

    def engine_of(url: str, *, must_exist: bool) -> Engine:
        engine = open_engine(url, must_exist=must_exist)
        pages = raw(url, "PRAGMA page_count")[0][0]
        event.listen(engine, "connect", lambda conn, _: conn.execute(f"PRAGMA max_page_count = {pages + 2}"))
        return engine

    with monkeypatch.context() as patch:
        patch.setattr(migrating, "open_engine", engine_of)
        with pytest.raises(StoreError, match="the disk is full"):
            migrate_store(url, log_of(old), LATER)
    assert everything(url) == before
    for left in old.glob("clinic-*"):
        left.unlink()
    assert migrate_store(url, log_of(old), LATER).audit.is_sound

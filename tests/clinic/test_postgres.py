"""What is PostgreSQL's own: waits that end, views that are kept out of its write-ahead log and come back after a crash."""

from contextlib import ExitStack, closing, contextmanager

import psycopg
import pytest
from sqlalchemy import text

from commensal.clinic import Store, audit_store, database, views
from commensal.clinic.errors import StoreError
from tests.clinic.conftest import founded
from tests.clinic.test_store import acts_on_record, consented, registered
from tests.postgres import running_server


@pytest.fixture
def open_clinic(tmp_path):
    """Founds a clinic at a URL; it is closed when the test ends."""
    with ExitStack() as stack:

        def found(url):
            clinic = founded(tmp_path, url)
            stack.callback(clinic.store.close)
            return clinic

        yield found


SHORT_MS = 1_000
"""Instead of the waits that are usual: still long enough to open a store on a busy machine."""


def test_a_writer_that_waits_too_long_for_another_is_told_so(open_clinic, postgres_url, monkeypatch):
    clinic = open_clinic(postgres_url)
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", SHORT_MS)
    with closing(clinic.another_store()) as store:
        with psycopg.connect(postgres_url) as other:
            other.execute(f"SELECT pg_advisory_xact_lock({database.WRITE_LOCK})")
            with pytest.raises(StoreError, match="another process is writing"):
                store.commit([consented("record")])
        store.commit([consented("record")])
        assert acts_on_record(store) == ["foundClinic", "recordConsent"]


def test_a_statement_that_takes_too_long_is_stopped(open_clinic, postgres_url, monkeypatch):
    clinic = open_clinic(postgres_url)
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT_MS", SHORT_MS)
    with closing(clinic.another_store()) as store:
        with pytest.raises(StoreError, match="longer than is allowed"), store.reading() as conn:
            conn.execute(text("SELECT pg_sleep(60)"))
        store.commit([consented("record")])


def test_a_writer_that_falls_silent_holds_up_nobody_for_long(open_clinic, postgres_url, monkeypatch):
    clinic = open_clinic(postgres_url)
    monkeypatch.setattr(database, "IDLE_TIMEOUT_MS", SHORT_MS)

    def fall_silent(silent: Store) -> None:
        with silent.writing() as conn:
            clinic.store.commit([consented("record")])  # somebody else, who waits for the lock meanwhile
            conn.execute(text("SELECT 1"))

    with closing(clinic.another_store()) as silent, pytest.raises(StoreError, match="connection was lost"):
        fall_silent(silent)
    assert acts_on_record(clinic.store) == ["foundClinic", "recordConsent"]


def test_a_reader_sees_one_moment_and_cannot_write(open_clinic, postgres_url):
    clinic = open_clinic(postgres_url)
    with clinic.store.reading() as conn:
        before = clinic.store.log.size(conn)
        clinic.store.commit([consented("record")])
        assert clinic.store.log.size(conn) == before
        with pytest.raises(StoreError, match="takes no writes"), clinic.store.reading() as reader:
            reader.execute(text("DELETE FROM log_entry"))


def test_a_server_that_crashed_comes_back_with_the_log_whole_and_the_views_made_again(open_clinic):
    with running_server() as server:
        clinic = open_clinic(server.new_database())
        clinic.store.commit([consented("record"), registered()])
        with clinic.store.reading() as conn:
            before = views.rows(conn)
        server.kill()
        server.start()
        with closing(clinic.another_store()) as store, store.reading() as conn:
            assert views.rows(conn) == before
        server.kill()
        server.start()
        clinic.store.commit([consented("record", on_whom="P-2")])  # a program that kept running
        assert audit_store(clinic.store, None).is_sound
        with clinic.store.reading() as conn:
            assert conn.execute(text("SELECT version FROM person")).scalar_one() == before["person"][0][-1]


def test_two_programs_that_find_the_views_emptied_both_open(open_clinic, postgres_url, monkeypatch):
    clinic = open_clinic(postgres_url)
    clinic.store.commit([consented("record"), registered()])
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(f"TRUNCATE {', '.join(views.views.tables)}")  # what a crash of the server does
    wait_for_lock = Store.writing

    @contextmanager
    def after_another(self):
        """The lock is given when another program has mended the views and gone on."""
        monkeypatch.setattr(Store, "writing", wait_for_lock)
        clinic.store.commit([consented("record", on_whom="P-2")])
        with wait_for_lock(self) as conn:
            yield conn

    monkeypatch.setattr(Store, "writing", after_another)
    with closing(clinic.another_store()) as store:
        assert audit_store(store, None).is_sound


def test_nothing_of_a_view_is_in_the_write_ahead_log(open_clinic, postgres_url, postgres):
    clinic = open_clinic(postgres_url)
    clinic.store.commit([consented("record"), registered()])
    with psycopg.connect(postgres_url, autocommit=True) as other:
        kinds = dict(other.execute("SELECT relname, relpersistence FROM pg_class WHERE relkind = 'r'").fetchall())
        other.execute("CHECKPOINT")
    assert {kinds[name] for name in views.views.tables} == {"u"}
    assert {kinds[name] for name in ("log_entry", "log_payload", "log_checkpoint", "outbox")} == {"p"}
    wal = b"".join(path.read_bytes() for path in (postgres.data / "pg_wal").glob("0*"))
    assert b"log_checkpoint" in wal
    assert b"Example" not in wal

"""A clinic is founded whole, or its place is as empty as it was and the same can be tried again."""

from contextlib import contextmanager

import pytest

from commensal.clinic import audit_store, found_store, open_store
from commensal.clinic.errors import StoreError
from commensal.clinic.store import Store
from commensal.clinic.whole_files import one_at_a_time
from commensal.clock import FixedClock
from commensal.sentinel import RecordsLog, keyring
from tests.clinic.conftest import NOW
from tests.postgres import running_server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    return (
        f"sqlite:///{tmp_path}/store/clinic.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )


@pytest.fixture
def keys(tmp_path) -> keyring.Keys:
    return keyring.create_keys(tmp_path / "keys", None, origin="commensal.example/test", dentist="Dr Mia Chen")


@pytest.fixture
def undone() -> list[str]:
    return []


@pytest.fixture
def found(keys, undone):
    log = RecordsLog(keys.log, keys.vault)

    def founding(url: str) -> Store:
        return found_store(
            url, log, FixedClock(NOW), clinic="Bay", dentist=keys.dentist, undo=lambda: undone.append("undone")
        )

    return founding


@contextmanager
def failing(step: str):
    def fail(*_, **__):
        raise StoreError("database: the disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, fail)
        yield


@pytest.mark.parametrize(
    "step",
    ["commensal.clinic.founding.make_schema", "commensal.sentinel.RecordsLog.start", "commensal.clinic.Store.commit"],
)
def test_a_founding_that_fails_leaves_nothing_and_can_be_tried_again(url, found, undone, tmp_path, step):
    with failing(step), pytest.raises(StoreError, match="the disk is full"):
        found(url)
    assert undone == ["undone"]
    assert not list(tmp_path.glob("store/*"))
    store = found(url)
    assert audit_store(store, None).is_sound
    store.close()
    assert undone == ["undone"]


def test_a_founding_where_a_clinic_is_leaves_that_clinic_and_takes_back_what_was_made_for_it(url, found, undone):
    found(url).close()
    for _ in range(2):
        with pytest.raises(StoreError, match="there already"):
            found(url)
    assert undone == ["undone"] * 2


def test_a_founding_waits_for_nobody_else_at_work_in_its_folder(found, undone, tmp_path):
    (tmp_path / "store").mkdir()
    with one_at_a_time(tmp_path / "store"), pytest.raises(StoreError, match="another founding"):
        found(f"sqlite:///{tmp_path}/store/clinic.db")
    assert undone == ["undone"]
    assert not list(tmp_path.glob("store/*"))


@pytest.mark.parametrize("step", ["start", "append"])
def test_a_founding_under_which_the_server_is_lost_keeps_the_keys_and_says_what_to_do(found, undone, keys, step):
    with running_server() as server:
        url = server.new_database()
        do = getattr(RecordsLog, step)

        def cut_off(self, *arguments):
            done = do(self, *arguments)
            server.kill()
            return done

        with pytest.MonkeyPatch.context() as power:
            power.setattr(RecordsLog, step, cut_off)
            with pytest.raises(StoreError, match=r"is not known: keep the keys and look with `commensal show`"):
                found(url)
        assert undone == []
        server.start()
        if step == "start":
            found(url).close()
        store = open_store(url, RecordsLog(keys.log, keys.vault), FixedClock(NOW))
        with store.reading() as conn:
            assert store.log.size(conn) == (step == "start")
        store.close()

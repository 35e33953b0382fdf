"""Founding a clinic, and opening one: database, log and policy put together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

from sqlalchemy import Connection, inspect

from commensal.clinic import views
from commensal.clinic.database import as_store_errors, database_path, files_of, open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.schema import check_schema, make_schema
from commensal.clinic.store import CLINIC, Proposal, Store
from commensal.clinic.whole_files import one_at_a_time
from commensal.clock import Clock
from commensal.sentinel import Act, Policy, RecordsLog, keyring


class _HalfFoundedError(StoreError):
    """The server may hold the clinic, a part of it, or nothing."""


def clinic_policy() -> Policy:
    """The policy this program version ships."""
    folder = files("commensal.clinic").joinpath("policy")
    policies = folder.joinpath("clinic.cedar").read_text(encoding="utf-8")
    return Policy(policies, folder.joinpath("clinic.cedarschema").read_text(encoding="utf-8"))


def found_store(
    url: str,
    log: RecordsLog,
    clock: Clock,
    *,
    clinic: str,
    dentist: keyring.SigningKey,
    undo: Callable[[], None] = lambda: None,
) -> Store:
    """Make a new database and record the founding: who the clinic is and which key its dentist signs with.

    Args:
        undo: called when the founding failed and nothing is left of it: takes back what was made for it before. Not
            called where a server was lost and may hold the clinic.

    Raises:
        StoreError: there is a database already, or it cannot be made.
    """
    try:
        with _alone_at(url):
            return _founded(url, log, clock, clinic, dentist)
    except _HalfFoundedError:
        raise
    except BaseException:
        undo()
        raise


def _founded(url: str, log: RecordsLog, clock: Clock, clinic: str, dentist: keyring.SigningKey) -> Store:
    store = Store(open_engine(url, must_exist=False), log, clinic_policy(), clock)
    is_made = False
    try:
        _make(store)
        is_made = True
        _record_founding(store, clinic, dentist)
    except BaseException:
        _leave_nothing(store, url, is_made=is_made)
        raise
    return store


@contextmanager
def _alone_at(url: str) -> Iterator[None]:
    """Keep others from founding in the same folder, so that a founding that fails removes no file but its own."""
    path = database_path(url)
    if path is None:
        yield  # PostgreSQL: tables are dropped only when they are known to be ours
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.parent):
        yield


def _make(store: Store) -> None:
    with store.writing() as conn:
        make_schema(conn)
        store.log.start(conn)


def _record_founding(store: Store, clinic: str, dentist: keyring.SigningKey) -> None:
    act = Act(who_kind="Service", who="commensal", what="foundClinic", on_whom=CLINIC, why="a clinic begins")
    content = {
        "clinic": clinic,
        "dentist": dentist.name,
        "dentist_key": dentist.vkey,
        "log_key": store.log.vkey,
        "policy_sha256": store.policy.sha256,
    }
    store.commit([Proposal(act=act, content=content)])


def _leave_nothing(store: Store, url: str, *, is_made: bool) -> None:
    """After a founding that failed: the place is as empty as it was, so that the same command can be run again."""
    store.close()
    path = database_path(url)
    if path is not None:
        for one in files_of(path):
            one.unlink(missing_ok=True)
        return
    try:
        with as_store_errors(), store.engine.begin() as conn:
            names = inspect(conn).get_table_names()
            if names and not is_made:
                raise StoreError("database: it holds tables now, which this or another program made")
            for name in names:
                conn.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
    except StoreError as error:
        raise _HalfFoundedError(
            f"{error}. Whether the clinic was founded is not known: keep the keys and look with `commensal show`; when "
            "there is none, empty the database, move the keys away and found it again"
        ) from error
    finally:
        store.close()


def open_store(url: str, log: RecordsLog, clock: Clock, *, any_view_version: bool = False) -> Store:
    """Open a clinic's database.

    Raises:
        StoreError: no clinic there, of another version, or of other keys.
    """
    store = Store(open_engine(url, must_exist=True), log, clinic_policy(), clock)
    try:
        _check_store(store, any_view_version=any_view_version)
    except BaseException:
        store.close()
        raise
    return store


def _check_store(store: Store, *, any_view_version: bool) -> None:
    with store.reading() as conn:
        check_schema(conn, any_view_version=any_view_version)
        _check_origin(conn, store.log)
        is_emptied = not any_view_version and conn.dialect.name == "postgresql" and views.last_record(conn) is None
    if is_emptied:  # PostgreSQL crashed: what is not in its write-ahead log was lost
        with store.writing() as conn:
            store.mend_views(conn, store.log.size(conn))


def _check_origin(conn: Connection, log: RecordsLog) -> None:
    origin = log.checkpoint(conn).split("\n", 1)[0]
    if origin != log.origin:
        raise StoreError(
            f"database: expected the log {log.origin} of these keys, it is {origin[:80]}; check --keys and --store"
        )

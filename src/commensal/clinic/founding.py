"""Founding a clinic, and opening one: database, log and policy put together."""

from importlib.resources import files

from sqlalchemy import Connection

from commensal.clinic import views
from commensal.clinic.database import open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.schema import check_schema, make_schema
from commensal.clinic.store import CLINIC, Proposal, Store
from commensal.clock import Clock
from commensal.sentinel import Act, Policy, RecordsLog, keyring


def clinic_policy() -> Policy:
    """The policy this program version ships."""
    folder = files("commensal.clinic").joinpath("policy")
    policies = folder.joinpath("clinic.cedar").read_text(encoding="utf-8")
    return Policy(policies, folder.joinpath("clinic.cedarschema").read_text(encoding="utf-8"))


def found_store(url: str, log: RecordsLog, clock: Clock, *, clinic: str, dentist: keyring.SigningKey) -> Store:
    """Make a new database and record the founding: who the clinic is and which key its dentist signs with.

    Raises:
        StoreError: there is a database already, or it cannot be made.
    """
    store = Store(open_engine(url, must_exist=False), log, clinic_policy(), clock)
    try:
        _found(store, clinic, dentist)
    except BaseException:
        store.close()
        raise
    return store


def _found(store: Store, clinic: str, dentist: keyring.SigningKey) -> None:
    with store.writing() as conn:
        make_schema(conn)
        store.log.start(conn)
    act = Act(who_kind="Service", who="commensal", what="foundClinic", on_whom=CLINIC, why="a clinic begins")
    content = {
        "clinic": clinic,
        "dentist": dentist.name,
        "dentist_key": dentist.vkey,
        "log_key": store.log.vkey,
        "policy_sha256": store.policy.sha256,
    }
    store.commit([Proposal(act=act, content=content)])


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

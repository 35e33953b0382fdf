"""Founding a clinic, and opening one: database, log and policy put together."""

from importlib.resources import files

from sqlalchemy import Connection

from commensal.clinic.database import as_store_errors, open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.schema import check_schema, make_schema
from commensal.clinic.store import CLINIC, Proposal, Store
from commensal.clock import Clock
from commensal.sentinel import Act, Policy, RecordsLog, SigningKey


def clinic_policy() -> Policy:
    """The policy this program version ships."""
    folder = files("commensal.clinic").joinpath("policy")
    policies = folder.joinpath("clinic.cedar").read_text(encoding="utf-8")
    return Policy(policies, folder.joinpath("clinic.cedarschema").read_text(encoding="utf-8"))


def found_store(url: str, log: RecordsLog, clock: Clock, *, clinic: str, dentist: SigningKey) -> Store:
    """Make a new database and record the founding: who the clinic is and which key its dentist signs with.

    Raises:
        StoreError: there is a database already, or it cannot be made.
    """
    engine = open_engine(url, must_exist=False)
    store = Store(engine, log, clinic_policy(), clock)
    with store.writing() as conn:
        make_schema(conn)
        log.start(conn)
    act = Act(who_kind="Service", who="commensal", what="foundClinic", on_whom=CLINIC, why="a clinic begins")
    content = {
        "clinic": clinic,
        "dentist": dentist.name,
        "dentist_key": dentist.vkey,
        "log_key": log.vkey,
        "policy_sha256": store.policy.sha256,
    }
    store.commit([Proposal(act=act, content=content)])
    return store


def open_store(url: str, log: RecordsLog, clock: Clock, *, any_view_version: bool = False) -> Store:
    """Open a clinic's database.

    Raises:
        StoreError: no clinic there, of another version, or of other keys.
    """
    engine = open_engine(url, must_exist=True)
    store = Store(engine, log, clinic_policy(), clock)
    with as_store_errors(), engine.connect().execution_options(commensal_read_only=True) as conn:
        check_schema(conn, any_view_version=any_view_version)
        _check_origin(conn, log)
    return store


def _check_origin(conn: Connection, log: RecordsLog) -> None:
    origin = log.checkpoint(conn).split("\n", 1)[0]
    if origin != log.origin:
        raise StoreError(
            f"database: expected the log {log.origin} of these keys, it is {origin[:80]}; check --keys and --store"
        )

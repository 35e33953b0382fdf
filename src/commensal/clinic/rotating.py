"""A clinic's keys changed: decided, done and recorded in one commit, the log's entries untouched.

    policy -> [ new key files staged, data keys wrapped anew, record appended ] -> committed -> files in place

Where a power cut falls between commit and files, `settled_keys` finds out which key is right when the clinic is next
opened. Format: docs/specs/records-log.md section 12.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commensal.clinic.founding import open_store
from commensal.clinic.rebuilding import make_again
from commensal.clinic.store import CLINIC, SCHEMA, Store
from commensal.clock import Clock
from commensal.sentinel import Act, Record, RecordsLog, keyring

PROGRAM = ("Service", "commensal")

Ask = Callable[[], bytes]
"""Gives the passphrase of the keys; called only when they have one."""


def settled_keys(url: str, folder: Path, ask: Ask, clock: Clock) -> keyring.Keys:
    """The keys of now; a rotation that was cut short is finished or dropped first, by what the database opens with.

    Raises:
        KeyFileError: they do not open, or open nothing in this database.
        StoreError: no clinic in this database.
    """
    ask = cache(ask)
    keys = keyring.open_keys(folder, ask)
    if keys.is_settled:
        return keys
    store = open_store(url, RecordsLog(keys.log, keys.vault), clock, any_view_version=True)
    try:
        with store.reading() as conn:
            return keyring.settle(conn, folder, ask)
    finally:
        store.close()


def rotate_keys(store: Store, folder: Path, ask: Ask, *, with_recovery: bool, why: str) -> dict[str, Any]:
    """A new clinic key, and a new recovery key where asked. Other programs that are open must open the clinic again.

    Args:
        store: open, with the keys in `folder`.
        folder: where the key files are.
        ask: gives their passphrase, which protects the new ones too.
        with_recovery: seal every data key to a new recovery key; the old one opens nothing that is stored any more.
        why: goes on record.

    Returns:
        What goes on record: names of the renewed files, how many data keys were wrapped; and where it was recorded.

    Raises:
        RefusedError: policy says no.
        KeyFileError, LogError: something does not open. The keys of before stay right.
    """
    act = _rotation(why)
    with keyring.renewing(folder, cache(ask), with_recovery=with_recovery) as fresh:
        old = store.log.vault

        def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> dict[str, Any]:
            done = {"renewed": sorted(fresh.files)}
            index = store.record(conn, act, {**done, "decided_by": decided_by}, at)
            return {**done, "data_keys": fresh.apply(conn, old), "record": index}

        done = store.carry_out(act, do)
        store.log.vault = fresh.keys.vault
    store.scrub()
    return done


def rotate_data_keys(store: Store, persons: Sequence[str] | None, why: str) -> dict[str, Any]:
    """Fresh data keys for these persons, or for everybody and the clinic itself. Writers wait until it is done.

    Raises:
        RefusedError: policy says no.
        LogError: a key or a payload does not open; nothing was changed.
        StoreError: done, and the database's files could not be scrubbed yet.
    """
    act = _rotation(why)

    def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        renewed, written = keyring.renew_data_keys(conn, store.log.vault, persons)
        done = {"renewed": ["data keys"], "data_keys": renewed, "payloads": written}
        return {**done, "record": store.record(conn, act, {**done, "decided_by": decided_by}, at)}

    done = store.carry_out(act, do)
    store.scrub()
    return done


def recover_keys(
    url: str, folder: Path, ask: Ask, recovery_key: Path, recovery_passphrase: Ask, clock: Clock
) -> dict[str, Any]:
    """A new clinic key for one that is lost, by the offline recovery key; the views are made again with it.

    No policy is asked: whoever holds the recovery key can read everything already, and nobody else can do this.

    Raises:
        KeyFileError: log.key or dentist.key is missing too, or a key file does not open.
        LogError: the recovery key is another clinic's, or a data key does not open; nothing was changed.
    """
    recovery = keyring.open_recovery(recovery_key, recovery_passphrase)
    with keyring.recovering(folder, ask, recovery) as fresh:
        log = RecordsLog(fresh.keys.log, fresh.keys.vault)
        store = open_store(url, log, clock, any_view_version=True)
        try:
            with store.writing() as conn:
                done = {"renewed": ["clinic.key"], "data_keys": fresh.apply(conn, recovery)}
                at = clock.now()
                index = log.append(conn, [_recovered(done, at)], at)[0].index
                make_again(conn, log)
        finally:
            store.close()
    return {**done, "record": index}


def _rotation(why: str) -> Act:
    return Act(who_kind=PROGRAM[0], who=PROGRAM[1], what="rotateKeys", on_whom=CLINIC, why=why)


def _recovered(done: Mapping[str, Any], at: datetime) -> Record:
    return Record(
        subject=CLINIC,
        actor=":".join(PROGRAM),
        act="rotateKeys",
        why="the clinic key was lost; the recovery key opened everything",
        content=done,
        schema=SCHEMA,
        at=at,
    )

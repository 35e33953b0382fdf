"""The house: rooms put together from one frozen Settings. The only place that knows them all."""

import ctypes
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commensal.clinic import (
    Closed,
    Proposal,
    Store,
    audit_store,
    conduct_visit,
    evidence,
    forgetting,
    found_store,
    list_visits,
    open_store,
    read_visit,
    rebuild,
)
from commensal.clock import Clock, SystemClock
from commensal.errors import InputError
from commensal.sentinel import Act, AuditReport, RecordsLog, SigningKey, create_keys, keyring

SAVED_CHECKPOINT = "log.checkpoint"
"""Kept beside the keys, away from the database: an older copy of the database put back is found by it."""
PR_SET_DUMPABLE = 4
"""Linux, prctl(2)."""
KEPT_MAX_BYTES = 1 << 20
"""Largest log key, checkpoint or proof that is read from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a clinic is and how its keys are opened."""

    store: str
    """Database URL."""
    keys: Path
    passphrase: Callable[[], bytes]
    """Asked once, and only when the keys have a passphrase."""
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A clinic that is open: its store and its dentist's key."""

    settings: Settings
    store: Store
    dentist: SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDone:
    """A visit, and the audit that followed it."""

    closed: Closed
    audit: AuditReport
    log_key: Path


def found_clinic(settings: Settings, passphrase: bytes | None, *, clinic: str, dentist: str, origin: str) -> str:
    """Make a clinic's keys and its database; gives the log's verifier key.

    Raises:
        KeyFileError, StoreError: keys or a database are there already, or cannot be made.
    """
    keys = create_keys(settings.keys, passphrase, origin=origin, dentist=dentist)
    log = RecordsLog(keys.log, keys.vault)
    store = found_store(settings.store, log, settings.clock, clinic=clinic, dentist=keys.dentist)
    try:
        _remember_checkpoint(settings, store)
    finally:
        store.close()
    return log.vkey


@contextmanager
def open_clinic(settings: Settings, *, any_view_version: bool = False) -> Iterator[Clinic]:
    """A clinic's store with its keys, closed again when the block ends.

    Raises:
        KeyFileError, StoreError: keys or database are missing, or do not belong together.
    """
    keys = settled_keys(settings)
    log = RecordsLog(keys.log, keys.vault)
    store = open_store(settings.store, log, settings.clock, any_view_version=any_view_version)
    try:
        yield Clinic(settings=settings, store=store, dentist=keys.dentist)
    finally:
        store.close()


def run_visit(clinic: Clinic, folder: Path, out: Path, progress: Callable[[str, float], None]) -> VisitDone:
    """One visit from its folder to its proof, then a full audit. See `commensal.clinic.conduct_visit`."""
    today = clinic.settings.clock.now().date()
    try:
        closed = conduct_visit(folder, out, clinic.store, clinic.dentist, today=today, progress=progress)
    finally:
        _remember_checkpoint(clinic.settings, clinic.store)
    report = audit_clinic(clinic, None, lambda share: progress("auditing", 0.95 + 0.05 * share))
    return VisitDone(closed=closed, audit=report, log_key=clinic.settings.keys / "log.vkey")


def audit_clinic(clinic: Clinic, since: Path | None, progress: Callable[[float], None]) -> AuditReport:
    """A full audit, against the checkpoint kept beside the keys or the one in `since` (a checkpoint or a proof)."""
    kept = since or clinic.settings.keys / SAVED_CHECKPOINT
    saved = _kept_text(kept) if since is not None or kept.exists() else None
    if saved is not None and saved.startswith("c2sp.org/tlog-proof"):
        saved = saved.partition("\n\n")[2]
    report = audit_store(clinic.store, saved, progress)
    if report.is_sound:
        _remember_checkpoint(clinic.settings, clinic.store)
    return report


def rebuild_views(clinic: Clinic, progress: Callable[[float], None]) -> dict[str, Any]:
    """Make every view again from the log; gives what was made."""
    return asdict(rebuild(clinic.store, progress))


def visits(clinic: Clinic) -> list[dict[str, Any]]:
    """The visits on record, oldest first; no patient is named."""
    return [
        {
            "visit": row.visit_id,
            "on": row.on_day,
            "status": row.status,
            "patient": row.person,
            "records": _span(row),
        }
        for row in list_visits(clinic.store)
    ]


def one_visit(clinic: Clinic, visit_id: str) -> dict[str, Any]:
    """One visit; that it was read is recorded first.

    Raises:
        StoreError: no such visit.
    """
    record = read_visit(clinic.store, visit_id)
    act = Act(
        who_kind="Dentist",
        who=clinic.dentist.name,
        what="readRecord",
        on_whom=record.patient.ref,
        why="asked to show it",
    )
    clinic.store.commit([Proposal(act=act, content={"read": visit_id})])
    _remember_checkpoint(clinic.settings, clinic.store)
    return record.summary()


def check_visit_folder(folder: Path, log_key: Path) -> evidence.FolderCheck:
    """Check a visit folder with the log key in a file that is not in the folder.

    Raises:
        InputError: the key is missing, or lies in the folder it should vouch against.
    """
    if log_key.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            "--log-key",
            "",
            "a key from somewhere else",
            "a file in the folder itself",
            "whoever changed one could change both",
        )
    return evidence.check_folder(folder, _kept_text(log_key))


def _kept_text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > KEPT_MAX_BYTES:
        came = "no such file" if not path.exists() else "a folder or a file too large"
        raise InputError(str(path), "", "a key, checkpoint or proof", came)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"byte {error.start}", "UTF-8 text", "bytes that are not") from error


def _remember_checkpoint(settings: Settings, store: Store) -> None:
    with store.reading() as conn:
        note = store.log.checkpoint(conn)
    draft = settings.keys / f".{SAVED_CHECKPOINT}.part"
    draft.write_text(note, encoding="utf-8")
    draft.replace(settings.keys / SAVED_CHECKPOINT)


def _span(row: Any) -> str:
    last = row.last_record if row.closing_record is None else row.closing_record
    return f"{row.first_record}–{last}"


def settled_keys(settings: Settings) -> keyring.Keys:
    """The keys of now; a rotation that was cut short is finished or dropped first, by what the database opens with.

    Raises:
        KeyFileError: they do not open, or open nothing in this database.
    """
    _keep_out_of_dumps()
    ask = cache(settings.passphrase)
    keys = keyring.open_keys(settings.keys, ask)
    if keys.is_settled:
        return keys
    log = RecordsLog(keys.log, keys.vault)
    store = open_store(settings.store, log, settings.clock, any_view_version=True)
    try:
        with store.reading() as conn:
            return keyring.settle(conn, settings.keys, ask)
    finally:
        store.close()


def protect_keys(settings: Settings, passphrase: bytes | None) -> tuple[str, ...]:
    """Put the clinic's secret key files under another passphrase, or none; gives their names."""
    _keep_out_of_dumps()
    return keyring.protect_keys(settings.keys, settings.passphrase, passphrase)


def rotate_keys(settings: Settings, *, with_recovery: bool, why: str) -> dict[str, Any]:
    """A new clinic key, and a new recovery key where asked; that it was done is recorded in the same commit.

    Raises:
        KeyFileError, LogError: something does not open; the keys of before stay right.
        RefusedError: policy says no.
    """
    settings = replace(settings, passphrase=cache(settings.passphrase))
    with (
        open_clinic(settings) as clinic,
        keyring.renewing(settings.keys, settings.passphrase, with_recovery=with_recovery) as fresh,
    ):
        store, old = clinic.store, clinic.store.log.vault

        def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> dict[str, Any]:
            done = {"renewed": sorted(fresh.files), "data_keys": fresh.apply(conn, old)}
            store.log.vault = fresh.keys.vault
            return {**done, "record": store.record(conn, _rotation(why), {**done, "decided_by": decided_by}, at)}

        return _renewed(clinic, do)


def rotate_data_keys(clinic: Clinic, persons: Sequence[str] | None, why: str) -> dict[str, Any]:
    """Fresh data keys for these persons, or for everybody and the clinic itself; recorded in the same commit."""
    store = clinic.store

    def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        renewed, written = keyring.renew_data_keys(conn, store.log.vault, persons)
        done = {"renewed": ["data keys"], "data_keys": renewed, "payloads": written}
        return {**done, "record": store.record(conn, _rotation(why), {**done, "decided_by": decided_by}, at)}

    done = _renewed(clinic, do)
    store.scrub()
    return done


def recover_keys(settings: Settings, recovery_key: Path, recovery_passphrase: bytes | None) -> dict[str, Any]:
    """A new clinic key for one that is lost, by the offline recovery key; recorded in the same commit.

    Raises:
        KeyFileError: log.key or dentist.key is missing too, or a key does not open.
        LogError: the recovery key is another clinic's, or a data key does not open.
    """
    _keep_out_of_dumps()
    recovery = keyring.open_recovery(recovery_key, recovery_passphrase)
    with keyring.recovering(settings.keys, settings.passphrase, recovery) as fresh:
        log = RecordsLog(fresh.keys.log, fresh.keys.vault)
        store = open_store(settings.store, log, settings.clock, any_view_version=True)

        def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> dict[str, Any]:
            done = {"renewed": ["clinic.key"], "data_keys": fresh.apply(conn, recovery)}
            act = _rotation("the clinic key was lost")
            return {**done, "record": store.record(conn, act, {**done, "decided_by": decided_by}, at)}

        try:
            return _renewed(Clinic(settings=settings, store=store, dentist=fresh.keys.dentist), do)
        finally:
            store.close()


def check_keys(clinic: Clinic, recovery_key: Path | None, recovery_passphrase: bytes | None) -> keyring.KeyCheck:
    """Which stored data keys the clinic key opens and, as a drill, the recovery key in a file."""
    recovery = None if recovery_key is None else keyring.open_recovery(recovery_key, recovery_passphrase)
    with clinic.store.reading() as conn:
        return keyring.check_data_keys(conn, clinic.store.log.vault, recovery)


def forget(clinic: Clinic, person: str, *, who_kind: str, who: str, why: str) -> forgetting.Forgotten:
    """Forget one person for good, and renew the checkpoint beside the keys. See `commensal.clinic.forgetting`."""
    try:
        return forgetting.forget_person(clinic.store, person, who_kind=who_kind, who=who, why=why)
    finally:
        _remember_checkpoint(clinic.settings, clinic.store)


def _keep_out_of_dumps() -> None:
    """A program that holds keys leaves no core file, and its memory is not read by others of the same user (Linux)."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _rotation(why: str) -> Act:
    return Act(who_kind="Service", who="commensal", what="rotateKeys", on_whom="clinic", why=why)


def _renewed(clinic: Clinic, do: Callable[[Connection, Mapping[str, Any], datetime], dict[str, Any]]) -> dict[str, Any]:
    done = clinic.store.carry_out(_rotation("keys are renewed"), do)
    _remember_checkpoint(clinic.settings, clinic.store)
    return done

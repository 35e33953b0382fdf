"""The house: rooms put together from one frozen Settings. The only place that knows them all."""

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from commensal.clinic import (
    Closed,
    Proposal,
    Store,
    audit_store,
    conduct_visit,
    delivering,
    evidence,
    found_store,
    open_store,
    reading,
    rebuild,
    safety,
)
from commensal.clock import Clock, SystemClock
from commensal.errors import InputError
from commensal.sentinel import Act, AuditReport, RecordsLog, keyring, tile_folder, witnesses

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
    warn: Callable[[str], None] = lambda _words: None
    """Told what a person should know although the work goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A clinic that is open: its store and its dentist's key."""

    settings: Settings
    store: Store
    dentist: keyring.SigningKey


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
    keys = keyring.create_keys(settings.keys, passphrase, origin=origin, dentist=dentist)
    log = RecordsLog(keys.log, keys.vault)
    store = found_store(settings.store, log, settings.clock, clinic=clinic, dentist=keys.dentist)
    try:
        safety.beside_keys.remember(store, settings.keys)
    finally:
        store.close()
    return log.vkey


@contextmanager
def open_clinic(
    settings: Settings, *, any_view_version: bool = False, may_be_unsound: bool = False
) -> Iterator[Clinic]:
    """A clinic's store with its keys, closed again when the block ends.

    Args:
        settings: where it is.
        any_view_version: views of another program version will do, for they are about to be made again.
        may_be_unsound: a log that does not continue the checkpoint beside the keys will do, for it is to be audited.

    Raises:
        KeyFileError, StoreError: keys or database are missing, or do not belong together.
        EvidenceError: an older copy of the database was put back.
    """
    _keep_out_of_dumps()
    keys = safety.rotating.settled_keys(settings.store, settings.keys, settings.passphrase, settings.clock)
    log = RecordsLog(keys.log, keys.vault)
    store = open_store(settings.store, log, settings.clock, any_view_version=any_view_version)
    try:
        if not may_be_unsound:
            safety.beside_keys.check_continued(store, settings.keys)
        warning = safety.clock_alarm.clock_warning(store)
        if warning is not None:
            settings.warn(warning)
        yield Clinic(settings=settings, store=store, dentist=keys.dentist)
    finally:
        store.close()


def run_visit(clinic: Clinic, folder: Path, out: Path, progress: Callable[[str, float], None]) -> VisitDone:
    """One visit from its folder to its proof, then a full audit. See `commensal.clinic.conduct_visit`."""
    today = clinic.settings.clock.now().date()
    try:
        closed = conduct_visit(folder, out, clinic.store, clinic.dentist, today=today, progress=progress)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)
    report = audit_clinic(clinic, None, lambda share: progress("auditing", 0.95 + 0.05 * share))
    return VisitDone(closed=closed, audit=report, log_key=clinic.settings.keys / "log.vkey")


def audit_clinic(clinic: Clinic, since: Path | None, progress: Callable[[float], None]) -> AuditReport:
    """A full audit, against the checkpoint kept beside the keys or the one in `since` (a checkpoint or a proof).

    A kept checkpoint that was cut short is compared with nothing, and named among what was not checked.
    """
    flaw = safety.beside_keys.flaw(clinic.store, clinic.settings.keys) if since is None else None
    if flaw is not None:
        report = audit_store(clinic.store, None, progress)
        return replace(report, not_checked=(*report.not_checked, flaw))
    kept = since or clinic.settings.keys / safety.beside_keys.SAVED_CHECKPOINT
    saved = _kept_text(kept) if since is not None or kept.exists() else None
    if saved is not None and saved.startswith("c2sp.org/tlog-proof"):
        saved = saved.partition("\n\n")[2]
    report = audit_store(clinic.store, saved, progress)
    if report.is_sound:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)
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
        for row in reading.list_visits(clinic.store)
    ]


def one_visit(clinic: Clinic, visit_id: str) -> dict[str, Any]:
    """One visit; that it was read is recorded first.

    Raises:
        StoreError: no such visit.
    """
    record = reading.read_visit(clinic.store, visit_id)
    act = Act(
        who_kind="Dentist",
        who=clinic.dentist.name,
        what="readRecord",
        on_whom=record.patient.ref,
        why="asked to show it",
    )
    clinic.store.commit([Proposal(act=act, content={"read": visit_id})])
    safety.beside_keys.remember(clinic.store, clinic.settings.keys)
    return record.summary()


def check_visit_folder(folder: Path, log_key: Path, policy: Path | None = None) -> evidence.FolderCheck:
    """Check a visit folder with the log key, and the witness policy if any, in files that are not in the folder.

    Raises:
        InputError: the key is missing, or lies in the folder it should vouch against.
    """
    vkey = _key_from_elsewhere(log_key, folder)
    check = evidence.check_folder(folder, vkey)
    if policy is None:
        return check
    now_s = int(SystemClock().now().timestamp())
    return replace(check, problems=(*check.problems, *safety.witnessed.check_proof(folder, policy, vkey, now_s)))


def _key_from_elsewhere(log_key: Path, folder: Path) -> str:
    if log_key.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            "--log-key",
            "",
            "a key from somewhere else",
            "a file in the folder itself",
            "whoever changed one could change both",
        )
    return _kept_text(log_key)


def _kept_text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > KEPT_MAX_BYTES:
        came = "no such file" if not path.exists() else "a folder or a file too large"
        raise InputError(str(path), "", "a key, checkpoint or proof", came)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"byte {error.start}", "UTF-8 text", "bytes that are not") from error


def _span(row: Any) -> str:
    last = row.last_record if row.closing_record is None else row.closing_record
    return f"{row.first_record}–{last}"


def protect_keys(settings: Settings, new: Callable[[], bytes] | None) -> tuple[str, ...]:
    """Put the clinic's secret key files under another passphrase, or none; gives their names."""
    _keep_out_of_dumps()
    return keyring.protect_keys(settings.keys, settings.passphrase, new)


def rotate_keys(settings: Settings, *, with_recovery: bool, why: str) -> dict[str, Any]:
    """A new clinic key, and a new recovery key where asked. See `commensal.clinic.rotating`."""
    with open_clinic(settings) as clinic:
        try:
            return safety.rotating.rotate_keys(
                clinic.store, settings.keys, settings.passphrase, with_recovery=with_recovery, why=why
            )
        finally:
            safety.beside_keys.remember(clinic.store, settings.keys)


def rotate_data_keys(clinic: Clinic, persons: Sequence[str] | None, why: str) -> dict[str, Any]:
    """Fresh data keys for these persons, or for everybody and the clinic itself."""
    try:
        return safety.rotating.rotate_data_keys(clinic.store, persons, why)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)


def recover_keys(settings: Settings, recovery_key: Path, recovery_passphrase: Callable[[], bytes]) -> dict[str, Any]:
    """A new clinic key for one that is lost, by the offline recovery key."""
    _keep_out_of_dumps()
    done = safety.rotating.recover_keys(
        settings.store, settings.keys, settings.passphrase, recovery_key, recovery_passphrase, settings.clock
    )
    with open_clinic(settings) as clinic:
        safety.beside_keys.remember(clinic.store, settings.keys)
    return done


def check_keys(clinic: Clinic, recovery_key: Path | None, recovery_passphrase: Callable[[], bytes]) -> keyring.KeyCheck:
    """Which stored data keys the clinic key opens and, as a drill, the recovery key in a file."""
    recovery = None if recovery_key is None else keyring.open_recovery(recovery_key, recovery_passphrase)
    with clinic.store.reading() as conn:
        return keyring.check_data_keys(conn, clinic.store.log.vault, recovery)


def forget(clinic: Clinic, person: str, *, who_kind: str, who: str, why: str) -> safety.forgetting.Forgotten:
    """Forget one person for good, and renew the checkpoint beside the keys. See `commensal.clinic.forgetting`."""
    try:
        return safety.forgetting.forget_person(clinic.store, person, who_kind=who_kind, who=who, why=why)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)


def deliver(
    clinic: Clinic, place: str, token_file: Path | None, progress: Callable[[float], None], *, is_impatient: bool
) -> list[delivering.Told]:
    """Deliver what waits in the outbox and is due. See `commensal.clinic.delivering`."""
    return delivering.deliver_to(clinic.store, place, token_file, progress, is_impatient=is_impatient)


def undelivered(clinic: Clinic) -> list[delivering.Waiting]:
    """What waits in the outbox."""
    return delivering.undelivered(clinic.store)


def back_up(
    clinic: Clinic, folder: Path, keep: int | None, progress: Callable[[str, float], None]
) -> safety.safekeeping.Backup:
    """Back the clinic's store up into a folder, and read the backup back. See `commensal.clinic.safekeeping`."""
    settings = clinic.settings
    saved = safety.safekeeping.kept_checkpoint(settings.keys)
    return safety.safekeeping.back_up(
        settings.store, clinic.store.log, folder, settings.clock, saved=saved, keep=keep, progress=progress
    )


def migrate(
    settings: Settings, backups: Path | None, progress: Callable[[str, float], None]
) -> safety.safekeeping.Migrated:
    """Bring a store of an earlier version to this one, and renew the checkpoint beside the keys.

    Raises:
        StoreError: it cannot be; nothing was changed.
    """
    _keep_out_of_dumps()
    keys = keyring.open_keys(settings.keys, settings.passphrase)
    log, saved = RecordsLog(keys.log, keys.vault), safety.safekeeping.kept_checkpoint(settings.keys)
    return safety.safekeeping.migrate_store(
        settings.store, log, settings.clock, saved=saved, backups=backups, progress=progress
    )


def restore(
    backup: Path,
    settings: Settings,
    *,
    log_of: str | None,
    recovery: tuple[Path, Callable[[], bytes]] | None,
    accepts_loss: bool,
    is_drill: bool,
    progress: Callable[[str, float], None],
) -> safety.safekeeping.Restored:
    """Restore a backup into a new place, or only try it. See `commensal.clinic.safekeeping.restore_clinic`."""
    _keep_out_of_dumps()
    return safety.safekeeping.restore_clinic(
        backup,
        settings.store or None,
        settings.keys,
        settings.passphrase,
        settings.clock,
        log_of=log_of,
        recovery=recovery,
        accepts_loss=accepts_loss,
        is_drill=is_drill,
        progress=progress,
    )


def _keep_out_of_dumps() -> None:
    """A program that holds keys leaves no core file, and its memory is not read by others of the same user (Linux)."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def cosign_log(clinic: Clinic, policy: Path) -> safety.witnessed.Witnessed:
    """Have the witnesses of a policy cosign the log. See `commensal.clinic.witnessed`."""
    return safety.witnessed.cosign_log(clinic.store, clinic.settings.keys, policy)


def renew_proof(clinic: Clinic, folder: Path) -> int:
    """Give a visit folder a proof that carries the witnesses' words; gives the size it speaks of."""
    return safety.witnessed.renew_proof(clinic.store, folder)


def check_cosigned(clinic: Clinic, policy: Path) -> list[str]:
    """What is wrong with the cosigned checkpoints that are kept; nothing when they hold and the log continues them."""
    return safety.witnessed.check_cosigned(clinic.store, clinic.settings.keys, policy)


def found_witness(key: Path, memory: Path, name: str, passphrase: bytes | None) -> str:
    """Make a witness's key and memory; gives its verifier key."""
    _keep_out_of_dumps()
    return witnesses.create_witness(key, memory, name, passphrase)


def trust_log(memory: Path, vkey: str) -> str:
    """Have a witness know a log; gives the log's name."""
    return witnesses.trust_log(memory, vkey).name


def serve_witness(
    key: Path, memory: Path, passphrase: Callable[[], bytes], host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Put a witness on the network until it is stopped; `ready` is told its verifier key once it listens."""
    _keep_out_of_dumps()
    witness = witnesses.open_witness(key, memory, passphrase, SystemClock())
    witnesses.serve(witness, host, port, lambda: ready(witness.vkey))


def witness_evidence(memory: Path, out: Path | None) -> list[dict[str, Any]]:
    """What logs signed that contradicts itself, oldest first; in `out` as files, too."""
    with witnesses.WitnessState(memory).reading() as kept:
        found = kept.evidence()
    if out is not None:
        safety.witnessed.write_evidence(out, found)
    return [witnesses.evidence_json(one) for one in found]


def check_evidence(file: Path, log_key: Path) -> witnesses.Contradiction:
    """Check evidence with nothing but a log's public key.

    Raises:
        NoteError, ProofError: it is no evidence against this log.
    """
    return witnesses.check_evidence(*witnesses.parse_evidence(_kept_text(file)), _kept_text(log_key))


def export_log(clinic: Clinic, folder: Path, progress: Callable[[float], None]) -> int:
    """Write the log as static tiles for others to check; gives how many entries it speaks of. No patient is in it.

    Raises:
        LogError: the folder holds the tiles of another log, or more of this one than the store.
    """
    with clinic.store.reading() as conn:
        return tile_folder.export_tiles(conn, folder, progress, vkey=clinic.store.log.vkey)


def audit_tile_folder(folder: Path, log_key: Path, progress: Callable[[float], None]) -> AuditReport:
    """Recompute a folder of static tiles with the log key in a file that is not in the folder; no other key is needed.

    Raises:
        InputError: no such folder; the key is missing, or lies in the folder it should vouch against.
        NoteError: the file holds no verifier key.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "", "a folder that `commensal tiles export` wrote", "no such folder")
    return tile_folder.audit_tiles(folder, _key_from_elsewhere(log_key, folder), progress=progress)

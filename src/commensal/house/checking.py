"""What anybody can check: the store, a visit folder, static tiles, evidence against a log."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from commensal.clinic import audit_store, evidence, safety
from commensal.clock import SystemClock
from commensal.errors import InputError
from commensal.house.opening import Clinic
from commensal.sentinel import AuditReport, tile_folder, witnesses

KEPT_MAX_BYTES = 1 << 20
"""Largest log key, checkpoint or proof that is read from a file."""


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


def check_cosigned(clinic: Clinic, policy: Path) -> list[str]:
    """What is wrong with the cosigned checkpoints that are kept; nothing when they hold and the log continues them."""
    return safety.witnessed.check_cosigned(clinic.store, clinic.settings.keys, policy)


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


def check_evidence(file: Path, log_key: Path) -> witnesses.Contradiction:
    """Check evidence with nothing but a log's public key.

    Raises:
        NoteError, ProofError: it is no evidence against this log.
    """
    return witnesses.check_evidence(*witnesses.parse_evidence(_kept_text(file)), _kept_text(log_key))


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

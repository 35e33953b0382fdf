"""The evidence a visit leaves in its folder, and checking that folder without trusting anything in it.

A visit folder holds the outputs (report, FHIR bundle), `visit.tlog-proof` (the closing record is in the log) and
`visit.closing.json` (the closing record opened: its content and salt). The closing record names the SHA-256 of every
output and the leaf hash of every record of the visit. The log's public key comes from elsewhere, never from the folder.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commensal.clinic.database import begin_reading, open_engine
from commensal.clinic.errors import EvidenceError
from commensal.errors import CommensalError, InputError
from commensal.sentinel import audit, verify_opening

CLOSING = "visit.closing.json"
PROOF = "visit.tlog-proof"
DATABASE = "clinic.db"
DATABASE_FILES = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"}
EVIDENCE_MAX_BYTES = 4 * 2**20
"""Largest proof or closing record that is read at all; real ones are a few kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCheck:
    """What checking a visit folder found. `problems` is empty exactly when everything held."""

    visit_id: str
    origin: str
    index: int
    """Of the closing record in the log."""
    size: int
    """Of the log the proof speaks of."""
    outputs: tuple[str, ...]
    """Files whose hash matched."""
    database_records: int | None
    """Records of the folder's own database that were recomputed; None without a database."""
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """True when nothing was found wrong."""
        return not self.problems


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, text: str) -> None:
    """Write a whole file or nothing: to a neighbour first, flushed to disk, then renamed into place."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_evidence(folder: Path, name: str) -> str:
    """One evidence file as text.

    Raises:
        InputError: missing, a folder, too large, or not UTF-8.
    """
    path = folder / name
    if not path.is_file():
        came = "a folder" if path.is_dir() else "no such file"
        raise InputError(name, "", "the evidence that `commensal visit` writes", came, "check the folder's name")
    if path.stat().st_size > EVIDENCE_MAX_BYTES:
        raise InputError(name, "", f"at most {EVIDENCE_MAX_BYTES} bytes", f"{path.stat().st_size} bytes")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(name, f"byte {error.start}", "UTF-8 text", "bytes that are not") from error


def check_folder(folder: Path, log_vkey: str) -> FolderCheck:
    """Check a visit folder whole, against a log key that came from elsewhere.

    Order: the proof's signature and inclusion, the closing record against the proof, every output against the closing
    record, files nobody named, then - where the folder has one - every entry and tile of its database, and that the
    database continues the log the proof speaks of. A problem in one does not stop the checks after it.

    Raises:
        InputError: the folder or its evidence files are missing or unreadable.
        EvidenceError: the proof or the closing record does not hold, so nothing further could be trusted.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "", "a visit folder", "no such folder")
    proof = read_evidence(folder, PROOF)
    opening = read_opening(folder)
    try:
        proven = verify_opening(proof, opening, log_vkey)
    except CommensalError as error:
        raise EvidenceError(f"{PROOF}: {error}") from error
    content = proven.record.content
    if proven.record.act != "closeVisit":
        raise EvidenceError(f"{CLOSING}: expected a visit's closing record, got one of {proven.record.act}")
    problems, matched = _check_outputs(folder, dict(content["outputs"]))
    records: int | None = None
    if (folder / DATABASE).exists():
        records, found = _check_database(folder / DATABASE, log_vkey, proven.checkpoint)
        problems += found
    return FolderCheck(
        visit_id=str(content["visit_id"]),
        origin=proven.origin,
        index=proven.index,
        size=proven.size,
        outputs=tuple(matched),
        database_records=records,
        problems=tuple(problems),
    )


def read_opening(folder: Path) -> dict[str, Any]:
    """The closing record's opening, read and not yet checked.

    Raises:
        InputError, EvidenceError: missing, or no JSON object.
    """
    try:
        opening = json.loads(read_evidence(folder, CLOSING))
    except (json.JSONDecodeError, RecursionError) as error:
        raise EvidenceError(f"{CLOSING}: expected JSON, got something else ({type(error).__name__})") from error
    if not isinstance(opening, dict):
        raise EvidenceError(f"{CLOSING}: expected a JSON object")
    return opening


def _check_outputs(folder: Path, outputs: dict[str, str]) -> tuple[list[str], list[str]]:
    problems, matched = [], []
    for name, expected in sorted(outputs.items()):
        path = folder / name
        if not path.is_file():
            problems.append(f"{name}: named by the closing record and missing")
        elif sha256_of(path) != expected:
            problems.append(f"{name}: changed since the visit was closed")
        else:
            matched.append(name)
    allowed = {PROOF, CLOSING, *outputs, *DATABASE_FILES}
    problems += [
        f"{path.name}: not named by the closing record" for path in sorted(folder.iterdir()) if path.name not in allowed
    ]
    return problems, matched


def _check_database(path: Path, log_vkey: str, checkpoint: str) -> tuple[int, list[str]]:
    engine = open_engine(f"sqlite:///{path}", must_exist=True)
    try:
        with begin_reading(engine) as conn:
            report = audit(conn, log_vkey, saved_checkpoint=checkpoint)
    finally:
        engine.dispose()
    return report.size, [f"{DATABASE}: {problem}" for problem in report.problems]

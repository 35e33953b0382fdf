"""What a backup says of itself: a JSON file beside it, written last. A backup without one does not count.

{"format": "commensal.backup/1", "file": "bay.example-log-20261123T225500Z-17.db", "kind": "sqlite", …}
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from commensal.clinic.errors import StoreError

FORMAT = "commensal.backup/1"
MANIFEST_MAX_BYTES = 256 * 2**10
SUFFIXES = {"sqlite": ".db", "postgresql": ".pgdump"}
"""How a backup's file ends, for each kind of database."""
READ_BYTES = 2**20
"""How much of a file is hashed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One backup: what is in it, and how to know it again."""

    file: str
    """Its name, without folder."""
    kind: str
    """"sqlite" or "postgresql"."""
    schema_version: str
    """Of the database, "0001" on."""
    origin: str
    log_vkey: str
    size: int
    """Entries of the log."""
    checkpoint: str
    """The signed note for that size."""
    sha256: str
    """Of the file."""
    length_bytes: int
    made_at: str
    """ISO 8601, UTC."""
    read_back: bool
    """It was restored right after, audited in full and compared with the log it was made from."""

    @property
    def text(self) -> str:
        """The one text that stands for this manifest; its last member is the hash of all the others."""
        members = {"format": FORMAT, **asdict(self)}
        return json.dumps({**members, "manifest_sha256": _digest(members)}, indent=1, ensure_ascii=False) + "\n"


def manifest_path(file: Path) -> Path:
    """Where the manifest of a backup lies."""
    return file.with_suffix(".json")


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup's file, whole and unchanged. The file itself is not looked at.

    Raises:
        StoreError: no manifest, or one that is not what was written.
    """
    path = manifest_path(file)
    if not path.is_file():
        raise StoreError(f"{file}: no manifest beside it ({path.name}): this is no backup, or one that was cut short")
    raw = path.read_bytes() if path.stat().st_size <= MANIFEST_MAX_BYTES else b""
    try:
        members: dict[str, Any] = json.loads(raw.decode())
        found = Manifest(**{field.name: members[field.name] for field in fields(Manifest)})
        is_whole = found.text.encode() == raw and all(type(members[f.name]) is f.type for f in fields(Manifest))
    except (ValueError, TypeError, KeyError, RecursionError):
        is_whole = False
    if not is_whole or found.kind not in SUFFIXES or found.file != file.name:
        raise StoreError(
            f"{path}: expected the manifest of {file.name} as it was written, it was changed; take another"
        )
    return found


def check_file(file: Path, manifest: Manifest) -> None:
    """Check a backup's file against its manifest: length, then SHA-256.

    Raises:
        StoreError: missing, cut short or changed.
    """
    if not file.is_file():
        raise StoreError(f"{file}: no such backup")
    length = file.stat().st_size
    if length != manifest.length_bytes:
        raise StoreError(
            f"{file}: expected {manifest.length_bytes} bytes, it has {length}: cut short or changed; take another"
        )
    if sha256_of(file) != manifest.sha256:
        raise StoreError(f"{file}: its SHA-256 is not that of the manifest: it was changed; take another")


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _digest(members: dict[str, Any]) -> str:
    plain = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()

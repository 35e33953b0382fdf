"""Checkpoints: what a log signs - its name, its size, its root.

Format: C2SP tlog-checkpoint; docs/specs/records-log.md section 1.
"""

import base64
from dataclasses import dataclass

from commensal.sentinel.errors import NoteError
from commensal.sentinel.merkle import HASH_BYTES
from commensal.sentinel.note import NOTE_MAX_BYTES, VerifierKey, open_note, strict_base64

SIZE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One log at one size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed: three lines, no extension lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text. Extension lines are allowed and passed over.

    Raises:
        NoteError: too large, fewer than three non-empty lines, no plain decimal size, a root that is not 32 bytes.
    """
    if len(text) > NOTE_MAX_BYTES:
        raise NoteError(f"checkpoint: expected at most {NOTE_MAX_BYTES} characters, got {len(text)}")
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
        raise NoteError("checkpoint: expected at least three lines, none of them empty")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or (len(size) > 1 and size[0] == "0") or len(size) > 19:
        raise NoteError("checkpoint: expected a size in plain decimal")
    if int(size) > SIZE_MAX:
        raise NoteError("checkpoint: the size is beyond any log")
    raw = strict_base64(root, "checkpoint root")
    if len(raw) != HASH_BYTES:
        raise NoteError(f"checkpoint: expected a root of {HASH_BYTES} bytes, got {len(raw)}")
    return Checkpoint(origin=origin, size=int(size), root=raw)


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Check a signed checkpoint: first the log's signature, then the text, then that the key's name is the origin.

    Raises:
        NoteError: any of these does not hold.
    """
    checkpoint = parse_checkpoint(open_note(note, [key]).text)
    if checkpoint.origin != key.name:
        raise NoteError("checkpoint: signed by the key of another log")
    return checkpoint

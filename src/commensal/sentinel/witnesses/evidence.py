"""Evidence against a log: two views it signed itself, and what they prove to somebody who trusts nobody.

A split proves itself: one size, two roots, both signed. The other kinds are reasons to ask: an older or an inconsistent
view was signed, but only the log's own entries can show why. Format: docs/specs/witness.md section 4.
"""

import json
from dataclasses import dataclass
from typing import Any

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import NoteError, ProofError
from commensal.sentinel.note import NOTE_MAX_BYTES, parse_verifier_key
from commensal.sentinel.witnesses.state import INCONSISTENT, ROLLBACK, SPLIT, Evidence

FORMAT = "commensal.evidence/1"
EVIDENCE_MAX_CHARS = 3 * NOTE_MAX_BYTES
"""Two notes, written as JSON, and a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two views of one log whose signatures held. `is_proof` is true when they alone convict the log's key."""

    kind: str
    first: Checkpoint
    second: Checkpoint
    is_proof: bool


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """A contradiction as JSON, both views whole."""
    return {
        "format": FORMAT,
        "origin": evidence.origin,
        "kind": evidence.kind,
        "at": evidence.at,
        "known": evidence.known_note,
        "came": evidence.came_note,
    }


def parse_evidence(text: str) -> tuple[str, str]:
    """The two signed views of an evidence file.

    Raises:
        NoteError: too large, or not of the format.
    """
    if len(text) > EVIDENCE_MAX_CHARS:
        raise NoteError(f"evidence: expected at most {EVIDENCE_MAX_CHARS} characters, got {len(text)}")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoteError(f"evidence: expected a {FORMAT} file, got something else") from error
    known, came = (parsed.get("known"), parsed.get("came")) if isinstance(parsed, dict) else (None, None)
    if not isinstance(known, str) or not isinstance(came, str) or parsed.get("format") != FORMAT:
        raise NoteError(f"evidence: expected a {FORMAT} file, got something else")
    return known, came


def check_evidence(first: str, second: str, vkey: str) -> Contradiction:
    """Check two views offline, with the log's public key alone. What a file says of itself is not believed.

    Args:
        first, second: signed checkpoints, as `parse_evidence` gives them.
        vkey: the log's verifier key, from somewhere the evidence does not come from.

    Raises:
        NoteError: one of them is not signed by this log.
        ProofError: they say the same: nothing contradicts.
    """
    key = parse_verifier_key(vkey)
    one, two = open_checkpoint(first, key), open_checkpoint(second, key)
    if one.size == two.size and one.root == two.root:
        raise ProofError("evidence: both views are the same size and root; they contradict nothing")
    if one.size == two.size:
        return Contradiction(kind=SPLIT, first=one, second=two, is_proof=True)
    kind = ROLLBACK if two.size < one.size else INCONSISTENT
    return Contradiction(kind=kind, first=one, second=two, is_proof=False)

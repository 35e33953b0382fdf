"""Proofs a patient can keep: one record, its place, and the signed checkpoint. Format: C2SP tlog-proof;
docs/specs/records-log.md section 8.

An opening says what the record is: its canonical bytes, its salt and its leaf. Whoever holds proof, opening and the
log's public key can check alone that exactly this was recorded; nobody else learns anything from the proof.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commensal.sentinel.checkpoint import open_checkpoint
from commensal.sentinel.errors import NoteError, ProofError
from commensal.sentinel.leaf import SALT_BYTES, Record, commitment, decode_leaf, from_canonical
from commensal.sentinel.merkle import HASH_BYTES, PROOF_MAX_HASHES, check_inclusion, leaf_hash
from commensal.sentinel.note import NOTE_MAX_BYTES, parse_verifier_key, strict_base64

HEADER = "c2sp.org/tlog-proof@v1"
PROOF_MAX_BYTES = NOTE_MAX_BYTES + 64 * (PROOF_MAX_HASHES + 4)
OPENING_FORMAT = "commensal.opening/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A tlog-proof, read but not yet checked."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A record that is in the log: everything here was checked."""

    record: Record
    origin: str
    index: int
    size: int
    checkpoint: str


def format_proof(index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """The proof as text: header, index, hashes from the leaf's sibling up, an empty line, the signed checkpoint."""
    lines = [HEADER, f"index {index}", *(base64.b64encode(h).decode() for h in hashes), "", checkpoint]
    return "\n".join(lines)


def parse_proof(text: str) -> Proof:
    """Read a tlog-proof. The optional `extra` line is allowed and, being unauthenticated, passed over.

    Raises:
        ProofError: too large, or not of the form.
    """
    if len(text) > PROOF_MAX_BYTES:
        raise ProofError(f"proof: expected at most {PROOF_MAX_BYTES} characters, got {len(text)}")
    head, found, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not found or lines[0] != HEADER:
        raise ProofError(f"proof: expected {HEADER} on the first line and an empty line before the checkpoint")
    rest = lines[1:]
    if rest and rest[0].startswith("extra "):
        rest = rest[1:]
    word, _, number = rest[0].partition(" ") if rest else ("", "", "")
    is_plain = number.isascii() and number.isdigit() and len(number) <= 19 and (number == "0" or number[0] != "0")
    if word != "index" or not is_plain:
        raise ProofError("proof: expected a line `index <n>` in plain decimal")
    if len(rest) - 1 > PROOF_MAX_HASHES:
        raise ProofError(f"proof: expected at most {PROOF_MAX_HASHES} hashes, got {len(rest) - 1}")
    try:
        hashes = tuple(strict_base64(line, "proof hash") for line in rest[1:])
    except NoteError as error:
        raise ProofError(str(error)) from error
    if any(len(h) != HASH_BYTES for h in hashes):
        raise ProofError(f"proof: every hash has {HASH_BYTES} bytes")
    return Proof(index=int(number), hashes=hashes, checkpoint=checkpoint)


def format_opening(index: int, leaf: bytes, salt: bytes, encoded: bytes) -> dict[str, Any]:
    """The opening of one commitment, JSON-like."""
    return {
        "format": OPENING_FORMAT,
        "index": index,
        "leaf": base64.b64encode(leaf).decode(),
        "salt": base64.b64encode(salt).decode(),
        "record": base64.b64encode(encoded).decode(),
    }


def verify_opening(proof_text: str, opening: Mapping[str, Any], vkey: str) -> Proven:
    """Check one record offline. Order: forms, the checkpoint's signature, commitment, index, inclusion.

    Args:
        proof_text: the tlog-proof.
        opening: what `RecordsLog.opening` gave, as JSON reads it.
        vkey: the log's verifier key, from somewhere the proof does not come from.

    Raises:
        ProofError, NoteError, LogError: whichever check failed; none of the content may be believed then.
    """
    proof = parse_proof(proof_text)
    if opening.get("format") != OPENING_FORMAT or opening.get("index") != proof.index:
        raise ProofError(f"opening: expected format {OPENING_FORMAT} and the proof's own index {proof.index}")
    leaf, salt, encoded = (_decoded(opening, name) for name in ("leaf", "salt", "record"))
    checkpoint = open_checkpoint(proof.checkpoint, parse_verifier_key(vkey))
    if len(salt) != SALT_BYTES or decode_leaf(leaf).commitment != commitment(salt, encoded):
        raise ProofError("opening: this record is not what the leaf commits to")
    check_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint.root)
    return Proven(
        record=from_canonical(encoded),
        origin=checkpoint.origin,
        index=proof.index,
        size=checkpoint.size,
        checkpoint=proof.checkpoint,
    )


def _decoded(opening: Mapping[str, Any], name: str) -> bytes:
    value = opening.get(name)
    if not isinstance(value, str):
        raise ProofError(f"opening: expected base64 in {name}")
    try:
        return strict_base64(value, f"opening {name}")
    except NoteError as error:
        raise ProofError(str(error)) from error

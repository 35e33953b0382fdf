"""Cosignatures: a witness's word, dated, that a checkpoint continues everything it saw of a log before.

Format: C2SP tlog-cosignature, Ed25519 (type 0x04); docs/specs/witness.md section 1 numbers the steps this file cites.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from commensal.sentinel.ed25519 import SIGNATURE_BYTES, is_signed
from commensal.sentinel.errors import NoteError
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.note import (
    DASH,
    KEY_ID_BYTES,
    VerifierKey,
    known_key,
    parse_verifier_key,
    signature_line,
    split_note,
    verifier_key,
)

COSIGNATURE = 0x04
"""The type byte of a dated Ed25519 cosignature."""
TIME_BYTES = 8
TIME_MAX_S = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """One cosignature that held: whose, of when (seconds since 1970, by the witness's clock), and its line."""

    key: VerifierKey
    time_s: int
    line: str


def cosigner_key(key: SigningKey) -> VerifierKey:
    """What others check a witness's cosignatures with: same name and key, another type, so another key id."""
    return verifier_key(key.verifier.name, key.public_key, COSIGNATURE)


def parse_cosigner_key(text: str) -> VerifierKey:
    """Read a witness's verifier key.

    Raises:
        NoteError: malformed, or of another type: a key that signs logs is not one that cosigns them.
    """
    return parse_verifier_key(text, COSIGNATURE)


def cosigned_bytes(text: str, time_s: int) -> bytes:
    """What a witness signs (1.2): a header, the time, and the whole text of the checkpoint with its last newline."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def cosign(note: str, key: SigningKey, time_s: int) -> str:
    """A signature line, with its newline, by `key` over the checkpoint in a signed note. Nothing is checked here.

    Raises:
        NoteError: a note that is none, or a time before 1970 or beyond 2^63 - 1 s.
    """
    if not 0 <= time_s <= TIME_MAX_S:
        raise NoteError(f"cosignature: expected a time of 0 to {TIME_MAX_S} s since 1970, got {time_s}; set the clock")
    text, _ = split_note(note)
    verifier = cosigner_key(key)
    signature = key.sign(cosigned_bytes(text, time_s))
    field = base64.b64encode(verifier.key_id + time_s.to_bytes(TIME_BYTES, "big") + signature).decode()
    return f"{DASH}{verifier.name} {field}\n"


def open_cosignatures(note: str, keys: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """The cosignatures in a note by known witnesses, in its order; strangers' are passed over.

    The log's own signature is not looked at here: see `open_checkpoint`.

    Args:
        note: a signed note.
        keys: of type 0x04, from `parse_cosigner_key`.

    Raises:
        NoteError: malformed; or one by a known witness that does not hold (1.4), which spoils the note whole.
    """
    text, lines = split_note(note)
    return tuple(found for line in lines if (found := _opened(text, line, keys)) is not None)


def with_cosignatures(note: str, lines: Sequence[str]) -> str:
    """A signed note with more signature lines; a line takes the place of an older one by the same name and key id.

    Args:
        note: a signed note.
        lines: signature lines, each with its newline.

    Raises:
        NoteError: malformed lines, or more than a note may carry.
    """
    text, here = split_note(note)
    kept: dict[tuple[str, bytes], str] = {}
    for line in [*here, *(line.removesuffix("\n") for line in lines)]:
        name, raw = signature_line(line)
        kept[name, raw[:KEY_ID_BYTES]] = line
    merged = "\n".join([text, *kept.values(), ""])
    split_note(merged)
    return merged


def _opened(text: str, line: str, keys: Sequence[VerifierKey]) -> Cosignature | None:
    name, raw = signature_line(line)
    key = known_key(keys, name, raw)
    if key is None:
        return None
    field = raw[KEY_ID_BYTES:]
    time_s, signature = int.from_bytes(field[:TIME_BYTES], "big"), field[TIME_BYTES:]
    is_held = (
        key.kind == COSIGNATURE
        and len(signature) == SIGNATURE_BYTES
        and time_s <= TIME_MAX_S
        and is_signed(key.public_key, cosigned_bytes(text, time_s), signature)
    )
    if not is_held:
        raise NoteError(f"note: the cosignature of {name} does not hold")
    return Cosignature(key=key, time_s=time_s, line=line + "\n")

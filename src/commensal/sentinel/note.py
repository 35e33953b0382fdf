"""Signed notes: a text and the names that stand for it.

Format: C2SP signed-note; docs/specs/records-log.md section 1 numbers the steps this file cites.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from commensal.sentinel.ed25519 import KEY_BYTES, SIGNATURE_BYTES, is_signed
from commensal.sentinel.errors import NoteError

NOTE_MAX_BYTES = 64 * 2**10
SIGNATURES_MAX = 64
ED25519 = 0x01
KEY_ID_BYTES = 4
VERIFIER_KEY_MAX_CHARS = 1_024
"""Longest verifier key that is read; ours have about a hundred characters."""
DASH = "— "


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A note's public key: name, key id, the 32 bytes of Ed25519, and the type of signature it makes."""

    name: str
    key_id: bytes
    public_key: bytes
    kind: int = ED25519

    def __str__(self) -> str:
        typed = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{typed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A note whose signatures held. `signers` are the names of the known keys that signed it."""

    text: str
    signers: tuple[str, ...]


def is_key_name(name: str) -> bool:
    """True for a name a note may carry: not empty, no Unicode space, no plus sign, no control character."""
    return bool(name) and "+" not in name and name.isprintable() and not any(c.isspace() for c in name)


def key_id(name: str, public_key: bytes, kind: int = ED25519) -> bytes:
    """First four bytes of SHA-256(name, newline, type byte, public key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:KEY_ID_BYTES]


def verifier_key(name: str, public_key: bytes, kind: int = ED25519) -> VerifierKey:
    """The verifier key of a name and its 32-byte Ed25519 public key, for one type of signature.

    Raises:
        NoteError: a name that no note may carry, or a key of another length.
    """
    if not is_key_name(name) or len(public_key) != KEY_BYTES:
        raise NoteError("verifier key: expected a name without spaces or '+' and a 32-byte key")
    return VerifierKey(name=name, key_id=key_id(name, public_key, kind), public_key=public_key, kind=kind)


def parse_verifier_key(text: str, kind: int = ED25519) -> VerifierKey:
    """Read `<name>+<8 hex>+<base64(type, key)>`; a trailing newline is allowed.

    Raises:
        NoteError: too long, anything else, a key id that does not belong to the key, or a type other than `kind`.
    """
    if len(text) > VERIFIER_KEY_MAX_CHARS:
        raise NoteError(f"verifier key: expected at most {VERIFIER_KEY_MAX_CHARS} characters, got {len(text)}")
    parts = text.strip("\r\n").split("+", 2)
    if len(parts) != 3:
        raise NoteError("verifier key: expected <name>+<8 hex>+<base64>, got something else")
    name, hex_id, encoded = parts
    typed = strict_base64(encoded, "verifier key")
    if len(typed) != 1 + KEY_BYTES or typed[0] != kind:
        raise NoteError(
            f"verifier key: expected type {kind} and 32 bytes of Ed25519, got type {typed[:1].hex() or '-'}"
        )
    made = verifier_key(name, typed[1:], kind)
    if made.key_id.hex() != hex_id:
        raise NoteError("verifier key: the key id does not belong to this name and key")
    return made


def strict_base64(text: str, what: str) -> bytes:
    """Canonical base64 only: decode, encode, compare, so that no second text stands for the same bytes.

    Raises:
        NoteError: any other text.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{what}: expected base64, got something else") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError(f"{what}: expected canonical base64; unused bits must be zero")
    return raw


def signed_text(text: str, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """`text` (ending in a newline) with one Ed25519 signature line.

    Raises:
        NoteError: a text that no note may carry.
    """
    _check_text(text)
    key = verifier_key(name, public_key)
    line = base64.b64encode(key.key_id + sign(text.encode())).decode()
    return f"{text}\n{DASH}{name} {line}\n"


def open_note(note: str, keys: Sequence[VerifierKey]) -> SignedNote:
    """Check a note against known keys. Order: size, form, then each known signature; unknown ones are passed over.

    Raises:
        NoteError: malformed, a known key whose signature does not hold, or no known key at all.
    """
    text, lines = split_note(note)
    signers: list[str] = []
    for name, raw in map(signature_line, lines):
        known = known_key(keys, name, raw)
        if known is None:
            continue
        if len(raw) != KEY_ID_BYTES + SIGNATURE_BYTES or not is_signed(
            known.public_key, text.encode(), raw[KEY_ID_BYTES:]
        ):
            raise NoteError(f"note: the signature of {name} does not hold")
        signers.append(name)
    if not signers:
        raise NoteError("note: no signature by a known key; check that the log key is the right one")
    return SignedNote(text=text, signers=tuple(signers))


def split_note(note: str) -> tuple[str, list[str]]:
    """The text (with its last newline) and the signature lines, split at the last empty line.

    Raises:
        NoteError: too large, no empty line, no signature lines, or control characters.
    """
    if len(note.encode("utf-8", "surrogatepass")) > NOTE_MAX_BYTES:
        raise NoteError(f"note: expected at most {NOTE_MAX_BYTES} bytes")
    cut = note.rfind("\n\n")
    if cut < 0:
        raise NoteError("note: expected a text, an empty line and signature lines")
    text, tail = note[: cut + 1], note[cut + 2 :]
    _check_text(text)
    if not tail.endswith("\n"):
        raise NoteError("note: the last signature line must end with a newline")
    lines = tail[:-1].split("\n")
    if not 1 <= len(lines) <= SIGNATURES_MAX:
        raise NoteError(f"note: expected 1 to {SIGNATURES_MAX} signatures, got {len(lines)}")
    return text, lines


def known_key(keys: Sequence[VerifierKey], name: str, raw: bytes) -> VerifierKey | None:
    """The key a signature line names by its name and key id; None for a stranger's."""
    return next((key for key in keys if key.name == name and key.key_id == raw[:KEY_ID_BYTES]), None)


def signature_line(line: str) -> tuple[str, bytes]:
    """Name, and key id with signature, of one signature line (without its newline).

    Raises:
        NoteError: not of that form.
    """
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not is_key_name(name) or not encoded:
        raise NoteError("note: expected signature lines of the form '— <name> <base64>'")
    raw = strict_base64(encoded, "note signature")
    if len(raw) <= KEY_ID_BYTES:
        raise NoteError("note: a signature is too short")
    return name, raw


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("note: the text must end with a newline")
    if any((ord(c) < 0x20 and c != "\n") or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise NoteError("note: the text must be UTF-8 without control characters")

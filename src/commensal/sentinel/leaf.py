"""Records and leaves: what is kept private, and what the log says about it.

A leaf is 41 bytes: version 1, the log time in milliseconds since 1970 (8 bytes, big-endian), and a commitment of
32 bytes, HMAC-SHA256(salt, canonical record). The salt is fresh and secret, so nothing in a leaf
can be linked to a person.
Format: docs/specs/records-log.md sections 2 and 3.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import cbor2

from commensal.sentinel.errors import LogError

VERSION = 1
SALT_BYTES = 32
COMMITMENT_BYTES = 32
LEAF_BYTES = 1 + 8 + COMMITMENT_BYTES
RECORD_MAX_BYTES = 16 * 2**20
DEPTH_MAX = 60
"""Deepest nesting of a record's content."""
SCHEMA_MAX = 65_535
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG_FLOAT = b"\xfb"
"""Begins a CBOR number of 64 bits, and never occurs in text."""
_VERSION_BYTE = bytes([VERSION])
_LAST_TIME = ((datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)).to_bytes(8, "big")
_LAST_TIME_ZEROS = len(_LAST_TIME) - len(_LAST_TIME.lstrip(b"\0"))
FIELDS = ("act", "actor", "at", "content", "schema", "subject", "why")
_FIELD_SET = frozenset(FIELDS)
_PAD_BYTES = 64 - SALT_BYTES
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_INNER_PAD, _OUTER_PAD = bytes([0x36]) * _PAD_BYTES, bytes([0x5C]) * _PAD_BYTES
"""HMAC's two pads (RFC 2104), as tables over a byte of the salt and for the zeros behind it up to SHA-256's 64."""


class _NoTags(dict[int, Any]):
    """Refuses every CBOR tag. We write none; read, they share values without end, compile patterns, parse mail."""

    def __missing__(self, tag: int) -> Any:
        raise LogError("record: expected no CBOR tags")


_NO_TAGS = _NoTags()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record:
    """One act, as it is remembered. Its repr shows no patient and no content."""

    subject: str
    """The person's reference, or "clinic"."""
    actor: str
    act: str
    why: str
    content: Mapping[str, Any]
    """JSON-like: strings, integers, finite floats, booleans, None, lists and mappings with string keys."""
    schema: int
    at: datetime
    """Timezone-aware."""

    def __repr__(self) -> str:
        return f"Record(act={self.act!r}, schema={self.schema})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What the log says about a record."""

    at: datetime
    commitment: bytes


def canonical(record: Record) -> bytes:
    """The record as deterministic CBOR (RFC 8949 section 4.2.1): equal records are equal bytes.

    Raises:
        LogError: content that is not JSON-like, a time without zone, or more than RECORD_MAX_BYTES.
    """
    _check_types(record)
    try:
        fields = {  # in canonical order: by length, then by bytes
            "at": record.at.astimezone(UTC).isoformat(),
            "act": record.act,
            "why": record.why,
            "actor": record.actor,
            "schema": record.schema,
            "content": _json_like(record.content, 0),
            "subject": record.subject,
        }
        encoded = bytes(cbor2.dumps(fields))
        if _LONG_FLOAT in encoded:  # perhaps a number that has a shorter form: let the encoder look at each
            encoded = bytes(cbor2.dumps(fields, canonical=True))
    except UnicodeEncodeError as error:
        raise LogError("record: expected text that UTF-8 can hold, got a lone surrogate") from error
    except OverflowError as error:
        raise LogError("record: expected a time that UTC can hold, got one at the edge of the calendar") from error
    if len(encoded) > RECORD_MAX_BYTES:
        raise LogError(
            f"record: expected at most {RECORD_MAX_BYTES} bytes, got {len(encoded)}; log the hash of large things"
        )
    return encoded


def decoded(encoded: bytes) -> dict[str, Any]:
    """The fields of a record, for bytes that are known to be its canonical form: they opened a commitment of our log.

    Raises:
        LogError: bytes that are no record.
    """
    if len(encoded) > RECORD_MAX_BYTES:
        raise LogError(f"record: expected at most {RECORD_MAX_BYTES} bytes, got {len(encoded)}")
    try:
        fields = cbor2.loads(
            encoded,
            semantic_decoders=_NO_TAGS,
            allow_duplicate_keys=False,
            allow_indefinite=False,
            max_depth=DEPTH_MAX + 4,
        )
        if fields.keys() != _FIELD_SET:
            raise LogError("record: expected exactly the fields " + ", ".join(FIELDS))
        fields["at"] = datetime.fromisoformat(fields["at"])
    except LogError:
        raise
    except Exception as error:  # whatever a CBOR decoder says of hostile bytes is one finding: no record
        raise LogError(f"record: these bytes are no record ({type(error).__name__})") from error
    checked: dict[str, Any] = fields
    return checked


def from_canonical(encoded: bytes) -> Record:
    """The record that `canonical` made these bytes from.

    Raises:
        LogError: bytes that are no record, or not in canonical form.
    """
    record = Record(**decoded(encoded))
    if canonical(record) != encoded:
        raise LogError("record: not in canonical form")
    return record


def commitment(salt: bytes, encoded: bytes) -> bytes:
    """HMAC-SHA256 of a canonical record under its salt.

    For a salt of 32 bytes it is written out as RFC 2104 has it: OpenSSL's own takes twice as long on a usual record.
    """
    if len(salt) != SALT_BYTES:
        return hmac.digest(salt, encoded, "sha256")
    inner = sha256(salt.translate(_INNER) + _INNER_PAD + encoded).digest()
    return sha256(salt.translate(_OUTER) + _OUTER_PAD + inner).digest()


def leaf_prefix(at: datetime) -> bytes:
    """The first 9 bytes of a leaf: version and log time.

    Raises:
        LogError: a time without zone, or before 1970.
    """
    if at.tzinfo is None or at < EPOCH:
        raise LogError("leaf: expected a log time with its zone, not before 1970")
    return bytes([VERSION]) + ((at - EPOCH) // timedelta(milliseconds=1)).to_bytes(8, "big")


def is_leaf(entry: bytes) -> bool:
    """True for 41 bytes of the version we know, with a time within the calendar."""
    return len(entry) == LEAF_BYTES and entry[:1] == _VERSION_BYTE and entry[1:9] <= _LAST_TIME


def are_leaves(entries: Sequence[bytes]) -> bool:
    """True when every one is a leaf, as `is_leaf` says; looks at all of them at once."""
    if set(map(len, entries)) - {LEAF_BYTES}:
        return False
    joined, count = b"".join(entries), len(entries)
    if joined[::LEAF_BYTES] != _VERSION_BYTE * count:
        return False
    is_time_small = all(max(joined[1 + place :: LEAF_BYTES], default=0) == 0 for place in range(_LAST_TIME_ZEROS))
    if is_time_small and max(joined[1 + _LAST_TIME_ZEROS :: LEAF_BYTES], default=0) < _LAST_TIME[_LAST_TIME_ZEROS]:
        return True
    return all(map(is_leaf, entries))


def decode_leaf(entry: bytes) -> Leaf:
    """The leaf in an entry.

    Raises:
        LogError: another length, version, or a time beyond the calendar.
    """
    if not is_leaf(entry):
        raise LogError(f"leaf: expected {LEAF_BYTES} bytes of version {VERSION}, with a time within the calendar")
    return Leaf(at=EPOCH + timedelta(milliseconds=int.from_bytes(entry[1:9], "big")), commitment=entry[9:])


def _check_types(record: Record) -> None:
    if {type(record.subject), type(record.actor), type(record.act), type(record.why)} != {str}:
        raise LogError("record: subject, actor, act and why must be plain text")
    if not record.subject or not record.act:
        raise LogError("record: expected a subject and an act, got an empty one")
    if type(record.schema) is not int or not 0 <= record.schema <= SCHEMA_MAX:
        raise LogError(f"record: expected a schema from 0 to {SCHEMA_MAX}")
    if not issubclass(type(record.content), Mapping):
        raise LogError(f"record: expected a mapping as content, got {type(record.content).__name__}")
    if not issubclass(type(record.at), datetime) or record.at.tzinfo is None:
        raise LogError("record: expected a time with its zone")


def _ordered(keys: Mapping[str, Any]) -> list[str]:
    """Keys in the order of deterministic CBOR: the shorter first, then by their UTF-8 bytes."""
    if not all(type(key) is str for key in keys):
        raise LogError("record: keys must be plain text")
    ordered = sorted(keys)  # code points and UTF-8 bytes sort alike
    ordered.sort(key=len if "".join(ordered).isascii() else _utf8_length)
    return ordered


def _utf8_length(key: str) -> int:
    return len(key.encode())


_PLAIN = frozenset({str, bool, type(None)})


def _json_like(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int and -(2**63) <= value < 2**63:
        return value
    if kind is float and value - value == 0:  # not NaN, not infinite: those have no JSON form
        return value
    if depth >= DEPTH_MAX:
        raise LogError(f"record: content is nested deeper than {DEPTH_MAX}")
    if kind is dict or isinstance(value, Mapping):
        plain = {}
        for key in _ordered(value):
            inner = value[key]
            plain[key] = inner if type(inner) in _PLAIN else _json_like(inner, depth + 1)
        return plain
    if isinstance(value, list | tuple):
        return [inner if type(inner) in _PLAIN else _json_like(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return str(value)  # members of a StrEnum as their plain value
    raise LogError(f"record: expected JSON-like content (finite numbers, 64-bit integers), got {kind.__name__}")

"""Records and leaves: what is kept private, and what the log says about it.

A leaf is 41 bytes: version 1, the log time in milliseconds since 1970 (8 bytes, big-endian), and a commitment of
32 bytes, HMAC-SHA256(salt, canonical record). The salt is fresh and secret, so nothing in a leaf
can be linked to a person.
Format: docs/specs/records-log.md sections 2 and 3.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2

from commensal.sentinel.errors import LogError

VERSION = 1
SALT_BYTES = 32
LEAF_BYTES = 1 + 8 + 32
RECORD_MAX_BYTES = 16 * 2**20
DEPTH_MAX = 60
"""Deepest nesting of a record's content."""
SCHEMA_MAX = 65_535
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = ("act", "actor", "at", "content", "schema", "subject", "why")


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
    fields = {
        "act": record.act,
        "actor": record.actor,
        "at": record.at.astimezone(UTC).isoformat(),
        "content": _json_like(record.content, 0),
        "schema": record.schema,
        "subject": record.subject,
        "why": record.why,
    }
    try:
        encoded = bytes(cbor2.dumps(fields, canonical=True))
    except UnicodeEncodeError as error:
        raise LogError("record: expected text that UTF-8 can hold, got a lone surrogate") from error
    if len(encoded) > RECORD_MAX_BYTES:
        raise LogError(
            f"record: expected at most {RECORD_MAX_BYTES} bytes, got {len(encoded)}; log the hash of large things"
        )
    return encoded


def from_canonical(encoded: bytes) -> Record:
    """The record that `canonical` made these bytes from.

    Raises:
        LogError: bytes that are no record, or not in canonical form.
    """
    try:
        fields = cbor2.loads(encoded, allow_duplicate_keys=False, allow_indefinite=False, max_depth=DEPTH_MAX + 4)
        if tuple(sorted(fields)) != FIELDS:
            raise LogError("record: expected exactly the fields " + ", ".join(FIELDS))
        record = Record(**{**fields, "at": datetime.fromisoformat(fields["at"])})
        if canonical(record) != encoded:
            raise LogError("record: not in canonical form")
    except LogError:
        raise
    except Exception as error:  # whatever a CBOR decoder says of hostile bytes is one finding: no record
        raise LogError(f"record: these bytes are no record ({type(error).__name__})") from error
    return record


def commitment(salt: bytes, encoded: bytes) -> bytes:
    """HMAC-SHA256 of a canonical record under its salt."""
    return hmac.digest(salt, encoded, hashlib.sha256)


def encode_leaf(leaf: Leaf) -> bytes:
    """The 41 bytes of a leaf.

    Raises:
        LogError: a time without zone, or before 1970.
    """
    if leaf.at.tzinfo is None or leaf.at < EPOCH:
        raise LogError("leaf: expected a log time with its zone, not before 1970")
    milliseconds = (leaf.at - EPOCH) // timedelta(milliseconds=1)
    return bytes([VERSION]) + milliseconds.to_bytes(8, "big") + leaf.commitment


def decode_leaf(entry: bytes) -> Leaf:
    """The leaf in an entry.

    Raises:
        LogError: another length, version, or a time beyond the calendar.
    """
    if len(entry) != LEAF_BYTES or entry[0] != VERSION:
        raise LogError(f"leaf: expected {LEAF_BYTES} bytes of version {VERSION}")
    try:
        at = EPOCH + timedelta(milliseconds=int.from_bytes(entry[1:9], "big"))
    except OverflowError as error:
        raise LogError("leaf: a time beyond the calendar") from error
    return Leaf(at=at, commitment=entry[9:])


def _check_types(record: Record) -> None:
    if not all(type(part) is str for part in (record.subject, record.actor, record.act, record.why)):
        raise LogError("record: subject, actor, act and why must be plain text")
    if not record.subject or not record.act:
        raise LogError("record: expected a subject and an act, got an empty one")
    if type(record.schema) is not int or not 0 <= record.schema <= SCHEMA_MAX:
        raise LogError(f"record: expected a schema from 0 to {SCHEMA_MAX}")
    if not issubclass(type(record.content), Mapping):
        raise LogError(f"record: expected a mapping as content, got {type(record.content).__name__}")
    if not issubclass(type(record.at), datetime) or record.at.tzinfo is None:
        raise LogError("record: expected a time with its zone")


def _json_like(value: Any, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise LogError("record: content is nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)  # members of a StrEnum as their plain value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise LogError("record: integers must fit 64 bits")
        return value
    if isinstance(value, float):
        if value - value != 0:  # NaN and infinities have no JSON form
            raise LogError("record: numbers must be finite")
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise LogError("record: keys must be strings")
        return {key: _json_like(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_like(inner, depth + 1) for inner in value]
    raise LogError(f"record: expected JSON-like content, got {type(value).__name__}")

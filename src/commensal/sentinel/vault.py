"""The vault: payloads under a data key per subject, data keys under the clinic key, and a way back when that is lost.

Payload: AES-256-GCM with the leaf as associated data, so a payload fits its entry and no other. Each data key is
wrapped twice: by the clinic key (AES-256-GCM) kept outside the database, and sealed to the offline recovery key (HPKE,
RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). Format: docs/specs/records-log.md section 4.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from commensal.sentinel.errors import KeyFileError, LogError

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 16
SEAL_INFO = b"commensal data key v1"

_hpke = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Vault:
    """Opens and wraps data keys. Its repr shows nothing.

    Args:
        clinic_key: 32 secret bytes.
        recovery_public: the public half of the offline recovery key; data keys are sealed to it.
    """

    def __init__(self, clinic_key: bytes, recovery_public: bytes) -> None:
        if len(clinic_key) != KEY_BYTES:
            raise KeyFileError(f"clinic key: expected {KEY_BYTES} bytes, got {len(clinic_key)}")
        self._clinic = AESGCM(clinic_key)
        self._recovery = X25519PublicKey.from_public_bytes(recovery_public)

    def __repr__(self) -> str:
        return "Vault()"

    def wrap(self, key_id: str, subject: str, data_key: bytes) -> tuple[bytes, bytes]:
        """A data key wrapped by the clinic key, and sealed to the recovery key.

        The wrapping is bound to the id, the subject and the sealed copy: none of them can be changed unseen.
        """
        sealed = _hpke.encrypt(data_key + key_id.encode(), self._recovery, SEAL_INFO)
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._clinic.encrypt(nonce, data_key, _bound(key_id, subject, sealed)), sealed

    def unwrap(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bytes:
        """The data key.

        Raises:
            LogError: the row was changed, or belongs to another clinic key.
        """
        try:
            bound = _bound(key_id, subject, sealed)
            return self._clinic.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise LogError(
                "data key: does not open with this clinic key; it was changed, or the key is another"
            ) from error


def _bound(key_id: str, subject: str, sealed: bytes) -> bytes:
    return b"\n".join(
        [key_id.encode(), hashlib.sha256(subject.encode()).digest(), hashlib.sha256(sealed).digest()]
    )


def recover(recovery_private: bytes, key_id: str, sealed: bytes) -> bytes:
    """The data key from its sealed copy, with the offline recovery key alone.

    Raises:
        LogError: the sealed key was changed, belongs to another id, or to another recovery key.
    """
    try:
        opened = _hpke.decrypt(sealed, X25519PrivateKey.from_private_bytes(recovery_private), SEAL_INFO)
    except (InvalidTag, ValueError) as error:
        raise LogError("data key: does not open with this recovery key") from error
    if opened[KEY_BYTES:] != key_id.encode():
        raise LogError("data key: sealed for another id")
    return bytes(opened[:KEY_BYTES])


def lock_payload(data_key: bytes, leaf: bytes, salt: bytes, encoded: bytes) -> bytes:
    """Nonce and ciphertext of salt and canonical record, bound to the leaf."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(data_key).encrypt(nonce, salt + encoded, leaf)


def unlock_payload(data_key: bytes, leaf: bytes, payload: bytes, salt_bytes: int) -> tuple[bytes, bytes]:
    """Salt and canonical record.

    Raises:
        LogError: the payload was changed, or belongs to another leaf or key.
    """
    try:
        opened = AESGCM(data_key).decrypt(payload[:NONCE_BYTES], payload[NONCE_BYTES:], leaf)
    except (InvalidTag, ValueError) as error:
        raise LogError("payload: does not open; it was changed, or belongs to another entry") from error
    return opened[:salt_bytes], opened[salt_bytes:]

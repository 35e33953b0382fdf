"""The vault: payloads under a data key per subject, data keys under the clinic key, and a way back when that is lost.

Payload: AES-256-GCM with the leaf as associated data, so a payload fits its entry and no other. Each data key is
wrapped twice: by the clinic key (AES-256-GCM) kept outside the database, and sealed to the offline recovery key (HPKE,
RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). Format: docs/specs/records-log.md section 4.
"""

import hashlib
import os
from typing import Protocol

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


class KeyOpener(Protocol):
    """Whoever can open data keys: the clinic's vault every day, the recovery vault when the clinic key is lost."""

    def unwrap(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bytes:
        """The data key of one row.

        Raises:
            LogError: it does not open.
        """
        ...

    def check_copies(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> None:
        """Check both copies of a data key as far as this opener can.

        Raises:
            LogError: a copy was changed.
        """
        ...


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

        The wrapping is bound to id and subject, and holds the hash of the sealed copy: none of them changes unseen.
        """
        sealed = bytes(_hpke.encrypt(data_key + key_id.encode(), self._recovery, SEAL_INFO))
        nonce = os.urandom(NONCE_BYTES)
        opened = data_key + hashlib.sha256(sealed).digest()
        return nonce + self._clinic.encrypt(nonce, opened, _bound(key_id, subject)), sealed

    def unwrap(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bytes:
        """The data key, from the copy under the clinic key; a damaged recovery copy does not stand in the way.

        Raises:
            LogError: the row was changed, or belongs to another clinic key.
        """
        return self._open(key_id, subject, wrapped)[:KEY_BYTES]

    def check_copies(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> None:
        """Check that the recovery copy is the one that was made with this wrapping.

        Raises:
            LogError: either copy was changed.
        """
        if self._open(key_id, subject, wrapped)[KEY_BYTES:] != hashlib.sha256(sealed).digest():
            raise LogError("data key: its recovery copy was changed")

    def _open(self, key_id: str, subject: str, wrapped: bytes) -> bytes:
        try:
            return self._clinic.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(key_id, subject))
        except (InvalidTag, ValueError) as error:
            raise LogError(
                "data key: does not open with this clinic key; it was changed, or the key is "
                "another clinic's: check --keys, and put the right clinic.key back"
            ) from error


class RecoveryVault:
    """Opens data keys with the offline recovery key alone. Its repr shows nothing.

    Args:
        recovery_private: the 32 secret bytes of recovery.key.
    """

    def __init__(self, recovery_private: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(recovery_private)
        self.public = self._private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "RecoveryVault()"

    def unwrap(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bytes:
        """The data key, from its sealed copy.

        Raises:
            LogError: the sealed key was changed, belongs to another id, or to another recovery key.
        """
        try:
            opened = bytes(_hpke.decrypt(sealed, self._private, SEAL_INFO))
        except (InvalidTag, ValueError) as error:
            raise LogError("data key: does not open with this recovery key") from error
        if opened[KEY_BYTES:] != key_id.encode():
            raise LogError("data key: sealed for another id")
        return opened[:KEY_BYTES]

    def check_copies(self, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> None:
        """Check the sealed copy; the one under the clinic key is out of this vault's reach.

        Raises:
            LogError: the sealed copy does not open.
        """
        self.unwrap(key_id, subject, wrapped, sealed)


def _bound(key_id: str, subject: str) -> bytes:
    return f"{key_id}\n{subject}".encode("utf-8", "surrogatepass")


def lock_payload(data_key: AESGCM, leaf: bytes, salt: bytes, encoded: bytes) -> bytes:
    """Nonce and ciphertext of salt and canonical record, bound to the leaf."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + data_key.encrypt(nonce, salt + encoded, leaf)


def unlock_payload(data_key: AESGCM, leaf: bytes, payload: bytes, salt_bytes: int) -> tuple[bytes, bytes]:
    """Salt and canonical record.

    Raises:
        LogError: the payload was changed, or belongs to another leaf or key.
    """
    try:
        opened = data_key.decrypt(payload[:NONCE_BYTES], payload[NONCE_BYTES:], leaf)
    except (InvalidTag, ValueError) as error:
        raise LogError("payload: does not open; it was changed, or belongs to another entry") from error
    return opened[:salt_bytes], opened[salt_bytes:]

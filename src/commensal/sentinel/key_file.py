"""One key file: JSON, readable by its owner alone, its secret plain or under a passphrase (scrypt, AES-256-GCM).

Format: docs/specs/records-log.md section 6.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from commensal.sentinel.errors import KeyFileError, NoteError
from commensal.sentinel.note import strict_base64
from commensal.sentinel.vault import KEY_BYTES, NONCE_BYTES

FORMAT = "commensal.key/1"
KEY_FILE_MAX_BYTES = 4096
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 3
"""32 MiB and about a quarter of a second a key. Source: OWASP Password Storage Cheat Sheet (scrypt, 2^15, 8, 3)."""
SCRYPT_MAX_BYTES = 2**30
"""A key file may ask for more work than we do, up to a gigabyte of memory (128 * n * r)."""
SCRYPT_P_MAX = 16
KINDS = ("clinic", "log", "dentist", "recovery")


def key_text(kind: str, name: str, secret: bytes, passphrase: bytes | None) -> str:
    """A key file's text; with no passphrase the secret is plain, and the file's mode is what protects it."""
    protection: dict[str, Any] = {"kdf": "none"}
    if passphrase is not None:
        salt, nonce = os.urandom(16), os.urandom(NONCE_BYTES)
        protection = {
            "kdf": "scrypt",
            "n": SCRYPT_N,
            "r": SCRYPT_R,
            "p": SCRYPT_P,
            "salt": base64.b64encode(salt).decode(),
        }
        stretched = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
        secret = nonce + AESGCM(stretched).encrypt(nonce, secret, f"{kind}\n{name}".encode())
    parts = {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "protection": protection,
        "secret": base64.b64encode(secret).decode(),
    }
    return json.dumps(parts, indent=1) + "\n"


def is_plain(path: Path, kind: str) -> bool:
    """True when a key file has no passphrase.

    Raises:
        KeyFileError: missing, of another kind, or malformed.
    """
    return bool(_parsed(path, kind)["protection"].get("kdf") == "none")


def read_key(path: Path, kind: str, passphrase: bytes | None) -> tuple[str, bytes]:
    """Name and secret of one key file.

    Raises:
        KeyFileError: missing, of another kind, open to others, malformed, or the passphrase is wrong or missing.
    """
    parsed = _parsed(path, kind)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path}: others can read this key; run `chmod 600 {path}` and consider making new keys")
    try:
        name, protection = parsed["name"], parsed["protection"]
        if not isinstance(name, str):
            raise TypeError("a name is text")
        secret = strict_base64(parsed["secret"], "secret")
        if protection["kdf"] == "none":
            opened = secret
        elif passphrase is None:
            raise KeyFileError(f"{path}: protected by a passphrase; give --passphrase-file")
        else:
            opened = _unlocked(path, kind, name, secret, protection, passphrase)
    except (KeyError, TypeError, ValueError, NoteError) as error:
        raise KeyFileError(f"{path}: expected a {FORMAT} file, got something else") from error
    if len(opened) != KEY_BYTES:
        raise KeyFileError(f"{path}: expected a secret of {KEY_BYTES} bytes, got {len(opened)}")
    return name, opened


def read_text(path: Path) -> str:
    """The text of a key file, secret or public.

    Raises:
        KeyFileError: there is none, or it is too large to be one.
    """
    if not path.is_file():
        raise KeyFileError(f"{path}: no such key file; `commensal init` makes keys, --keys says where they are")
    if path.stat().st_size > KEY_FILE_MAX_BYTES:
        raise KeyFileError(f"{path}: expected at most {KEY_FILE_MAX_BYTES} bytes")
    return path.read_text(encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, and have it on disk before going on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _unlocked(path: Path, kind: str, name: str, secret: bytes, protection: dict[str, Any], passphrase: bytes) -> bytes:
    n, r, p = (protection[part] for part in ("n", "r", "p"))
    if {type(n), type(r), type(p)} != {int}:  # not 32768.5, not Infinity, which JSON in Python can say
        raise TypeError("scrypt is counted in whole numbers")
    is_bounded = n >= 2 and r >= 1 and 1 <= p <= SCRYPT_P_MAX and 128 * n * r <= SCRYPT_MAX_BYTES
    if protection["kdf"] != "scrypt" or not is_bounded:
        raise KeyFileError(f"{path}: expected scrypt with 128 * n * r <= {SCRYPT_MAX_BYTES} and p <= {SCRYPT_P_MAX}")
    salt = strict_base64(protection["salt"], "salt")
    stretched = Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase)
    try:
        return AESGCM(stretched).decrypt(secret[:NONCE_BYTES], secret[NONCE_BYTES:], f"{kind}\n{name}".encode())
    except InvalidTag as error:
        raise KeyFileError(f"{path}: wrong passphrase, or the file was changed") from error


def _parsed(path: Path, kind: str) -> dict[str, Any]:
    try:
        parsed = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise KeyFileError(f"{path}: expected a {FORMAT} file, got something else") from error
    if not isinstance(parsed, dict) or parsed.get("format") != FORMAT or not isinstance(parsed.get("protection"), dict):
        raise KeyFileError(f"{path}: expected a {FORMAT} file, got something else")
    if parsed.get("kind") != kind:
        raise KeyFileError(f"{path}: expected a {kind} key, got a {str(parsed.get('kind'))[:20]} key")
    return parsed

"""A clinic's keys, as files kept away from its database.

clinic.key    wraps the data keys                 secret, 32 bytes
log.key       signs checkpoints                   Ed25519; log.vkey is its public half
dentist.key   signs plans                         Ed25519; dentist.vkey is its public half
recovery.key  opens everything when clinic.key is lost; kept offline   X25519; recovery.pub is its public half

A secret file is JSON, readable by its owner alone, and protected by a passphrase (scrypt, AES-256-GCM) unless the
clinic chose plain files. Format: docs/specs/records-log.md section 6.
"""

import base64
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from commensal.sentinel.ed25519 import is_signed
from commensal.sentinel.errors import KeyFileError, NoteError
from commensal.sentinel.note import VerifierKey, parse_verifier_key, signed_text, strict_base64, verifier_key
from commensal.sentinel.vault import KEY_BYTES, NONCE_BYTES, RecoveryVault, Vault

FORMAT = "commensal.key/1"
KEY_FILE_MAX_BYTES = 4096
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 3
"""32 MiB and about a quarter of a second a key. Source: OWASP Password Storage Cheat Sheet (scrypt, 2^15, 8, 3)."""
SCRYPT_MAX_BYTES = 2**30
"""A key file may ask for more work than we do, up to a gigabyte of memory (128 * n * r)."""
SCRYPT_P_MAX = 16
KINDS = ("clinic", "log", "dentist", "recovery")


class SigningKey:
    """An Ed25519 key with the name it signs for. Its repr shows only the public half."""

    def __init__(self, name: str, secret: bytes) -> None:
        self.name = name
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        self.public_key = self._private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"SigningKey({self.vkey!r})"

    @property
    def verifier(self) -> VerifierKey:
        """The key others check with."""
        return verifier_key(self.name.replace(" ", "_"), self.public_key)

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return str(self.verifier)

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 over `message`."""
        return self._private.sign(message)

    def sign_note(self, text: str) -> str:
        """`text` as a signed note."""
        return signed_text(text, self.verifier.name, self.public_key, self.sign)


def is_signed_by(vkey: str, message: bytes, signature: str) -> bool:
    """True when a base64 signature over `message` is good under a verifier key, both as text and strictly read."""
    try:
        return is_signed(parse_verifier_key(vkey).public_key, message, strict_base64(signature, "signature"))
    except NoteError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys a running clinic holds; the recovery key is not among them."""

    log: SigningKey
    dentist: SigningKey
    vault: Vault


def create_keys(folder: Path, passphrase: bytes | None, *, origin: str, dentist: str) -> Keys:
    """Make a clinic's keys in a new folder: all of them or none.

    Args:
        folder: must not hold keys yet; made when missing.
        passphrase: protects every secret file; None = plain files, readable by their owner alone.
        origin: the log's name.
        dentist: who signs plans.

    Raises:
        KeyFileError: keys are there already, an empty passphrase, or a name no key may carry.
    """
    if passphrase is not None and not passphrase:
        raise KeyFileError("passphrase: expected at least one character; say --no-passphrase for plain files")
    if any((folder / f"{kind}.key").exists() for kind in KINDS):
        raise KeyFileError(f"{folder}: keys are there already; nothing was changed")
    secrets = {kind: os.urandom(KEY_BYTES) for kind in KINDS}
    names = {"clinic": origin, "log": origin, "dentist": dentist, "recovery": origin}
    recovery_public = X25519PrivateKey.from_private_bytes(secrets["recovery"]).public_key().public_bytes_raw()
    try:
        log, signer = SigningKey(origin, secrets["log"]), SigningKey(dentist, secrets["dentist"])
        public = {"log.vkey": log.vkey, "dentist.vkey": signer.vkey}
    except NoteError as error:
        raise KeyFileError(f"{origin!r}, {dentist!r}: no key may carry this name: {error}") from error
    public["recovery.pub"] = base64.b64encode(recovery_public).decode()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".keys-") as draft:
        for kind in KINDS:
            text = json.dumps(_locked(kind, names[kind], secrets[kind], passphrase), indent=1) + "\n"
            _write_private(Path(draft) / f"{kind}.key", text)
        for name, text in public.items():
            (Path(draft) / name).write_text(text + "\n", encoding="utf-8")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(Path(draft).iterdir()):
            path.rename(folder / path.name)
    return Keys(log=log, dentist=signer, vault=Vault(secrets["clinic"], recovery_public))


def open_keys(folder: Path, ask: Callable[[], bytes]) -> Keys:
    """The keys a clinic runs with. `ask` gives the passphrase; it is called once, and only when the keys have one.

    Raises:
        KeyFileError: a file is missing, of another kind, open to others, or the passphrase is wrong.
    """
    is_plain = _parsed(folder / "clinic.key", "clinic")["protection"].get("kdf") == "none"
    passphrase = None if is_plain else ask()
    _, clinic = read_key(folder / "clinic.key", "clinic", passphrase)
    origin, log = read_key(folder / "log.key", "log", passphrase)
    name, dentist = read_key(folder / "dentist.key", "dentist", passphrase)
    try:
        recovery = strict_base64(_read_text(folder / "recovery.pub").strip(), "recovery.pub")
        vault = Vault(clinic, recovery)
    except (NoteError, ValueError) as error:
        raise KeyFileError(f"{folder / 'recovery.pub'}: expected 32 bytes in base64") from error
    return Keys(log=SigningKey(origin, log), dentist=SigningKey(name, dentist), vault=vault)


def open_recovery(path: Path, passphrase: bytes | None) -> RecoveryVault:
    """The vault that opens every data key with recovery.key alone, when the clinic key is lost.

    Raises:
        KeyFileError: as `read_key`.
    """
    _, secret = read_key(path, "recovery", passphrase)
    return RecoveryVault(secret)


def read_key(path: Path, kind: str, passphrase: bytes | None) -> tuple[str, bytes]:
    """Name and secret of one key file.

    Raises:
        KeyFileError: missing, of another kind, open to others, malformed, or the passphrase is wrong or missing.
    """
    parsed = _parsed(path, kind)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path}: others can read this key; run `chmod 600 {path}` and consider making new keys")
    try:
        name, protection = str(parsed["name"]), parsed["protection"]
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


def _locked(kind: str, name: str, secret: bytes, passphrase: bytes | None) -> dict[str, Any]:
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
    return {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "protection": protection,
        "secret": base64.b64encode(secret).decode(),
    }


def _unlocked(path: Path, kind: str, name: str, secret: bytes, protection: dict[str, Any], passphrase: bytes) -> bytes:
    n, r, p = (int(protection[part]) for part in ("n", "r", "p"))
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
        parsed = json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise KeyFileError(f"{path}: expected a {FORMAT} file, got something else") from error
    if not isinstance(parsed, dict) or parsed.get("format") != FORMAT or not isinstance(parsed.get("protection"), dict):
        raise KeyFileError(f"{path}: expected a {FORMAT} file, got something else")
    if parsed.get("kind") != kind:
        raise KeyFileError(f"{path}: expected a {kind} key, got a {str(parsed.get('kind'))[:20]} key")
    return parsed


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise KeyFileError(f"{path}: no such key file; `commensal init` makes keys, --keys says where they are")
    if path.stat().st_size > KEY_FILE_MAX_BYTES:
        raise KeyFileError(f"{path}: expected at most {KEY_FILE_MAX_BYTES} bytes")
    return path.read_text(encoding="utf-8")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

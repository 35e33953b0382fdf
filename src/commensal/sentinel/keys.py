"""A clinic's keys, as files kept away from its database.

clinic.key    wraps the data keys                 secret, 32 bytes
log.key       signs checkpoints                   Ed25519; log.vkey is its public half
dentist.key   signs plans                         Ed25519; dentist.vkey is its public half
recovery.key  opens everything when clinic.key is lost; kept offline   X25519; recovery.pub is its public half

A secret file is readable by its owner alone, and protected by a passphrase unless the clinic chose plain files; both
can be changed later (`protect_keys`). New secrets are rotation.py's. Format: docs/specs/records-log.md section 6.
"""

import base64
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commensal.sentinel.ed25519 import is_signed
from commensal.sentinel.errors import KeyFileError, NoteError
from commensal.sentinel.key_file import KINDS, is_plain, key_text, read_key, read_text, write_private
from commensal.sentinel.key_folder import PROTECTED, ROTATED, held, promote, stage
from commensal.sentinel.note import VerifierKey, parse_verifier_key, signed_text, strict_base64, verifier_key
from commensal.sentinel.vault import KEY_BYTES, RecoveryVault, Vault

PUBLIC = ("log.vkey", "dentist.vkey", "recovery.pub")
"""The public halves that are kept beside the secrets."""


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
    is_settled: bool = True
    """False when a rotation was cut short: `rotation.settle` finds out which clinic key the database is under."""


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
    check_passphrase(passphrase)
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
            write_private(Path(draft) / f"{kind}.key", key_text(kind, names[kind], secrets[kind], passphrase))
        for name, text in public.items():
            (Path(draft) / name).write_text(text + "\n", encoding="utf-8")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(Path(draft).iterdir()):
            path.rename(folder / path.name)
    return Keys(log=log, dentist=signer, vault=Vault(secrets["clinic"], recovery_public))


def discard_keys(folder: Path) -> None:
    """Take back what `create_keys` made in `folder`, when nothing was ever kept under these keys."""
    for kind in KINDS:
        (folder / f"{kind}.key").unlink(missing_ok=True)
    for name in PUBLIC:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # the folder was there before, with something else in it
        folder.rmdir()


def open_keys(folder: Path, ask: Callable[[], bytes]) -> Keys:
    """The keys a clinic runs with. `ask` gives the passphrase; it is called once, and only when the keys have one.

    A change of passphrase that was cut short is finished first. Of a rotation that was cut short `is_settled` tells.

    Raises:
        KeyFileError: a file is missing, of another kind, open to others, or the passphrase is wrong.
    """
    if (folder / PROTECTED).exists():
        _finish_protecting(folder)
    with held(folder, alone=False):
        clinic = folder / "clinic.key"
        if not clinic.exists() and (folder / ROTATED / "clinic.key").exists():
            clinic = folder / ROTATED / "clinic.key"
        if not clinic.exists() and (folder / "log.key").exists():
            raise KeyFileError(f"{clinic}: lost; `commensal keys recover` makes a new one with the recovery key")
        passphrase = None if is_plain(clinic, "clinic") else ask()
        _, secret = read_key(clinic, "clinic", passphrase)
        origin, log = read_key(folder / "log.key", "log", passphrase)
        name, dentist = read_key(folder / "dentist.key", "dentist", passphrase)
        vault = Vault(secret, read_recovery_public(folder / "recovery.pub"))
        is_settled = not (folder / ROTATED).exists()
    return Keys(log=SigningKey(origin, log), dentist=SigningKey(name, dentist), vault=vault, is_settled=is_settled)


def protect_keys(folder: Path, ask: Callable[[], bytes], new: Callable[[], bytes] | None) -> tuple[str, ...]:
    """Put every secret file that is here under another passphrase, or under none; gives the names of the files.

    All of them change at one moment. The secrets stay the same, so nothing stored changes, and a copy of a file from
    before still opens with the passphrase from before: where that became known, rotate the keys as well.

    Args:
        folder: where the keys are; recovery.key may be elsewhere, and then stays as it is.
        ask: gives the passphrase of now; called once, and only when there is one.
        new: gives the new one, called after the keys have opened; None = plain files.

    Raises:
        KeyFileError: a file does not open, an empty passphrase, or a rotation was cut short; nothing was changed.
    """
    if (folder / PROTECTED).exists():
        _finish_protecting(folder)
    with held(folder, alone=True):
        here = [kind for kind in KINDS if (folder / f"{kind}.key").exists()]
        if "clinic" not in here:
            raise KeyFileError(f"{folder / 'clinic.key'}: no such key file; `commensal keys recover` makes it anew")
        old = None if all(is_plain(folder / f"{kind}.key", kind) for kind in here) else ask()
        opened = {kind: read_key(folder / f"{kind}.key", kind, old) for kind in here}
        passphrase = None if new is None else new()
        check_passphrase(passphrase)
        files = {f"{kind}.key": key_text(kind, *opened[kind], passphrase) for kind in here}
        stage(folder, PROTECTED, files)
        promote(folder, PROTECTED)
    return tuple(files)


def open_recovery(path: Path, ask: Callable[[], bytes]) -> RecoveryVault:
    """The vault that opens every data key with recovery.key alone, when the clinic key is lost.

    `ask` gives the passphrase, when the file has one.

    Raises:
        KeyFileError: as `read_key`.
    """
    _, secret = read_key(path, "recovery", None if is_plain(path, "recovery") else ask())
    return RecoveryVault(secret)


def read_recovery_public(path: Path) -> bytes:
    """The public half of the recovery key, 32 bytes.

    Raises:
        KeyFileError: missing, or not one.
    """
    try:
        public = strict_base64(read_text(path).strip(), "recovery.pub")
    except (NoteError, ValueError) as error:
        raise KeyFileError(f"{path}: expected {KEY_BYTES} bytes in base64") from error
    if len(public) != KEY_BYTES:
        raise KeyFileError(f"{path}: expected {KEY_BYTES} bytes in base64")
    return public


def check_passphrase(passphrase: bytes | None) -> None:
    """Refuse a passphrase that protects nothing.

    Raises:
        KeyFileError: it is empty.
    """
    if passphrase is not None and not passphrase:
        raise KeyFileError("passphrase: expected at least one character; say --no-passphrase for plain files")


def _finish_protecting(folder: Path) -> None:
    with held(folder, alone=True):
        if (folder / PROTECTED).exists():
            promote(folder, PROTECTED)

"""New keys for old, without touching the log: entries, tiles, checkpoint and every record stay byte for byte.

A clinic key is rotated in three steps that a power cut may separate anywhere:

    new key files staged beside the old  ->  every data key rewrapped, committed  ->  staged files moved into place

Between them the database knows which key is right, and `settle` asks it. Whoever changes keys holds their folder
alone, then the database: in this order, so that nobody waits in a circle. Format: docs/specs/records-log.md section 12.
"""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, select

from commensal.sentinel.errors import KeyFileError, LogError
from commensal.sentinel.key_file import is_plain, key_text, read_key
from commensal.sentinel.key_folder import ROTATED, drop, held, promote, stage
from commensal.sentinel.keyring.recovery import rewrap
from commensal.sentinel.keys import Keys, SigningKey, open_keys, read_recovery_public
from commensal.sentinel.tables import data_key
from commensal.sentinel.vault import KEY_BYTES, KeyOpener, RecoveryVault, Vault

ASKED = 20
"""Stored data keys that are tried to see which clinic key they are under; one would do in a sound database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """New keys, not yet in force. `apply` them in a transaction; they are in force when it has committed."""

    keys: Keys
    folder: Path
    files: dict[str, str]

    def __repr__(self) -> str:
        return f"Renewal({', '.join(self.files)})"

    def apply(self, conn: Connection, opener: KeyOpener) -> int:
        """Rewrap every data key in the caller's transaction, then stage the new files; gives how many keys there are.

        Raises:
            LogError: a data key does not open with `opener`; nothing was staged, roll back.
        """
        if not any_opens(conn, opener):
            raise LogError("data keys: none opens with the key that was given; check --keys, --recovery-key, --store")
        count = rewrap(conn, opener, self.keys.vault)
        if (self.folder / ROTATED).exists():  # a recovery that was cut short: its key was never the only way in
            drop(self.folder, ROTATED)
        stage(self.folder, ROTATED, self.files)
        return count


@contextmanager
def renewing(folder: Path, ask: Callable[[], bytes], *, with_recovery: bool) -> Iterator[Renewal]:
    """A new clinic key, and a new recovery key where asked; the block applies and commits them.

    When the block ends well the files are moved into place. When it does not, which keys are right is for `settle`.

    Args:
        folder: the keys of now.
        ask: gives their passphrase; it protects the new ones too.
        with_recovery: make a new recovery key as well. The one of before opens nothing that is stored any more.

    Raises:
        KeyFileError: the keys do not open, or an earlier rotation is not settled.
    """
    keys = open_keys(folder, ask)
    if not keys.is_settled:
        raise KeyFileError(f"{folder}: an earlier rotation was cut short; run `commensal keys check` to finish it")
    with held(folder, alone=True):
        passphrase = None if is_plain(folder / "clinic.key", "clinic") else ask()
        origin, _ = read_key(folder / "clinic.key", "clinic", passphrase)
        files = {}
        public = read_recovery_public(folder / "recovery.pub")
        if with_recovery:
            recovery = os.urandom(KEY_BYTES)
            public = X25519PrivateKey.from_private_bytes(recovery).public_key().public_bytes_raw()
            files["recovery.key"] = key_text("recovery", origin, recovery, passphrase)
            files["recovery.pub"] = base64.b64encode(public).decode() + "\n"
        clinic = os.urandom(KEY_BYTES)
        files["clinic.key"] = key_text("clinic", origin, clinic, passphrase)
        yield Renewal(keys=replace(keys, vault=Vault(clinic, public)), folder=folder, files=files)
        promote(folder, ROTATED)


@contextmanager
def recovering(folder: Path, ask: Callable[[], bytes], recovery: RecoveryVault) -> Iterator[Renewal]:
    """A new clinic key for one that is lost; the block applies it with the recovery vault, and commits.

    Args:
        folder: must still hold log.key and dentist.key; their passphrase protects the new key too.
        ask: gives that passphrase.
        recovery: opens what is stored.

    Raises:
        KeyFileError: the other keys do not open.
    """
    with held(folder, alone=True):
        passphrase = None if is_plain(folder / "log.key", "log") else ask()
        origin, log = read_key(folder / "log.key", "log", passphrase)
        name, dentist = read_key(folder / "dentist.key", "dentist", passphrase)
        clinic = os.urandom(KEY_BYTES)
        keys = Keys(
            log=SigningKey(origin, log), dentist=SigningKey(name, dentist), vault=Vault(clinic, recovery.public)
        )
        files = {
            "recovery.pub": base64.b64encode(recovery.public).decode() + "\n",
            "clinic.key": key_text("clinic", origin, clinic, passphrase),
        }
        yield Renewal(keys=keys, folder=folder, files=files)
        promote(folder, ROTATED)


def settle(conn: Connection, folder: Path, ask: Callable[[], bytes]) -> Keys:
    """Finish or drop a rotation that was cut short, by what the database opens with; gives the keys that are right.

    Raises:
        KeyFileError: neither clinic key opens what is stored here; nothing was changed.
    """
    with held(folder, alone=True):
        staged = folder / ROTATED / "clinic.key"
        if staged.exists() and not _opens(conn, folder, staged, ask):
            if not _opens(conn, folder, folder / "clinic.key", ask):
                raise KeyFileError(
                    f"{folder}: neither clinic.key nor {ROTATED}/clinic.key opens this database; check --store, or "
                    "run `commensal keys recover`"
                )
            drop(folder, ROTATED)
        elif (folder / ROTATED).exists():
            promote(folder, ROTATED)
    return open_keys(folder, ask)


def any_opens(conn: Connection, opener: KeyOpener) -> bool:
    """True when at least one of the first stored data keys opens with this key."""
    for row in conn.execute(select(data_key).order_by(data_key.c.key_id).limit(ASKED)).all():
        try:
            opener.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)
        except LogError:
            continue
        return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """Which stored data keys open with what. `by_recovery` is None when no recovery key was given."""

    data_keys: int
    by_clinic: int
    by_recovery: int | None

    @property
    def is_sound(self) -> bool:
        """True when every data key opens with every key that was given."""
        return self.by_clinic == self.data_keys and self.by_recovery in (None, self.data_keys)


def check_data_keys(conn: Connection, vault: Vault, recovery: RecoveryVault | None) -> KeyCheck:
    """Open every stored data key with the clinic key and, as a drill, the recovery key: the same must come out."""
    total = by_clinic = by_recovery = 0
    for row in conn.execute(select(data_key)):
        total += 1
        stored = row.key_id, row.subject, row.wrapped, row.sealed
        opened = _unwrapped(vault, *stored)
        by_clinic += opened is not None
        if recovery is not None:
            recovered = _unwrapped(recovery, *stored)
            by_recovery += recovered is not None and opened in (None, recovered)
    return KeyCheck(data_keys=total, by_clinic=by_clinic, by_recovery=None if recovery is None else by_recovery)


def _unwrapped(opener: KeyOpener, key_id: str, subject: str, wrapped: bytes, sealed: bytes) -> bytes | None:
    try:
        opener.check_copies(key_id, subject, wrapped, sealed)
        return opener.unwrap(key_id, subject, wrapped, sealed)
    except LogError:
        return None


def _opens(conn: Connection, folder: Path, path: Path, ask: Callable[[], bytes]) -> bool:
    if not path.exists():
        return False
    _, secret = read_key(path, "clinic", None if is_plain(path, "clinic") else ask())
    return any_opens(conn, Vault(secret, read_recovery_public(folder / "recovery.pub")))

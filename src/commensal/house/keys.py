"""Keys looked at, protected, changed and recovered; a person forgotten."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from commensal.clinic import safety
from commensal.house.opening import Clinic, Settings, keep_out_of_dumps, open_clinic
from commensal.sentinel import keyring


def check_keys(clinic: Clinic, recovery_key: Path | None, recovery_passphrase: Callable[[], bytes]) -> keyring.KeyCheck:
    """Which stored data keys the clinic key opens and, as a drill, the recovery key in a file."""
    recovery = None if recovery_key is None else keyring.open_recovery(recovery_key, recovery_passphrase)
    with clinic.store.reading() as conn:
        return keyring.check_data_keys(conn, clinic.store.log.vault, recovery)


def protect_keys(settings: Settings, new: Callable[[], bytes] | None) -> tuple[str, ...]:
    """Put the clinic's secret key files under another passphrase, or none; gives their names."""
    keep_out_of_dumps()
    return keyring.protect_keys(settings.keys, settings.passphrase, new)


def rotate_keys(settings: Settings, *, with_recovery: bool, why: str) -> dict[str, Any]:
    """A new clinic key, and a new recovery key where asked. See `commensal.clinic.rotating`."""
    with open_clinic(settings) as clinic:
        try:
            return safety.rotating.rotate_keys(
                clinic.store, settings.keys, settings.passphrase, with_recovery=with_recovery, why=why
            )
        finally:
            safety.beside_keys.remember(clinic.store, settings.keys)


def rotate_data_keys(clinic: Clinic, persons: Sequence[str] | None, why: str) -> dict[str, Any]:
    """Fresh data keys for these persons, or for everybody and the clinic itself."""
    try:
        return safety.rotating.rotate_data_keys(clinic.store, persons, why)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)


def recover_keys(settings: Settings, recovery_key: Path, recovery_passphrase: Callable[[], bytes]) -> dict[str, Any]:
    """A new clinic key for one that is lost, by the offline recovery key."""
    keep_out_of_dumps()
    done = safety.rotating.recover_keys(
        settings.store, settings.keys, settings.passphrase, recovery_key, recovery_passphrase, settings.clock
    )
    with open_clinic(settings) as clinic:
        safety.beside_keys.remember(clinic.store, settings.keys)
    return done


def forget(clinic: Clinic, person: str, *, who_kind: str, who: str, why: str) -> safety.forgetting.Forgotten:
    """Forget one person for good, and renew the checkpoint beside the keys. See `commensal.clinic.forgetting`."""
    try:
        return safety.forgetting.forget_person(clinic.store, person, who_kind=who_kind, who=who, why=why)
    finally:
        safety.beside_keys.remember(clinic.store, clinic.settings.keys)

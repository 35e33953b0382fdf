"""Backups, and stores made again: from a backup, from an earlier version, from the log."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from commensal.clinic import rebuild, safety
from commensal.house.opening import Clinic, Settings, keep_out_of_dumps
from commensal.sentinel import RecordsLog, keyring


def back_up(
    clinic: Clinic, folder: Path, keep: int | None, progress: Callable[[str, float], None]
) -> safety.safekeeping.Backup:
    """Back the clinic's store up into a folder, and read the backup back. See `commensal.clinic.safekeeping`."""
    settings = clinic.settings
    saved = safety.safekeeping.kept_checkpoint(settings.keys)
    return safety.safekeeping.back_up(
        settings.store, clinic.store.log, folder, settings.clock, saved=saved, keep=keep, progress=progress
    )


def migrate(
    settings: Settings, backups: Path | None, progress: Callable[[str, float], None]
) -> safety.safekeeping.Migrated:
    """Bring a store of an earlier version to this one, and renew the checkpoint beside the keys.

    Raises:
        StoreError: it cannot be; nothing was changed.
    """
    keep_out_of_dumps()
    keys = keyring.open_keys(settings.keys, settings.passphrase)
    log, saved = RecordsLog(keys.log, keys.vault), safety.safekeeping.kept_checkpoint(settings.keys)
    return safety.safekeeping.migrate_store(
        settings.store, log, settings.clock, saved=saved, backups=backups, progress=progress
    )


def restore(
    backup: Path,
    settings: Settings,
    *,
    log_of: str | None,
    recovery: tuple[Path, Callable[[], bytes]] | None,
    accepts_loss: bool,
    is_drill: bool,
    progress: Callable[[str, float], None],
) -> safety.safekeeping.Restored:
    """Restore a backup into a new place, or only try it. See `commensal.clinic.safekeeping.restore_clinic`."""
    keep_out_of_dumps()
    return safety.safekeeping.restore_clinic(
        backup,
        settings.store or None,
        settings.keys,
        settings.passphrase,
        settings.clock,
        log_of=log_of,
        recovery=recovery,
        accepts_loss=accepts_loss,
        is_drill=is_drill,
        progress=progress,
    )


def rebuild_views(clinic: Clinic, progress: Callable[[float], None]) -> dict[str, Any]:
    """Make every view again from the log; gives what was made."""
    return asdict(rebuild(clinic.store, progress))

"""Backups, restores and migrations of a whole clinic: its database and what is kept beside its keys, together.

back_up           one moment of the store, read back and compared
migrate_store     a store of an earlier version, brought to this one
restore_clinic    a backup in a new place, brought up to date or gone on with under a successor's name
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from commensal.clinic.beside_keys import ERASURES, SAVED_CHECKPOINT, read_erasures, remember
from commensal.clinic.database import parsed_url
from commensal.clinic.errors import StoreError
from commensal.clinic.founding import open_store
from commensal.clinic.safekeeping.backup import Backup, back_up
from commensal.clinic.safekeeping.catching_up import Known
from commensal.clinic.safekeeping.manifest import read_manifest
from commensal.clinic.safekeeping.migrating import Migrated, migrate_store
from commensal.clinic.safekeeping.new_place import wait_for_restores
from commensal.clinic.safekeeping.restoring import Restored, restore
from commensal.clinic.safekeeping.snapshots import other_copy, scratch_names
from commensal.clinic.schema import version_of
from commensal.clock import Clock
from commensal.errors import CommensalError
from commensal.sentinel import RecordsLog, keyring, lineage

__all__ = [
    "Backup",
    "Migrated",
    "Restored",
    "back_up",
    "kept_checkpoint",
    "migrate_store",
    "restore_clinic",
]

Progress = Callable[[str, float], None]
DRILL = ".drill"
"""In the name of the place where a backup is tried, beside it."""


def kept_checkpoint(keys: Path) -> str | None:
    """The checkpoint kept beside the keys; None when none is."""
    path = keys / SAVED_CHECKPOINT
    return path.read_text(encoding="utf-8") if path.exists() else None


def restore_clinic(
    file: Path,
    url: str | None,
    keys_folder: Path,
    ask: Callable[[], bytes],
    clock: Clock,
    *,
    log_of: str | None = None,
    recovery: tuple[Path, Callable[[], bytes]] | None = None,
    accepts_loss: bool = False,
    is_drill: bool = False,
    progress: Progress = lambda _what, _share: None,
) -> Restored:
    """Restore a backup, and bring what is kept beside the keys up to date with it. See `restore`.

    Args:
        file: the backup.
        url: where the store will be; for a drill of an SQLite backup it is not needed.
        keys_folder: the clinic's keys.
        ask: gives their passphrase.
        clock: gives new records their time.
        log_of: another copy of the database, perhaps damaged, for what the backup lacks.
        recovery: the recovery key's file, and what gives its passphrase: for a backup from before keys were rotated.
        accepts_loss: go on under a successor's name when records are lost for good.
        is_drill: do everything but open it.
        progress: told what is being done, and the share done, 0-1.

    Raises:
        StoreError, SentinelError: as `restore`; nothing was made.
    """
    ask = cache(ask)
    keys = keyring.open_keys(keys_folder, ask)
    log = RecordsLog(keys.log, keys.vault)
    if is_drill:
        url = _drill_place(file, url)
    if url is None:
        raise StoreError("restore: expected --store URL, a new place of the backup's kind; got nothing")
    if not is_drill and _is_cut_short(url, keys_folder):
        return _finish(file, url, keys_folder, ask, clock)

    def successor() -> tuple[RecordsLog, Callable[[Restored], None]]:
        begun = lineage.begin_succession(keys_folder, ask)

        def stage(done: Restored) -> None:
            lines = "".join(json.dumps({"record": e.record, "erased": e.erased}) + "\n" for e in done.erasures)
            begun.stage({SAVED_CHECKPOINT: done.checkpoint, ERASURES: lines})

        return RecordsLog(begun.key, keys.vault), stage

    kept = [lineage.Erasure(record=record, erased=tuple(which)) for record, which in read_erasures(keys_folder).items()]
    done = restore(
        file,
        url,
        log,
        clock,
        Known(saved=kept_checkpoint(keys_folder), erasures=kept, log_of=log_of),
        successor=successor if accepts_loss else None,
        mend_keys=lambda conn: _mend_keys(conn, keys, recovery),
        is_drill=is_drill,
        progress=progress,
    )
    if done.is_open:
        _settle(url, keys_folder, ask, clock)
    return done


def _drill_place(file: Path, url: str | None) -> str | None:
    """Where a backup is tried: a file beside it, or a scratch database on the server of `url`."""
    if read_manifest(file).kind == "sqlite":
        return f"sqlite:///{file.with_name(f'{file.name}{DRILL}')}"
    if url is None:
        return None
    parsed = parsed_url(url)
    return parsed.set(database=scratch_names(parsed)[1]).render_as_string(hide_password=False)


def _mend_keys(conn: Connection, keys: keyring.Keys, recovery: tuple[Path, Callable[[], bytes]] | None) -> None:
    """Where no data key opens with today's clinic key, wrap them anew with the recovery key."""
    if lineage.any_opens(conn, keys.vault):
        return
    if recovery is None:
        raise StoreError(
            "backup: its data keys are under another clinic key than that of --keys: it is of another clinic, or from "
            "before the keys were rotated; then give --recovery-key. Nothing was made"
        )
    lineage.rewrap(conn, keyring.open_recovery(*recovery), keys.vault)


def _is_cut_short(url: str, keys_folder: Path) -> bool:
    """True when an earlier restore put a successor's store in its place and was stopped before its key was in force.

    A store that is not published yet is not in its place: its successor's key must not come into force.
    """
    vkey = lineage.staged_successor(keys_folder)
    if vkey is None:
        return False
    try:
        wait_for_restores(url)
        with other_copy(url) as conn:
            version_of(conn)
            lineage.stored_head(conn, vkey)
    except CommensalError:
        return False
    return True


def _finish(file: Path, url: str, keys_folder: Path, ask: Callable[[], bytes], clock: Clock) -> Restored:
    """What an earlier restore, stopped at its last step, had still to do."""
    _settle(url, keys_folder, ask, clock)
    keys = keyring.open_keys(keys_folder, ask)
    store = open_store(url, RecordsLog(keys.log, keys.vault), clock)
    try:
        with store.reading() as conn:
            note, size = store.log.checkpoint(conn), store.log.size(conn)
    finally:
        store.close()
    notes = ["an earlier restore was stopped at its last step; it is complete now"]
    manifest = read_manifest(file)
    return Restored(manifest=manifest, size=size, is_open=True, vkey=keys.log.vkey, checkpoint=note, notes=notes)


def _settle(url: str, keys_folder: Path, ask: Callable[[], bytes], clock: Clock) -> None:
    """Put a successor's key in force, when there is one, and renew what is kept beside the keys."""
    lineage.finish_succession(keys_folder)
    keys = keyring.open_keys(keys_folder, ask)
    store = open_store(url, RecordsLog(keys.log, keys.vault), clock)
    try:
        remember(store, keys_folder)
    finally:
        store.close()

"""Migrating: a store of an earlier version brought to this one, after it was backed up, or left exactly as it was.

backup beside it -> one transaction [ migrations -> views made again -> log audited against before ] -> whole audit
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from commensal.clinic import schema, views
from commensal.clinic.auditing import audit_store
from commensal.clinic.database import as_store_errors, begin_reading, database_path, open_engine
from commensal.clinic.errors import StoreError
from commensal.clinic.founding import clinic_policy
from commensal.clinic.rebuilding import make_again
from commensal.clinic.safekeeping.backup import back_up
from commensal.clinic.store import Store
from commensal.clock import Clock
from commensal.sentinel import AuditReport, RecordsLog, audit

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What a migration did. `audit` is None when there was nothing to do."""

    before: str
    """Version of the database."""
    after: str
    views_rebuilt: bool
    backup: Path | None
    audit: AuditReport | None

    @property
    def is_done(self) -> bool:
        """False when the store was of this version already."""
        return self.backup is not None


def migrate_store(
    url: str,
    log: RecordsLog,
    clock: Clock,
    *,
    saved: str | None = None,
    backups: Path | None = None,
    progress: Progress = lambda _what, _share: None,
) -> Migrated:
    """Bring a store to this program's version.

    Args:
        url: the database.
        log: its keys.
        clock: names the backup.
        saved: the checkpoint kept beside the keys; the log must continue from it.
        backups: where the backup goes; None = beside an SQLite file.
        progress: told what is being done, and the share done, 0-1.

    Raises:
        StoreError: no clinic, a version from the future, a store that is not sound, nowhere to put the backup, or a log
            that would not be the same afterwards. Nothing was changed.
    """
    engine = open_engine(url, must_exist=True)
    try:
        with as_store_errors(), begin_reading(engine) as conn:
            before, is_stale = _look(conn)
        if before == schema.HEAD and not is_stale:
            return Migrated(before=before, after=before, views_rebuilt=False, backup=None, audit=None)
        path = database_path(url)
        if backups is None and path is None:
            raise StoreError(
                "migrate: expected --backups FOLDER, to back up a PostgreSQL store into first; got nothing"
            )
        stem = f"{path.stem if path is not None else 'clinic'}-{before}-{clock.now():%Y%m%dT%H%M%SZ}"
        folder = backups if backups is not None or path is None else path.parent
        made = back_up(
            url, log, folder or Path(), clock, saved=saved, stem=stem, progress=partial(_part, progress, 0.0, 0.4)
        )
        with as_store_errors(), engine.begin() as conn:
            _change(conn, log, progress)
        progress("auditing", 0.8)
        store = Store(engine, log, clinic_policy(), clock)
        report = audit_store(store, made.manifest.checkpoint, lambda share: progress("auditing", 0.8 + 0.2 * share))
    finally:
        engine.dispose()
    return Migrated(before=before, after=schema.HEAD, views_rebuilt=is_stale, backup=made.file, audit=report)


def _look(conn: Connection) -> tuple[str, bool]:
    """Version of the database, and whether its views are of another version than this program's."""
    found = schema.version_of(conn)
    if schema.is_from_the_future(found):
        raise StoreError(
            f"database: it is of version {found}, from the future: this program knows versions up to {schema.HEAD}; "
            "install the program version that wrote it. Nothing was changed"
        )
    return found, schema.view_version_of(conn) != str(views.VIEW_VERSION)


def _change(conn: Connection, log: RecordsLog, progress: Progress) -> None:
    """Everything that changes, in the caller's transaction: whoever raises here leaves the old version whole."""
    _, is_stale = _look(conn)
    checkpoint = log.checkpoint(conn)
    progress("migrating", 0.4)
    schema.upgrade(conn)
    if is_stale:
        make_again(conn, log, lambda share: progress("making views again", 0.4 + 0.2 * share))
    report = audit(conn, log.vkey, log.vault, checkpoint, lambda share: progress("auditing", 0.6 + 0.2 * share))
    if not report.is_sound or report.checkpoint != checkpoint:
        why = report.problems[0] if report.problems else "its checkpoint changed"
        raise StoreError(f"migrate: the log would not be what it was: {why}; nothing was changed")


def _part(progress: Progress, start: float, span: float, what: str, share: float) -> None:
    progress(what, start + span * share)

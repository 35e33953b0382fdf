"""Restoring a backup into a new place: compared with everything that is known of the log, then opened, or not at all.

    manifest, file -> new place -> audited -> brought up to date -> erasures again -> views -> audited -> opened

The log never goes back. Where records are lost for good, the restored store goes on under a successor's name, and only
when somebody said that the loss is accepted (docs/decisions/0006-a-log-never-goes-back.md).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from commensal.clinic import outbox, schema, views
from commensal.clinic.auditing import audit_store
from commensal.clinic.database import as_store_errors, scrub
from commensal.clinic.errors import StoreError
from commensal.clinic.founding import clinic_policy
from commensal.clinic.rebuilding import make_again
from commensal.clinic.safekeeping.backup import check_backup
from commensal.clinic.safekeeping.catching_up import CaughtUp, Known, catch_up
from commensal.clinic.safekeeping.manifest import Manifest, read_manifest
from commensal.clinic.safekeeping.new_place import new_place
from commensal.clinic.store import CLINIC, Store, show
from commensal.clock import Clock
from commensal.sentinel import Act, RecordsLog, lineage

Progress = Callable[[str, float], None]

ACTOR = "commensal"
WHY_AGAIN = "erased after the backup was made"


@dataclass(slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    size: int
    """Entries of the backup's log, and then of the restored one."""
    lost: int | None = 0
    """Records that were in the log and are in no copy; None = nobody knows, for want of a checkpoint."""
    carried: int = 0
    """Records that came from the other copy."""
    erased: int = 0
    """Payloads that the backup still held, destroyed again."""
    is_open: bool = False
    """The store is in its place, to be used."""
    vkey: str = ""
    """The key that the log goes on under."""
    checkpoint: str = ""
    erasures: tuple[lineage.Erasure, ...] = ()
    """Every erasure in the restored log."""
    notes: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """True when nothing that was ever signed is missing."""
        return self.lost == 0


def restore(
    file: Path,
    url: str,
    log: RecordsLog,
    clock: Clock,
    known: Known,
    *,
    successor: Callable[[], tuple[RecordsLog, Callable[[Restored], None]]] | None = None,
    mend_keys: Callable[[Connection], None] = lambda _conn: None,
    is_drill: bool = False,
    progress: Progress = lambda _what, _share: None,
) -> Restored:
    """Restore one backup into a new place.

    Order: manifest; the file's bytes; the backup's own log, payloads too; the checkpoint kept beside the keys; what the
    other copy has beyond that; erasures; views; the whole again. Whatever raises leaves nothing behind.

    Args:
        file: the backup; its manifest lies beside it.
        url: where the store will be; nothing may be there.
        log: the keys, of the name the log has now.
        clock: gives new records their time.
        known: what the backup is compared with.
        successor: gives the log to go on as, and what to do just before it is opened; called only when records are
            lost. None = do not open a store that lacks any.
        mend_keys: wraps data keys for today's clinic key where the backup is from before a rotation.
        is_drill: do everything but open it.
        progress: told what is being done, and the share done, 0-1.

    Raises:
        StoreError, SentinelError: the backup was changed, is of another clinic, of other keys or of a newer version; or
            it contradicts what is known. Nothing was made.
    """
    manifest = _checked(file, log)
    done = Restored(manifest=manifest, size=manifest.size, vkey=log.vkey)
    progress("copying", 0.0)
    with new_place(url, file, manifest) as place, as_store_errors():
        progress("auditing the backup", 0.1)
        with place.engine.begin() as conn:
            mend_keys(conn)
            _check(conn, log, manifest, known)
            schema.upgrade(conn)
        progress("comparing", 0.3)
        caught = catch_up(place.engine, log, known, manifest.size)
        done.size, done.lost, done.notes = caught.size, caught.lost, list(caught.notes)
        done.carried = caught.size - manifest.size
        if not done.is_complete and successor is None and not is_drill:
            return done
        now, prepare = (log, _nothing) if done.is_complete or successor is None else successor()
        progress("erasing again", 0.5)
        with place.engine.begin() as conn:
            _erase_again(conn, caught, done)
            if now is not log:
                now.succeed(conn, log.vkey)
            progress("making views", 0.6)
            make_again(conn, now)
            carried = now.records(conn, manifest.size)
            outbox.enqueue(conn, ((index, record) for index, record in carried if record is not None), clock.now())
        store = Store(place.engine, now, clinic_policy(), clock)
        if now is not log:
            _record_loss(store, known, caught, done)
        scrub(place.engine)
        progress("auditing", 0.7)
        saved = known.saved if done.is_complete else None
        report = audit_store(store, saved, lambda share: progress("auditing", 0.7 + 0.3 * share))
        if not report.is_sound:
            raise StoreError(f"restore: the restored store is not sound: {report.problems[0]}; nothing was opened")
        done.size, done.checkpoint, done.vkey = report.size, report.checkpoint, now.vkey
        with store.reading() as conn:
            done.erasures = tuple(
                lineage.Erasure(record=row.record, erased=tuple(json.loads(row.erased)))
                for row in conn.execute(select(views.erasure).order_by(views.erasure.c.record))
            )
        if not is_drill:
            prepare(done)
            place.publish()
            done.is_open = True
    return done


def _nothing(_: Restored) -> None:
    return None


def _checked(file: Path, log: RecordsLog) -> Manifest:
    manifest = read_manifest(file)
    if schema.is_from_the_future(manifest.schema_version):
        raise StoreError(
            f"{file}: of version {manifest.schema_version}, from the future: this program knows versions up to "
            f"{schema.HEAD}; install the program version that made it"
        )
    if manifest.log_vkey != log.vkey:
        raise StoreError(
            f"{file}: a backup of the log {manifest.origin} under another key than that of --keys ({log.origin}); take "
            "a backup of this log, or the keys that belong to this backup"
        )
    return manifest


def _check(conn: Connection, log: RecordsLog, manifest: Manifest, known: Known) -> None:
    """The backup's own log, against its manifest and against an earlier checkpoint kept beside the keys."""
    found = schema.version_of(conn, is_being_restored=True)
    if found != manifest.schema_version:
        raise StoreError(f"restore: expected a database of version {manifest.schema_version}, it is {found}")
    is_earlier = known.saved is not None and lineage.signed_head(known.saved, log.vkey).size <= manifest.size
    check_backup(conn, log, manifest.checkpoint, known.saved if is_earlier else None)


def _erase_again(conn: Connection, caught: CaughtUp, done: Restored) -> None:
    erased = sorted({index for one in caught.erasures for index in one.erased})
    done.erased = lineage.erase_payloads(conn, erased)
    lineage.drop_unused_keys(conn)
    outbox.drop(conn, erased)


def _record_loss(store: Store, known: Known, caught: CaughtUp, done: Restored) -> None:
    """The successor's first records: that it is one and why, then each erasure that its log does not have."""
    act = Act(who_kind="Service", who=ACTOR, what="restore", on_whom=CLINIC, why="newer records are lost")

    def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> None:
        content = {
            "saved_checkpoint": known.saved,
            "backup_checkpoint": done.manifest.checkpoint,
            "lost": caught.lost,
            "decided_by": decided_by,
        }
        store.record(conn, act, content, at)
        for one in caught.erasures:
            erased = [index for index in one.erased if index < caught.size]
            if one.record >= caught.size and erased:
                receipt = store.log.erase_again(conn, erased, f"Service:{ACTOR}", WHY_AGAIN, at)
                show(conn, receipt.index, store.log.read(conn, receipt.index))

    store.carry_out(act, do)

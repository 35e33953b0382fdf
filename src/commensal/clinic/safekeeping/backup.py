"""Backups: one moment of a clinic's store in one file, read back and compared with the log before it counts.

    snapshot -> FILE.part -> read back, audited in full, compared leaf by leaf -> FILE -> manifest

Whatever is cut short leaves no manifest, and what has no manifest is no backup. Views are left out, and
made again from the log by a restore: whoever finds a backup without the clinic's keys can name nobody.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping.manifest import SUFFIXES, Manifest, manifest_path, read_manifest, sha256_of
from commensal.clinic.safekeeping.snapshots import NoScratchError, Snapshot, looked_into, snapshot
from commensal.clinic.schema import version_of
from commensal.clinic.whole_files import PART, flush_file, make_private, one_at_a_time, part_of, publish
from commensal.clock import Clock
from commensal.sentinel import RecordsLog, audit

Progress = Callable[[str, float], None]

COMPARED_AT_ONCE = 10_000
"""Leaves compared between a backup and its log at once."""
KEPT_MIN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made."""

    file: Path
    manifest: Manifest
    removed: tuple[Path, ...]
    """Older ones, removed after this one had been read back."""


def back_up(
    url: str,
    log: RecordsLog,
    folder: Path,
    clock: Clock,
    *,
    saved: str | None = None,
    stem: str | None = None,
    keep: int | None = None,
    progress: Progress = lambda _what, _share: None,
) -> Backup:
    """Make one backup while others go on writing, and read it back.

    Args:
        url: the database, of any version that has a log.
        log: its keys.
        folder: where backups are kept; made when missing.
        clock: says when.
        saved: the last checkpoint kept elsewhere; the log must continue from it.
        stem: the file's name without its ending; None = origin, time and size.
        keep: how many of this log's backups to keep, counting the new one, >= 1; None = all of them.
        progress: told what is being done, and the share done, 0-1.

    Raises:
        StoreError: the store is not sound, the disk is full, somebody else backs up into this folder, or what was read
            back is not what is in the log. Then there is no new backup, and no old one was removed.
        ValueError: a `keep` below 1.
    """
    if keep is not None and keep < KEPT_MIN:
        raise ValueError(f"keep must be >= {KEPT_MIN} backup, got {keep}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with one_at_a_time(folder), snapshot(url) as moment:
        _sweep(folder)
        made_at = clock.now()
        checkpoint, size = log.checkpoint(moment.conn), log.size(moment.conn)
        named = stem or f"{_plain(log.origin)}-{made_at:%Y%m%dT%H%M%SZ}-{size}"
        file = folder / f"{named}{SUFFIXES[moment.kind]}"
        if file.exists() or manifest_path(file).exists():
            raise StoreError(f"{file}: is there already; nothing was changed")
        try:
            moment.save(part_of(file), lambda share: progress("copying", 0.3 * share))
            is_read_back = _read_back(moment, part_of(file), log, saved, progress)
            manifest = Manifest(
                file=file.name,
                kind=moment.kind,
                schema_version=version_of(moment.conn),
                origin=log.origin,
                log_vkey=log.vkey,
                size=size,
                checkpoint=checkpoint,
                sha256=sha256_of(part_of(file)),
                length_bytes=part_of(file).stat().st_size,
                made_at=made_at.isoformat(),
                read_back=is_read_back,
            )
            _write_manifest(file, manifest)
        except BaseException:
            _sweep(folder)
            raise
        removed = _remove_older(folder, manifest, keep) if keep is not None and is_read_back else ()
    progress("done", 1.0)
    return Backup(file=file, manifest=manifest, removed=removed)


def check_backup(
    conn: Connection,
    log: RecordsLog,
    checkpoint: str,
    saved: str | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> None:
    """Audit a backup's database in full, payloads too, against the checkpoint it was made at.

    Args:
        conn: sees the backup.
        log: its keys.
        checkpoint: the one it must hold.
        saved: an earlier one kept elsewhere, which it must continue.
        progress: told the share done, 0-1.

    Raises:
        StoreError: it is not sound, or not at that checkpoint.
    """
    report = audit(conn, log.vkey, log.vault, saved, progress)
    problems = report.problems or (() if report.checkpoint == checkpoint else ("it holds another checkpoint",))
    if problems:
        raise StoreError(f"backup: not sound: {problems[0]}; run `commensal audit` on the store it was made from")


def _read_back(moment: Snapshot, part: Path, log: RecordsLog, saved: str | None, progress: Progress) -> bool:
    """Restore the copy aside and compare it with the log; False when this server gives no room for that."""
    flush_file(part)
    try:
        with looked_into(part, moment.url) as copy:
            told = partial(_tell, progress)
            check_backup(copy, log, log.checkpoint(moment.conn), saved, told)
            _compare(moment.conn, copy, log)
    except NoScratchError:
        return False
    return True


def _tell(progress: Progress, share: float) -> None:
    progress("reading back", 0.3 + 0.6 * share)


def _compare(live: Connection, copy: Connection, log: RecordsLog) -> None:
    size = log.size(live)
    for start in range(0, size, COMPARED_AT_ONCE):
        end = min(start + COMPARED_AT_ONCE, size)
        if log.leaf_hashes(live, start, end) != log.leaf_hashes(copy, start, end):
            raise StoreError(
                f"backup: differs from the log between the entries {start} and {end - 1}; nothing was kept"
            )


def _write_manifest(file: Path, manifest: Manifest) -> None:
    """The manifest's draft is there before the file has its name, so that a killed run can be told from a whole one."""
    path = manifest_path(file)
    make_private(part_of(path))
    part_of(path).write_text(manifest.text, encoding="utf-8")
    flush_file(part_of(path))
    publish(file)
    publish(path)


def _sweep(folder: Path) -> None:
    """Remove what a run that was cut short left behind: drafts, and the file whose manifest is still a draft."""
    for draft in sorted(folder.glob(f".*.json{PART}")):
        for suffix in SUFFIXES.values():
            named = draft.name.removeprefix(".").removesuffix(f".json{PART}")
            (folder / f"{named}{suffix}").unlink(missing_ok=True)
        draft.unlink()
    for part in folder.glob(f".*{PART}*"):
        part.unlink()


def _remove_older(folder: Path, newest: Manifest, keep: int) -> tuple[Path, ...]:
    found = []
    for path in folder.glob("*.json"):
        for suffix in SUFFIXES.values():
            file = path.with_suffix(suffix)
            if not file.exists():
                continue
            try:
                manifest = read_manifest(file)
            except StoreError:  # not ours to judge, and not ours to remove
                continue
            if manifest.log_vkey == newest.log_vkey:
                found.append((manifest.size, manifest.made_at, file))
    older = sorted(found, reverse=True)[keep:]
    for _, _, file in older:
        manifest_path(file).unlink()
        file.unlink()
    flush_file(folder)
    return tuple(file for _, _, file in older)


def _plain(origin: str) -> str:
    """An origin as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", origin).strip("-.") or "log"

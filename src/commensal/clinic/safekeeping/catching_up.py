"""What is known of a log besides its backup, and how far a restored store can be brought up to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from commensal.clinic.errors import StoreError
from commensal.clinic.safekeeping.snapshots import other_copy
from commensal.errors import CommensalError
from commensal.sentinel import RecordsLog, audit, lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the log besides the backup."""

    saved: str | None = None
    """The latest checkpoint kept beside the keys."""
    erasures: Sequence[lineage.Erasure] = ()
    """Those kept beside the keys."""
    log_of: str | None = None
    """URL of another copy of the database, perhaps damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """How far it came."""

    size: int
    """Entries now."""
    lost: int | None
    """Records that were signed for and are in no copy; None = nobody knows, for want of a checkpoint."""
    erasures: tuple[lineage.Erasure, ...]
    """Every erasure since the backup that is known of, in order."""
    notes: tuple[str, ...]
    """Why something of the other copy was not believed."""


def catch_up(engine: Engine, log: RecordsLog, known: Known, size: int) -> CaughtUp:
    """Bring a restored log of `size` entries up to the latest checkpoint that another copy can fulfil.

    A checkpoint counts when the log's key signed it; entries count when they lead to such a checkpoint and every
    payload opens. An erasure counts when it can be opened with the clinic's key, or was kept beside the keys.
    """
    notes: list[str] = []
    heads = {} if known.saved is None else {lineage.signed_head(known.saved, log.vkey).size: known.saved}
    found = {one.record: one for one in known.erasures if one.record >= size}
    reached = size
    if known.log_of is not None:
        try:
            with other_copy(known.log_of) as source:
                heads = _head(source, log) | heads
                found |= {one.record: one for one in _erasures(source, log, size)}
                reached = _reach(engine, source, log, known, heads, size, notes)
        except StoreError as error:
            notes.append(f"the other copy cannot be read: {error}")
    newest = max([*heads, *(record + 1 for record in found)], default=0)
    return CaughtUp(
        size=reached,
        lost=max(0, newest - reached) if heads else None,
        erasures=tuple(found[record] for record in sorted(found)),
        notes=tuple(notes),
    )


def _head(source: Connection, log: RecordsLog) -> dict[int, str]:
    try:
        note = log.checkpoint(source)
        return {lineage.signed_head(note, log.vkey).size: note}
    except (CommensalError, SQLAlchemyError):  # then it says nothing that could be believed
        return {}


def _erasures(source: Connection, log: RecordsLog, size: int) -> list[lineage.Erasure]:
    try:
        return lineage.erasures_in(source, log, size)
    except SQLAlchemyError:  # a damaged table; what is kept beside the keys still counts
        return []


def _reach(
    engine: Engine,
    source: Connection,
    log: RecordsLog,
    known: Known,
    heads: dict[int, str],
    size: int,
    notes: list[str],
) -> int:
    saved = None if known.saved is None else lineage.signed_head(known.saved, log.vkey).size
    for target in sorted((one for one in heads if one > size), reverse=True):
        kept = known.saved if saved is not None and saved <= target else None
        try:
            with engine.begin() as conn:
                lineage.carry_over(conn, source, log, heads[target])
                report = audit(conn, log.vkey, log.vault, kept)
                if not report.is_sound:
                    raise StoreError(report.problems[0])
        except CommensalError as error:
            notes.append(f"records up to {target} of the other copy are not believed: {error}")
        except SQLAlchemyError as error:
            notes.append(f"records up to {target} of the other copy cannot be read ({type(error).__name__})")
        else:
            return target
    return size

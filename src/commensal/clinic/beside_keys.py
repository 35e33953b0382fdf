"""What a clinic keeps beside its keys, away from its database: the last checkpoint it saw, and what was erased.

An older copy of the database put back is found by the one; by the other, what was forgotten since stays forgotten.
"""

import json
from pathlib import Path

from sqlalchemy import select

from commensal.clinic import views
from commensal.clinic.errors import EvidenceError, StoreError
from commensal.clinic.evidence import write_durably
from commensal.clinic.store import Store
from commensal.errors import CommensalError

SAVED_CHECKPOINT = "log.checkpoint"
ERASURES = "log.erasures"
"""JSON lines: {"record": index of the erasure, "erased": [indexes of the entries]}. It names nobody."""
KEPT_MAX_BYTES = 1 << 24
"""Most that is read of either file."""


def remember(store: Store, folder: Path) -> None:
    """Keep the store's checkpoint and erasures in `folder`; a checkpoint that the store does not continue stays.

    Raises:
        EvidenceError: the store does not continue what is kept there.
    """
    check_continued(store, folder)
    with store.reading() as conn:
        note = store.log.checkpoint(conn)
        erased = conn.execute(select(views.erasure).order_by(views.erasure.c.record)).all()
    known = read_erasures(folder)
    now = {row.record: json.loads(row.erased) for row in erased} | known
    if now != known:
        lines = (json.dumps({"record": record, "erased": list(which)}) for record, which in sorted(now.items()))
        write_durably(folder / ERASURES, "".join(f"{line}\n" for line in lines))
    write_durably(folder / SAVED_CHECKPOINT, note)


def check_continued(store: Store, folder: Path) -> None:
    """Check that the store's log continues the checkpoint kept in `folder`; nothing is kept there at first.

    Raises:
        EvidenceError: the log was rolled back, rewritten or split since, or what is kept cannot be read.
    """
    saved = _kept(folder / SAVED_CHECKPOINT)
    if saved is None:
        return
    try:
        with store.reading() as conn:
            is_continued, size = store.log.continues(conn, saved), store.log.size(conn)
    except StoreError:
        raise
    except CommensalError as error:
        raise EvidenceError(
            f"{folder / SAVED_CHECKPOINT}: {error}. This file was cut short or changed, or the tiles were; it accuses "
            "nobody. Run `commensal audit`; when it is sound but for this, move the file away: it is written anew"
        ) from error
    if not is_continued:
        raise EvidenceError(
            f"database: its log of {size} records does not continue the checkpoint kept beside the keys: an older copy "
            "was put back, or the log was rewritten. Stop recording, keep both, and run `commensal audit`, then "
            "`commensal restore`. Nothing was changed"
        )


def flaw(store: Store, folder: Path) -> str | None:
    """What is wrong with the kept checkpoint itself; None when the log signed it, or nothing is kept."""
    try:
        saved = _kept(folder / SAVED_CHECKPOINT)
        if saved is not None:
            store.log.opened(saved)
    except CommensalError as error:
        return f"the checkpoint beside the keys ({error}): it was cut short or changed; move {SAVED_CHECKPOINT} away"
    return None


def read_erasures(folder: Path) -> dict[int, list[int]]:
    """Erasure records by their index, each with the entries it erased.

    Raises:
        EvidenceError: the file is no list of erasures.
    """
    text = _kept(folder / ERASURES)
    try:
        rows = [json.loads(line) for line in (text or "").splitlines()]
        found = {row["record"]: row["erased"] for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceError(
            f"{folder / ERASURES}: expected a JSON line for each erasure, got something else"
        ) from error
    is_right = all(
        type(record) is int and isinstance(erased, list) and all(type(i) is int and 0 <= i < record for i in erased)
        for record, erased in found.items()
    )
    if not is_right:
        raise EvidenceError(f"{folder / ERASURES}: expected record indexes and the lower ones they erased")
    return found


def _kept(path: Path) -> str | None:
    if not path.exists():
        return None
    if not path.is_file() or path.stat().st_size > KEPT_MAX_BYTES:
        raise EvidenceError(f"{path}: expected a file of at most {KEPT_MAX_BYTES} bytes")
    return path.read_text(encoding="utf-8", errors="replace")  # what is no UTF-8 is no note and no JSON: so they say

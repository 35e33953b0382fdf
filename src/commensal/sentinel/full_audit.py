"""The full audit: everything recomputed from the entries, nothing believed for having been fetched beside it.

Rows are read as the database has them, whatever their types: garbage is a finding, never a crash.
Steps as in docs/specs/records-log.md section 9.
"""

from collections.abc import Callable, Iterator
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from commensal.sentinel import tables
from commensal.sentinel.audit_payloads import PayloadAudit
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import NoteError
from commensal.sentinel.findings import AuditReport, Findings
from commensal.sentinel.leaf import are_leaves, is_leaf
from commensal.sentinel.merkle import HASH_BYTES, leaf_hash, leaf_hashes
from commensal.sentinel.note import VerifierKey, parse_verifier_key
from commensal.sentinel.raw_rows import count_rows, raw_pages, raw_rows, raw_where
from commensal.sentinel.tiles import WIDTH, WIDTH_BITS
from commensal.sentinel.tree import GrowingTree, Tile
from commensal.sentinel.vault import KeyOpener

MISSING = bytes(HASH_BYTES)
"""Stands for the leaf hash of an entry that is not there; nothing hashes to it."""

GAP_MAX = 2**16
"""Most missing entries in a row that are told one by one; the audit does not look behind a wider gap."""

Page = list[tuple[int, bytes | None]]


def audit(
    conn: Connection,
    vkey: str,
    vault: KeyOpener | None = None,
    saved_checkpoint: str | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> AuditReport:
    """Recompute a whole log and compare it with everything that is stored.

    Order: the signed checkpoint; every entry, hashed; every tile byte; the root; the saved checkpoint; data keys, every
    payload against its leaf, and erasures against what is missing. A finding in one does not stop the next.

    Args:
        conn: sees one moment of the database; nothing is written.
        vkey: the log's verifier key, from outside the database.
        vault: opens payloads; without it hashes are checked and payloads are only counted (`not_checked` says so).
        saved_checkpoint: a signed checkpoint kept elsewhere; the log must continue from it.
        progress: told the share done, 0-1.

    Raises:
        NoteError: `vkey` is no verifier key, or `saved_checkpoint` is not signed by it.
    """
    key = parse_verifier_key(vkey)
    saved = open_checkpoint(saved_checkpoint, key) if saved_checkpoint is not None else None
    findings, note, size = Findings(), "", 0
    payloads = PayloadAudit(conn, vault, findings)
    try:
        note, signed = _read_checkpoint(conn, key, findings)
        size = count_rows(conn, tables.entry)
        expected = signed.size if signed is not None else size
        if size != expected:
            findings.add(f"the checkpoint speaks of {expected} entries, {size} are here")
        payloads.open_keys()
        hashes = _HashAudit(conn, saved, findings)
        for page in _entries(conn, expected, findings):
            hashes.take([leaf for index, leaf in page if 0 <= index < expected])
            payloads.take(page)
            progress(min(1.0, hashes.tree.size / max(expected, 1)))
        hashes.finish(signed)
        payloads.finish(expected, is_whole=hashes.is_whole and hashes.tree.size == expected)
    except SQLAlchemyError as error:
        findings.add(f"the database cannot be read through ({type(error).__name__}): a table is missing or damaged")
    progress(1.0)
    return findings.report(size, note, payloads.opened)


def _read_checkpoint(conn: Connection, key: VerifierKey, findings: Findings) -> tuple[str, Checkpoint | None]:
    rows = list(raw_rows(conn, tables.checkpoint, "slot", "note"))
    if len(rows) != 1 or rows[0][0] != 0 or rows[0][1] is None:
        findings.add(f"checkpoint: expected one signed note in slot 0, found {len(rows)} rows")
        return "", None
    try:
        return rows[0][1], open_checkpoint(rows[0][1], key)
    except NoteError as error:
        findings.add(f"checkpoint: {error}")
        return "", None


def _entries(conn: Connection, expected: int, findings: Findings) -> Iterator[Page]:
    """Entries in pages: those from 0 to expected - 1, None for each that is missing or not bytes, and any others."""
    due = 0
    for rows in raw_pages(conn, tables.entry, "idx", "leaf"):
        page: Page = cast(Page, rows)
        is_in_order = [index for index, _ in page] == list(range(due, due + len(page)))
        is_torn = False
        if is_in_order and due + len(page) <= expected:
            due += len(page)
        else:
            page, is_torn = _mended(page, due, expected, findings)
            due = max([due, *(index + 1 for index, _ in page if index < expected)])
        leaves = [leaf for _, leaf in page]
        if None in leaves or not are_leaves(cast(list[bytes], leaves)):
            for index, leaf in page:
                if leaf is None or not is_leaf(leaf):
                    findings.add(f"entry {index}: missing, or no leaf of a version we know", index)
        yield page
        if is_torn:
            break
    if due < expected:
        findings.add(f"entry {due}: missing, with every one after it up to {expected - 1}", due)


def _mended(page: Page, due: int, expected: int, findings: Findings) -> tuple[Page, bool]:
    """A page with None for each entry that is missing and no entry twice; and whether it ends at too wide a gap."""
    mended: Page = []
    for index, leaf in page:
        if 0 <= index < due:
            findings.add(f"entry {index}: here more than once", index)
            continue
        if due + GAP_MAX < index < expected:
            return mended, True
        if 0 <= index < expected:
            mended += [(lost, None) for lost in range(due, index)]
            due = index + 1
        else:
            findings.add(f"entry {index}: more than the log is signed for", index if index >= 0 else None)
        mended.append((index, leaf))
    return mended, False


class _HashAudit:
    """Hashes entries as they come and compares every tile, the saved checkpoint and at last the signed root."""

    def __init__(self, conn: Connection, saved: Checkpoint | None, findings: Findings) -> None:
        self.tree, self.is_whole = GrowingTree(), True
        self._conn, self._saved, self._findings = conn, saved, findings
        self._compare_saved()

    def take(self, leaves: list[bytes | None]) -> None:
        if None in leaves:
            self.is_whole = False
            hashes = [MISSING if leaf is None else leaf_hash(leaf) for leaf in leaves]
        else:
            hashes = leaf_hashes(cast(list[bytes], leaves))
        cut = len(hashes) if self._saved is None else self._saved.size - self.tree.size
        if 0 < cut < len(hashes):
            self._extend(hashes[:cut])
            hashes = hashes[cut:]
        self._extend(hashes)

    def finish(self, signed: Checkpoint | None) -> None:
        for tile in self.tree.partial_tiles():
            self._compare_tile(tile)
        for level, n in raw_rows(self._conn, tables.tile, "level", "n"):
            if level is None or n is None:
                self._findings.add("tile: a row whose level or number is no integer")
            elif not (0 <= level < 64 and 0 <= n * WIDTH < self.tree.size >> (WIDTH_BITS * level)):
                self._findings.add(f"tile {level}/{n}: nothing in the log asks for it")
        if signed is not None and signed.root != self.tree.root:
            self._findings.add("the entries do not lead to the signed root")
        saved, size = self._saved, self.tree.size
        if saved is not None and saved.size > size:
            self._findings.add(
                f"the saved checkpoint speaks of {saved.size} entries, only {size} are here: rolled back", size
            )

    def _extend(self, hashes: list[bytes]) -> None:
        for tile in self.tree.extend(hashes):
            self._compare_tile(tile)
        self._compare_saved()

    def _compare_saved(self) -> None:
        saved = self._saved
        if saved is not None and saved.size == self.tree.size and saved.root != self.tree.root:
            self._findings.add(
                f"the first {saved.size} entries are not those of the saved checkpoint: a rewritten or split log"
            )

    def _compare_tile(self, tile: Tile) -> None:
        level, n, expected = tile
        span = 1 << (WIDTH_BITS * level)
        rows = raw_where(self._conn, tables.tile, "hashes", where="level = :level AND n = :n", level=level, n=n)
        stored = next((hashes for (hashes,) in rows), None)
        if stored == expected:
            return
        first = n * WIDTH * span
        if stored is None:
            last = first + len(expected) // HASH_BYTES * span - 1
            self._findings.add(f"tile {level}/{n}: missing, or not bytes", first, last=last)
            return
        starts = range(0, len(expected), HASH_BYTES)
        wrong = next(
            (i // HASH_BYTES for i in starts if stored[i : i + HASH_BYTES] != expected[i : i + HASH_BYTES]), None
        )
        if wrong is None:
            self._findings.add(f"tile {level}/{n}: longer than its entries ask for")
            return
        first += wrong * span
        where = f"entry {first}" if span == 1 else f"the entries {first} to {first + span - 1}"
        self._findings.add(f"tile {level}/{n}: differs from what is hashed from {where}", first, last=first + span - 1)

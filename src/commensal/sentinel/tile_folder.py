"""A log as static files, in the tlog-tiles layout: written for any web server to serve, audited by recomputing.

Format: C2SP tlog-tiles; docs/specs/records-log.md section 10.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError, NoteError
from commensal.sentinel.findings import AuditReport, Findings
from commensal.sentinel.merkle import HASH_BYTES, leaf_hash
from commensal.sentinel.note import NOTE_MAX_BYTES, parse_verifier_key
from commensal.sentinel.tiles import (
    ENTRY_MAX_BYTES,
    WIDTH,
    bundle,
    bundle_path,
    parse_tile_path,
    split_bundle,
    tile_path,
)
from commensal.sentinel.tree import GrowingTree, Tile

CHECKPOINT = "checkpoint"
BUNDLE_MAX_BYTES = WIDTH * (2 + ENTRY_MAX_BYTES)


def export_tiles(conn: Connection, folder: Path) -> None:
    """Write a log's tiles, entry bundles and, last, its checkpoint.

    Each file is written beside its place and renamed into it, so a reader never sees half of one.

    Raises:
        LogError: this database holds no log.
    """
    note = conn.execute(select(tables.checkpoint.c.note)).scalar()
    if note is None:
        raise LogError("log: no checkpoint here; this database holds no log")
    for row in conn.execute(select(tables.tile)):
        _write(folder / tile_path(row.level, row.n, len(row.hashes) // HASH_BYTES), row.hashes)
    leaves_in_order = conn.execute(select(tables.entry.c.leaf).order_by(tables.entry.c.idx)).scalars()
    for n, leaves in enumerate(leaves_in_order.partitions(WIDTH)):
        _write(folder / bundle_path(n, len(leaves)), bundle(leaves))
    _write(folder / CHECKPOINT, str(note).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


def audit_tiles(folder: Path, vkey: str, checkpoint: str = CHECKPOINT) -> AuditReport:
    """Recompute a tlog-tiles log from its entry bundles, and compare the root and every byte of every tile.

    Works on any log of this format, whoever wrote it. Files that reach beyond the checkpoint's size are named in
    `not_checked`: a log may have written them before its next checkpoint.

    Args:
        folder: holds `checkpoint` and `tile/`.
        vkey: the log's verifier key, from somewhere else.
        checkpoint: name of the checkpoint file to audit against.

    Raises:
        NoteError: `vkey` is no verifier key.
    """
    key, findings = parse_verifier_key(vkey), Findings()
    try:
        note = _read(folder / checkpoint, NOTE_MAX_BYTES).decode()
        signed = open_checkpoint(note, key)
    except (LogError, NoteError, UnicodeDecodeError) as error:
        findings.add(f"{checkpoint}: {error}")
        return findings.report(0, "", 0)
    reader = _Folder(folder, signed, findings)
    reader.hash_bundles()
    reader.compare_tiles()
    if reader.tree.size == signed.size and reader.tree.root != signed.root:
        findings.add("the entries do not lead to the signed root")
    return findings.report(reader.tree.size, note, 0)


class _Folder:
    """One folder of tiles as it is audited: entries first, then every file under tile/."""

    def __init__(self, folder: Path, signed: Checkpoint, findings: Findings) -> None:
        self.folder, self.signed, self.findings = folder, signed, findings
        self.tree = GrowingTree()
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.bundles: dict[int, list[bytes]] = {}

    def hash_bundles(self) -> None:
        """Hash every entry up to the signed size; stops at the first bundle that cannot be read."""
        for n in range(-(-self.signed.size // WIDTH)):
            width = min(WIDTH, self.signed.size - n * WIDTH)
            try:
                entries = self._entries(n, width)
            except LogError as error:
                self.findings.add(f"{bundle_path(n, width)}: {error}", n * WIDTH, last=n * WIDTH + width - 1)
                break
            self.bundles[n] = entries
            self._keep(self.tree.extend([leaf_hash(entry) for entry in entries]))
        self._keep(self.tree.partial_tiles())

    def compare_tiles(self) -> None:
        """Every tile the log asks for must be there, and every file there must be what the entries make it."""
        for level, n in sorted(self.tiles):
            width = len(self.tiles[level, n]) // HASH_BYTES
            places = {tile_path(level, n, width), tile_path(level, n)}
            if not any((self.folder / place).is_file() for place in places):
                self.findings.add(f"{tile_path(level, n, width)}: missing")
        for path in sorted((self.folder / "tile").rglob("*")):
            if not path.is_dir():
                self._compare(path)

    def _entries(self, n: int, width: int) -> list[bytes]:
        """A bundle's first `width` entries; a full bundle stands in for a partial one that was removed."""
        path = self.folder / bundle_path(n, width)
        if width < WIDTH and not path.is_file():
            return split_bundle(_read(self.folder / bundle_path(n), BUNDLE_MAX_BYTES), WIDTH)[:width]
        return split_bundle(_read(path, BUNDLE_MAX_BYTES), width)

    def _keep(self, tiles: Sequence[Tile]) -> None:
        self.tiles.update({(level, n): hashes for level, n, hashes in tiles})

    def _compare(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        found = parse_tile_path(name)
        if found is None:
            self.findings.add(f"{name}: no tile has this name")
            return
        level, n, width = found
        if level is None:
            known = self.bundles.get(n, [])
            is_beyond, expected = width > len(known), bundle(known[:width])
        else:
            hashes = self.tiles.get((level, n), b"")
            is_beyond, expected = width * HASH_BYTES > len(hashes), hashes[: width * HASH_BYTES]
        if is_beyond:
            self.findings.not_checked.append(f"{name}: reaches beyond the {self.tree.size} entries that were checked")
            return
        try:
            raw = _read(path, BUNDLE_MAX_BYTES)
        except LogError as error:
            self.findings.add(f"{name}: {error}")
            return
        if raw == expected:
            return
        if level is None:
            self.findings.add(f"{name}: differs from the entries of the log")
            return
        step = HASH_BYTES
        wrong = next((i for i in range(width) if raw[i * step :][:step] != expected[i * step :][:step]), None)
        span = WIDTH**level
        first = None if wrong is None else (n * WIDTH + wrong) * span
        self.findings.add(
            f"{name}: differs from what its entries hash to", first, last=None if first is None else first + span - 1
        )


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        if not path.is_file():
            raise LogError("missing, or no file")
        if path.stat().st_size > max_bytes:
            raise LogError(f"expected at most {max_bytes} bytes, got {path.stat().st_size}")
        return path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot be read: {error.strerror}") from error

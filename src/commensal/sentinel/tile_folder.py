"""A log as static files, in the tlog-tiles layout: written for any web server to serve, audited by recomputing.

Format: C2SP tlog-tiles; docs/specs/records-log.md section 10.
"""

import os
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG

from sqlalchemy import Connection, select

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError, NoteError
from commensal.sentinel.findings import AuditReport, Findings
from commensal.sentinel.merkle import HASH_BYTES
from commensal.sentinel.note import NOTE_MAX_BYTES, VerifierKey, parse_verifier_key
from commensal.sentinel.tiles import (
    ENTRY_MAX_BYTES,
    WIDTH,
    WIDTH_BITS,
    bundle,
    bundle_leaf_hashes,
    bundle_path,
    first_of_bundle,
    parse_tile_path,
    tile_path,
)
from commensal.sentinel.tree import GrowingTree, Tile

CHECKPOINT = "checkpoint"
BUNDLE_MAX_BYTES = WIDTH * (2 + ENTRY_MAX_BYTES)
ORIGIN_TOLD_MAX = 100
"""Characters of a foreign log's name that are repeated in a finding."""

Progress = Callable[[float], None]


def export_tiles(
    conn: Connection, folder: Path, progress: Progress = lambda _share: None, *, vkey: str | None = None
) -> int:
    """Write a log's tiles, entry bundles and, last, its checkpoint; gives how many entries it speaks of.

    Each file is written beside its place and renamed into it, so a reader never sees half of one.

    Args:
        conn: sees one moment of the database.
        folder: made if it is not there; files of the same log at an earlier size may stay in it.
        progress: told the share done, 0-1.
        vkey: the log's verifier key; with it, a folder that is no earlier state of this log is refused.

    Raises:
        LogError: this database holds no log; or the folder holds the tiles of another, or more of this one.
    """
    note = conn.execute(select(tables.checkpoint.c.note)).scalar()
    if note is None:
        raise LogError("log: no checkpoint here; this database holds no log")
    of_size = conn.execute(select(tables.entry.c.idx).order_by(tables.entry.c.idx.desc()).limit(1)).scalar()
    size = 0 if of_size is None else of_size + 1
    if vkey is not None:
        _check_earlier(folder, parse_verifier_key(vkey), size)
    for row in conn.execute(select(tables.tile)):
        _write(folder / tile_path(row.level, row.n, len(row.hashes) // HASH_BYTES), row.hashes)
    leaves_in_order = conn.execute(select(tables.entry.c.leaf).order_by(tables.entry.c.idx)).scalars()
    for n, leaves in enumerate(leaves_in_order.partitions(WIDTH)):
        _write(folder / bundle_path(n, len(leaves)), bundle(leaves))
        progress(min(1.0, (n + 1) * WIDTH / max(size, 1)))
    _write(folder / CHECKPOINT, str(note).encode())
    progress(1.0)
    return size


def _check_earlier(folder: Path, key: VerifierKey, size: int) -> None:
    """Refuse a folder that this log of `size` entries cannot have been written to before."""
    if not (folder / CHECKPOINT).exists():
        return  # new, or what an export left that was stopped: its checkpoint comes last
    try:
        kept = open_checkpoint(_read(str(folder / CHECKPOINT), NOTE_MAX_BYTES).decode(), key)
    except (LogError, NoteError, UnicodeDecodeError) as error:
        raise LogError(f"{folder}: holds another log, or is damaged; nothing was written; use a new folder") from error
    if kept.size > size:
        raise LogError(
            f"{folder}: holds {kept.size} entries of this log, the store has {size}: was the store rolled back? "
            "Nothing was written; run `commensal audit --since` with the folder's checkpoint"
        )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


def audit_tiles(
    folder: Path, vkey: str, checkpoint: str = CHECKPOINT, progress: Progress = lambda _share: None
) -> AuditReport:
    """Recompute a tlog-tiles log from its entry bundles, and compare the root and every byte of every tile.

    Works on any log of this format, whoever wrote it. Order: the checkpoint; each bundle with every tile that it fills;
    the tiles at the right edge; files nothing asked for; the root. Files that reach beyond the checkpoint's size are
    compared as far as it reaches and named in `not_checked`: a log may have written them before its next checkpoint.

    Args:
        folder: holds `checkpoint` and `tile/`.
        vkey: the log's verifier key, from somewhere else.
        checkpoint: name of the checkpoint file to audit against.
        progress: told the share done, 0-1.

    Raises:
        NoteError: `vkey` is no verifier key.
    """
    key, findings = parse_verifier_key(vkey), Findings()
    note = ""
    try:
        note = _read(str(folder / checkpoint), NOTE_MAX_BYTES).decode()
        signed = open_checkpoint(note, key)
    except (LogError, NoteError, UnicodeDecodeError) as error:
        findings.add(f"{checkpoint}: {error}{_of_another_log(note, key)}")
        return findings.report(0, "", 0)
    reader = _FolderAudit(folder, signed, findings)
    reader.hash_bundles(progress)
    reader.compare_rest()
    if reader.tree.size == signed.size and reader.tree.root != signed.root:
        fitting = "" if findings.problems else ", though every tile fits them: rewritten as a whole, or another log's"
        findings.add(f"the entries do not lead to the signed root{fitting}")
    progress(1.0)
    return findings.report(reader.tree.size, note, 0)


def _of_another_log(note: str, key: VerifierKey) -> str:
    """What a checkpoint that did not open says of its log, where that is not the key's."""
    origin = note.partition("\n")[0][:ORIGIN_TOLD_MAX]
    if not origin or not origin.isprintable() or origin == key.name:
        return ""
    return f"; it calls itself a checkpoint of {origin}, the key is of {key.name}: are two logs mixed up?"


class _FolderAudit:
    """One folder of tiles as it is audited, file by file in the order of its entries; little is held in memory."""

    def __init__(self, folder: Path, signed: Checkpoint, findings: Findings) -> None:
        self._root, self._signed, self._findings = str(folder), signed, findings
        self.tree = GrowingTree()
        self._files: dict[tuple[int | None, int], dict[int, str]] = {}
        self._list_files()

    def hash_bundles(self, progress: Progress) -> None:
        """Hash every entry up to the signed size; stops at the first bundle that cannot be read."""
        size = self._signed.size
        for n in range(-(-size // WIDTH)):
            width = min(WIDTH, size - n * WIDTH)
            try:
                hashes = self._leaf_hashes(n, width)
            except LogError as error:
                self._findings.add(f"{bundle_path(n, width)}: {error}", n * WIDTH, last=n * WIDTH + width - 1)
                return
            for tile in self.tree.extend(hashes):
                self._compare_tile(tile)
            progress(self.tree.size / size)
        for tile in self.tree.partial_tiles():
            self._compare_tile(tile)

    def compare_rest(self) -> None:
        """What is left are files that no entry up to the checkpoint asked for."""
        for name in sorted(name for files in self._files.values() for name in files.values()):
            self._skip(name)

    def _list_files(self) -> None:
        """Note every file under tile/ by its place. A link could lead anywhere, so none is followed."""
        folders = ["tile"] if (Path(self._root) / "tile").is_dir() else []
        while folders:
            folder = folders.pop()
            with os.scandir(f"{self._root}/{folder}") as found:
                entries = sorted(found, key=lambda entry: entry.name)
            for entry in entries:
                name = f"{folder}/{entry.name}"
                place = parse_tile_path(name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif place is None:
                    self._findings.add(f"{name}: no tile has this name")
                elif not entry.is_file(follow_symlinks=False):
                    self._findings.add(f"{name}: expected a plain file, got a link or something else")
                else:
                    self._files.setdefault(place[:2], {})[place[2]] = name

    def _leaf_hashes(self, n: int, width: int) -> list[bytes]:
        """The leaf hashes of a bundle's first `width` entries, all its files compared; a full bundle may stand in."""
        files = self._files.pop((None, n), {})
        used = width if width in files else WIDTH
        if used not in files:
            raise LogError("missing, or no file")
        raw = _read(f"{self._root}/{files[used]}", BUNDLE_MAX_BYTES)
        hashes = bundle_leaf_hashes(raw, used)[:width]
        for other, name in files.items():
            if other > width:
                self._skip(name)
            if other != used:
                found = self._bytes_of(name)
                shared = first_of_bundle(raw, min(other, width))
                if found[: len(shared)] != shared or (other < width and len(found) != len(shared)):
                    self._findings.add(f"{name}: differs from the entries of the log")
        return hashes

    def _compare_tile(self, tile: Tile) -> None:
        """Every file of one tile against what its entries hash to; one as wide, or the full one, must be there."""
        level, n, expected = tile
        asked, span = len(expected) // HASH_BYTES, 1 << (WIDTH_BITS * level)
        files = self._files.pop((level, n), {})
        if asked not in files and WIDTH not in files:
            first = n * WIDTH * span
            self._findings.add(f"{tile_path(level, n, asked)}: missing", first, last=first + asked * span - 1)
        for width, name in files.items():
            raw, shared = self._bytes_of(name), expected[: width * HASH_BYTES]
            if width > asked:
                self._skip(name)
                raw = raw[: len(shared)]
            if raw != shared:
                self._differs(name, level, n, raw, shared)

    def _differs(self, name: str, level: int, n: int, raw: bytes, expected: bytes) -> None:
        steps, span = range(0, len(expected), HASH_BYTES), 1 << (WIDTH_BITS * level)
        wrong = next((i for i in steps if raw[i : i + HASH_BYTES] != expected[i : i + HASH_BYTES]), None)
        if wrong is None:
            self._findings.add(f"{name}: longer than its entries ask for")
            return
        first = (n * WIDTH + wrong // HASH_BYTES) * span
        last = first + span - 1
        why = "differs from what its entries hash to"
        if level and not self._findings.points_into(first, last):
            why = (
                f"the entries {first} to {last} and their tiles fit each other and not this log: "
                "changed together, or those of another log"
            )
        self._findings.add(f"{name}: {why}", first, last=last)

    def _bytes_of(self, name: str) -> bytes:
        try:
            return _read(f"{self._root}/{name}", BUNDLE_MAX_BYTES)
        except LogError as error:
            self._findings.add(f"{name}: {error}")
            return b""

    def _skip(self, name: str) -> None:
        self._findings.skip(f"{name}: reaches beyond the {self._signed.size} entries of the checkpoint")


def _read(path: str, max_bytes: int) -> bytes:
    """A plain file's bytes, by the shortest way: an audit reads thousands of small files."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # nothing here may wait: not even on a pipe
    except FileNotFoundError as error:
        raise LogError("missing, or no file") from error
    except OSError as error:
        raise LogError(f"cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(file)
        if not S_ISREG(found.st_mode):
            raise LogError("missing, or no file")
        if found.st_size > max_bytes:
            raise LogError(f"expected at most {max_bytes} bytes, got {found.st_size}")
        return os.read(file, found.st_size)
    except OSError as error:
        raise LogError(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(file)

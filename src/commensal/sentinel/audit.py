"""The full audit: everything recomputed from the entries; nothing is believed for lying beside something checked.

Order: the signed checkpoint; every entry, hashed; every tile byte; the root; a saved checkpoint, if one is given; then,
with the clinic's vault, every data key and every payload against its leaf, and erasures against what is missing.
Rows are read as the database has them, whatever their types: garbage is a finding, never a crash.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.errors import LogError, NoteError
from commensal.sentinel.leaf import decode_leaf, from_canonical
from commensal.sentinel.log import CLINIC, ERASURE, open_payload
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.tiles import WIDTH, perfect_root, root_of_edge
from commensal.sentinel.vault import Vault

PROBLEMS_MAX = 50
"""Most problems told one by one; the rest are counted."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a full audit found."""

    size: int
    """Entries found."""
    checkpoint: str
    """The signed checkpoint; "" when there is none that holds."""
    payloads_opened: int
    """0 when no vault was given: then payloads were not checked."""
    first_bad_index: int | None
    """The lowest entry something is wrong with; None when nothing is, or when no single entry can be named."""
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """True when nothing was found wrong."""
        return not self.problems


@dataclass(slots=True)
class Findings:
    """Problems as they are found, and the entries they name."""

    problems: list[str] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    untold: int = 0

    def add(self, problem: str, index: int | None = None) -> None:
        """Note one problem, and the entry it is about if there is one."""
        if index is not None:
            self.bad.add(index)
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)
        else:
            self.untold += 1

    def told(self) -> tuple[str, ...]:
        """Every problem kept, and how many more there are."""
        more = [f"… and {self.untold} more"] if self.untold else []
        return (*self.problems, *more)


class Recomputed:
    """A log's hashes, worked out from its entries one after the other."""

    def __init__(self) -> None:
        self.size = 0
        self.edge: list[list[bytes]] = []

    def add(self, hashed: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Take the next leaf hash; gives each tile (level, n, bytes) that it completes."""
        level, n, value = 0, self.size, hashed
        self.size += 1
        while True:
            if level == len(self.edge):
                self.edge.append([])
            self.edge[level].append(value)
            if len(self.edge[level]) < WIDTH:
                return
            full = self.edge[level]
            yield level, n // WIDTH, b"".join(full)
            value, self.edge[level] = perfect_root(full), []
            level, n = level + 1, n // WIDTH

    def partial_tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """The tiles at the right edge that are not full."""
        for level, hashes in enumerate(self.edge):
            if hashes:
                yield level, (self.size >> (8 * level)) // WIDTH, b"".join(hashes)

    @property
    def root(self) -> bytes:
        """The root over everything taken so far."""
        return root_of_edge(self.edge)


def audit(
    conn: Connection,
    vkey: str,
    vault: Vault | None = None,
    saved_checkpoint: str | None = None,
    progress: Progress = lambda _share: None,
) -> AuditReport:
    """Recompute a whole log and compare it with everything that is stored.

    Args:
        conn: sees one moment of the database; nothing is written.
        vkey: the log's verifier key, from outside the database.
        vault: opens payloads; without it hashes are checked and payloads are not.
        saved_checkpoint: a signed checkpoint kept elsewhere; the log must continue from it.
        progress: told the share done, 0-1.

    Raises:
        NoteError: `vkey` is no verifier key, or `saved_checkpoint` is not signed by it.
    """
    key = parse_verifier_key(vkey)
    saved = open_checkpoint(saved_checkpoint, key) if saved_checkpoint is not None else None
    findings = Findings()
    note, signed = _signed(conn, vkey, findings)
    log, tiles = Recomputed(), _stored_tiles(conn, findings)
    expected = max(signed.size if signed else 0, 1)
    leaves = _hash_entries(
        conn, log, tiles, saved, findings, lambda n: progress(0.5 * min(1.0, n / expected))
    )
    for tile in log.partial_tiles():
        _compare_tile(tile, tiles, findings)
    for level, n in sorted(tiles):
        findings.add(f"tile {level}/{n}: nothing in the log asks for it")
    if signed is not None and (signed.size, signed.root) != (log.size, log.root):
        if signed.size != log.size:
            findings.add(
                f"the checkpoint speaks of {signed.size} entries, {log.size} are here",
                min(signed.size, log.size),
            )
        else:
            findings.add("the entries do not lead to the signed root")
    opened = 0
    if vault is not None:
        opened = _open_payloads(conn, leaves, vault, findings, lambda n: progress(0.5 + 0.5 * n / expected))
    return AuditReport(
        size=log.size,
        checkpoint=note,
        payloads_opened=opened,
        first_bad_index=min(findings.bad, default=None),
        problems=findings.told(),
    )


def _signed(conn: Connection, vkey: str, findings: Findings) -> tuple[str, Checkpoint | None]:
    rows = conn.execute(text("SELECT slot, note FROM log_checkpoint")).all()
    if len(rows) != 1 or rows[0][0] != 0 or not isinstance(rows[0][1], str):
        findings.add(f"checkpoint: expected one signed note, found {len(rows)} rows or another type")
        return "", None
    try:
        return rows[0][1], open_checkpoint(rows[0][1], parse_verifier_key(vkey))
    except NoteError as error:
        findings.add(f"checkpoint: {error}")
        return "", None


def _stored_tiles(conn: Connection, findings: Findings) -> dict[tuple[int, int], bytes]:
    tiles: dict[tuple[int, int], bytes] = {}
    for level, n, hashes in conn.execute(text("SELECT level, n, hashes FROM log_tile")):
        if isinstance(level, int) and isinstance(n, int) and isinstance(hashes, bytes):
            tiles[level, n] = hashes
        else:
            findings.add("tile: a row of another type")
    return tiles


def _hash_entries(
    conn: Connection,
    log: Recomputed,
    tiles: dict[tuple[int, int], bytes],
    saved: Checkpoint | None,
    findings: Findings,
    progress: Callable[[int], None],
) -> dict[int, bytes]:
    leaves: dict[int, bytes] = {}
    _compare_saved(saved, log, findings)
    for index, leaf in conn.execute(text("SELECT idx, leaf FROM log_entry ORDER BY idx")):
        if index != log.size:
            findings.add(f"entry {log.size}: missing; the next one here is {index}", log.size)
        if not isinstance(leaf, bytes):
            findings.add(f"entry {index}: not bytes", index if isinstance(index, int) else None)
            leaf = b""
        else:
            try:
                decode_leaf(leaf)
            except LogError as error:
                findings.add(f"entry {index}: {error}", index)
        leaves[index] = leaf
        for tile in log.add(leaf_hash(leaf)):
            _compare_tile(tile, tiles, findings)
            progress(log.size)
        _compare_saved(saved, log, findings)
    if saved is not None and saved.size > log.size:
        findings.add(
            f"the saved checkpoint speaks of {saved.size} entries, only {log.size} are here: rolled back",
            log.size,
        )
    return leaves


def _compare_saved(saved: Checkpoint | None, log: Recomputed, findings: Findings) -> None:
    if saved is not None and saved.size == log.size and saved.root != log.root:
        findings.add(
            f"the first {saved.size} entries are not those of the saved checkpoint: a rewritten or split log"
        )


def _compare_tile(
    tile: tuple[int, int, bytes], tiles: dict[tuple[int, int], bytes], findings: Findings
) -> None:
    level, n, expected = tile
    stored = tiles.pop((level, n), None)
    if stored == expected:
        return
    if stored is None:
        findings.add(f"tile {level}/{n}: missing")
        return
    span = 1 << (8 * level)
    first = next(
        (i for i in range(0, len(expected), 32) if stored[i : i + 32] != expected[i : i + 32]), len(expected)
    )
    index = (n * WIDTH + first // 32) * span if first < len(expected) else None
    findings.add(f"tile {level}/{n}: not what its entries hash to", index)


def _open_payloads(
    conn: Connection,
    leaves: dict[int, bytes],
    vault: Vault,
    findings: Findings,
    progress: Callable[[int], None],
) -> int:
    keys = _open_keys(conn, vault, findings)
    unused, seen, erased, opened = set(keys), set(), set(), 0
    for index, key_id, sealed in conn.execute(
        text("SELECT idx, key_id, sealed_record FROM log_payload ORDER BY idx")
    ):
        if index not in leaves:
            findings.add(f"payload {index}: there is no such entry")
            continue
        seen.add(index)
        unused.discard(key_id)
        key = keys.get(key_id) if isinstance(key_id, str) else None
        if key is None or not isinstance(sealed, bytes):
            findings.add(f"entry {index}: its payload has no data key that opens, or is not bytes", index)
            continue
        try:
            _, encoded = open_payload(key[0], index, leaves[index], sealed)
            record = from_canonical(encoded)
        except LogError as error:
            findings.add(f"entry {index}: {error}", index)
            continue
        if record.subject != key[1]:
            findings.add(f"entry {index}: kept under the key of another subject", index)
        if record.act == ERASURE and record.subject == CLINIC:
            erased |= set(record.content.get("erased", ()))
        opened += 1
        if opened % 1000 == 0:
            progress(opened)
    for index in sorted(set(leaves) - seen - erased):
        findings.add(f"entry {index}: its payload is missing, and no erasure names it", index)
    for index in sorted(erased & seen):
        findings.add(f"entry {index}: named by an erasure, yet its payload is here", index)
    for _ in unused:
        findings.add("data key: one that no payload uses")
    return opened


def _open_keys(conn: Connection, vault: Vault, findings: Findings) -> dict[str, tuple[bytes, str]]:
    keys: dict[str, tuple[bytes, str]] = {}
    for row in conn.execute(text("SELECT key_id, subject, wrapped, sealed FROM log_data_key")):
        key_id, subject, wrapped, sealed = row
        if not (
            isinstance(key_id, str)
            and isinstance(subject, str)
            and isinstance(wrapped, bytes)
            and isinstance(sealed, bytes)
        ):
            findings.add("data key: a row of another type")
            continue
        try:
            keys[key_id] = (vault.unwrap(key_id, subject, wrapped, sealed), subject)
        except LogError as error:
            findings.add(f"data key: {error}")
    return keys

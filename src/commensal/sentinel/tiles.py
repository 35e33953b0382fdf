"""Tiles: the log's hashes in blocks of 256, and entries in bundles. Format: C2SP tlog-tiles."""

import hashlib
import re
from collections.abc import Sequence

from commensal.sentinel.errors import LogError
from commensal.sentinel.merkle import HASH_BYTES, NODE_PREFIX, folded

WIDTH = 256
WIDTH_BITS = 8
ENTRY_MAX_BYTES = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<n>(x[0-9]{3}/){0,6}[0-9]{3})(\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)


def path_number(n: int) -> str:
    """`n` in groups of three digits, all but the last starting with x: 1234067 -> x001/x234/067."""
    if n < 0:
        raise ValueError(f"tile number must be >= 0, got {n}")
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.insert(0, f"x{n % 1000:03d}")
    return "/".join(groups)


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """Where hash tile `n` of a level is; `width` below 256 is a partial tile."""
    return f"tile/{level}/{path_number(n)}" + ("" if width == WIDTH else f".p/{width}")


def bundle_path(n: int, width: int = WIDTH) -> str:
    """Where entry bundle `n` is; `width` below 256 is a partial bundle."""
    return f"tile/entries/{path_number(n)}" + ("" if width == WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int | None, int, int] | None:
    """(level, number, width) of a tile's path, level None for an entry bundle; None for any other path."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level = None if match["level"] == "entries" else int(match["level"])
    n, width = int(match["n"].replace("x", "").replace("/", "")), int(match["width"] or WIDTH)
    written = bundle_path(n, width) if level is None else tile_path(level, n, width)
    return (level, n, width) if written == path and 1 <= width <= WIDTH else None


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes of one tile.

    Raises:
        LogError: a length that is no whole number of hashes, or more than 256.
    """
    if not tile or len(tile) % HASH_BYTES or len(tile) > WIDTH * HASH_BYTES:
        raise LogError(f"tile: expected 1 to {WIDTH} hashes of {HASH_BYTES} bytes, got {len(tile)} bytes")
    return [tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root over 1, 2, 4 … 256 neighbouring subtrees of equal size."""
    row, sha256 = hashes, hashlib.sha256
    while len(row) > 1:  # node_hash written out: nearly all time of an audit is spent here
        row = [sha256(NODE_PREFIX + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def peaks_in(hashes: Sequence[bytes]) -> list[bytes]:
    """The complete subtrees within one partial tile, largest first."""
    peaks, start = [], 0
    while start < len(hashes):
        span = 1 << ((len(hashes) - start).bit_length() - 1)
        peaks.append(perfect_root(hashes[start : start + span]))
        start += span
    return peaks


def root_of_edge(edge: Sequence[Sequence[bytes]]) -> bytes:
    """The log's root from its right edge: the hashes of the partial tile of each level, level 0 first."""
    return folded([peak for hashes in reversed(edge) for peak in peaks_in(hashes)])


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as one bundle: each with its length as two big-endian bytes.

    Raises:
        LogError: an entry too long for the format; log the hash of large things.
    """
    if any(len(entry) > ENTRY_MAX_BYTES for entry in entries):
        raise LogError(f"bundle: an entry has at most {ENTRY_MAX_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_bundle(raw: bytes, width: int) -> list[bytes]:
    """The `width` entries of one bundle.

    Raises:
        LogError: fewer, more, or trailing bytes.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(raw) and len(entries) < width:
        length = int.from_bytes(raw[at : at + 2], "big")
        end = at + 2 + length
        if at + 2 > len(raw) or end > len(raw):
            break
        entries.append(raw[at + 2 : end])
        at = end
    if at != len(raw) or len(entries) != width:
        raise LogError(f"bundle: expected exactly {width} entries and nothing behind them")
    return entries

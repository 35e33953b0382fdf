"""Tiles: the log's hashes in blocks of 256, and entries in bundles. Format: C2SP tlog-tiles."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from struct import Struct

from commensal.sentinel.errors import LogError
from commensal.sentinel.merkle import HASH_BYTES, LEAF_PREFIX, NODE_PREFIX, folded, leaf_hashes

WIDTH = 256
WIDTH_BITS = 8
ENTRY_MAX_BYTES = 65_535
STRUCTS_KEPT = 8
"""Layouts of bundles remembered: a log of one kind of entry has two, that of a full bundle and of the last."""

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


def hash_all(parts: Iterable[bytes]) -> list[bytes]:
    """SHA-256 of each part."""
    sha256 = hashlib.sha256
    return [sha256(part).digest() for part in parts]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root over 1, 2, 4 … 256 neighbouring subtrees of equal size."""
    row = hashes
    while pairs := len(row) // 2:  # node_hash for a whole row: nearly all time of an audit is spent here
        lay_out, cut = _node_structs(pairs)
        nodes = bytearray(lay_out.pack(*row))
        nodes[:: len(NODE_PREFIX) + 2 * HASH_BYTES] = NODE_PREFIX * pairs
        row = hash_all(cut.unpack(nodes))
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


def first_of_bundle(raw: bytes, width: int) -> bytes:
    """The bytes of a whole bundle's first `width` entries."""
    at = 0
    for _ in range(width):
        at += 2 + int.from_bytes(raw[at : at + 2], "big")
    return raw[:at]


def bundle_leaf_hashes(raw: bytes, width: int) -> list[bytes]:
    """The leaf hashes of the `width` entries of one bundle.

    Raises:
        LogError: fewer entries, more, or trailing bytes.
    """
    length = int.from_bytes(raw[:2], "big")
    step = 2 + length
    is_even = len(raw) == width * step and raw[0::step] == raw[:1] * width and raw[1::step] == raw[1:2] * width
    if not is_even:
        return leaf_hashes(split_bundle(raw, width))
    prefixed = bytearray(raw)  # entries of one length: the second byte of each length becomes the leaf prefix
    prefixed[1::step] = LEAF_PREFIX * width
    return hash_all(_leaf_struct(length, width).unpack(prefixed))


@cache
def _node_structs(pairs: int) -> tuple[Struct, Struct]:
    """To lay hashes out as nodes, one free byte before each pair; and to cut that into nodes."""
    return Struct(f"x{HASH_BYTES}s{HASH_BYTES}s" * pairs), Struct(f"{len(NODE_PREFIX) + 2 * HASH_BYTES}s" * pairs)


@lru_cache(maxsize=STRUCTS_KEPT)
def _leaf_struct(length: int, width: int) -> Struct:
    """To cut a bundle of equal entries into entries, each with the byte before it."""
    return Struct(f"x{length + 1}s" * width)

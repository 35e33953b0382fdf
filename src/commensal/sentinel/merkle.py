"""Merkle trees as RFC 6962 has them: leaf and node hashes, roots, and proofs made and checked.

The tree itself is not kept here: proofs are made by asking for the hash of a complete, aligned subtree.
Source: RFC 6962 section 2; checks in the form of RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from commensal.sentinel.errors import ProofError

HASH_BYTES = 32
LEAF_PREFIX, NODE_PREFIX = b"\x00", b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()
PROOF_MAX_HASHES = 63

Subtree = Callable[[int, int], bytes]
"""(level, n) -> root over the leaves n * 2^level up to (n + 1) * 2^level, all of which exist."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00, entry)."""
    return hashlib.sha256(LEAF_PREFIX + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each."""
    sha256 = hashlib.sha256
    return [sha256(LEAF_PREFIX + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01, left, right)."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest first, as they stand from left to right; of none, the empty root."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def peaks_of(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees (level, n) that make up leaves start..end of a subtree that begins at `start`."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def range_root(start: int, end: int, subtree: Subtree) -> bytes:
    """Root over the leaves start..end, where `start` is aligned as in the RFC's recursion."""
    return folded([subtree(level, n) for level, n in peaks_of(start, end)])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes from the leaf's sibling up that lead from entry `index` to the root of `size` entries.

    Raises:
        ProofError: no such entry.
    """
    if not 0 <= index < size:
        raise ProofError(f"inclusion: expected an index below {size}, got {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        half = 1 << ((end - start - 1).bit_length() - 1)
        if index - start < half:
            path.append(range_root(start + half, end, subtree))
            end = start + half
        else:
            path.append(range_root(start, start + half, subtree))
            start += half
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show the tree of `new` entries begins with the tree of `old`; empty when nothing is to be shown.

    Raises:
        ProofError: old > new.
    """
    if not 0 <= old <= new:
        raise ProofError(f"consistency: expected old <= new, got {old} and {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end, is_whole = 0, new, True
    while end != old:
        half = 1 << ((end - start - 1).bit_length() - 1)
        if old - start <= half:
            path.append(range_root(start + half, end, subtree))
            end = start + half
        else:
            path.append(range_root(start, start + half, subtree))
            start += half
            is_whole = False
    if not is_whole:
        path.append(range_root(start, end, subtree))
    return path[::-1]


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` (a leaf hash) is entry `index` of the tree of `size` entries with `root`.

    Raises:
        ProofError: it is not, or the proof is malformed.
    """
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise ProofError(f"inclusion: expected an index below {size}, got {index}")
    fn, sn, found = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            raise ProofError("inclusion: the proof is too long")
        if fn & 1 or fn == sn:
            found = node_hash(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or found != root:
        raise ProofError("inclusion: the proof does not lead to the signed root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` entries begins with the tree of `old`. From size 0 there is nothing to prove.

    Raises:
        ProofError: it does not, or the proof is malformed.
    """
    _check_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new:
        raise ProofError(f"consistency: expected old <= new, got {old} and {new}")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise ProofError("consistency: sizes that need no proof come with one, or their roots differ")
        return
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise ProofError("consistency: the proof is empty")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            raise ProofError("consistency: the proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != old_root or sr != new_root:
        raise ProofError("consistency: the newer log does not continue the older one")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > PROOF_MAX_HASHES + 3:
        raise ProofError(f"proof: expected at most {PROOF_MAX_HASHES} hashes, got {len(hashes)}")
    if any(len(h) != HASH_BYTES for h in hashes):
        raise ProofError("proof: every hash must have 32 bytes")

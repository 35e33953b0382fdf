"""Readers of form alone: what they accept must be written back to the same input, by other code than theirs."""

import base64
import hashlib
import re
from typing import Any

from commensal.sentinel.checkpoint import Checkpoint, parse_checkpoint
from commensal.sentinel.cosignature import cosigner_key
from commensal.sentinel.errors import LogError, NoteError, ProofError
from commensal.sentinel.leaf import EPOCH, Leaf, decode_leaf, leaf_prefix
from commensal.sentinel.note import VerifierKey, parse_verifier_key
from commensal.sentinel.proof import Proof, format_proof, parse_proof
from commensal.sentinel.tiles import bundle, bundle_leaf_hashes, parse_tile_path, split_bundle, split_hashes
from commensal.sentinel.witnesses.witness import AddCheckpoint, format_request, parse_request
from tests.sentinel.fuzzing.authentic import CHECKPOINTS, TEXTS, WITNESSES, notes
from tests.sentinel.fuzzing.target import Reader
from tests.sentinel.logs import LOG_KEY, NOON

HASHES = tuple(bytes([i]) * 32 for i in range(63))
PATH_FORM = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
CHECKPOINT_FORM = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n([^\n]+\n)*")


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _is_key(text: str, key: VerifierKey) -> bool:
    named = hashlib.sha256(key.name.encode() + b"\n\x01" + key.public_key).digest()[:4]
    written = f"{key.name}+{named.hex()}+{encoded(bytes([1]) + key.public_key)}"
    return text.strip("\r\n") == written


def _is_checkpoint(text: str, meaning: Checkpoint) -> bool:
    lines = CHECKPOINT_FORM.fullmatch(text)
    return lines is not None and lines.groups()[:3] == (meaning.origin, str(meaning.size), encoded(meaning.root))


def _is_proof(text: str, meaning: Proof) -> bool:
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if lines[1].startswith("extra "):
        del lines[1]
    written = ["c2sp.org/tlog-proof@v1", f"index {meaning.index}", *map(encoded, meaning.hashes)]
    return (lines, checkpoint) == (written, meaning.checkpoint) and {len(one) for one in meaning.hashes} <= {32}


def _is_request(raw: bytes, meaning: AddCheckpoint) -> bool:
    lines = [f"old {meaning.old_size}", *map(encoded, meaning.proof), "", meaning.note]
    text, _, _ = meaning.note.rpartition("\n\n")
    is_whole = raw == "\n".join(lines).encode() and {len(one) for one in meaning.proof} <= {32}
    return is_whole and _is_checkpoint(text + "\n", meaning.checkpoint)


def _path(path: str) -> tuple[int | None, int, int]:
    found = parse_tile_path(path)
    if found is None:
        raise LogError("no tile has this path")
    return found


def _is_path(path: str, meaning: tuple[int | None, int, int]) -> bool:
    parts, (level, n, width) = PATH_FORM.fullmatch(path), meaning
    if parts is None or not (1 <= width <= 256 and (level is None or 0 <= level <= 63)):
        return False
    digits = parts[2].replace("x", "").replace("/", "")
    is_shortest = len(digits) == 3 or not digits.startswith("000")
    written = "entries" if level is None else str(level), str(n).zfill(len(digits)), "" if width == 256 else str(width)
    return is_shortest and (parts[1], digits, parts[3] or "") == written


def _bundle(raw: bytes) -> tuple[list[bytes], list[bytes]]:
    """Entries and leaf hashes by the two readers of bundles, which must agree; the first byte is the width less one."""
    width, body = (raw[0] if raw else 0) + 1, raw[1:]
    try:
        entries = split_bundle(body, width)
    except LogError:
        made = bundle_leaf_hashes(body, width)  # refuses too, or else accepts what cannot be split
        raise AssertionError(f"{len(made)} leaf hashes of a bundle that cannot be split") from None
    return entries, bundle_leaf_hashes(body, width)


def _is_bundle(raw: bytes, meaning: tuple[list[bytes], list[bytes]]) -> bool:
    entries, hashes = meaning
    body = b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
    is_whole = raw[1:] == body and len(entries) == (raw[0] if raw else 0) + 1
    return is_whole and hashes == [hashlib.sha256(b"\0" + entry).digest() for entry in entries]


def _is_leaf(raw: bytes, meaning: Leaf) -> bool:
    since = meaning.at - EPOCH
    time_ms = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    return raw == b"\1" + time_ms.to_bytes(8, "big") + meaning.commitment


def _is_tile(raw: bytes, meaning: list[bytes]) -> bool:
    return b"".join(meaning) == raw and {len(one) for one in meaning} == {32} and len(meaning) <= 256


def _reader(name: str, seeds: Any, read: Any, refusal: type[Exception], is_true: Any, **more: Any) -> Reader:
    return Reader(name=name, seeds=seeds, read=read, refusals=(refusal,), is_true=is_true, **more)


_vkeys = (LOG_KEY.vkey, LOG_KEY.vkey + "\n", *(key.vkey for key in WITNESSES))
_proofs = tuple(format_proof(n, HASHES[:n], notes()[n % 5]) for n in (0, 1, 3, 63))
_requests = tuple(format_request(n, HASHES[:n], notes()[n % 5]).decode() for n in (0, 1, 3, 63))
_paths = ("tile/0/000", "tile/entries/x001/x234/067.p/255", "tile/63/999.p/1", "tile/1/x999/x999/999")
_entries = [[b"e" * 41] * 3, [bytes([i]) * 41 for i in range(5)], [b"", b"a"], [b"l" * 300], [b"\0\1"] * 256]
_bundles = tuple(bytes([len(entries) - 1]) + bundle(entries) for entries in _entries)
_leaves = (leaf_prefix(NOON) + bytes(32), leaf_prefix(EPOCH) + b"\xff" * 32)
_tiles = (HASHES[0], b"".join(HASHES[:5]), b"".join(HASHES) * 4 + b"".join(HASHES[:4]))

PLAIN = (
    _reader("verifier key", _vkeys, parse_verifier_key, NoteError, _is_key, others=(str(cosigner_key(WITNESSES[0])),)),
    _reader("checkpoint", (*TEXTS[:6], CHECKPOINTS[0].text), parse_checkpoint, NoteError, _is_checkpoint),
    _reader(
        "proof", (*_proofs, _proofs[1].replace("\nindex", "\nextra AA==\nindex")), parse_proof, ProofError, _is_proof
    ),
    _reader("witness request", _requests, parse_request, NoteError, _is_request, is_sent_as_bytes=True),
    _reader("tile path", _paths, _path, LogError, _is_path),
    _reader("tile", _tiles, split_hashes, LogError, _is_tile),
    _reader("entry bundle", _bundles, _bundle, LogError, _is_bundle),
    _reader("leaf", _leaves, decode_leaf, LogError, _is_leaf),
)

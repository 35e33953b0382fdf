"""A witness: it cosigns a log's checkpoint only when that continues everything it cosigned of this log before.

    request -> form -> log known -> signature -> sizes -> [ last cosigned? proof? -> saved ] -> cosignature
                                                          one BEGIN IMMEDIATE transaction, on disk before the answer

Threads and processes may share the state file. What a log signed that contradicts what it signed before is kept.
Format: C2SP tlog-witness; docs/specs/witness.md section 3 numbers the steps this file cites. No network here.
"""

import base64
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from commensal.clock import Clock, SystemClock
from commensal.sentinel.checkpoint import SIZE_MAX, Checkpoint, parse_checkpoint
from commensal.sentinel.cosignature import cosign, cosigner_key
from commensal.sentinel.errors import NoteError, ProofError
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.merkle import EMPTY_ROOT, HASH_BYTES, PROOF_MAX_HASHES, check_consistency
from commensal.sentinel.note import NOTE_MAX_BYTES, open_note, parse_verifier_key, split_note, strict_base64
from commensal.sentinel.witnesses.state import INCONSISTENT, ROLLBACK, SPLIT, WitnessState

REQUEST_MAX_BYTES = NOTE_MAX_BYTES + 45 * PROOF_MAX_HASHES + 32
"""A note, 63 hashes of 44 characters and a newline, the line of the old size, the empty line."""
SIZE_TYPE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness says: an HTTP status, a body and its type."""

    status: int
    body: str
    content_type: str = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request, read but not yet checked."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint


class Witness:
    """A witness with its key and its memory.

    Args:
        key: cosigns; nothing else may sign with it.
        state: which logs it knows, what it cosigned, what it keeps as evidence.
        clock: dates the cosignatures.
    """

    def __init__(self, key: SigningKey, state: WitnessState, clock: Clock | None = None) -> None:
        self._key, self.state = key, state
        self._clock = clock if clock is not None else SystemClock()
        self.vkey = str(cosigner_key(key))

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one request.

        Order: form (400), log known (404), its signature (403), old size above the new (400), then in one transaction:
        old size not ours (409), root of an empty log, proof, same size with another root (422), save. A state that
        cannot be read or written is 503: nothing was cosigned.
        """
        try:
            request = parse_request(body)
        except NoteError as error:
            return Answer(400, f"{error}\n")
        try:
            return self._answer(request)
        except sqlite3.Error as error:
            return Answer(503, f"the witness cannot use its memory ({type(error).__name__}); nothing was cosigned\n")

    def latest(self, origin: str) -> str | None:
        """The checkpoint cosigned last for a log, as the log signed it; None when there is none."""
        with self.state.reading() as memory:
            found = memory.latest(origin)
        return found.note if found is not None else None

    def _answer(self, request: AddCheckpoint) -> Answer:
        seen = request.checkpoint
        with self.state.reading() as memory:
            trusted = memory.trusted(seen.origin)
        if not trusted:  # 3.2
            return Answer(404, "this witness does not know the log\n")
        try:  # 3.3
            open_note(request.note, [parse_verifier_key(vkey) for vkey in trusted])
        except NoteError as error:
            return Answer(403, f"{error}\n")
        if request.old_size > seen.size:  # 3.4
            return Answer(400, "the old size is above the checkpoint's\n")
        refusal = self._test_and_save(request)
        if refusal is not None:
            return refusal
        return Answer(200, cosign(request.note, self._key, int(self._clock.now().timestamp())))  # 3.8

    def _test_and_save(self, request: AddCheckpoint) -> Answer | None:
        """None when the checkpoint continues what was cosigned before and is now on disk; else the refusal."""
        seen, at = request.checkpoint, self._clock.now().isoformat()
        with self.state.writing() as memory:
            known = memory.latest(seen.origin)
            size, root = (known.size, known.root) if known is not None else (0, EMPTY_ROOT)
            twin = memory.cosigned(seen.origin, seen.size)
            if twin is not None and twin.root != seen.root:  # 3.9
                memory.keep(SPLIT, at, twin.note, request.note, seen)
            elif twin is None and known is not None and seen.size < size:
                memory.keep(ROLLBACK, at, known.note, request.note, seen)
            if request.old_size != size:  # 3.5
                return Answer(409, f"{size}\n", SIZE_TYPE)
            try:  # 3.6 and 3.7: of no entries, both roots are the empty tree's
                check_consistency(size, seen.size, root, seen.root, request.proof)
            except ProofError as error:
                if known is not None and seen.size > size > 0:
                    memory.keep(INCONSISTENT, at, known.note, request.note, seen)
                return Answer(422, f"{error}\n")
            memory.save(seen, request.note)
        return None


def parse_request(body: bytes) -> AddCheckpoint:
    """Read `old <size>`, up to 63 hashes, an empty line, and a checkpoint.

    Raises:
        NoteError: too large, not UTF-8, or not of that form.
    """
    if len(body) > REQUEST_MAX_BYTES:
        raise NoteError(f"request: expected at most {REQUEST_MAX_BYTES} bytes, got {len(body)}")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError(f"request: expected UTF-8, byte {error.start} is not") from error
    head, found, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, number = first.partition(" ")
    is_plain = number.isascii() and number.isdigit() and len(number) <= 19 and (number == "0" or number[0] != "0")
    if not found or word != "old" or not is_plain or int(number) > SIZE_MAX:
        raise NoteError("request: expected `old <size>` in plain decimal, hashes, an empty line, a checkpoint")
    if len(lines) > PROOF_MAX_HASHES:
        raise NoteError(f"request: expected at most {PROOF_MAX_HASHES} hashes, got {len(lines)}")
    proof = tuple(strict_base64(line, "request hash") for line in lines)
    if any(len(one) != HASH_BYTES for one in proof):
        raise NoteError(f"request: every hash has {HASH_BYTES} bytes")
    checkpoint = parse_checkpoint(split_note(note)[0])
    return AddCheckpoint(old_size=int(number), proof=proof, note=note, checkpoint=checkpoint)


def format_request(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """The request a log sends: what `parse_request` reads."""

    lines = [f"old {old_size}", *(base64.b64encode(one).decode() for one in proof), "", note]
    return "\n".join(lines).encode()

"""Readers that check a signature or a commitment: whatever they accept must mean what a good input meant."""

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.cosignature import cosign
from commensal.sentinel.errors import LogError, NoteError, ProofError
from commensal.sentinel.keys import SigningKey, is_signed_by
from commensal.sentinel.note import SignedNote, open_note
from commensal.sentinel.proof import Proven, verify_opening
from tests.sentinel.fuzzing.target import Reader
from tests.sentinel.logs import LOG_KEY, OTHER_KEY, memory_log, record

WITNESSES = tuple(SigningKey(f"witness-{i}.example", bytes([20 + i]) * 32) for i in range(3))
COSIGNED_S = (1_700_000_000, 1_700_000_060, 1_800_000_000)
SIZE, INDEX = 300, 77
APART = "\n=====\n"
"""Between a proof and the fields of its opening, in one input."""

CHECKPOINTS = tuple(
    Checkpoint(origin=LOG_KEY.name, size=size, root=bytes([size % 251]) * 32) for size in (0, 1, 256, 70_000, 2**63 - 1)
)
TEXTS = (*(c.text for c in CHECKPOINTS), CHECKPOINTS[2].text + "more\n", "a\n\nb\n", "ä — 😀\n")
"""Everything our log key ever signed here; it must never seem to have signed anything else."""
NOTE_FORM = re.compile(r"(?s:.*)\n\n(— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n){1,64}")


def _stranger(name: str, size: int) -> str:
    return f"— {name} {base64.b64encode(bytes(range(100, 104)) + bytes(size)).decode()}\n"


@cache
def notes() -> tuple[str, ...]:
    """Notes of ours: alone, with lines of strangers before and behind, and cosigned."""
    plain = [LOG_KEY.sign_note(text) for text in TEXTS]
    head, _, line = plain[2].partition("\n\n")
    mixed = f"{head}\n\n{_stranger('stranger.example', 64)}{line}{_stranger('ml-dsa.example', 2_420)}"
    cosigned = plain[3] + "".join(cosign(plain[3], key, at) for key, at in zip(WITNESSES, COSIGNED_S, strict=True))
    return (mixed, cosigned, *plain)


CHECKPOINT_NOTES, OTHER_NOTES = notes()[:8], notes()[8:]
BY_ANOTHER_KEY = OTHER_KEY.sign_note(TEXTS[2])


def is_signed_note(note: str, text: str) -> bool:
    """True for a note of ours with this text and the very line our key put under it: no second text says the same."""
    line = LOG_KEY.sign_note(text).split("\n")[-2] if text in TEXTS else ""
    lines = note.removeprefix(f"{text}\n").split("\n")
    return bool(line) and note.startswith(f"{text}\n") and line in lines and NOTE_FORM.fullmatch(note) is not None


def _is_ours(note: str, meaning: SignedNote) -> bool:
    return is_signed_note(note, meaning.text) and set(meaning.signers) == {LOG_KEY.name}


def is_signed_checkpoint(note: str, meaning: Checkpoint) -> bool:
    """Ours, with its extension lines: they say nothing of origin, size and root."""
    texts = [text for text in TEXTS if note.startswith(f"{text}\n") and text.startswith(meaning.text)]
    return any(is_signed_note(note, text) for text in texts)


NOTE = Reader(
    name="note",
    seeds=notes(),
    others=(BY_ANOTHER_KEY,),
    read=lambda note: open_note(note, [LOG_KEY.verifier]),
    refusals=(NoteError,),
    is_true=_is_ours,
)
SIGNED_CHECKPOINT = Reader(
    name="signed checkpoint",
    seeds=CHECKPOINT_NOTES,
    others=(*OTHER_NOTES, BY_ANOTHER_KEY),
    read=lambda note: open_checkpoint(note, LOG_KEY.verifier),
    refusals=(NoteError,),
    is_true=is_signed_checkpoint,
)


def _evidence() -> Iterator[str]:
    """Proofs and openings of three entries of one log; one with the line that proves nothing."""
    with memory_log(SIZE) as (conn, log):
        for index in (0, INDEX, SIZE - 1):
            yield f"{log.prove(conn, index)}{APART}{json.dumps(log.opening(conn, index), indent=0)}"
        yield f"{log.prove(conn, 1)}{APART}{json.dumps(log.opening(conn, 1))}".replace(
            "\nindex", "\nextra AAAA\nindex", 1
        )


def _verified(evidence: str) -> Proven:
    proof, _, fields = evidence.partition(APART)
    try:
        opening: Any = json.loads(fields)
    except (ValueError, RecursionError):
        opening = {}
    return verify_opening(proof, opening if isinstance(opening, dict) else {}, LOG_KEY.vkey)


_EVIDENCE = tuple(_evidence())
_HEADS = {one.partition("\n\n")[0].replace("\nextra AAAA", "") for one in _EVIDENCE}
_LINES = {one.partition(APART)[0].rpartition("\n\n")[2] for one in _EVIDENCE}


def _is_proven(evidence: str, proven: Proven) -> bool:
    """The record that was logged, by the very hashes, signature and base64 that prove it."""
    proof, _, fields = evidence.partition(APART)
    head, _, checkpoint = proof.partition("\n\n")
    lines = head.split("\n")
    if lines[1].startswith("extra "):
        del lines[1]
    opening = json.loads(fields)
    encoded = [opening[name] for name in ("leaf", "salt", "record")]
    return (
        (proven.origin, proven.size, proven.record) == (LOG_KEY.name, SIZE, record(proven.index))
        and "\n".join(lines) in _HEADS
        and any(line in checkpoint for line in _LINES)
        and [base64.b64encode(base64.b64decode(text)).decode() for text in encoded] == encoded
    )


OPENING = Reader(
    name="opening",
    seeds=_EVIDENCE,
    read=_verified,
    refusals=(ProofError, NoteError, LogError),
    is_true=_is_proven,
)

_MESSAGE = "clinic.example/plan\nfluoride"
_SIGNED = (LOG_KEY.vkey, _MESSAGE, base64.b64encode(LOG_KEY.sign(_MESSAGE.encode())).decode())


def _signature(evidence: str) -> bool:
    vkey, _, rest = evidence.partition("\n\n")
    message, _, signature = rest.partition("\n\n")
    if not is_signed_by(vkey, message.encode("utf-8", "surrogatepass"), signature):
        raise NoteError("not signed")
    return True


SIGNATURE = Reader(
    name="signature",
    seeds=("\n\n".join(_SIGNED),),
    read=_signature,
    refusals=(NoteError,),
    is_true=lambda evidence, _true: tuple(part.strip("\r\n") for part in evidence.split("\n\n")) == _SIGNED,
)

AUTHENTIC = (NOTE, SIGNED_CHECKPOINT, OPENING, SIGNATURE)

"""Readers of what witnesses say, and of what is said about them: only what a key here signed may come of it."""

import json
import re

from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.cosignature import cosign, cosigner_key, open_cosignatures
from commensal.sentinel.errors import NoteError, ProofError
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.merkle import check_consistency
from commensal.sentinel.witnesses.answers import Outcome, Submitted, WitnessReport, read_answer, stands_at
from commensal.sentinel.witnesses.client import Reply
from commensal.sentinel.witnesses.evidence import FORMAT, check_evidence, parse_evidence
from commensal.sentinel.witnesses.quorum import Quorum, judge, parse_policy
from commensal.sentinel.witnesses.witness import parse_request
from tests.sentinel.fuzzing.authentic import (
    BY_ANOTHER_KEY,
    CHECKPOINT_NOTES,
    CHECKPOINTS,
    COSIGNED_S,
    OTHER_NOTES,
    TEXTS,
    WITNESSES,
    is_signed_checkpoint,
    notes,
)
from tests.sentinel.fuzzing.target import Reader
from tests.sentinel.logs import LOG_KEY
from tests.sentinel.witnessed import History

NOW_S = 1_700_000_100
"""The third witness's clock is years ahead of this."""
_KEYS = tuple(cosigner_key(key) for key in WITNESSES)
COSIGNATURES = Reader(
    name="cosignatures",
    seeds=notes(),
    others=(BY_ANOTHER_KEY,),
    read=lambda note: open_cosignatures(note, _KEYS),
    refusals=(NoteError,),
    is_true=lambda note, meaning: (
        not meaning
        or (
            note.startswith(TEXTS[3] + "\n")
            and {(found.key.name, found.time_s) for found in meaning}
            <= {(key.name, at) for key, at in zip(WITNESSES, COSIGNED_S, strict=True)}
        )
    ),
)

OTHER_LOG = SigningKey("other.example/log", bytes([7]) * 32)
POLICY = (
    f"log {LOG_KEY.vkey} https://log.example\nlog {OTHER_LOG.vkey}\n"
    + "".join(f"witness w{i} {cosigner_key(key)} http://127.0.0.1:80{i}0/\n" for i, key in enumerate(WITNESSES))
    + "group most 2 w0 w1 w2\nquorum most\n"
)
_policy = parse_policy(POLICY.encode())


def _is_genuine(note: str, meaning: Quorum) -> bool:
    genuine = {"w0": COSIGNED_S[0], "w1": COSIGNED_S[1]} if meaning.checkpoint == CHECKPOINTS[3] else {}
    return (
        is_signed_checkpoint(note, meaning.checkpoint)
        and meaning.counted.items() <= genuine.items()
        and set(meaning.too_early) <= {"w2"}
        and meaning.is_met == (len(meaning.counted) == 2)
    )


QUORUM = Reader(
    name="quorum",
    seeds=CHECKPOINT_NOTES,
    others=(*OTHER_NOTES, BY_ANOTHER_KEY, OTHER_LOG.sign_note(TEXTS[2])),
    read=lambda note: judge(_policy, note, NOW_S),
    refusals=(NoteError,),
    is_true=_is_genuine,
)


_HISTORY = History.of(70)
_ROOTS = {_HISTORY.root(size) for size in range(1, 71)}
"""A tree's root does not say its size, so one proof holds for several: it is the log's signature that ties the two."""


def _continued(raw: bytes) -> tuple[int, int, bytes]:
    request = parse_request(raw)
    old, seen = request.old_size, request.checkpoint
    if not 0 < old <= len(_HISTORY.leaves):
        raise ProofError("nothing to continue")
    check_consistency(old, seen.size, _HISTORY.root(old), seen.root, request.proof)
    return old, seen.size, seen.root


CONSISTENCY = Reader(
    name="consistency proof",
    seeds=tuple(_HISTORY.request(old, new).decode() for old, new in ((1, 2), (3, 70), (64, 70), (33, 64), (7, 7))),
    others=tuple(_HISTORY.fork(5, 70, 1).request(old, 70).decode() for old in (6, 64, 70)),
    read=_continued,
    refusals=(NoteError, ProofError),
    is_true=lambda _raw, meaning: meaning[0] <= meaning[1] and meaning[2] in _ROOTS,
    is_sent_as_bytes=True,
)


_LINE = cosign(CHECKPOINT_NOTES[5], WITNESSES[0], COSIGNED_S[0])
_SUBMITTED = Submitted(note=CHECKPOINT_NOTES[5], size=CHECKPOINTS[3].size, now_s=NOW_S)
PLAIN_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


def _answered(raw: bytes) -> tuple[WitnessReport, int | None]:
    """What comes of an answer written as status, type, empty line, body."""
    head, _, body = raw.partition(b"\n\n")
    status, _, content_type = head.partition(b"\n")
    is_status = status.isdigit() and len(status) == 3
    answer = Reply(status=int(status) if is_status else 500, content_type=content_type.decode("latin-1"), body=body)
    size = stands_at(answer)
    report = read_answer("w0", _KEYS[0], answer, _SUBMITTED, CHECKPOINTS[3].size)
    if size is None and report.outcome is not Outcome.COSIGNED:
        raise NoteError("neither a cosignature nor a size")
    return report, size


def _is_answer(raw: bytes, meaning: tuple[WitnessReport, int | None]) -> bool:
    report, size = meaning
    if report.outcome is Outcome.COSIGNED:
        return raw.startswith(b"200\n") and report.line == _LINE and _LINE.encode() in raw and size is None
    head, _, body = raw.partition(b"\n\n")
    status, _, content_type = head.decode("latin-1").partition("\n")
    is_size = (status, content_type.split(";")[0].strip().lower()) == ("409", "text/x.tlog.size")
    is_ahead = report.outcome is Outcome.ROLLED_BACK
    said = PLAIN_SIZE.fullmatch(body)
    return is_size and said is not None and int(said[1]) == size < 2**63 and is_ahead == (size > CHECKPOINTS[3].size)


_SIZES = (b"0\n", b"70000\n", b"70001\n", b"9223372036854775807")
ANSWER = Reader(
    name="witness answer",
    seeds=(
        f"200\ntext/plain\n\n{_LINE}".encode(),
        *(b"409\ntext/x.tlog.size; charset=utf-8\n\n" + size for size in _SIZES),
    ),
    others=(f"200\ntext/plain\n\n{cosign(CHECKPOINT_NOTES[5], WITNESSES[1], COSIGNED_S[1])}".encode(),),
    read=_answered,
    refusals=(NoteError,),
    is_true=_is_answer,
)

_FORK = Checkpoint(origin=LOG_KEY.name, size=256, root=bytes(32))
_VIEWS = (CHECKPOINTS[1], CHECKPOINTS[2], CHECKPOINTS[3], _FORK)


def _evidence(known: Checkpoint, came: Checkpoint) -> str:
    views = {"known": LOG_KEY.sign_note(known.text), "came": LOG_KEY.sign_note(came.text)}
    return json.dumps({"format": FORMAT, **views}, indent=0)


EVIDENCE = Reader(
    name="evidence",
    seeds=tuple(_evidence(known, came) for known in _VIEWS for came in _VIEWS if known != came),
    others=(_evidence(_FORK, _FORK),),
    read=lambda text: check_evidence(*parse_evidence(text), LOG_KEY.vkey),
    refusals=(NoteError, ProofError),
    is_true=lambda _text, meaning: (
        {meaning.first, meaning.second} <= {*_VIEWS}
        and meaning.first != meaning.second
        and meaning.is_proof == (meaning.first.size == meaning.second.size)
    ),
)

WITNESS_READERS = (COSIGNATURES, QUORUM, CONSISTENCY, ANSWER, EVIDENCE)

"""What a witness's answer is worth: read with its key, our checkpoint and our clock, and nothing else.

Only a cosignature that holds counts; a claim is told as a claim. Format: docs/specs/witness.md section 5.
"""

from dataclasses import dataclass
from enum import Enum

from commensal.sentinel.checkpoint import SIZE_MAX
from commensal.sentinel.cosignature import open_cosignatures, with_cosignatures
from commensal.sentinel.errors import NoteError
from commensal.sentinel.note import VerifierKey
from commensal.sentinel.witnesses.client import Reply, Silence
from commensal.sentinel.witnesses.quorum import FUTURE_MAX_S, is_too_early
from commensal.sentinel.witnesses.witness import SIZE_TYPE

SIZE_DIGITS_MAX = 19
REFUSALS = {
    400: "it finds the request malformed; is it a witness of another version?",
    403: "it does not take the log's signature: it trusts another key for this log",
    404: "it does not know this log; ask whoever runs it to trust the log's key",
    413: "it finds the request too large",
}
"""What a witness may answer, and what to make of it."""


class Outcome(Enum):
    """What became of asking one witness."""

    COSIGNED = "cosigned"
    STALLED = "stalled"
    REFUSED = "refused"
    SPLIT = "split view"
    LIED = "lied"
    UNTIMELY = "untimely"
    ROLLED_BACK = "rolled back"
    UNASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessReport:
    """One witness, and what it did.

    `has_forgotten` is true when it claimed less than it had cosigned for us before; `view` is a checkpoint, signed by
    our log's key, that it showed us and that our log does not have: evidence of a roll-back or a split.
    """

    name: str
    outcome: Outcome
    detail: str
    line: str | None = None
    has_forgotten: bool = False
    view: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What witnesses were asked to cosign, and when by our clock (seconds since 1970)."""

    note: str
    size: int
    now_s: int


def stands_at(answer: Reply | Silence) -> int | None:
    """The size a witness says it cosigned last; None when it says none, or no size a log can have."""
    if isinstance(answer, Silence) or not _is_size(answer):
        return None
    digits = answer.body.removesuffix(b"\n")
    is_plain = digits.isdigit() and len(digits) <= SIZE_DIGITS_MAX and (digits == b"0" or digits[:1] != b"0")
    return int(digits) if is_plain and int(digits) <= SIZE_MAX else None


def read_answer(name: str, key: VerifierKey, answer: Reply | Silence, asked: Submitted, log_size: int) -> WitnessReport:
    """What one witness's last answer comes to.

    Args:
        name, key: of the witness, in the policy.
        answer: its answer, or its silence.
        asked: the checkpoint it was asked to cosign.
        log_size: the log's size now; larger than the checkpoint's when somebody appended meanwhile.
    """
    if isinstance(answer, Silence):
        return WitnessReport(name=name, outcome=Outcome.STALLED, detail=answer.why)
    if answer.status == 200:
        return _read_cosignature(name, key, answer, asked)
    if _is_size(answer):
        return _read_size(name, answer, asked, log_size)
    if answer.status in (409, 422):  # 409 without a size is what older witnesses say of another root
        detail = "it says the log does not continue what it cosigned: a SPLIT VIEW"
        return WitnessReport(name=name, outcome=Outcome.SPLIT, detail=detail)
    if answer.status in REFUSALS:
        return WitnessReport(name=name, outcome=Outcome.REFUSED, detail=REFUSALS[answer.status])
    return WitnessReport(name=name, outcome=Outcome.STALLED, detail=f"it answered {answer.status}")


def _read_cosignature(name: str, key: VerifierKey, answer: Reply, asked: Submitted) -> WitnessReport:
    try:
        *lines, rest = answer.body.decode("utf-8").split("\n")
        if rest or not lines:
            raise NoteError("its lines do not end")
        found = open_cosignatures(with_cosignatures(asked.note, lines), [key])
    except (UnicodeDecodeError, NoteError) as error:
        detail = f"its cosignature is not of this checkpoint, or malformed: {error}"
        return WitnessReport(name=name, outcome=Outcome.LIED, detail=detail)
    if not found:
        detail = "it answered without a cosignature by the key the policy names"
        return WitnessReport(name=name, outcome=Outcome.LIED, detail=detail)
    if is_too_early(found[0], asked.now_s):
        ahead_s = found[0].time_s - asked.now_s
        detail = f"its cosignature is dated {ahead_s} s ahead, over {FUTURE_MAX_S} s: its clock or ours is wrong"
        return WitnessReport(name=name, outcome=Outcome.UNTIMELY, detail=detail)
    return WitnessReport(name=name, outcome=Outcome.COSIGNED, detail="", line=found[0].line)


def _read_size(name: str, answer: Reply, asked: Submitted, log_size: int) -> WitnessReport:
    size = stands_at(answer)
    if size is None:
        detail = "it named a size that is no size"
        return WitnessReport(name=name, outcome=Outcome.LIED, detail=detail)
    if size <= asked.size:
        detail = f"it says it stands at {size}, though it was asked from there or said otherwise before; ask again"
        return WitnessReport(name=name, outcome=Outcome.REFUSED, detail=detail)
    if size <= log_size:
        detail = f"another process had it cosign {size} entries meanwhile"
        return WitnessReport(name=name, outcome=Outcome.REFUSED, detail=detail)
    detail = f"it says it cosigned {size} entries, the log has {asked.size}: the log was ROLLED BACK"
    return WitnessReport(name=name, outcome=Outcome.ROLLED_BACK, detail=detail)


def _is_size(answer: Reply) -> bool:
    return answer.status == 409 and answer.content_type.partition(";")[0].strip().lower() == SIZE_TYPE

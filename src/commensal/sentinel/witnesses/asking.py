"""A log's side of witnessing: every witness of a policy asked at once, and what their answers come to together.

No witness can stop the clinic: one that stalls, lies, forgets or refuses is a line in a report, and a quorum that was
not met is an answer. Only what holds under a witness's key counts. Format: docs/specs/witness.md section 5.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.cosignature import open_cosignatures, with_cosignatures
from commensal.sentinel.errors import NoteError, SentinelError
from commensal.sentinel.merkle import check_consistency
from commensal.sentinel.note import VerifierKey, split_note
from commensal.sentinel.witnesses.answers import Outcome, Submitted, WitnessReport, read_answer, stands_at
from commensal.sentinel.witnesses.client import REQUEST_TIMEOUT_S, TOTAL_TIMEOUT_S, Asker, Question, Reply, Silence
from commensal.sentinel.witnesses.quorum import Quorum, WitnessPolicy, judge
from commensal.sentinel.witnesses.witness import format_request

Prove = Callable[[int], Sequence[bytes]]
"""Old size -> the consistency proof from there to the checkpoint that is being witnessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking brought. `note` is the checkpoint with every cosignature that counts.

    `problem` is what our own memory of earlier cosignatures says against our own log; None when it continues them.
    """

    note: str
    quorum: Quorum
    reports: tuple[WitnessReport, ...]
    problem: str | None


def ask_witnesses(
    policy: WitnessPolicy,
    note: str,
    log: VerifierKey,
    prove: Prove,
    *,
    now_s: int,
    remembered: str | None = None,
    log_size: Callable[[], int] | None = None,
    request_timeout_s: float = REQUEST_TIMEOUT_S,
    total_timeout_s: float = TOTAL_TIMEOUT_S,
) -> Asked:
    """Ask every witness of a policy that has a URL to cosign a checkpoint, and judge what they answer.

    Each is asked from the size it is remembered to have cosigned, and once more when it says it stands elsewhere.
    Proofs are made in the calling thread. Nothing is stored here.

    Args:
        policy: from `parse_policy`.
        note: the signed checkpoint to witness.
        log: the log's key.
        prove: makes consistency proofs up to this checkpoint.
        now_s: our clock, seconds since 1970.
        remembered: the cosigned checkpoint kept last, if any.
        log_size: the log's size when it is called: tells a witness that was asked by another process meanwhile from
            one that knows more than this log ever had. None = nobody else asks.
        request_timeout_s: for one step of one request, s.
        total_timeout_s: for everything, s.

    Raises:
        NoteError: `note` is not signed by `log`, or the policy names other logs. Never for what a witness does.
    """
    asking = _Asking(policy, note, log, prove, now_s, remembered, log_size)
    asker = Asker(request_timeout_s, total_timeout_s)
    try:
        reports = asking.run(asker)
    finally:
        asker.close()
    lines = [report.line for report in reports if report.line is not None]
    merged = with_cosignatures(note, [*asking.lines_before, *lines])
    return Asked(note=merged, quorum=judge(policy, merged, now_s, log), reports=tuple(reports), problem=asking.problem)


class _Asking:
    """One round of asking: what was known before it, and how each answer is to be read."""

    def __init__(
        self,
        policy: WitnessPolicy,
        note: str,
        log: VerifierKey,
        prove: Prove,
        now_s: int,
        remembered: str | None,
        log_size: Callable[[], int] | None,
    ) -> None:
        self._note, self._log, self._prove, self._now_s = note, log, prove, now_s
        self._now = judge(policy, note, now_s, log).checkpoint
        self._witnesses = {witness.name: witness for witness in policy.witnesses}
        self._log_size = log_size if log_size is not None else lambda: self._now.size
        self._had: Mapping[str, int] = {}
        self.lines_before: list[str] = []
        self.problem: str | None = None
        if remembered is not None:
            self._remember(policy, remembered)

    def run(self, asker: Asker) -> list[WitnessReport]:
        """Ask; ask again those that stand elsewhere; see what those know that contradict us."""
        asked = {name: self._had.get(name, 0) for name, witness in self._witnesses.items() if witness.url is not None}
        asked = {name: size if size <= self._now.size else 0 for name, size in asked.items()}
        answers = self._ask(asker, asked)
        elsewhere = {
            name: size
            for name, answer in answers.items()
            if (size := stands_at(answer)) is not None and size <= self._now.size and size != asked[name]
        }
        answers |= self._ask(asker, elsewhere)
        submitted = Submitted(note=self._note, size=self._now.size, now_s=self._now_s)
        log_size = self._log_size()
        told = {
            name: read_answer(name, self._witnesses[name].key, answer, submitted, log_size)
            for name, answer in answers.items()
        }
        for name in elsewhere:
            told[name] = replace(told[name], has_forgotten=elsewhere[name] < self._had.get(name, 0))
        told |= self._with_views(asker, told)
        unasked = "the policy names no URL for it"
        return [
            told.get(name, WitnessReport(name=name, outcome=Outcome.UNASKED, detail=unasked))
            for name in self._witnesses
        ]

    def _remember(self, policy: WitnessPolicy, remembered: str) -> None:
        try:
            before = judge(policy, remembered, self._now_s, self._log)
        except NoteError as error:
            self.problem = f"what is kept of earlier cosignatures cannot be read: {error}; move it away"
            return
        self._had = dict.fromkeys(before.counted, before.checkpoint.size)
        if before.checkpoint.size > self._now.size:
            self.problem = (
                f"the log has {self._now.size} entries, {before.checkpoint.size} were cosigned: it was ROLLED BACK; "
                "stop recording and restore a backup that has them"
            )
            return
        try:
            old, proof = before.checkpoint, self._prove(before.checkpoint.size)
            check_consistency(old.size, self._now.size, old.root, self._now.root, proof)
        except SentinelError as error:
            self.problem = f"the log does not continue the checkpoint that was cosigned before: {error}"
            return
        if before.checkpoint == self._now and _text_of(remembered) == _text_of(self._note):
            keys = [witness.key for witness in policy.witnesses]
            self.lines_before = [found.line for found in open_cosignatures(remembered, keys)]

    def _ask(self, asker: Asker, sizes: Mapping[str, int]) -> dict[str, Reply | Silence]:
        questions: dict[str, Question] = {}
        broken: dict[str, Reply | Silence] = {}
        for name, size in sizes.items():
            try:
                body = format_request(size, self._prove(size), self._note)
            except SentinelError as error:
                broken[name] = Silence(f"not asked: no proof could be made from size {size} ({error})")
                continue
            questions[name] = _posting(self._url(name), body)
        return {**asker.ask_all(questions), **broken}

    def _url(self, name: str) -> str:
        return (self._witnesses[name].url or "").rstrip("/")

    def _with_views(self, asker: Asker, told: Mapping[str, WitnessReport]) -> dict[str, WitnessReport]:
        """Reports of witnesses that contradict us, with the view they can show, if our log signed it."""
        contradicting = [report for report in told.values() if report.outcome in (Outcome.ROLLED_BACK, Outcome.SPLIT)]
        views = asker.ask_all(
            {report.name: _getting(self._url(report.name), self._now.origin) for report in contradicting}
        )
        found = {}
        for report in contradicting:
            view = self._signed_view(views[report.name])
            if view is None:
                detail = f"{report.detail}; it shows nothing that the log signed, so it may lie"
            else:
                detail = f"{report.detail}; it shows a view that the log signed: both are kept"
            found[report.name] = replace(report, detail=detail, view=view)
        return found

    def _signed_view(self, answer: Reply | Silence) -> str | None:
        """A checkpoint our log signed and this log does not have; None for anything else."""
        if isinstance(answer, Silence) or answer.status != 200:
            return None
        try:
            note = answer.body.decode("utf-8")
            theirs = open_checkpoint(note, self._log)
        except (UnicodeDecodeError, NoteError):
            return None
        return note if self._is_foreign(theirs) else None

    def _is_foreign(self, theirs: Checkpoint) -> bool:
        if theirs.size > self._now.size:
            return True
        try:
            proof = self._prove(theirs.size)
            check_consistency(theirs.size, self._now.size, theirs.root, self._now.root, proof)
        except SentinelError:
            return True
        return False


def _posting(url: str, body: bytes) -> Question:
    return lambda asker: asker.post(f"{url}/add-checkpoint", body)


def _getting(url: str, origin: str) -> Question:
    return lambda asker: asker.get(f"{url}/latest", {"origin": origin})


def _text_of(note: str) -> str:
    return split_note(note)[0]

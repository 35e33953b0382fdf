"""Which logs are accepted, which witnesses count, and how many of them are enough. No network, no clock of its own.

Format: C2SP tlog-policy; docs/specs/witness.md section 2 numbers the steps this file cites.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from commensal.sentinel.checkpoint import Checkpoint, parse_checkpoint
from commensal.sentinel.cosignature import Cosignature, open_cosignatures, parse_cosigner_key
from commensal.sentinel.errors import NoteError
from commensal.sentinel.note import VerifierKey, open_note, parse_verifier_key
from commensal.sentinel.proof import parse_proof

POLICY_MAX_BYTES = 64 * 2**10
LOGS_MAX = WITNESSES_MAX = GROUPS_MAX = 32
"""What the format asks every reader to take; more is refused. So groups are at most 32 deep."""
URL_MAX_CHARS = 2_048
FUTURE_MAX_S = 300
"""A cosignature dated further ahead of our clock than this does not count. Source: five minutes is the skew that RFC
4120 (Kerberos) recommends to allow between clocks that are loosely in step."""
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One witness: its name in the policy, the key it cosigns with, and where it is asked, if anywhere."""

    name: str
    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """A tlog-policy. `groups` come in the order they were defined: each names only what stands before it."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    """Name -> how many are enough, of which."""
    quorum: str

    def is_met_by(self, names: frozenset[str]) -> bool:
        """True when these witnesses are enough."""
        found = set(names) | {NONE}
        for group, (enough, members) in self.groups.items():
            if len(found.intersection(members)) >= enough:
                found.add(group)
        return self.quorum in found


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """How a checkpoint stands against a policy. Not enough witnesses is an answer, not an error."""

    checkpoint: Checkpoint
    counted: Mapping[str, int]
    """Witness -> the time it cosigned, seconds since 1970, the latest that counts."""
    too_early: tuple[str, ...]
    """Witnesses whose only cosignatures are dated more than `FUTURE_MAX_S` ahead of us."""
    is_met: bool


def parse_policy(raw: bytes) -> WitnessPolicy:
    """Read a policy file.

    Raises:
        NoteError: too large, not UTF-8, a line that is none of the five, a name used before or twice, a key twice, not
            exactly one quorum. The message names the line.
    """
    if len(raw) > POLICY_MAX_BYTES:
        raise NoteError(f"policy: expected at most {POLICY_MAX_BYTES} bytes, got {len(raw)}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError(f"policy: expected UTF-8, byte {error.start} is not") from error
    if not text.endswith("\n"):
        raise NoteError("policy: expected a newline at the end of the last line; the file may have been cut off")
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        if any((ord(c) < 0x20 and c != "\t") or ord(c) == 0x7F for c in line):
            raise NoteError(f"policy: line {number}: expected no control characters but tab and newline")
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except NoteError as error:
            raise NoteError(f"policy: line {number}: {error}") from error
    return reader.policy()


def judge(policy: WitnessPolicy, note: str, now_s: int, log: VerifierKey | None = None) -> Quorum:
    """Check a cosigned checkpoint: first the log's signature, then every known cosignature, then times and quorum.

    Args:
        policy: from `parse_policy`.
        note: the signed checkpoint with its cosignatures.
        now_s: our clock, seconds since 1970.
        log: the log's key when it is known from elsewhere; then the policy may name no log, or must name this one.

    Raises:
        NoteError: not signed by a log the policy accepts, or a known witness's cosignature that does not hold.
    """
    checkpoint = _opened(policy, note, log)
    latest: dict[str, int] = {}
    ahead: set[str] = set()
    by_key = {witness.key: witness.name for witness in policy.witnesses}
    for found in open_cosignatures(note, tuple(by_key)):
        name = by_key[found.key]
        if is_too_early(found, now_s):
            ahead.add(name)
        else:
            latest[name] = max(found.time_s, latest.get(name, 0))
    return Quorum(
        checkpoint=checkpoint,
        counted=latest,
        too_early=tuple(sorted(ahead - latest.keys())),
        is_met=policy.is_met_by(frozenset(latest)),
    )


def check_quorum(proof: str, policy: WitnessPolicy, now_s: int, log: VerifierKey | None = None) -> Quorum:
    """How the checkpoint inside a tlog-proof stands against a policy. What the proof proves is checked elsewhere.

    Raises:
        ProofError: malformed proof.
        NoteError: as `judge`.
    """
    return judge(policy, parse_proof(proof).checkpoint, now_s, log)


def is_too_early(cosignature: Cosignature, now_s: int) -> bool:
    """True when a cosignature is dated so far ahead that its clock or ours must be wrong (2.6)."""
    return cosignature.time_s > now_s + FUTURE_MAX_S


def _opened(policy: WitnessPolicy, note: str, log: VerifierKey | None) -> Checkpoint:
    accepted = policy.logs
    if log is not None:
        if policy.logs and log not in policy.logs:
            raise NoteError(f"policy: names other logs than {log.name}; add its `log` line or use another policy")
        accepted = (log,)
    if not accepted:
        raise NoteError("policy: names no log, and none was given; add a `log` line")
    opened = open_note(note, accepted)
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin not in opened.signers:
        raise NoteError("checkpoint: signed by the key of another log")
    return checkpoint


class _Reader:
    """A policy as it grows line by line. Check first, then keep."""

    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._witnesses: list[Witness] = []
        self._groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._public_keys: set[bytes] = set()

    def take(self, words: list[str]) -> None:
        """One line that is neither empty nor a comment."""
        kind, *rest = words
        if kind == "log" and 1 <= len(rest) <= 2:
            self._take_log(*rest)
        elif kind == "witness" and 2 <= len(rest) <= 3:
            self._take_witness(*rest)
        elif kind == "group" and len(rest) >= 3:
            self._take_group(rest[0], rest[1], rest[2:])
        elif kind == "quorum" and len(rest) == 1:
            self._take_quorum(rest[0])
        else:
            raise NoteError(
                "expected `log <vkey> [url]`, `witness <name> <vkey> [url]`, `group <name> <k|any|all> <members>`, "
                "`quorum <name|none>` or a comment"
            )

    def policy(self) -> WitnessPolicy:
        """All of it."""
        if self._quorum is None:
            raise NoteError("policy: expected exactly one `quorum` line, found none")
        return WitnessPolicy(
            logs=tuple(self._logs), witnesses=tuple(self._witnesses), groups=self._groups, quorum=self._quorum
        )

    def _take_log(self, vkey: str, url: str | None = None) -> None:
        key = parse_verifier_key(vkey)
        _check_room(len(self._logs), LOGS_MAX, "logs")
        _check_url(url)
        self._take_public_key(key)
        self._logs.append(key)

    def _take_witness(self, name: str, vkey: str, url: str | None = None) -> None:
        key = parse_cosigner_key(vkey)
        _check_room(len(self._witnesses), WITNESSES_MAX, "witnesses")
        _check_url(url)
        self._take_public_key(key)
        self._take_name(name)
        self._witnesses.append(Witness(name=name, key=key, url=url))

    def _take_group(self, name: str, enough: str, members: list[str]) -> None:
        _check_room(len(self._groups), GROUPS_MAX, "groups")
        for member in members:
            if member not in self._names:
                raise NoteError(f"expected a witness or group from a line before, got {member[:40]}")
            if member in self._members:
                raise NoteError(f"{member} is in a group already; each may count in one way only")
            self._members.add(member)
        self._take_name(name)
        self._groups[name] = _threshold(enough, len(members)), tuple(members)

    def _take_quorum(self, name: str) -> None:
        if self._quorum is not None:
            raise NoteError("expected exactly one `quorum` line, this is another")
        if name != NONE and name not in self._names:
            raise NoteError(f"expected `none` or a name from a line before, got {name[:40]}")
        self._quorum = name

    def _take_name(self, name: str) -> None:
        if name == NONE or name in self._names:
            raise NoteError(f"{name[:40]}: this name is taken")
        self._names.add(name)

    def _take_public_key(self, key: VerifierKey) -> None:
        if key.public_key in self._public_keys:
            raise NoteError("this public key stands on a line before; one key, one voice")
        self._public_keys.add(key.public_key)


def _threshold(enough: str, members: int) -> int:
    if enough in ("any", "all"):
        return 1 if enough == "any" else members
    is_plain = enough.isascii() and enough.isdigit() and enough[0] != "0" and len(enough) <= 2
    if not is_plain or int(enough) > members:
        raise NoteError(f"expected any, all or a number from 1 to {members}, got {enough[:20]}")
    return int(enough)


def _check_room(have: int, most: int, what: str) -> None:
    if have >= most:
        raise NoteError(f"expected at most {most} {what}")


def _check_url(url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or len(url) > URL_MAX_CHARS or parts.query or parts.fragment or parts.username is not None:
        raise NoteError(f"expected a URL such as https://witness.example, got {url[:80]}")

"""The clinic's log witnessed: witnesses asked, what they cosigned kept in the database and beside the keys.

Beside the keys, because an older copy of the database put back would bring its older cosigned checkpoint with it. What
contradicts the log is kept there too, both views whole, in files of the sentinel's evidence format.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commensal.clinic.errors import EvidenceError
from commensal.clinic.evidence import PROOF, read_evidence, read_opening, write_durably
from commensal.clinic.store import Store
from commensal.errors import CommensalError
from commensal.sentinel import verify_opening, witnesses

COSIGNED = "log.cosigned"
"""The cosigned checkpoint that met the quorum last."""
EVIDENCE = "evidence"
"""Folder of views that contradict the log."""
EVIDENCE_FILES_MAX = 64
KEPT_MAX_BYTES = 1 << 20
"""Most that is read of a policy or a kept checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What asking the witnesses came to."""

    asked: witnesses.Asked
    is_kept: bool
    """True when the quorum was met, nothing contradicts, and the cosigned checkpoint is now the one kept."""
    evidence: tuple[Path, ...]
    """Files with views that contradict the log."""


def cosign_log(store: Store, keys: Path, policy_file: Path) -> Witnessed:
    """Ask the witnesses of a policy to cosign the log, and keep what meets the quorum. The clinic goes on either way.

    The database is not held while witnesses are waited for.

    Raises:
        EvidenceError: the policy or what is kept beside the keys cannot be read.
        NoteError: the policy is malformed, or names other logs.
    """
    policy = read_policy(policy_file)
    log = store.log
    beside = _beside_keys(keys, log.origin)  # before the checkpoint: another process may be keeping a newer one
    with store.reading() as conn:
        note, size = log.checkpoint(conn), log.size(conn)
        remembered = beside if beside is not None else witnesses.read_cosigned(conn)

    def prove(old: int) -> Sequence[bytes]:
        with store.reading() as conn:
            return witnesses.prover(conn, size)(old)

    def log_size() -> int:
        with store.reading() as conn:
            return log.size(conn)

    now_s = int(store.clock.now().timestamp())
    asked = witnesses.ask_witnesses(
        policy,
        note,
        witnesses.parse_verifier_key(log.vkey),
        prove,
        now_s=now_s,
        remembered=remembered,
        log_size=log_size,
    )
    views = [report.view for report in asked.reports if report.view is not None]
    if asked.problem is not None and remembered is not None:
        views.append(remembered)
    at = store.clock.now().isoformat()
    found = [path for view in views if (path := _keep_views(keys / EVIDENCE, log.vkey, view, note, at)) is not None]
    is_good = asked.quorum.is_met and asked.problem is None and not found
    is_kept = is_good and _keep(store, keys, asked.note)
    return Witnessed(asked=asked, is_kept=is_kept, evidence=tuple(dict.fromkeys(found)))


def check_cosigned(store: Store, keys: Path, policy_file: Path) -> list[str]:
    """What is wrong with the cosigned checkpoints kept in the database and beside the keys; nothing when all holds.

    Raises:
        EvidenceError: the policy cannot be read.
        NoteError: the policy is malformed.
    """
    policy, now_s = read_policy(policy_file), int(store.clock.now().timestamp())
    with store.reading() as conn:
        stored = witnesses.read_cosigned(conn)
        problems = witnesses.cosigned_problems(conn, store.log, stored, policy, now_s)
        try:
            beside = _beside_keys(keys, store.log.origin)
        except EvidenceError as error:
            return [*problems, str(error)]
        if stored is not None or beside is not None:
            found = witnesses.cosigned_problems(conn, store.log, beside, policy, now_s)
            problems += [f"{keys / COSIGNED}: {problem}" for problem in found]
    return problems


def renew_proof(store: Store, folder: Path) -> int:
    """Give a visit folder a proof that carries the witnesses' words; gives the size it speaks of.

    Raises:
        InputError, EvidenceError: the folder has no closing record, or one that was changed.
        LogError: the visit was closed after the witnesses were asked last; ask them again.
        ProofError: the closing record is not of this log.
    """
    opening = read_opening(folder)
    index = opening.get("index")
    if type(index) is not int:
        raise EvidenceError(f"{folder}: its closing record names no place in the log; it was changed")
    with store.reading() as conn:
        proof = witnesses.prove_cosigned(conn, store.log, index)
    proven = verify_opening(proof, opening, store.log.vkey)
    write_durably(folder / PROOF, proof)
    return proven.size


def check_proof(folder: Path, policy_file: Path, vkey: str, now_s: int) -> list[str]:
    """What a visit folder's proof lacks of a policy's quorum; nothing when it is met. No database is asked.

    Raises:
        EvidenceError, InputError: the policy or the proof cannot be read.
        NoteError: the policy is malformed.
    """
    policy = read_policy(policy_file)
    try:
        found = witnesses.check_quorum(read_evidence(folder, PROOF), policy, now_s, witnesses.parse_verifier_key(vkey))
    except CommensalError as error:
        return [f"{PROOF}: {error}"]
    if found.is_met:
        return []
    who = ", ".join(found.counted) or "nobody"
    return [f"{PROOF}: {who} cosigned its checkpoint, which is not the policy's quorum; `commensal cosign --visit`"]


def read_policy(path: Path) -> witnesses.WitnessPolicy:
    """The witness policy in a file.

    Raises:
        EvidenceError: no such file, or too large.
        NoteError: malformed.
    """
    if not path.is_file() or path.stat().st_size > KEPT_MAX_BYTES:
        raise EvidenceError(f"{path}: expected a witness policy, a file of at most {KEPT_MAX_BYTES} bytes")
    return witnesses.parse_policy(path.read_bytes())


def write_evidence(folder: Path, found: Sequence[witnesses.Evidence]) -> None:
    """Write contradictions a witness keeps, one file each, by their number and kind."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in found:
        write_durably(folder / f"{one.number}-{one.kind}.json", _evidence_text(one))


def _evidence_text(one: witnesses.Evidence) -> str:
    return json.dumps(witnesses.evidence_json(one), indent=1) + "\n"


def _keep(store: Store, keys: Path, note: str) -> bool:
    with store.writing() as conn:
        is_kept = witnesses.keep_cosigned(conn, store.log, note)
        kept = witnesses.read_cosigned(conn)
    if kept is not None:
        write_durably(keys / COSIGNED, kept)
    return is_kept


def _beside_keys(keys: Path, origin: str) -> str | None:
    path = keys / COSIGNED
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= KEPT_MAX_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise EvidenceError(
            f"{path}: this is no cosigned checkpoint; it was cut short or changed. Move it away: it is written anew"
        )
    return text if text.startswith(f"{origin}\n") else None


def _keep_views(folder: Path, vkey: str, view: str, note: str, at: str) -> Path | None:
    """Write two views that contradict each other, both whole, once; gives the file, None where nothing contradicts."""
    try:
        found = witnesses.check_evidence(view, note, vkey)
    except CommensalError:  # not signed by the log, or the same view: it convicts nobody
        return None
    sizes = f"{found.first.size}-{found.first.root.hex()[:8]}-{found.second.size}-{found.second.root.hex()[:8]}"
    path = folder / f"{found.kind}-{sizes}.json"
    folder.mkdir(mode=0o700, exist_ok=True)
    if not path.exists() and len(list(folder.glob("*.json"))) < EVIDENCE_FILES_MAX:
        origin = found.first.origin
        both = witnesses.Evidence(number=0, origin=origin, kind=found.kind, at=at, known_note=view, came_note=note)
        write_durably(path, _evidence_text(both))
    return path

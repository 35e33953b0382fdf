"""The cosigned checkpoint a clinic keeps: it only moves forward, and the log must continue it."""

from contextlib import suppress

from sqlalchemy import Connection, delete, insert, select

from commensal.sentinel import tables
from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.cosignature import with_cosignatures
from commensal.sentinel.errors import LogError, NoteError, SentinelError
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.merkle import check_inclusion, consistency_proof, inclusion_proof, range_root
from commensal.sentinel.note import parse_verifier_key, split_note
from commensal.sentinel.proof import format_proof
from commensal.sentinel.stored_tree import subtrees
from commensal.sentinel.witnesses.asking import Prove
from commensal.sentinel.witnesses.quorum import WitnessPolicy, judge


def read_cosigned(conn: Connection) -> str | None:
    """The cosigned checkpoint kept last; None before the first."""
    note = conn.execute(select(tables.cosigned.c.note).where(tables.cosigned.c.slot == 0)).scalar()
    return str(note) if note is not None else None


def keep_cosigned(conn: Connection, log: RecordsLog, note: str) -> bool:
    """Keep a cosigned checkpoint inside the caller's transaction, which must hold the write lock.

    Order: the log's signature; that this log continues it; that it is not older than what is kept. The same checkpoint
    again adds its lines. Whose cosignatures it carries is not looked at: see `judge`.

    Returns:
        False when a newer one of the same history is kept already; then nothing changed.

    Raises:
        NoteError: not signed by the log.
        LogError: this log does not continue it, or what is kept belongs to another history; nothing changed.
    """
    key = parse_verifier_key(log.vkey)
    checkpoint = open_checkpoint(note, key)
    check_continued(conn, log, checkpoint)
    kept, before = read_cosigned(conn), None
    if kept is not None:
        with suppress(NoteError):  # not signed by this log: it says nothing that could be contradicted
            before = open_checkpoint(kept, key)
    if kept is not None and before is not None:
        check_continued(conn, log, before)
        if before.size > checkpoint.size:
            return False
        if split_note(kept)[0] == split_note(note)[0]:
            note = with_cosignatures(kept, split_note(note)[1])
    conn.execute(delete(tables.cosigned))
    conn.execute(insert(tables.cosigned).values(slot=0, note=note))
    return True


def check_continued(conn: Connection, log: RecordsLog, checkpoint: Checkpoint) -> None:
    """Check that the stored log begins with the entries a checkpoint speaks of.

    Raises:
        LogError: it has fewer, or others; it was rolled back, rewritten or split.
    """
    size = log.size(conn)
    if checkpoint.size > size:
        raise LogError(
            f"log: {checkpoint.size} entries were cosigned, {size} are here: the log was rolled back; stop recording "
            "and restore a backup that has them"
        )
    if range_root(0, checkpoint.size, subtrees(conn)) != checkpoint.root:
        raise LogError(
            f"log: its first {checkpoint.size} entries are not those that were cosigned: it was rewritten or split; "
            "stop recording and run `commensal audit`"
        )


def cosigned_problems(
    conn: Connection, log: RecordsLog, note: str | None, policy: WitnessPolicy, now_s: int
) -> list[str]:
    """What is wrong with a cosigned checkpoint that was kept: its signatures, its quorum, or this log against it.

    Tiles are believed here: audit the log first.
    """
    if note is None:
        return ["cosigned checkpoint: there is none; run `commensal cosign`"]
    try:
        found = judge(policy, note, now_s, parse_verifier_key(log.vkey))
        check_continued(conn, log, found.checkpoint)
    except SentinelError as error:
        return [f"cosigned checkpoint: {error}"]
    if found.is_met:
        return []
    who = ", ".join(found.counted) or "nobody"
    return [f"cosigned checkpoint of size {found.checkpoint.size}: {who} cosigned it, which is not the policy's quorum"]


def prover(conn: Connection, size: int) -> Prove:
    """Makes consistency proofs from any older size to `size`."""
    subtree = subtrees(conn)
    return lambda old: consistency_proof(old, size, subtree)


def prove_cosigned(conn: Connection, log: RecordsLog, index: int) -> str:
    """The tlog-proof of one entry against the cosigned checkpoint, checked before it is handed out.

    Raises:
        LogError: nothing is cosigned yet, or the entry came after it; ask the witnesses first.
        ProofError: what is stored no longer proves it.
    """
    note = read_cosigned(conn)
    key = parse_verifier_key(log.vkey)
    signed = open_checkpoint(note, key) if note is not None else None
    if note is None or signed is None or index >= signed.size:
        raise LogError(f"proof: entry {index} is not under a cosigned checkpoint yet; run `commensal cosign`")
    hashes = inclusion_proof(index, signed.size, subtrees(conn))
    check_inclusion(index, signed.size, log.leaf_hashes(conn, index, index + 1)[0], hashes, signed.root)
    return format_proof(index, hashes, note)

"""Both sides of witnessing: having the log cosigned, and cosigning the logs of others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from commensal.clinic import safety
from commensal.clock import SystemClock
from commensal.house.opening import Clinic, keep_out_of_dumps
from commensal.sentinel import witnesses


def cosign_log(clinic: Clinic, policy: Path) -> safety.witnessed.Witnessed:
    """Have the witnesses of a policy cosign the log. See `commensal.clinic.witnessed`."""
    return safety.witnessed.cosign_log(clinic.store, clinic.settings.keys, policy)


def renew_proof(clinic: Clinic, folder: Path) -> int:
    """Give a visit folder a proof that carries the witnesses' words; gives the size it speaks of."""
    return safety.witnessed.renew_proof(clinic.store, folder)


def found_witness(key: Path, memory: Path, name: str, passphrase: bytes | None) -> str:
    """Make a witness's key and memory; gives its verifier key."""
    keep_out_of_dumps()
    return witnesses.create_witness(key, memory, name, passphrase)


def trust_log(memory: Path, vkey: str) -> str:
    """Have a witness know a log; gives the log's name."""
    return witnesses.trust_log(memory, vkey).name


def serve_witness(
    key: Path, memory: Path, passphrase: Callable[[], bytes], host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Put a witness on the network until it is stopped; `ready` is told its verifier key once it listens."""
    keep_out_of_dumps()
    witness = witnesses.open_witness(key, memory, passphrase, SystemClock())
    witnesses.serve(witness, host, port, lambda: ready(witness.vkey))


def witness_evidence(memory: Path, out: Path | None) -> list[dict[str, Any]]:
    """What logs signed that contradicts itself, oldest first; in `out` as files, too."""
    with witnesses.WitnessState(memory).reading() as kept:
        found = kept.evidence()
    if out is not None:
        safety.witnessed.write_evidence(out, found)
    return [witnesses.evidence_json(one) for one in found]

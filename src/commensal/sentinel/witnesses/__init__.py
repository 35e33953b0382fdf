"""Everything about witnesses: a policy of who counts, asking them, keeping what they said, and being one.

parse_policy, check_quorum            who counts, and whether a proof carries enough of them
ask_witnesses, Asked                  the log's side: every witness asked, whatever it answers
keep_cosigned, read_cosigned          the cosigned checkpoint a store keeps
prove_cosigned, cosigned_problems     proofs against it; what is wrong with it
create_witness, open_witness, serve   a witness of one's own, put on the network; trust_log lets it know a log
check_evidence, parse_evidence        two views a log signed, and what they prove
"""

from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.witnesses.answers import Outcome, WitnessReport
from commensal.sentinel.witnesses.asking import Asked, ask_witnesses
from commensal.sentinel.witnesses.cosigned import (
    cosigned_problems,
    keep_cosigned,
    prove_cosigned,
    prover,
    read_cosigned,
)
from commensal.sentinel.witnesses.evidence import Contradiction, check_evidence, evidence_json, parse_evidence
from commensal.sentinel.witnesses.home import create_witness, open_witness, trust_log
from commensal.sentinel.witnesses.http import serve
from commensal.sentinel.witnesses.quorum import Quorum, WitnessPolicy, check_quorum, parse_policy
from commensal.sentinel.witnesses.state import Evidence, WitnessState

__all__ = [
    "Asked",
    "Contradiction",
    "Evidence",
    "Outcome",
    "Quorum",
    "WitnessPolicy",
    "WitnessReport",
    "WitnessState",
    "ask_witnesses",
    "check_evidence",
    "check_quorum",
    "cosigned_problems",
    "create_witness",
    "evidence_json",
    "keep_cosigned",
    "open_witness",
    "parse_evidence",
    "parse_policy",
    "parse_verifier_key",
    "prove_cosigned",
    "prover",
    "read_cosigned",
    "serve",
    "trust_log",
]

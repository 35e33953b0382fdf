"""The example at the top of the witness specification is what the program makes of it, and its figures are the program's."""

import re
from datetime import UTC, datetime
from pathlib import Path

from commensal.sentinel.cosignature import cosign, cosigner_key, with_cosignatures
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.merkle import PROOF_MAX_HASHES
from commensal.sentinel.witnesses import client as witness_client
from commensal.sentinel.witnesses import http as witness_http
from commensal.sentinel.witnesses import quorum
from commensal.sentinel.witnesses import state as witness_state
from commensal.sentinel.witnesses.answers import Outcome
from tests.sentinel.test_specification import NOTE

PAGE = (Path(__file__).parents[2] / "docs/specs/witness.md").read_text()
KEY, COSIGNED, POLICY = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
AT_S = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())


def test_the_example_comes_out_byte_by_byte():
    key = SigningKey("witness.example/w1", b"\x02" * 32)
    assert f"\n{cosigner_key(key)}\n" in KEY
    assert f"= {AT_S} s" in KEY
    assert with_cosignatures(NOTE, [cosign(NOTE, key, AT_S)]) == COSIGNED
    found = quorum.judge(quorum.parse_policy(POLICY.encode()), COSIGNED, AT_S)
    assert (found.is_met, found.counted) == (True, {"w1": AT_S})


def test_the_figures_of_the_page_are_the_programs():
    said = re.sub(r"\s+", " ", PAGE)
    for figure in (
        f"{quorum.POLICY_MAX_BYTES:,} bytes and {quorum.WITNESSES_MAX} logs, witnesses and groups",
        f"more than {quorum.FUTURE_MAX_S} s ahead",
        f"at most {PROOF_MAX_HASHES} hashes",
        f"({witness_state.COSIGNED_KEPT:,} a log)",
        f"{witness_state.EVIDENCE_MAX} a log and kind",
        f"A body may take {witness_http.READ_TIMEOUT_S:g} s, a connection {witness_http.CONNECTION_MAX_S:g} s, "
        f"{witness_http.CONNECTIONS_MAX} connections",
        f"a request may take {witness_client.REQUEST_TIMEOUT_S:g} s, everything {witness_client.TOTAL_TIMEOUT_S:g} s; "
        f"answers have at most {witness_client.ANSWER_MAX_BYTES:,} bytes",
    ):
        assert figure in said, figure
    for outcome in Outcome:
        assert f"\n| {outcome.value} |" in PAGE

"""Proofs and openings: what a patient takes home, checked with the public key alone; anything else is refused."""

import base64
import copy
import json
import subprocess
import sys

import pytest

from commensal.sentinel.errors import LogError, NoteError, ProofError
from commensal.sentinel.leaf import canonical
from commensal.sentinel.proof import HEADER, PROOF_MAX_BYTES, format_proof, parse_proof, verify_opening
from tests.sentinel.logs import LOG_KEY, NOON, OTHER_KEY, memory_log, record

INDEX = 200


@pytest.fixture(scope="module")
def evidence() -> tuple[str, dict]:
    with memory_log(300) as (conn, log):
        return log.prove(conn, INDEX), log.opening(conn, INDEX)


def test_the_proof_reads_as_the_format_says(evidence):
    proof, _ = evidence
    lines = proof.split("\n")
    assert lines[:2] == [HEADER, f"index {INDEX}"]
    assert lines[lines.index("") + 1 : lines.index("") + 3] == ["clinic.example/log", "300"]
    read = parse_proof(proof)
    assert format_proof(read.index, read.hashes, read.checkpoint) == proof
    assert len(read.hashes) == 9


def test_an_extra_line_is_passed_over(evidence):
    proof, opening = evidence
    with_extra = proof.replace("index", "extra aGVsbG8=\nindex", 1)
    assert verify_opening(with_extra, opening, LOG_KEY.vkey).record == record(INDEX)


def test_another_log_key_proves_nothing(evidence):
    with pytest.raises(NoteError):
        verify_opening(*evidence, OTHER_KEY.vkey)


def test_an_opening_belongs_to_its_own_proof(evidence):
    with memory_log(300) as (conn, log):
        other_proof, other_opening = log.prove(conn, INDEX), log.opening(conn, INDEX)
        neighbour = log.opening(conn, INDEX - 1)
    proof, opening = evidence
    for broken in ((proof, other_opening), (other_proof, opening)):
        with pytest.raises(ProofError):
            verify_opening(*broken, LOG_KEY.vkey)
    with pytest.raises(ProofError, match="index"):
        verify_opening(other_proof, neighbour, LOG_KEY.vkey)
    with pytest.raises(ProofError, match="signed root"):
        verify_opening(other_proof, {**neighbour, "index": INDEX}, LOG_KEY.vkey)


def test_a_record_that_was_changed_does_not_open(evidence):
    proof, opening = evidence
    forged = base64.b64encode(canonical(record(INDEX + 1))).decode()
    with pytest.raises(ProofError, match="commits"):
        verify_opening(proof, {**opening, "record": forged}, LOG_KEY.vkey)
    for field in ("salt", "leaf", "record"):
        raw = bytearray(base64.b64decode(opening[field]))
        for place in range(len(raw)):
            changed = bytes(raw[:place]) + bytes([raw[place] ^ 4]) + bytes(raw[place + 1 :])
            with pytest.raises((ProofError, LogError)):
                verify_opening(proof, {**opening, field: base64.b64encode(changed).decode()}, LOG_KEY.vkey)


@pytest.mark.parametrize("field", ["format", "index", "leaf", "salt", "record"])
@pytest.mark.parametrize("value", [None, 5, True, "", "!", [], {}, "AA=="])
def test_a_malformed_opening_is_refused(evidence, field, value):
    proof, opening = evidence
    with pytest.raises((ProofError, LogError)):
        verify_opening(proof, {**opening, field: value}, LOG_KEY.vkey)
    short = copy.deepcopy(opening)
    del short[field]
    with pytest.raises((ProofError, LogError)):
        verify_opening(proof, short, LOG_KEY.vkey)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HEADER, "c2sp.org/tlog-proof@v2"),
        ("index 200", "index 0200"),
        ("index 200", "index -1"),
        ("index 200", "index ٢٠٠"),
        ("index 200", "index 200 "),
        ("index 200", "index 99999999999999999999"),
        ("index 200", "Index 200"),
        ("index 200\n", ""),
        ("index 200\n", "index 200\nAAAA\n"),
        ("index 200\n", "index 200\n" + ("A" * 43 + "=\n") * 64),
        ("\n\n", "\n"),
        ("\n300\n", "\n0300\n"),
        ("\n300\n", "\n301\n"),
        ("\n300\n", "\n" + "9" * 30 + "\n"),
    ],
)
def test_a_malformed_proof_is_refused(evidence, old, new):
    proof, opening = evidence
    assert old in proof
    with pytest.raises((ProofError, NoteError)):
        verify_opening(proof.replace(old, new, 1), opening, LOG_KEY.vkey)


def test_a_proof_too_large_to_be_one_is_refused_before_it_is_read(evidence):
    with pytest.raises(ProofError, match="at most"):
        verify_opening("x" * (PROOF_MAX_BYTES + 1), evidence[1], LOG_KEY.vkey)


def test_the_opening_survives_json_and_the_record_keeps_its_types(evidence):
    proof, opening = evidence
    content = verify_opening(proof, json.loads(json.dumps(opening)), LOG_KEY.vkey).record.content
    assert content == record(INDEX).content
    assert type(content["ph"]) is float
    assert type(content["i"]) is int


def test_a_one_entry_log_is_proven_without_hashes():
    with memory_log(0) as (conn, log):
        log.append(conn, [record(0)], NOON)
        assert verify_opening(log.prove(conn, 0), log.opening(conn, 0), log.vkey).size == 1
        assert parse_proof(log.prove(conn, 0)).hashes == ()


def test_checking_a_proof_loads_no_database_and_no_policy_engine():
    code = (
        "import sys; from commensal.sentinel import verify_opening; "
        "print([m for m in ('sqlalchemy', 'cedarpy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

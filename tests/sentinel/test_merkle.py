"""Merkle trees against the RFC by recursion, published roots, and other people's proofs."""

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.sentinel.errors import ProofError
from commensal.sentinel.merkle import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_root,
)
from tests.data import data_dir

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOT_STARTS = ["6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"]


def mth(entries: list[bytes]) -> bytes:
    """The tree hash written down from RFC 6962 section 2.1, with nothing of ours in it."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], is_whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if m == len(entries):
        return [] if is_whole else [mth(entries)]
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m <= k:
        return [*subproof(m, entries[:k], is_whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def entries_of(size: int) -> list[bytes]:
    return [i.to_bytes(2, "big") for i in range(size)]


def subtrees(entries: list[bytes]):
    return lambda level, n: mth(entries[n << level : (n + 1) << level])


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int):
    root = range_root(0, size, subtrees(LEAVES))
    assert root == mth(LEAVES[:size])
    assert root.hex().startswith(ROOT_STARTS[size - 1]) if size else root == EMPTY_ROOT
    if size == 8:
        assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_all_98_published_inclusion_proofs_have_the_published_result():
    cases = json.loads(data_dir("vectors", "merkle", "inclusion.json").read_text())
    assert len(cases) == 98
    wrong = []
    for case in cases:
        proof = [base64.b64decode(h) for h in case["proof"] or ()]
        leaf, root = base64.b64decode(case["leafHash"] or ""), base64.b64decode(case["root"] or "")
        try:
            check_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
            is_refused = False
        except ProofError:
            is_refused = True
        if is_refused != case["wantErr"]:
            wrong.append(case["file"])
    assert wrong == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_inclusion_proofs_are_the_rfcs_and_hold_for_their_entry_only(data):
    size = data.draw(st.integers(1, 130))
    index = data.draw(st.integers(0, size - 1))
    entries = entries_of(size)
    proof = inclusion_proof(index, size, subtrees(entries))
    assert proof == path(index, entries)
    check_inclusion(index, size, leaf_hash(entries[index]), proof, mth(entries))
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else None
    for bad_index, bad_leaf in [(index, b"x"), *([(other, entries[index])] if other is not None else [])]:
        with pytest.raises(ProofError):
            check_inclusion(bad_index, size, leaf_hash(bad_leaf), proof, mth(entries))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_consistency_proofs_are_the_rfcs_and_hold_for_their_prefix_only(data):
    new = data.draw(st.integers(1, 130))
    old = data.draw(st.integers(1, new))
    entries = entries_of(new)
    proof = consistency_proof(old, new, subtrees(entries))
    assert proof == (subproof(old, entries, True) if old < new else [])
    check_consistency(old, new, mth(entries[:old]), mth(entries), proof)
    forged = entries.copy()
    forged[data.draw(st.integers(0, old - 1))] = b"forged"
    with pytest.raises(ProofError):
        check_consistency(old, new, mth(forged[:old]), mth(entries), proof)
    if proof:
        broken = [*proof]
        broken[data.draw(st.integers(0, len(proof) - 1))] = bytes(32)
        with pytest.raises(ProofError):
            check_consistency(old, new, mth(entries[:old]), mth(entries), broken)


def test_a_proof_that_is_longer_or_shorter_is_refused():
    entries = entries_of(11)
    root, tree = mth(entries), subtrees(entries)
    included, consistent = inclusion_proof(3, 11, tree), consistency_proof(6, 11, tree)
    for proof in (included[:-1], [*included, bytes(32)], included[1:]):
        with pytest.raises(ProofError):
            check_inclusion(3, 11, leaf_hash(entries[3]), proof, root)
    for proof in (consistent[:-1], [*consistent, bytes(32)], consistent[1:], []):
        with pytest.raises(ProofError):
            check_consistency(6, 11, mth(entries[:6]), root, proof)


def test_from_the_empty_log_there_is_nothing_to_prove_and_nothing_may_be_said():
    root = mth(entries_of(5))
    assert consistency_proof(0, 5, subtrees(entries_of(5))) == []
    check_consistency(0, 5, EMPTY_ROOT, root, [])
    for old_root, proof in ((root, []), (EMPTY_ROOT, [bytes(32)])):
        with pytest.raises(ProofError):
            check_consistency(0, 5, old_root, root, proof)
    with pytest.raises(ProofError):
        check_consistency(6, 5, root, root, [])


def test_nodes_and_leaves_are_hashed_apart():
    assert node_hash(b"a" * 32, b"b" * 32) != leaf_hash(b"a" * 32 + b"b" * 32)

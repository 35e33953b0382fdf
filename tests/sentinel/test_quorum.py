"""Witness policies: who counts, how many are enough, and every file that is no policy."""

import itertools

import pytest

from commensal.sentinel.cosignature import cosign, cosigner_key, with_cosignatures
from commensal.sentinel.errors import NoteError, ProofError
from commensal.sentinel.proof import format_proof
from commensal.sentinel.witnesses.quorum import FUTURE_MAX_S, POLICY_MAX_BYTES, check_quorum, judge, parse_policy
from tests.sentinel.test_cosignature import PUBLIC, PUBLIC_LOG, PUBLIC_TIME_S, PUBLIC_WITNESSES
from tests.sentinel.witnessed import LOG, NOW_S, STRANGER, History, witness_key

NOTE = History.of(7).note(7)
W = [str(cosigner_key(witness_key(number))) for number in range(40)]
TWO_LEVELS = f"""# the example of the format, with real keys
log {LOG.vkey} https://clinic.example/log

witness X1 {W[1]} https://one.example/prefix
\twitness  X2\t{W[2]}
witness X3 {W[3]}
group X-witnesses 2 X1 X2 X3
witness Y1 {W[4]}
witness Y2 {W[5]}
witness Y3 {W[6]}
group Y-witnesses any Y1 Y2 Y3
  # a comment that is indented
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str):
    return parse_policy(text.encode())


def cosigned(*numbers: int, at_s: int = NOW_S) -> str:
    return with_cosignatures(NOTE, [cosign(NOTE, witness_key(number), at_s) for number in numbers])


def test_a_policy_reads_as_it_was_written():
    read = policy(TWO_LEVELS)
    assert read.logs == (LOG.verifier,)
    assert [(w.name, str(w.key), w.url) for w in read.witnesses[:2]] == [
        ("X1", W[1], "https://one.example/prefix"),
        ("X2", W[2], None),
    ]
    assert read.groups["X-witnesses"] == (2, ("X1", "X2", "X3"))
    assert (read.groups["Y-witnesses"][0], read.groups["X-and-Y"][0], read.quorum) == (1, 2, "X-and-Y")


def test_every_set_of_witnesses_is_enough_or_not_as_the_words_say():
    read = policy(TWO_LEVELS)
    for chosen in itertools.product([False, True], repeat=6):
        x, y = sum(chosen[:3]), sum(chosen[3:])
        found = judge(read, cosigned(*(i + 1 for i, is_in in enumerate(chosen) if is_in)), NOW_S)
        assert found.is_met == (x >= 2 and y >= 1), chosen
        assert len(found.counted) == x + y
        assert found.checkpoint.size == 7


def test_public_witnesses_meet_a_policy_that_names_them():
    lines = [f"log {PUBLIC_LOG}", *(f"witness w{i} {vkey}" for i, vkey in enumerate(PUBLIC_WITNESSES))]
    lines += ["group g 3 w0 w1 w2 w3", "quorum g", ""]
    found = judge(policy("\n".join(lines)), PUBLIC, PUBLIC_TIME_S)
    assert found.is_met
    assert dict(found.counted) == {f"w{i}": PUBLIC_TIME_S for i in range(4)}


def test_one_witness_may_be_the_quorum_and_none_may_be_asked_for():
    assert not judge(policy(f"log {LOG.vkey}\nwitness a {W[1]}\nquorum a\n"), NOTE, NOW_S).is_met
    assert judge(policy(f"log {LOG.vkey}\nwitness a {W[1]}\nquorum a\n"), cosigned(1), NOW_S).is_met
    assert judge(policy(f"log {LOG.vkey}\nquorum none\n"), NOTE, NOW_S).is_met


def test_a_date_far_ahead_does_not_count_and_the_past_does():
    read = policy(f"log {LOG.vkey}\nwitness a {W[1]}\nquorum a\n")
    ahead = judge(read, cosigned(1, at_s=NOW_S + FUTURE_MAX_S + 1), NOW_S)
    assert (ahead.is_met, ahead.too_early, dict(ahead.counted)) == (False, ("a",), {})
    for at_s in (NOW_S + FUTURE_MAX_S, NOW_S - 10**8, 0):
        assert judge(read, cosigned(1, at_s=at_s), NOW_S).is_met
    both = cosigned(1) + cosign(NOTE, witness_key(1), NOW_S + 10**6)
    assert judge(read, both, NOW_S).counted == {"a": NOW_S}


def test_a_stranger_does_not_count_and_a_bad_word_of_a_known_witness_spoils_it_all():
    read = policy(f"log {LOG.vkey}\nwitness a {W[1]}\nwitness b {W[2]}\ngroup g any a b\nquorum g\n")
    assert not judge(read, cosigned(9), NOW_S).is_met
    elsewhere = cosign(History.of(8).note(8), witness_key(2), NOW_S)
    with pytest.raises(NoteError, match="w2 does not hold"):
        judge(read, with_cosignatures(cosigned(1), [elsewhere]), NOW_S)


def test_the_log_must_be_one_the_policy_accepts():
    theirs = History.of(7, key=STRANGER).note(7)
    read = policy(f"log {LOG.vkey}\nquorum none\n")
    with pytest.raises(NoteError, match="no signature by a known key"):
        judge(read, theirs, NOW_S)
    assert judge(read, NOTE, NOW_S, LOG.verifier).is_met
    with pytest.raises(NoteError, match="names other logs"):
        judge(read, theirs, NOW_S, STRANGER.verifier)
    without = policy("quorum none\n")
    assert judge(without, NOTE, NOW_S, LOG.verifier).is_met
    with pytest.raises(NoteError, match="names no log"):
        judge(without, NOTE, NOW_S)
    two = policy(f"log {LOG.vkey}\nlog {STRANGER.vkey}\nquorum none\n")
    assert judge(two, theirs, NOW_S).checkpoint.origin == STRANGER.name
    with pytest.raises(NoteError, match="another log"):
        judge(two, STRANGER.sign_note(NOTE.partition("\n\n")[0] + "\n"), NOW_S)


def test_a_proof_that_carries_cosignatures_is_judged_offline():
    read = policy(f"log {LOG.vkey}\nwitness a {W[1]}\nquorum a\n")
    assert check_quorum(format_proof(3, [bytes(32)], cosigned(1)), read, NOW_S).is_met
    assert not check_quorum(format_proof(3, [bytes(32)], NOTE), read, NOW_S).is_met
    with pytest.raises(ProofError):
        check_quorum("x" * 10_000_000, read, NOW_S)


HEAD = f"log {LOG.vkey}\nwitness a {W[1]}\nwitness b {W[2]}\n"
MALFORMED = {
    "empty": ("", "newline at the end"),
    "no quorum": (HEAD, "found none"),
    "two quorums": (HEAD + "quorum a\nquorum b\n", "line 5: expected exactly one"),
    "cut off": (HEAD + "quorum a", "cut off"),
    "an unknown word": (HEAD + "witnesses a\nquorum a\n", "line 4"),
    "a log too long": (f"log {LOG.vkey} https://a.example more\nquorum none\n", "line 1"),
    "a witness without key": ("witness a\nquorum a\n", "line 1"),
    "a group without members": (HEAD + "group g any\nquorum g\n", "line 4"),
    "a quorum of nobody": (HEAD + "quorum c\n", "from a line before"),
    "a quorum before its name": (f"quorum a\nwitness a {W[1]}\n", "from a line before"),
    "a member before its name": (f"group g any a\nwitness a {W[1]}\nquorum g\n", "from a line before"),
    "a group of itself": (HEAD + "group g any g\nquorum g\n", "from a line before"),
    "none in a group": (HEAD + "group g any none\nquorum g\n", "got none"),
    "none as a name": (f"witness none {W[1]}\nquorum none\n", "taken"),
    "a name twice": (HEAD + f"witness a {W[3]}\nquorum a\n", "taken"),
    "a group named as a witness": (HEAD + "group a any a b\nquorum a\n", "taken"),
    "a member twice": (HEAD + "group g any a a\nquorum g\n", "in a group already"),
    "a member of two groups": (HEAD + "group g any a\ngroup h any a\nquorum g\n", "in a group already"),
    "a key twice": (HEAD + f"witness c {W[1]}\nquorum a\n", "one key, one voice"),
    "a key twice under another name": (
        HEAD + f"witness c {cosigner_key(type(LOG)('other', bytes([101]) * 32))}\nquorum a\n",
        "one voice",
    ),
    "the log's key as a witness": (HEAD + f"witness c {cosigner_key(LOG)}\nquorum a\n", "one voice"),
    "a log's kind of key as a witness": (f"witness a {LOG.vkey}\nquorum a\n", "type 4"),
    "a witness's kind of key as a log": (f"log {W[1]}\nquorum none\n", "type 1"),
    "none of two": (HEAD + "group g 0 a b\nquorum g\n", "1 to 2"),
    "three of two": (HEAD + "group g 3 a b\nquorum g\n", "1 to 2"),
    "a leading zero": (HEAD + "group g 01 a b\nquorum g\n", "1 to 2"),
    "other digits": (HEAD + "group g ٢ a b\nquorum g\n", "1 to 2"),
    "some": (HEAD + "group g some a b\nquorum g\n", "1 to 2"),
    "a carriage return": (HEAD + "quorum a\r\n", "control"),
    "a form feed": (HEAD + "# \f\nquorum a\n", "control"),
    "a delete": (HEAD + "# \x7f\nquorum a\n", "control"),
    "a no-break space": (HEAD + "quorum\u00a0a\n", "line 4"),
    "a file as URL": (f"log {LOG.vkey} file:///etc/passwd\nquorum none\n", "a URL"),
    "a URL without host": (f"log {LOG.vkey} https://\nquorum none\n", "a URL"),
    "a URL with a password": (f"log {LOG.vkey} https://a:b@c.example\nquorum none\n", "a URL"),
    "a URL with a bad port": (f"log {LOG.vkey} https://c.example:99999\nquorum none\n", "a URL"),
    "33 witnesses": ("".join(f"witness w{i} {W[i]}\n" for i in range(33)) + "quorum w1\n", "at most 32 witnesses"),
    "33 groups": (HEAD + "group g0 any a\n" + "".join(f"group g{i} any g{i - 1}\n" for i in range(1, 33)) + "quorum a\n", "at most 32 groups"),
    "too large": ("#" * POLICY_MAX_BYTES + "\nquorum none\n", "at most 65536"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_a_file_that_is_no_policy_is_refused_with_its_line(case):
    text, said = MALFORMED[case]
    with pytest.raises(NoteError, match=said):
        policy(text)


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(NoteError, match="byte 2"):
        parse_policy(b"# \xff\nquorum none\n")


def test_the_largest_policy_the_format_asks_for_is_taken():
    logs = "".join(f"log {type(LOG)(f'log{i}', bytes([150 + i]) * 32).vkey}\n" for i in range(32))
    witnesses = "".join(f"witness w{i} {W[i]}\n" for i in range(32))
    chain = "group g0 any w0\n" + "".join(f"group g{i} all g{i - 1} w{i}\n" for i in range(1, 32))
    read = policy(f"{logs}{witnesses}{chain}quorum g31\n")
    everyone = frozenset(w.name for w in read.witnesses)
    assert read.is_met_by(everyone)
    assert not any(read.is_met_by(everyone - {name}) for name in everyone)

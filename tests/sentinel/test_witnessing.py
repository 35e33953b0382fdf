"""The clinic's side: real witnesses on real ports, and others that stall, lie, forget, refuse, or know too much."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from commensal.clock import FixedClock
from commensal.sentinel import tables
from commensal.sentinel.cosignature import cosign, cosigner_key, open_cosignatures, with_cosignatures
from commensal.sentinel.errors import LogError, NoteError
from commensal.sentinel.proof import verify_opening
from commensal.sentinel.witnesses.asking import Outcome, ask_witnesses
from commensal.sentinel.witnesses.client import ANSWER_MAX_BYTES, Asker
from commensal.sentinel.witnesses.cosigned import (
    cosigned_problems,
    keep_cosigned,
    prove_cosigned,
    prover,
    read_cosigned,
)
from commensal.sentinel.witnesses.evidence import check_evidence
from commensal.sentinel.witnesses.quorum import FUTURE_MAX_S, check_quorum, parse_policy
from commensal.sentinel.witnesses.state import WitnessState
from commensal.sentinel.witnesses.witness import SIZE_TYPE, Answer, Witness, parse_request
from tests.sentinel import logs
from tests.sentinel.witnessed import LOG, NOW, NOW_S, STRANGER, History, new_witness, running_witness, witness_key


class Scripted:
    """A witness that answers as it is told: the saboteur."""

    vkey = "scripted"

    def __init__(self, answer: Callable[[bytes], Answer], latest: str | None = None) -> None:
        self._answer, self._latest, self.asked = answer, latest, []

    def add_checkpoint(self, body: bytes) -> Answer:
        self.asked.append(parse_request(body).old_size)
        return self._answer(body)

    def latest(self, _: str) -> str | None:
        return self._latest


@contextmanager
def served(*witnesses) -> Iterator[list[str]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running_witness(witness)) for witness in witnesses]


def policy_of(urls: list[str], enough: int | str = "all"):
    """Witnesses w1, w2, ... at these URLs ("" = none named)."""
    lines = [f"log {LOG.vkey}"]
    lines += [f"witness w{i} {cosigner_key(witness_key(i))} {url}" for i, url in enumerate(urls, start=1)]
    lines += [f"group g {enough} " + " ".join(f"w{i}" for i in range(1, len(urls) + 1)), "quorum g", ""]
    return parse_policy("\n".join(lines).encode())


def ask(policy, history: History, size: int, **more):
    """Ask with patience: a busy machine is no witness that stalls."""
    more = {"request_timeout_s": 60.0, "total_timeout_s": 60.0, **more}
    return ask_witnesses(
        policy, history.note(size), LOG.verifier, lambda old: history.proof(old, size), now_s=NOW_S, **more
    )


def honest(tmp_path: Path, number: int):
    return new_witness(tmp_path / f"w{number}.db", number)


def outcomes(asked) -> list[Outcome]:
    return [report.outcome for report in asked.reports]


HISTORY = History.of(40)


def test_a_log_that_grows_gathers_its_witnesses(tmp_path):
    remembered = None
    with served(*(honest(tmp_path, i) for i in (1, 2, 3))) as urls:
        for size in (0, 1, 7, 20, 20, 40):
            asked = ask(policy_of(urls), HISTORY, size, remembered=remembered)
            assert outcomes(asked) == [Outcome.COSIGNED] * 3
            assert (asked.quorum.is_met, asked.problem) == (True, None)
            keys = [cosigner_key(witness_key(i)) for i in (1, 2, 3)]
            assert [found.time_s for found in open_cosignatures(asked.note, keys)] == [NOW_S] * 3
            assert asked.note.startswith(HISTORY.note(size))
            remembered = asked.note


def test_each_witness_is_asked_from_where_it_stands_and_at_most_twice(tmp_path):
    real = honest(tmp_path, 1)
    spy = Scripted(real.add_checkpoint)
    with served(spy) as urls:
        first = ask(policy_of(urls), HISTORY, 10)
        ask(policy_of(urls), HISTORY, 20, remembered=first.note)
        assert spy.asked == [0, 10]
        ask(policy_of(urls), HISTORY, 30)  # nothing remembered: the witness says where it stands
        assert spy.asked == [0, 10, 0, 20]
        real.add_checkpoint(HISTORY.request(30, 31))
        assert ask(policy_of(urls), HISTORY, 35, remembered=first.note).quorum.is_met
        assert spy.asked[4:] == [10, 31]


def always_behind(_: bytes) -> Answer:
    return Answer(409, "3\n", SIZE_TYPE)


def test_a_witness_that_keeps_saying_it_stands_elsewhere_is_asked_no_third_time():
    spy = Scripted(always_behind)
    with served(spy) as urls:
        (report,) = ask(policy_of(urls), HISTORY, 10).reports
    assert (spy.asked, report.outcome) == ([0, 3], Outcome.REFUSED)


FIRST_WORDS = {
    "silence": b"",
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
    "garbage": b"\x00\xff" * 100,
}


@contextmanager
def stalling(how: str) -> Iterator[str]:
    """A server that takes a connection and then wastes time, until the block ends."""
    listener, over = socket.create_server(("127.0.0.1", 0)), threading.Event()
    listener.settimeout(0.05)

    def waste() -> None:
        taken: list[socket.socket] = []
        while not over.wait(0.02):
            with suppress(TimeoutError):
                taken.append(listener.accept()[0])
                taken[-1].sendall(FIRST_WORDS[how])
            for one in taken if how in ("head", "body") else []:
                with suppress(OSError):
                    one.sendall(b".")
        for one in taken:
            one.close()

    thread = threading.Thread(target=waste)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize("how", FIRST_WORDS)
def test_a_witness_that_stalls_holds_nobody_up_and_the_other_counts(tmp_path, how):
    with stalling(how) as stalled, served(honest(tmp_path, 2)) as (good,):
        started = time.monotonic()
        asked = ask(policy_of([stalled, good], 1), HISTORY, 9, request_timeout_s=2.0, total_timeout_s=3.0)
        assert time.monotonic() - started < 10
    assert outcomes(asked) == [Outcome.STALLED, Outcome.COSIGNED]
    assert (asked.quorum.is_met, set(asked.quorum.counted)) == (True, {"w2"})


def test_nobody_there_at_all_is_an_answer_too():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}"
    asked = ask(policy_of([gone, ""]), HISTORY, 9)
    assert outcomes(asked) == [Outcome.STALLED, Outcome.UNASKED]
    assert (asked.quorum.is_met, asked.note) == (False, HISTORY.note(9))


def says(note: str, number: int = 1, at_s: int = NOW_S) -> Callable[[bytes], Answer]:
    return lambda _: Answer(200, cosign(note, witness_key(number), at_s))


LIES = {
    "a cosignature of another size": says(HISTORY.note(8)),
    "a cosignature of another history": says(History.of(9, seed=3).note(9)),
    "a cosignature by another key": says(HISTORY.note(9), number=5),
    "nothing": lambda _: Answer(200, ""),
    "an empty line": lambda _: Answer(200, "\n"),
    "a line that does not end": lambda _: Answer(200, cosign(HISTORY.note(9), witness_key(1), NOW_S)[:-1]),
    "a page": lambda _: Answer(200, "<html>hello</html>\n"),
    "the log's own line": lambda _: Answer(200, HISTORY.note(9).partition("\n\n")[2]),
    "a good line and a bad one": lambda _: Answer(
        200, cosign(HISTORY.note(8), witness_key(1), 1).replace("\n", "\n— w QUI=\n")
    ),
    "a size that is none": lambda _: Answer(409, "ten\n", SIZE_TYPE),
    "a size with a leading zero": lambda _: Answer(409, "03\n", SIZE_TYPE),
    "a size beyond any log": lambda _: Answer(409, "9" * 19 + "\n", SIZE_TYPE),
    "a size of many digits": lambda _: Answer(409, "9" * 9_000 + "\n", SIZE_TYPE),
    "a negative size": lambda _: Answer(409, "-1\n", SIZE_TYPE),
}


@pytest.mark.parametrize("case", LIES)
def test_a_witness_that_lies_is_named_and_does_not_count(tmp_path, case):
    with served(Scripted(LIES[case]), honest(tmp_path, 2)) as urls:
        asked = ask(policy_of(urls, 1), HISTORY, 9)
    assert outcomes(asked) == [Outcome.LIED, Outcome.COSIGNED]
    assert set(asked.quorum.counted) == {"w2"}
    assert asked.note == with_cosignatures(HISTORY.note(9), [cosign(HISTORY.note(9), witness_key(2), NOW_S)])


ODD = {
    "404": (lambda _: Answer(404, ""), Outcome.REFUSED),
    "403": (lambda _: Answer(403, ""), Outcome.REFUSED),
    "400": (lambda _: Answer(400, ""), Outcome.REFUSED),
    "422": (lambda _: Answer(422, ""), Outcome.SPLIT),
    "409 without a size": (lambda _: Answer(409, "no"), Outcome.SPLIT),
    "500": (lambda _: Answer(500, ""), Outcome.STALLED),
    "503": (lambda _: Answer(503, ""), Outcome.STALLED),
    "418": (lambda _: Answer(418, ""), Outcome.STALLED),
    "an answer too large": (lambda _: Answer(200, "x" * (ANSWER_MAX_BYTES + 1)), Outcome.STALLED),
    "ten megabytes": (lambda _: Answer(200, "x" * 10_000_000), Outcome.STALLED),
    "a date far ahead": (says(HISTORY.note(9), at_s=NOW_S + FUTURE_MAX_S + 1), Outcome.UNTIMELY),
    "a date just ahead": (says(HISTORY.note(9), at_s=NOW_S + FUTURE_MAX_S), Outcome.COSIGNED),
}


@pytest.mark.parametrize("case", ODD)
def test_every_answer_has_its_name(case):
    answer, expected = ODD[case]
    with served(Scripted(answer)) as urls:
        (report,) = ask(policy_of(urls), HISTORY, 9).reports
    assert report.outcome == expected
    assert (report.line is None) == (expected is not Outcome.COSIGNED)
    assert bool(report.detail) == (expected is not Outcome.COSIGNED)


def test_a_witness_that_forgot_is_named_asked_again_and_counts(tmp_path):
    with served(honest(tmp_path, 1), honest(tmp_path, 2)) as urls:
        first = ask(policy_of(urls), HISTORY, 10)
    (tmp_path / "w1.db").rename(tmp_path / "lost.db")
    with served(honest(tmp_path, 1), running_again(tmp_path, 2)) as urls:
        asked = ask(policy_of(urls), HISTORY, 30, remembered=first.note)
    assert [report.has_forgotten for report in asked.reports] == [True, False]
    assert outcomes(asked) == [Outcome.COSIGNED] * 2
    assert asked.quorum.is_met


def running_again(tmp_path: Path, number: int):
    return Witness(witness_key(number), WitnessState(tmp_path / f"w{number}.db"), FixedClock(NOW))


def test_a_log_that_was_rolled_back_is_told_so_and_both_views_are_kept(tmp_path):
    witness = honest(tmp_path, 1)
    with served(witness) as urls:
        before = ask(policy_of(urls), HISTORY, 30)
        asked = ask(policy_of(urls), HISTORY, 20, remembered=before.note)
        unaware = ask(policy_of(urls), HISTORY, 20)
    for one in (asked, unaware):
        (report,) = one.reports
        assert report.outcome == Outcome.ROLLED_BACK
        assert report.view == HISTORY.note(30)
        assert "ROLLED BACK" in report.detail
        assert not one.quorum.is_met
    assert "ROLLED BACK" in (asked.problem or "")
    assert unaware.problem is None  # an older copy of the database has forgotten, too; the witness has not
    with witness.state.reading() as memory:
        (kept,) = memory.evidence()
    assert (kept.kind, kept.known_note, kept.came_note) == ("rollback", HISTORY.note(30), HISTORY.note(20))


def test_a_witness_that_only_claims_to_know_more_may_lie_and_the_report_says_so():
    claims = Scripted(lambda _: Answer(409, "99\n", SIZE_TYPE), latest=HISTORY.note(5))
    forged = Scripted(lambda _: Answer(409, "99\n", SIZE_TYPE), latest=History.of(99, key=STRANGER).note(99))
    with served(claims, forged) as urls:
        asked = ask(policy_of(urls), HISTORY, 9)
    assert outcomes(asked) == [Outcome.ROLLED_BACK] * 2
    assert all("may lie" in report.detail and report.view is None for report in asked.reports)


def test_a_log_that_grew_while_it_asked_was_not_rolled_back():
    with served(Scripted(lambda _: Answer(409, "12\n", SIZE_TYPE))) as urls:
        (report,) = ask(policy_of(urls), HISTORY, 9, log_size=lambda: 12).reports
        assert (report.outcome, "another process" in report.detail) == (Outcome.REFUSED, True)
        (report,) = ask(policy_of(urls), HISTORY, 9, log_size=lambda: 11).reports
        assert report.outcome == Outcome.ROLLED_BACK


def test_a_split_view_is_told_and_the_witness_shows_the_other_side(tmp_path):
    fork = HISTORY.fork(5, 40, seed=8)
    with served(honest(tmp_path, 1)) as urls:
        before = ask(policy_of(urls), HISTORY, 20)
        for size in (20, 30):
            asked = ask(policy_of(urls), fork, size, remembered=before.note)
            (report,) = asked.reports
            assert (report.outcome, report.view) == (Outcome.SPLIT, HISTORY.note(20))
            assert "does not continue" in (asked.problem or "")
            assert check_evidence(report.view, fork.note(size), LOG.vkey).is_proof == (size == 20)


def test_a_memory_of_ours_that_is_damaged_is_a_problem_not_the_end(tmp_path):
    with served(honest(tmp_path, 1)) as urls:
        asked = ask(policy_of(urls), HISTORY, 9, remembered="hello")
    assert asked.quorum.is_met
    assert "cannot be read" in (asked.problem or "")


def test_a_proof_that_cannot_be_made_leaves_that_witness_unasked(tmp_path):
    def broken(_: int) -> list[bytes]:
        raise LogError("log: tile 0/0 is missing")

    with served(honest(tmp_path, 1)) as urls:
        asked = ask_witnesses(policy_of(urls), HISTORY.note(9), LOG.verifier, broken, now_s=NOW_S)
    assert "tile 0/0 is missing" in asked.reports[0].detail


def test_a_checkpoint_of_another_log_is_never_sent(tmp_path):
    spy = Scripted(always_behind)
    with served(spy) as urls, pytest.raises(NoteError):
        ask(policy_of(urls), History.of(9, key=STRANGER), 9)
    assert spy.asked == []


@pytest.mark.parametrize("timeout_s", [0, -1.0, float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout_s):
    with pytest.raises(ValueError, match="> 0 s"):
        Asker(total_timeout_s=timeout_s)


def cosigned_by(note: str, *numbers: int) -> str:
    return with_cosignatures(note, [cosign(note, witness_key(number), NOW_S) for number in numbers])


def test_what_is_kept_moves_forward_only_and_gathers_lines():
    with logs.memory_log(50) as (conn, log):
        assert read_cosigned(conn) is None
        at_50 = log.checkpoint(conn)
        assert keep_cosigned(conn, log, cosigned_by(at_50, 1))
        assert keep_cosigned(conn, log, cosigned_by(at_50, 2))
        assert read_cosigned(conn) == cosigned_by(at_50, 1, 2)
        log.append(conn, [logs.record(50)], logs.NOON)
        at_51 = log.checkpoint(conn)
        assert keep_cosigned(conn, log, cosigned_by(at_51, 1))
        assert not keep_cosigned(conn, log, cosigned_by(at_50, 1))
        assert read_cosigned(conn) == cosigned_by(at_51, 1)
        conn.execute(tables.cosigned.update().values(note="hello"))
        assert keep_cosigned(conn, log, cosigned_by(at_50, 2))


def test_a_checkpoint_this_log_does_not_continue_is_never_kept():
    foreign = History.of(50, key=logs.LOG_KEY)
    with logs.memory_log(50) as (conn, log):
        keep_cosigned(conn, log, log.checkpoint(conn))
        kept = read_cosigned(conn)
        for size, said in ((50, "rewritten or split"), (20, "rewritten or split")):
            with pytest.raises(LogError, match=said):
                keep_cosigned(conn, log, foreign.note(size))
        with pytest.raises(LogError, match="rolled back"):
            keep_cosigned(conn, log, History.of(51, key=logs.LOG_KEY).note(51))
        with pytest.raises(NoteError):
            keep_cosigned(conn, log, History.of(50, key=logs.OTHER_KEY).note(50))
        assert read_cosigned(conn) == kept


def test_a_real_log_is_witnessed_and_its_proofs_carry_the_witnesses(tmp_path):
    with logs.memory_log(300) as (conn, log), served(honest(tmp_path, 1), honest(tmp_path, 2)) as urls:
        policy = policy_of(urls)
        with pytest.raises(LogError, match="not under a cosigned checkpoint"):
            prove_cosigned(conn, log, 7)
        for _ in range(3):
            note = log.checkpoint(conn)
            asked = ask_witnesses(
                policy,
                note,
                LOG.verifier,
                prover(conn, log.size(conn)),
                now_s=NOW_S,
                remembered=read_cosigned(conn),
            )
            assert (asked.quorum.is_met, asked.problem) == (True, None)
            keep_cosigned(conn, log, asked.note)
            log.append(conn, [logs.record(0)] * 20, logs.NOON)
        proof, opening = prove_cosigned(conn, log, 339), log.opening(conn, 339)
        assert verify_opening(proof, opening, log.vkey).size == 340
        assert check_quorum(proof, policy, NOW_S).is_met
        assert not check_quorum(log.prove(conn, 339), policy, NOW_S).is_met
        with pytest.raises(LogError, match="entry 340 is not under"):
            prove_cosigned(conn, log, 340)
        assert cosigned_problems(conn, log, read_cosigned(conn), policy, NOW_S) == []


def test_what_is_wrong_with_a_kept_checkpoint_is_said():
    policy = policy_of(["", ""])
    with logs.memory_log(50) as (conn, log):
        note = log.checkpoint(conn)
        foreign = History.of(50, key=logs.LOG_KEY).note(50)
        larger = History.of(60, key=logs.LOG_KEY).note(60)
        for kept, said in (
            (None, "there is none"),
            ("hello", "expected a text"),
            (note, "nobody cosigned it"),
            (cosigned_by(note, 2), "w2 cosigned it, which is not"),
            (cosigned_by(foreign, 1, 2), "rewritten or split"),
            (cosigned_by(larger, 1, 2), "rolled back"),
            (cosigned_by(note, 1, 2).replace("\n50\n", "\n49\n"), "does not hold"),
        ):
            (problem,) = cosigned_problems(conn, log, kept, policy, NOW_S)
            assert said in problem
        assert cosigned_problems(conn, log, cosigned_by(note, 1, 2), policy, NOW_S) == []

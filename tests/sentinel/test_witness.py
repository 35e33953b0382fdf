"""A witness cosigns one history of a log and no other, whoever asks, in whatever order, however many at once."""

import base64
import json
import multiprocessing
import random
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.errors import NoteError, ProofError, WitnessError
from commensal.sentinel.witnesses.evidence import check_evidence, evidence_json, parse_evidence
from commensal.sentinel.witnesses.state import COSIGNED_KEPT, EVIDENCE_MAX, LOGS_MAX, WitnessState
from commensal.sentinel.witnesses.witness import REQUEST_MAX_BYTES, SIZE_TYPE, Answer, Witness, format_request
from tests.sentinel.witnessed import LOG, NOW, NOW_S, ORIGIN, STRANGER, History, new_witness, witness_key

EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.fixture
def witness(tmp_path) -> Witness:
    return new_witness(tmp_path / "w.db")


def is_cosigned(answer: Answer, note: str, number: int = 1, at_s: int = NOW_S) -> bool:
    """The answer read by hand, from the bytes the specification names."""
    text = note.partition("\n\n")[0] + "\n"
    _, name, field = answer.body.removesuffix("\n").split(" ")
    raw = base64.b64decode(field)
    key = Ed25519PublicKey.from_public_bytes(witness_key(number).public_key)
    key.verify(raw[12:], b"cosignature/v1\ntime %d\n" % at_s + text.encode())
    return answer.status == 200 and name == f"witness.example/w{number}" and raw[4:12] == at_s.to_bytes(8, "big")


def kinds(witness: Witness) -> list[str]:
    with witness.state.reading() as memory:
        return [evidence.kind for evidence in memory.evidence()]


def test_a_log_that_grows_is_cosigned_at_every_step(witness):
    history, old = History.of(300), 0
    for size in (0, 0, 1, 2, 7, 8, 64, 65, 255, 256, 300, 300):
        answer = witness.add_checkpoint(history.request(old, size))
        assert is_cosigned(answer, history.note(size)), answer
        old = size
    assert kinds(witness) == []
    assert witness.latest(ORIGIN) == history.note(300)
    assert witness.latest("nobody.example/log") is None


def test_the_witness_remembers_after_it_was_closed_and_opened_again(witness, tmp_path):
    history = History.of(20)
    witness.add_checkpoint(history.request(0, 10))
    again = Witness(witness_key(1), WitnessState(tmp_path / "w.db"))
    assert again.add_checkpoint(history.request(0, 20)) == Answer(409, "10\n", SIZE_TYPE)
    assert again.add_checkpoint(history.request(10, 20)).status == 200


def note_of(size: int, root: str = EMPTY, key=LOG, origin: str = ORIGIN) -> str:
    return key.sign_note(Checkpoint(origin=origin, size=size, root=base64.b64decode(root)).text)


def statuses() -> dict[str, tuple[int, bytes]]:
    """Every refusal, against a witness that cosigned the first 10 of 20 entries."""
    log, other = History.of(20), History.of(20, seed=5)
    good = log.request(10, 20)
    forged = log.note(20).replace("\n20\n", "\n21\n")
    return {
        "nothing": (400, b""),
        "no empty line": (400, b"old 10\n"),
        "not UTF-8": (400, b"\xff" + good),
        "a leading zero": (400, good.replace(b"old 10", b"old 010", 1)),
        "a negative size": (400, good.replace(b"old 10", b"old -10", 1)),
        "a size in other digits": (400, good.replace(b"old 10", "old ١٠".encode(), 1)),
        "a size beyond any log": (400, good.replace(b"old 10", b"old 9223372036854775808", 1)),
        "no old size": (400, good.replace(b"old 10\n", b"", 1)),
        "a carriage return": (400, good.replace(b"old 10\n", b"old 10\r\n", 1)),
        "a short hash": (400, format_request(10, [b"x" * 31], log.note(20))),
        "loose base64": (400, good.replace(b"old 10\n", b"old 10\nQUI\n", 1)),
        "64 hashes": (400, format_request(10, [bytes(32)] * 64, log.note(20))),
        "no checkpoint": (400, b"old 10\n\nhello\n"),
        "too much": (400, good + b"x" * REQUEST_MAX_BYTES),
        "old above new": (400, format_request(21, [], log.note(20))),
        "an unknown log": (404, format_request(10, [], note_of(20, key=STRANGER, origin=STRANGER.name))),
        "signed by a stranger": (403, format_request(10, [], note_of(20, key=STRANGER))),
        "a signature that does not hold": (403, format_request(10, log.proof(10, 20), forged)),
        "old below ours": (409, log.request(5, 20)),
        "old above ours": (409, log.request(15, 20)),
        "from nothing": (409, log.request(0, 20)),
        "an older checkpoint": (409, log.request(5, 7)),
        "the same size, another root": (422, other.request(10, 10)),
        "a proof for the same size": (422, format_request(10, [bytes(32)], log.note(10))),
        "a proof of another history": (422, other.request(10, 20)),
        "no proof": (422, format_request(10, [], log.note(20))),
        "a proof with a hash too many": (422, format_request(10, [*log.proof(10, 20), bytes(32)], log.note(20))),
    }


@pytest.mark.parametrize("case", statuses())
def test_every_refusal_has_its_status_and_changes_nothing(witness, case):
    assert witness.add_checkpoint(History.of(20).request(0, 10)).status == 200
    status, body = statuses()[case]
    answer = witness.add_checkpoint(body)
    assert answer.status == status
    assert (answer.content_type == SIZE_TYPE) == (status == 409)
    assert answer.body == "10\n" if status == 409 else "—" not in answer.body
    assert witness.add_checkpoint(History.of(20).request(10, 20)).status == 200


def test_an_empty_log_has_one_root_and_a_first_view_needs_no_proof(witness):
    assert witness.add_checkpoint(format_request(0, [], note_of(0, base64.b64encode(bytes(32)).decode()))).status == 422
    assert witness.add_checkpoint(format_request(0, [bytes(32)], note_of(0))).status == 422
    assert witness.add_checkpoint(format_request(0, [bytes(32)], History.of(5).note(5))).status == 422
    assert witness.add_checkpoint(format_request(0, [], note_of(0))).status == 200
    assert witness.add_checkpoint(History.of(5).request(0, 5)).status == 200


def test_extension_lines_are_cosigned_with_the_rest(witness):
    text = History.of(3).note(3).partition("\n\n")[0] + "\nweather: fine\n"
    note = LOG.sign_note(text)
    assert is_cosigned(witness.add_checkpoint(format_request(0, [], note)), note)


def test_logs_do_not_disturb_each_other(tmp_path):
    witness = new_witness(tmp_path / "w.db", trusts=(LOG, STRANGER))
    ours, theirs = History.of(30), History.of(30, seed=9, key=STRANGER)
    for old, new in ((0, 4), (4, 9), (9, 30)):
        assert witness.add_checkpoint(ours.request(old, new)).status == 200
        assert witness.add_checkpoint(theirs.request(old, new)).status == 200
    assert kinds(witness) == []


def test_a_split_view_is_kept_whole_and_convicts_the_log_offline(witness):
    honest = History.of(30)
    fork = honest.fork(12, 30, seed=4)
    witness.add_checkpoint(honest.request(0, 20))
    witness.add_checkpoint(honest.request(20, 30))
    assert witness.add_checkpoint(fork.request(20, 20)).status == 409  # a size cosigned before the latest
    with witness.state.reading() as memory:
        (kept,) = memory.evidence()
    assert (kept.known_note, kept.came_note) == (honest.note(20), fork.note(20))
    assert (kept.kind, kept.origin, kept.at) == ("split", ORIGIN, NOW.isoformat())
    first, second = parse_evidence(json.dumps(evidence_json(kept)))
    found = check_evidence(first, second, LOG.vkey)
    assert found.is_proof
    assert (found.first.root, found.second.root) == (honest.root(20), fork.root(20))
    with pytest.raises(NoteError):
        check_evidence(first, second, STRANGER.vkey)
    with pytest.raises(NoteError, match="does not hold"):
        check_evidence(first, second.replace("\n20\n", "\n21\n"), LOG.vkey)
    with pytest.raises(ProofError, match="contradict nothing"):
        check_evidence(first, first, LOG.vkey)
    assert not check_evidence(honest.note(5), fork.note(9), LOG.vkey).is_proof


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"format": "commensal.evidence/1", "known": 1, "came": ""}', "[" * 9_000]
)
def test_what_is_no_evidence_file_is_refused(text):
    with pytest.raises(NoteError, match="evidence"):
        parse_evidence(text)


def test_an_honest_replay_is_no_evidence_and_an_older_view_never_cosigned_is_a_hint(witness):
    history = History.of(30)
    for old, new in ((0, 10), (10, 20), (20, 30)):
        witness.add_checkpoint(history.request(old, new))
    assert witness.add_checkpoint(history.request(5, 10)).status == 409
    assert kinds(witness) == []
    assert witness.add_checkpoint(history.request(5, 15)).status == 409
    assert witness.add_checkpoint(history.request(4, 15)).status == 409
    assert kinds(witness) == ["rollback"]
    assert witness.add_checkpoint(format_request(30, [], History.of(40).note(40))).status == 422
    assert kinds(witness) == ["rollback", "inconsistent"]


def test_memory_is_bounded(witness, monkeypatch):
    history = History.of(40)
    monkeypatch.setattr("commensal.sentinel.witnesses.state.COSIGNED_KEPT", 4)
    monkeypatch.setattr("commensal.sentinel.witnesses.state.EVIDENCE_MAX", 3)
    for size in range(1, 31):
        assert witness.add_checkpoint(history.request(size - 1, size)).status == 200
    with witness.state.reading() as memory:
        assert [memory.cosigned(ORIGIN, size) is not None for size in range(25, 31)] == [False, False, True] + [
            True
        ] * 3
    for seed in range(1, 9):
        assert witness.add_checkpoint(History.of(40, seed).request(30, 30)).status == 422
    with witness.state.reading() as memory:
        assert [e.came_note for e in memory.evidence()] == [History.of(40, seed).note(30) for seed in (1, 2, 3)]
    assert (COSIGNED_KEPT, EVIDENCE_MAX) == (1_024, 64)


def test_a_witness_takes_so_many_logs_and_no_more(witness, monkeypatch):
    monkeypatch.setattr("commensal.sentinel.witnesses.state.LOGS_MAX", 1)
    with pytest.raises(WitnessError, match="no more"), witness.state.writing() as memory:
        memory.trust(STRANGER.verifier)
    assert LOGS_MAX == 1_024


def test_a_memory_that_is_missing_foreign_or_of_the_future_is_refused(witness, tmp_path):
    with pytest.raises(WitnessError, match="retire"):
        WitnessState(tmp_path / "gone.db")
    (tmp_path / "text").write_text("not a database, though it is longer than a header would be " * 20)
    with pytest.raises(WitnessError, match="no witness's memory"):
        WitnessState(tmp_path / "text")
    with pytest.raises(WitnessError, match="nothing was changed"):
        WitnessState.create(tmp_path / "w.db")
    with sqlite3.connect(tmp_path / "w.db") as conn:
        conn.execute("PRAGMA user_version = 2")
    conn.close()
    with pytest.raises(WitnessError, match="version 1, got 2"):
        WitnessState(tmp_path / "w.db")


def test_a_witness_whose_memory_went_away_cosigns_nothing(witness, tmp_path):
    for path in tmp_path.iterdir():
        path.unlink()
    assert witness.add_checkpoint(History.of(5).request(0, 5)).status == 503
    assert not (tmp_path / "w.db").exists()


def test_a_witness_whose_memory_is_locked_says_so_and_cosigns_nothing(witness, tmp_path, monkeypatch):
    monkeypatch.setattr("commensal.sentinel.witnesses.state.BUSY_TIMEOUT_S", 0.05)
    with witness.state.writing():
        assert witness.add_checkpoint(History.of(5).request(0, 5)).status == 503
    assert witness.latest(ORIGIN) is None


def test_the_cosignature_follows_the_commit(witness, monkeypatch):
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    signed: list[bytes] = []
    monkeypatch.setattr(witness._key, "sign", lambda message: signed.append(message) or bytes(64))
    monkeypatch.setattr("commensal.sentinel.witnesses.state.Memory.save", full)
    assert witness.add_checkpoint(History.of(5).request(0, 5)).status == 503
    assert (signed, witness.latest(ORIGIN)) == ([], None)
    monkeypatch.undo()
    monkeypatch.setattr(witness._key, "sign", lambda _: signed.append(witness.latest(ORIGIN).encode()) or bytes(64))
    witness.add_checkpoint(History.of(5).request(0, 5))
    assert signed == [History.of(5).note(5).encode()]


def race(path: str, number: int, seeds: list[int], steps: int, results) -> None:
    """Offer every next step of some histories, all from the same old sizes; say what was cosigned."""
    witness = Witness(witness_key(1), WitnessState(Path(path)))
    won = []
    for step in range(steps):
        for seed in seeds:
            history = History.of(steps + 1, seed)
            if witness.add_checkpoint(history.request(step, step + 1)).status == 200:
                won.append((step + 1, history.root(step + 1)))
    results.put(won)


def test_of_twenty_threads_that_race_from_one_size_one_wins_each_step(witness):
    steps, start = 12, threading.Barrier(20)
    histories = [History.of(steps, seed) for seed in range(20)]
    won: list[tuple[int, bytes]] = []
    trunk, statuses = [histories[0]], set()

    def offer(mine: History) -> None:
        for step in range(steps):
            start.wait()
            base = History(trunk[0].leaves[:step] + mine.leaves[step:])
            answer = witness.add_checkpoint(base.request(step, step + 1))
            statuses.add(answer.status)
            if answer.status == 200:
                won.append((step + 1, base.root(step + 1)))
                trunk.insert(0, base)
            start.wait()

    threads = [threading.Thread(target=offer, args=(history,)) for history in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [size for size, _ in won] == list(range(1, steps + 1))
    assert statuses == {200, 409}  # the others are told where the witness stands


def test_two_processes_never_get_two_roots_cosigned_for_one_size(witness, tmp_path):
    spawned = multiprocessing.get_context("spawn")
    results = spawned.SimpleQueue()
    racers = [spawned.Process(target=race, args=(str(tmp_path / "w.db"), i, [0, i + 1], 25, results)) for i in range(2)]
    for racer in racers:
        racer.start()
    won = results.get() + results.get()
    for racer in racers:
        racer.join()
    roots: dict[int, set[bytes]] = {}
    for size, root in won:
        roots.setdefault(size, set()).add(root)
    assert set(roots) == set(range(1, 26))
    assert all(len(found) == 1 for found in roots.values())


def roll_back_and_split(path, seeds: range) -> dict[str, int]:
    """Each seed is a log that misbehaves once, somewhere; counts what the witness did not notice, or wrongly did."""
    missed = {"rollback": 0, "split": 0, "false alarm": 0}
    for seed in seeds:
        chance = random.Random(seed)
        witness = new_witness(path / f"{seed}.db")
        length = chance.randint(3, 60)
        history, old = History.of(length, seed), 0
        for size in [*sorted(chance.sample(range(1, length), k=min(length - 1, 3))), length]:
            missed["false alarm"] += witness.add_checkpoint(history.request(old, size)).status != 200
            old = size
        missed["false alarm"] += len(kinds(witness))
        with witness.state.reading() as memory:
            cosigned = [size for size in range(length) if memory.cosigned(ORIGIN, size)]
        shorter = chance.choice([size for size in range(length) if size not in cosigned])
        answer = witness.add_checkpoint(history.request(chance.randint(0, shorter), shorter))
        missed["rollback"] += not (answer.status == 409 and kinds(witness) == ["rollback"])
        at = chance.randrange(length)
        fork = history.fork(at, length + chance.randint(0, 40), seed=seed + 10**6)
        size = chance.choice([length, len(fork.leaves)])
        answer = witness.add_checkpoint(fork.request(length, size))
        expected = "split" if size == length else "inconsistent"
        missed["split"] += not (answer.status == 422 and kinds(witness) == ["rollback", expected])
        missed["split"] += witness.latest(ORIGIN) != history.note(length)
    return missed


def test_roll_backs_and_split_views_are_all_found(tmp_path):
    assert roll_back_and_split(tmp_path, range(200)) == {"rollback": 0, "split": 0, "false alarm": 0}


@pytest.mark.long
def test_three_thousand_roll_backs_and_split_views_are_all_found(tmp_path):
    assert roll_back_and_split(tmp_path, range(3_000)) == {"rollback": 0, "split": 0, "false alarm": 0}


def test_a_clock_that_goes_back_dates_the_cosignature_and_changes_nothing_else(tmp_path):
    yesterday = NOW - timedelta(days=1)
    witness = new_witness(tmp_path / "w.db", at=yesterday)
    answer = witness.add_checkpoint(History.of(5).request(0, 5))
    assert is_cosigned(answer, History.of(5).note(5), at_s=int(yesterday.timestamp()))

"""No input, however bent, gets more than a refusal out of a reader, or takes more than a moment and some memory.

What is fed, and what each reader may believe, is in fuzzing/.
"""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

from commensal.sentinel import key_file
from commensal.sentinel.checkpoint import parse_checkpoint
from commensal.sentinel.errors import KeyFileError, NoteError, ProofError
from commensal.sentinel.note import NOTE_MAX_BYTES, VERIFIER_KEY_MAX_CHARS, parse_verifier_key
from commensal.sentinel.proof import HEADER, PROOF_MAX_BYTES, verify_opening
from tests.sentinel.logs import LOG_KEY

READERS = (
    *("note", "signed checkpoint", "opening", "signature"),
    *("cosignatures", "quorum", "consistency proof", "witness answer", "evidence"),
    *("verifier key", "checkpoint", "proof", "witness request", "tile path", "tile", "entry bundle", "leaf"),
    *("record", "witness policy", "key file"),
)
INPUTS = 5_000
LONG_INPUTS = 1_000_000
SLOWEST_S = 1.0
"""CPU time that no single input may take, those of 10 MB among them."""
AT_ONCE_S = 0.05
PEAK_MB = 256
ROOT = Path(__file__).parents[2]


def fed(reader: str, inputs: int, seed: int) -> dict:
    """Feed one reader in a process of its own, whose memory is measured from outside of everything else."""
    command = [sys.executable, "-m", "tests.sentinel.fuzzing.runner", reader, str(inputs), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(reader: str, inputs: int, seed: int) -> dict:
    outcome = fed(reader, inputs, seed)
    assert outcome["false"] == []
    assert 0 < outcome["accepted"] < inputs == outcome["inputs"]
    assert outcome["slowest_s"] < SLOWEST_S
    assert outcome["peak_mb"] < PEAK_MB
    return outcome


@pytest.mark.parametrize("reader", READERS)
def test_bent_inputs_are_refused_by_name_or_mean_what_they_may_mean(reader: str):
    check(reader, INPUTS, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS)
def test_a_million_bent_inputs_are_refused_by_name_or_mean_what_they_may_mean(reader: str):
    outcome = check(reader, LONG_INPUTS, seed=2)
    speed = outcome["inputs"] / outcome["cpu_s"]
    print(
        f"\n{reader:18} {outcome['inputs']:9,} inputs, {outcome['accepted']:8,} accepted and true, {speed:8,.0f}/s, "
        f"slowest {outcome['slowest_s'] * 1e3:6.1f} ms, peak {outcome['peak_mb']:4.0f} MB"
    )


def test_every_reader_is_fed():
    code = "from tests.sentinel.fuzzing.runner import readers; print('\\n'.join(readers()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert tuple(done.stdout.split("\n")[:-1]) == READERS


@pytest.mark.parametrize(
    "proof", ["A" * 10**7, f"{HEADER}\n" + "A" * 10**7, f"{HEADER}\nindex 1\n" + "AAAA\n" * 2_000_000]
)
def test_a_proof_of_10_mb_is_refused_at_once(proof: str):
    start = process_time()
    with pytest.raises(ProofError, match=f"at most {PROOF_MAX_BYTES} characters, got {len(proof)}"):
        verify_opening(proof, {}, LOG_KEY.vkey)
    assert process_time() - start < AT_ONCE_S


def test_a_verifier_key_and_a_checkpoint_of_10_mb_are_refused_at_once():
    """Found by fuzzing: a key's name of 10 MB was read through, and took 0.2 s; a checkpoint's lines took 170 MB."""
    vkey, checkpoint = "a" * 10**7 + LOG_KEY.vkey, "\n" * 10**7
    start = process_time()
    with pytest.raises(NoteError, match=f"at most {VERIFIER_KEY_MAX_CHARS} characters"):
        parse_verifier_key(vkey)
    with pytest.raises(NoteError, match=f"at most {NOTE_MAX_BYTES} characters"):
        parse_checkpoint(checkpoint)
    assert process_time() - start < AT_ONCE_S


@pytest.mark.parametrize("n", ["Infinity", "1e999", "32768.5", '"32768"', "true", "NaN", "null", "[]"])
def test_a_key_file_whose_scrypt_is_no_whole_number_is_refused(tmp_path: Path, n: str):
    """Found by fuzzing: JSON in Python knows infinity, and no whole number is that."""
    path = tmp_path / "log.key"
    text = key_file.key_text("log", "clinic.example/log", bytes(32), b"open")
    path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    path.write_text(text.replace(f'"n": {key_file.SCRYPT_N}', f'"n": {n}'))
    with pytest.raises(KeyFileError, match=r"expected a commensal\.key/1 file"):
        key_file.read_key(path, "log", b"open")


@pytest.mark.parametrize("name", ["5", "null", '["clinic.example/log"]'])
def test_a_key_file_whose_name_is_no_text_is_refused(tmp_path: Path, name: str):
    path = tmp_path / "log.key"
    text = key_file.key_text("log", "clinic.example/log", bytes(32), None)
    path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    path.write_text(text.replace('"clinic.example/log"', name))
    with pytest.raises(KeyFileError, match=r"expected a commensal\.key/1 file"):
        key_file.read_key(path, "log", None)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (10 * 2**20, "visit.tlog-proof: expected at most 4194304 bytes, got 10485760"),
        (2**20, "proof: expected at most"),
    ],
)
def test_verify_refuses_a_proof_of_10_mb_at_once_and_says_so(tmp_path: Path, size: int, said: str):
    folder, key = tmp_path / "visit", tmp_path / "log.vkey"
    folder.mkdir()
    key.write_text(LOG_KEY.vkey + "\n")
    (folder / "visit.tlog-proof").write_text(HEADER.ljust(size, "A"))
    (folder / "visit.closing.json").write_text("{}")
    command = [sys.executable, "-m", "commensal", "verify", str(folder), "--log-key", str(key)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=10, env={**os.environ, "COLUMNS": "200"}
    )
    assert done.returncode == 2
    assert said in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr

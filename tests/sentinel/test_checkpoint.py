"""Checkpoints: one log, one size, one root; every other text is refused."""

import pytest

from commensal.sentinel.checkpoint import SIZE_MAX, Checkpoint, open_checkpoint, parse_checkpoint
from commensal.sentinel.errors import NoteError
from tests.data import data_dir
from tests.sentinel.logs import LOG_KEY

ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_a_checkpoint_reads_back_as_it_was_written():
    made = Checkpoint(origin="clinic.example/log", size=70_000, root=bytes(range(32)))
    assert parse_checkpoint(made.text) == made
    assert open_checkpoint(LOG_KEY.sign_note(made.text), LOG_KEY.verifier) == made


def test_another_programs_checkpoints_read_back_to_the_same_text():
    for n in range(16):
        text = data_dir("vectors", "tessera-log", f"checkpoint.{n}").read_text().partition("\n\n")[0] + "\n"
        assert parse_checkpoint(text).text == text
        assert parse_checkpoint(text).size == n


def test_extension_lines_are_passed_over():
    assert parse_checkpoint(f"o\n5\n{ROOT}\nmore\n").size == 5


def test_a_checkpoint_of_another_log_is_refused_though_our_key_signed_it():
    other = Checkpoint(origin="other.example/log", size=1, root=bytes(32))
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(LOG_KEY.sign_note(other.text), LOG_KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n",
        "o\n5\n",
        f"o\n5\n{ROOT}",
        f"\n5\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n05\n{ROOT}\n",
        f"o\n+5\n{ROOT}\n",
        f"o\n-5\n{ROOT}\n",
        f"o\n5 \n{ROOT}\n",
        f"o\n5_0\n{ROOT}\n",
        f"o\n٥\n{ROOT}\n",
        f"o\n{SIZE_MAX + 1}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n5\n{ROOT[:-4]}\n",
        f"o\n5\n{ROOT[:-2]}V=\n",
        f"o\n5\n{ROOT}\n\n",
        "o\n5\nnot base64\n",
    ],
    ids=range(18),
)
def test_any_other_text_is_refused(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)

"""The example at the top of the specification is what the program makes of it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from commensal.sentinel.checkpoint import Checkpoint, open_checkpoint
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.leaf import Record, canonical, commitment, leaf_prefix
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.note import parse_verifier_key

PAGE = (Path(__file__).parents[2] / "docs/specs/records-log.md").read_text()
EXAMPLE, NOTE = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def shown(name: str) -> bytes:
    """The hex after a name in the example, over several lines."""
    found = re.search(rf"^{name} +((?:[0-9a-f]+\s+)+)", EXAMPLE, re.MULTILINE)
    assert found is not None, name
    return bytes.fromhex("".join(found[1].split()))


def test_the_example_of_the_specification_comes_out_byte_by_byte():
    record = Record(
        subject="P-1",
        actor="Dentist:Dr Mia Chen",
        act="recordExam",
        why="check-up",
        content={"tooth": "16", "probing_mm": [3, 2.5, 3]},
        schema=1,
        at=AT,
    )
    assert canonical(record) == shown("canonical")
    assert commitment(shown("salt"), shown("canonical")) == shown("commitment")
    assert leaf_prefix(AT) + shown("commitment") == shown("leaf")
    assert leaf_hash(shown("leaf")) == shown("leaf hash")
    key = SigningKey("clinic.example/log", b"\x01" * 32)
    assert key.vkey in EXAMPLE
    assert open_checkpoint(NOTE, parse_verifier_key(key.vkey)) == Checkpoint(
        origin="clinic.example/log", size=1, root=shown("leaf hash")
    )
    assert key.sign_note(NOTE.partition("\n\n")[0] + "\n") == NOTE

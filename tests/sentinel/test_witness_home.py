"""A witness's key and memory: made once, opened with the right passphrase, trusting only whom it was told."""

import pytest

from commensal.clock import FixedClock
from commensal.sentinel.errors import KeyFileError, NoteError, WitnessError
from commensal.sentinel.witnesses.home import create_witness, open_witness, trust_log
from tests.sentinel.witnessed import LOG, NOW, STRANGER, History


@pytest.fixture
def places(tmp_path):
    return tmp_path / "w.key", tmp_path / "w.db"


def never() -> bytes:
    raise AssertionError("nobody should be asked")


def test_a_witness_trusts_whom_it_is_told_and_keeps_its_key(places):
    vkey = create_witness(*places, "w.example", None)
    assert trust_log(places[1], LOG.vkey) == LOG.verifier
    trust_log(places[1], LOG.vkey)
    witness = open_witness(*places, never, FixedClock(NOW))
    assert witness.vkey == vkey
    assert vkey.startswith("w.example+")
    assert witness.add_checkpoint(History.of(5).request(0, 5)).status == 200
    assert witness.add_checkpoint(History.of(5, key=STRANGER).request(0, 5)).status == 404


def test_its_key_can_have_a_passphrase_and_is_its_owners_alone(places):
    vkey = create_witness(*places, "w.example", b"correct horse")
    assert places[0].stat().st_mode & 0o777 == 0o600
    assert open_witness(*places, lambda: b"correct horse", FixedClock(NOW)).vkey == vkey
    with pytest.raises(KeyFileError, match="wrong passphrase"):
        open_witness(*places, lambda: b"battery staple", FixedClock(NOW))
    places[0].chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        open_witness(*places, lambda: b"correct horse", FixedClock(NOW))


def test_a_witness_is_made_once(places):
    create_witness(*places, "w.example", None)
    before = places[0].read_bytes()
    with pytest.raises(KeyFileError, match="there already"):
        create_witness(*places, "w.example", None)
    places[0].unlink()
    with pytest.raises(WitnessError, match="there already"):
        create_witness(*places, "w.example", None)
    assert not places[0].exists()
    assert before


def test_what_cannot_be_a_witness_makes_no_files(places):
    for name, passphrase in (("a+b", None), ("", None), ("w.example", b"")):
        with pytest.raises(KeyFileError):
            create_witness(*places, name, passphrase)
    assert not any(path.exists() for path in places)


def test_a_key_of_another_kind_or_none_is_refused(places):
    create_witness(*places, "w.example", None)
    places[0].write_text(places[0].read_text().replace('"kind": "witness"', '"kind": "log"'))
    with pytest.raises(KeyFileError, match="expected a witness key, got a log key"):
        open_witness(*places, never, FixedClock(NOW))
    places[0].unlink()
    with pytest.raises(KeyFileError, match="no such key file"):
        open_witness(*places, never, FixedClock(NOW))


def test_only_a_logs_key_is_trusted(places):
    vkey = create_witness(*places, "w.example", None)
    for text in ("hello", vkey, LOG.vkey.replace("clinic", "cliniq")):
        with pytest.raises(NoteError):
            trust_log(places[1], text)
    with pytest.raises(WitnessError, match="retire"):
        trust_log(places[1].with_name("gone.db"), LOG.vkey)

"""Bad days that others bring: witnesses that lie, stall or forget, and the tiles of two clinics in one folder."""

import shutil
import socket
from contextlib import ExitStack

import pytest

from commensal.sentinel import witnesses
from commensal.sentinel.cosignature import cosigner_key
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.witnesses.state import WitnessState
from commensal.sentinel.witnesses.witness import Answer, Witness
from tests.cli.bad_days import Home, new_home, page
from tests.sentinel.witnessed import running_witness, witness_key

ROWS = page()


@pytest.fixture
def home(tmp_path) -> Home:
    return new_home(tmp_path / "home")


def grow(home: Home) -> None:
    printed, exit_code = home.run("keys", "rotate", "--why", "a drill", *home.where)
    assert exit_code == 0, printed


def policy_file(home: Home, url: str) -> str:
    vkey = (home.keys / "log.vkey").read_text().strip()
    path = home.folder / "witnesses.policy"
    path.write_text(f"log {vkey}\nwitness w {cosigner_key(witness_key(1))} {url}\nquorum w\n")
    return str(path)


def honest(home: Home, name: str) -> Witness:
    state = WitnessState.create(home.folder / name)
    with state.writing() as memory:
        memory.trust(parse_verifier_key((home.keys / "log.vkey").read_text().strip()))
    return Witness(witness_key(1), state, None)


def cosign(home: Home, url: str) -> tuple[str, int]:
    return home.run("cosign", "--witnesses", policy_file(home, url), *home.where)


class Liar:
    """Signs nothing, and says that it did."""

    vkey = "liar"

    def add_checkpoint(self, _: bytes) -> Answer:
        stranger = SigningKey("witness.example/w1", bytes([77]) * 32)
        return Answer(200, stranger.sign_note("witness.example/w1\n1\nAAAA\n").partition("\n\n")[2])

    def latest(self, _: str) -> None:
        return None


def test_a_witness_that_lies_is_told_and_recording_goes_on(home):
    before = home.stored()
    with running_witness(Liar()) as url:
        ROWS["A witness lies"].assert_seen(*cosign(home, url))
    assert home.stored() == before
    grow(home)
    home.assert_sound()


def test_a_witness_that_stalls_is_told_in_time_and_recording_goes_on(home, monkeypatch):
    monkeypatch.setitem(witnesses.ask_witnesses.__kwdefaults__, "request_timeout_s", 0.3)
    before = home.stored()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ROWS["A witness stalls"].assert_seen(*cosign(home, f"http://127.0.0.1:{silent.getsockname()[1]}"))
    assert home.stored() == before
    grow(home)
    home.assert_sound()


def test_a_witness_that_forgot_is_told_asked_again_and_counts(home):
    with running_witness(honest(home, "w.db")) as url:
        printed, exit_code = cosign(home, url)
        assert exit_code == 0, printed
    grow(home)
    with running_witness(honest(home, "w again.db")) as url:
        ROWS["A witness forgot what it cosigned"].assert_seen(*cosign(home, url))
    home.assert_sound()


def test_the_tiles_of_two_clinics_in_one_folder_are_told_with_the_first_bad_entry(home, tmp_path):
    other = new_home(tmp_path / "other")
    for one in (home, other):
        grow(one)
        assert one.run("tiles", "export", one.folder / "tiles", *one.where)[1] == 0
    row = ROWS["The tiles of two clinics were mixed"]
    names = [path.relative_to(home.folder / "tiles") for path in (home.folder / "tiles").rglob("*") if path.is_file()]
    assert len(names) == 3  # a checkpoint, a tile, a bundle of entries
    for name in names:
        with ExitStack() as stack:
            mixed = tmp_path / "mixed"
            shutil.copytree(home.folder / "tiles", mixed)
            stack.callback(shutil.rmtree, mixed)
            shutil.copy(other.folder / "tiles" / name, mixed / name)
            row.assert_seen(*home.run("tiles", "audit", mixed, "--log-key", home.keys / "log.vkey"))
    sound, exit_code = home.run("tiles", "audit", home.folder / "tiles", "--log-key", home.keys / "log.vkey")
    assert exit_code == 0, sound


def test_exporting_over_another_clinics_tiles_is_refused_and_leaves_them(home, tmp_path):
    other = new_home(tmp_path / "other", origin="other.example/log")
    assert other.run("tiles", "export", tmp_path / "tiles", *other.where)[1] == 0
    before = {path: path.read_bytes() for path in (tmp_path / "tiles").rglob("*") if path.is_file()}
    ROWS["Another clinic's tiles are in the folder to export to"].assert_seen(
        *home.run("tiles", "export", tmp_path / "tiles", *home.where)
    )
    assert {path: path.read_bytes() for path in (tmp_path / "tiles").rglob("*") if path.is_file()} == before

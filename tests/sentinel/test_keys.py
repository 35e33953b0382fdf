"""Key files: made whole or not at all, opened by their owner, refused with a reason by everybody else."""

import base64
import json
import os
from pathlib import Path

import pytest

from commensal.sentinel import key_file
from commensal.sentinel.errors import KeyFileError
from commensal.sentinel.key_file import FORMAT, KEY_FILE_MAX_BYTES, KINDS, read_key
from commensal.sentinel.keys import (
    create_keys,
    is_signed_by,
    open_keys,
    open_recovery,
    protect_keys,
)
from commensal.sentinel.note import open_note, parse_verifier_key

ORIGIN, DENTIST, SECRET = "clinic.example/log", "Dr Mia Chen", b"correct horse"


def made(folder: Path, passphrase: bytes | None = None) -> Path:
    create_keys(folder, passphrase, origin=ORIGIN, dentist=DENTIST)
    return folder


def never() -> bytes:
    raise AssertionError("nobody should be asked")


@pytest.fixture(scope="module")
def locked(tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("keys") / "keys", SECRET)


def test_plain_keys_open_without_asking_and_are_the_ones_that_were_made(tmp_path):
    first = create_keys(tmp_path / "k", None, origin=ORIGIN, dentist=DENTIST)
    again = open_keys(tmp_path / "k", never)
    assert (again.log.vkey, again.dentist.vkey) == (first.log.vkey, first.dentist.vkey)
    wrapped = first.vault.wrap("id", "P", b"d" * 32)
    assert again.vault.unwrap("id", "P", *wrapped) == b"d" * 32


def test_protected_keys_open_with_the_passphrase_only(locked):
    assert open_keys(locked, lambda: SECRET).log.name == ORIGIN
    with pytest.raises(KeyFileError, match="wrong passphrase"):
        open_keys(locked, lambda: b"wrong")
    with pytest.raises(KeyFileError, match="protected by a passphrase"):
        read_key(locked / "log.key", "log", None)


def test_the_recovery_key_opens_what_the_vault_seals(locked):
    vault = open_keys(locked, lambda: SECRET).vault
    assert (
        open_recovery(locked / "recovery.key", lambda: SECRET).unwrap("id", "P", *vault.wrap("id", "P", b"d" * 32))
        == b"d" * 32
    )


def test_the_clinic_runs_while_the_recovery_key_is_elsewhere(tmp_path):
    folder = made(tmp_path / "k")
    (folder / "recovery.key").unlink()
    assert open_keys(folder, never).log.name == ORIGIN


def test_no_secret_is_readable_by_others_or_stored_in_the_clear_when_protected(locked):
    for path in locked.glob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert json.loads(path.read_text())["protection"]["kdf"] == "scrypt"
    assert locked.stat().st_mode & 0o077 == 0


def test_the_public_halves_are_written_beside_them(locked):
    keys = open_keys(locked, lambda: SECRET)
    assert (locked / "log.vkey").read_text().strip() == keys.log.vkey
    assert (locked / "dentist.vkey").read_text().strip() == keys.dentist.vkey
    assert "Dr_Mia_Chen+" in keys.dentist.vkey  # a note's name holds no space


@pytest.mark.skipif(os.name != "posix", reason="file permissions are POSIX's")
def test_a_key_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path):
    folder = made(tmp_path / "k")
    (folder / "log.key").chmod(0o640)
    with pytest.raises(KeyFileError, match=r"chmod 600 .*log\.key"):
        open_keys(folder, never)


def test_a_key_of_another_kind_is_refused_by_name(tmp_path):
    folder = made(tmp_path / "k")
    (folder / "dentist.key").replace(folder / "log.key")
    with pytest.raises(KeyFileError, match="expected a log key, got a dentist key"):
        open_keys(folder, never)


def test_a_protected_key_cannot_be_passed_off_as_another_kind_or_name(locked, tmp_path):
    for field, value in (("kind", "dentist"), ("name", "another.example/log")):
        parsed = json.loads((locked / "log.key").read_text())
        parsed[field] = value
        path = tmp_path / f"{field}.key"
        path.write_text(json.dumps(parsed))
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match="wrong passphrase, or the file was changed"):
            read_key(path, parsed["kind"], SECRET)


@pytest.mark.parametrize("name", ["log.key", "dentist.key", "recovery.pub"])
def test_a_missing_key_is_named(tmp_path, name):
    folder = made(tmp_path / "k")
    (folder / name).unlink()
    with pytest.raises(KeyFileError, match=f"{name}: no such key file"):
        open_keys(folder, never)
    (folder / name).mkdir()
    with pytest.raises(KeyFileError, match="no such key file"):
        open_keys(folder, never)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 4000,
        b"x" * (KEY_FILE_MAX_BYTES + 1),
        json.dumps({"format": "other"}).encode(),
        json.dumps({"format": FORMAT, "kind": "clinic"}).encode(),
        json.dumps({"format": FORMAT, "kind": "clinic", "protection": {}}).encode(),
        json.dumps({"format": FORMAT, "kind": "clinic", "name": "n", "protection": {"kdf": "none"}}).encode(),
        json.dumps(
            {"format": FORMAT, "kind": "clinic", "name": "n", "protection": {"kdf": "none"}, "secret": "AA=="}
        ).encode(),
        json.dumps(
            {"format": FORMAT, "kind": "clinic", "name": "n", "protection": {"kdf": "none"}, "secret": 5}
        ).encode(),
        json.dumps(
            {"format": FORMAT, "kind": "clinic", "name": "n", "protection": {"kdf": "md5"}, "secret": "AA=="}
        ).encode(),
    ],
    ids=range(13),
)
def test_a_file_that_is_no_key_is_refused(tmp_path, content):
    folder = made(tmp_path / "k")
    (folder / "clinic.key").write_bytes(content)
    (folder / "clinic.key").chmod(0o600)
    with pytest.raises(KeyFileError):
        open_keys(folder, lambda: SECRET)


@pytest.mark.parametrize(
    "change", [{"n": 2**31}, {"r": 2**20}, {"p": 10**6}, {"n": 3}, {"n": 0}, {"salt": "!"}, {"n": "many"}, {"n": None}]
)
def test_a_key_file_cannot_ask_for_endless_work(locked, tmp_path, change):
    parsed = json.loads((locked / "log.key").read_text())
    parsed["protection"].update(change)
    path = tmp_path / "log.key"
    path.write_text(json.dumps(parsed))
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        read_key(path, "log", SECRET)


def test_keys_are_never_overwritten_and_nothing_is_left_of_a_refused_attempt(tmp_path):
    folder = made(tmp_path / "k")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(KeyFileError, match="there already"):
        made(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    for origin, passphrase in (("bad+name", None), ("", None), (ORIGIN, b"")):
        with pytest.raises(KeyFileError):
            create_keys(tmp_path / "new", passphrase, origin=origin, dentist=DENTIST)
    assert [p.name for p in tmp_path.iterdir()] == ["k"]


def test_a_signing_key_signs_notes_and_messages_that_its_public_half_checks(locked):
    keys = open_keys(locked, lambda: SECRET)
    signature = base64.b64encode(keys.dentist.sign(b"the plan")).decode()
    assert is_signed_by(keys.dentist.vkey, b"the plan", signature)
    assert not is_signed_by(keys.dentist.vkey, b"another plan", signature)
    assert not is_signed_by(keys.log.vkey, b"the plan", signature)
    assert not is_signed_by("no key", b"the plan", signature)
    assert not is_signed_by(keys.dentist.vkey, b"the plan", signature + "=")
    note = keys.log.sign_note("text\n")
    assert open_note(note, [parse_verifier_key(keys.log.vkey)]).signers == (ORIGIN,)
    assert "Dr_Mia_Chen" in repr(keys.dentist)
    assert repr(keys).count("Vault()") == 1


def secrets_of(folder: Path, passphrase: bytes | None) -> dict[str, tuple[str, bytes]]:
    return {kind: read_key(folder / f"{kind}.key", kind, passphrase) for kind in KINDS}


@pytest.fixture
def cheap(monkeypatch) -> None:
    for name in ("SCRYPT_N", "SCRYPT_P"):
        monkeypatch.setattr(key_file, name, 2)


def test_a_passphrase_is_set_changed_and_taken_away_while_the_keys_stay_the_same(tmp_path, cheap):
    folder = made(tmp_path / "k")
    public = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".key"}
    before = secrets_of(folder, None)
    names = ("clinic.key", "log.key", "dentist.key", "recovery.key")
    assert protect_keys(folder, never, lambda: SECRET) == names
    assert secrets_of(folder, SECRET) == before
    assert protect_keys(folder, lambda: SECRET, lambda: b"another") == names
    assert secrets_of(folder, b"another") == before
    with pytest.raises(KeyFileError, match="wrong passphrase"):
        read_key(folder / "log.key", "log", SECRET)
    assert protect_keys(folder, lambda: b"another", None) == names
    assert secrets_of(folder, None) == before
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".key"} == public
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.glob("*.key"))


@pytest.mark.parametrize(
    ("old", "new", "why"), [(b"wrong", b"new", "wrong passphrase"), (SECRET, b"", "at least one character")]
)
def test_a_refused_change_of_passphrase_changes_nothing(tmp_path, cheap, old, new, why):
    folder = made(tmp_path / "k", SECRET)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyFileError, match=why):
        protect_keys(folder, lambda: old, lambda: new)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_recovery_key_that_is_elsewhere_keeps_its_passphrase(tmp_path, cheap):
    folder = made(tmp_path / "k", SECRET)
    (folder / "recovery.key").rename(tmp_path / "safe.key")
    assert "recovery.key" not in protect_keys(folder, lambda: SECRET, lambda: b"new")
    assert open_recovery(tmp_path / "safe.key", lambda: SECRET)
    assert open_keys(folder, lambda: b"new").log.name == ORIGIN


def test_without_the_clinic_key_the_way_back_is_named(tmp_path):
    folder = made(tmp_path / "k")
    (folder / "clinic.key").unlink()
    for act in (lambda: open_keys(folder, never), lambda: protect_keys(folder, never, lambda: SECRET)):
        with pytest.raises(KeyFileError, match="keys recover"):
            act()
    with pytest.raises(KeyFileError, match="no such folder"):
        open_keys(tmp_path / "nowhere", never)

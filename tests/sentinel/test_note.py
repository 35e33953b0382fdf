"""Signed notes: the published example, and everything that must be refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commensal.sentinel.errors import NoteError
from commensal.sentinel.note import (
    NOTE_MAX_BYTES,
    SIGNATURES_MAX,
    open_note,
    parse_verifier_key,
    signed_text,
    strict_base64,
    verifier_key,
)

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "This is an example message.\n"
LINE = "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
NOTE = f"{TEXT}\n{LINE}\n"


def signer(name: str, seed: int) -> tuple[Ed25519PrivateKey, bytes]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return private, private.public_key().public_bytes_raw()


def test_the_published_example_opens_and_its_key_reads_back_as_it_was():
    key = parse_verifier_key(VKEY)
    opened = open_note(NOTE, [key])
    assert (opened.text, opened.signers) == (TEXT, ("example.com/foo",))
    assert str(key) == VKEY


def test_a_note_we_sign_opens_with_our_key_and_with_no_other():
    private, public = signer("clinic.example/log", 1)
    note = signed_text("a\n\nb\n", "clinic.example/log", public, private.sign)
    assert open_note(note, [verifier_key("clinic.example/log", public)]).text == "a\n\nb\n"
    with pytest.raises(NoteError, match="no signature by a known key"):
        open_note(note, [verifier_key("clinic.example/log", signer("x", 2)[1])])


def test_an_unknown_signature_is_passed_over_and_a_bad_known_one_spoils_the_note():
    key = parse_verifier_key(VKEY)
    stranger = "— somebody.example " + base64.b64encode(b"idid" + bytes(2420)).decode()
    assert open_note(f"{TEXT}\n{stranger}\n{LINE}\n", [key]).signers == ("example.com/foo",)
    forged = "— example.com/foo " + base64.b64encode(key.key_id + bytes([7]) * 64).decode()
    with pytest.raises(NoteError, match="does not hold"):
        open_note(f"{TEXT}\n{LINE}\n{forged}\n", [key])


def test_base64_with_stray_low_bits_is_refused():
    assert LINE.endswith("QM=")
    for last in "NOP":
        with pytest.raises(NoteError, match="canonical"):
            open_note(NOTE.replace("QM=", f"Q{last}="), [parse_verifier_key(VKEY)])
    with pytest.raises(NoteError):
        strict_base64("QUI=\n", "x")


def test_no_single_bit_of_a_note_can_be_changed():
    key, raw = parse_verifier_key(VKEY), NOTE.encode()
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((NoteError, UnicodeDecodeError)):
            open_note(changed.decode(), [key])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + LINE + "\n",
        NOTE[:-1],
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("This", "Th\tis"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("example.com/foo", "example.com/f+o"),
        NOTE + "\n",
        NOTE + "— short Uw2QOg==\n",
        f"{TEXT}\ud800\n\n{LINE}\n",
        f"{'x' * NOTE_MAX_BYTES}\n\n{LINE}\n",
        f"{TEXT}\n" + f"{LINE}\n" * (SIGNATURES_MAX + 1),
    ],
    ids=range(16),
)
def test_a_malformed_note_is_refused(note: str):
    with pytest.raises(NoteError):
        open_note(note, [parse_verifier_key(VKEY)])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("+Ae", "+Be"),
        VKEY[:-4],
        "sp ace" + VKEY[15:],
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_a_malformed_verifier_key_is_refused(vkey: str):
    with pytest.raises(NoteError):
        parse_verifier_key(vkey)

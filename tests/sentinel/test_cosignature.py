"""Cosignatures: a public checkpoint with the words of four public witnesses, and everything that must be refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commensal.sentinel.checkpoint import open_checkpoint
from commensal.sentinel.cosignature import (
    TIME_MAX_S,
    cosign,
    cosigned_bytes,
    cosigner_key,
    open_cosignatures,
    parse_cosigner_key,
    with_cosignatures,
)
from commensal.sentinel.errors import NoteError
from commensal.sentinel.note import NOTE_MAX_BYTES, SIGNATURES_MAX, open_note, parse_verifier_key
from tests.sentinel.witnessed import LOG, NOW_S, History, witness_key

PUBLIC = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""
"""A checkpoint of a public test log for Certificate Transparency, cosigned by public test witnesses in May 2026."""
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESSES = (
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
)
PUBLIC_TIME_S = 0x6A122120

NOTE = History.of(7).note(7)


def test_a_public_checkpoint_opens_with_the_keys_of_its_log_and_its_witnesses():
    keys = [parse_cosigner_key(vkey) for vkey in PUBLIC_WITNESSES]
    assert [str(key) for key in keys] == list(PUBLIC_WITNESSES)
    found = open_cosignatures(PUBLIC, keys)
    assert [(c.key.name, c.time_s) for c in found] == [(key.name, PUBLIC_TIME_S) for key in keys]
    assert "".join(c.line for c in found) == PUBLIC[PUBLIC.index("— transparency.dev/") :]
    assert open_checkpoint(PUBLIC, parse_verifier_key(PUBLIC_LOG)).size == 1_432_088_532


def test_no_bit_of_a_public_cosignature_and_nothing_it_speaks_of_can_be_changed():
    key = parse_cosigner_key(PUBLIC_WITNESSES[2])
    start = PUBLIC.index("2net5wAAAABq")
    raw = base64.b64decode(PUBLIC[start : PUBLIC.index("\n", start)])
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        note = PUBLIC.replace(base64.b64encode(raw).decode(), base64.b64encode(changed).decode())
        if bit < 32:  # another key id: a stranger's
            assert open_cosignatures(note, [key]) == ()
            continue
        with pytest.raises(NoteError, match="cosignature of remora"):
            open_cosignatures(note, [key])
    for old, new in (("1432088532", "1432088533"), ("U7WM", "U7WN"), ("dev\n", "dew\n")):
        with pytest.raises(NoteError, match="does not hold"):
            open_cosignatures(PUBLIC.replace(old, new, 1), [key])


def test_what_we_cosign_is_what_the_specification_spells_out():
    key = witness_key(1)
    line = cosign(NOTE, key, 1_679_315_147)
    _, name, field = line.removesuffix("\n").split(" ")
    raw = base64.b64decode(field)
    spelled = b"cosignature/v1\ntime 1679315147\n" + NOTE.partition("\n\n")[0].encode() + b"\n"
    private = Ed25519PrivateKey.from_private_bytes(bytes([101]) * 32)
    assert (name, raw[:4], raw[4:12]) == (key.name, cosigner_key(key).key_id, (1_679_315_147).to_bytes(8, "big"))
    assert raw[12:] == private.sign(spelled)
    assert cosigned_bytes(NOTE.partition("\n\n")[0] + "\n", 1_679_315_147) == spelled
    (found,) = open_cosignatures(with_cosignatures(NOTE, [line]), [cosigner_key(key)])
    assert (found.time_s, found.line) == (1_679_315_147, line)


def test_a_key_of_one_type_is_not_a_key_of_the_other():
    log_vkey, cosigner_vkey = LOG.vkey, str(cosigner_key(LOG))
    assert log_vkey != cosigner_vkey
    with pytest.raises(NoteError, match="type 4"):
        parse_cosigner_key(log_vkey)
    with pytest.raises(NoteError, match="type 1"):
        parse_verifier_key(cosigner_vkey)
    with pytest.raises(NoteError, match="key id"):
        parse_cosigner_key(cosigner_vkey.replace(cosigner_key(LOG).key_id.hex(), LOG.verifier.key_id.hex()))


def test_a_plain_signature_is_no_cosignature_and_a_cosignature_no_plain_one():
    key = witness_key(1)
    cosigned = with_cosignatures(NOTE, [cosign(NOTE, key, NOW_S)])
    with pytest.raises(NoteError, match="no signature by a known key"):
        open_note(cosigned, [key.verifier])
    plain = key.sign_note(NOTE.partition("\n\n")[0] + "\n")
    assert open_cosignatures(plain, [cosigner_key(key)]) == ()
    assert open_cosignatures(cosigned, [key.verifier]) == ()
    dated = base64.b64encode(
        key.verifier.key_id + base64.b64decode(cosign(NOTE, key, NOW_S).split(" ")[2])[4:]
    ).decode()
    with pytest.raises(NoteError, match="does not hold"):
        open_cosignatures(with_cosignatures(NOTE, [f"— {key.name} {dated}\n"]), [key.verifier])
    typed = base64.b64encode(cosigner_key(key).key_id + key.sign(cosigned_bytes(NOTE, 0))).decode()
    with pytest.raises(NoteError, match="does not hold"):
        open_cosignatures(with_cosignatures(NOTE, [f"— {key.name} {typed}\n"]), [cosigner_key(key)])


@pytest.mark.parametrize("time_s", [-1, TIME_MAX_S + 1])
def test_no_cosignature_is_made_of_a_time_that_has_no_place_in_it(time_s):
    with pytest.raises(NoteError, match="set the clock"):
        cosign(NOTE, witness_key(1), time_s)


def test_a_time_beyond_the_format_is_refused_though_it_was_signed():
    key = witness_key(1)
    far = TIME_MAX_S + 1
    signed = key.sign(cosigned_bytes(NOTE.partition("\n\n")[0] + "\n", far))
    field = base64.b64encode(cosigner_key(key).key_id + far.to_bytes(8, "big") + signed).decode()
    with pytest.raises(NoteError, match="does not hold"):
        open_cosignatures(with_cosignatures(NOTE, [f"— {key.name} {field}\n"]), [cosigner_key(key)])


def test_a_newer_line_takes_the_place_of_an_older_one_and_others_stay():
    first, second = witness_key(1), witness_key(2)
    older, newer, other = cosign(NOTE, first, 1), cosign(NOTE, first, 2), cosign(NOTE, second, 3)
    once = with_cosignatures(NOTE, [older, other])
    assert with_cosignatures(once, []) == once
    assert with_cosignatures(once, [newer]) == NOTE + newer + other
    assert open_note(once, [LOG.verifier]).text == open_note(NOTE, [LOG.verifier]).text


def test_a_note_takes_so_many_lines_and_no_more():
    lines = [cosign(NOTE, witness_key(number), 1) for number in range(SIGNATURES_MAX)]
    assert with_cosignatures(NOTE, lines[:-1]).count("\n") == NOTE.count("\n") + SIGNATURES_MAX - 1
    for bad in (lines, ["hello\n"], ["— name \n"], ["— a QUI\n"], ["x" * NOTE_MAX_BYTES]):
        with pytest.raises(NoteError):
            with_cosignatures(NOTE, bad)

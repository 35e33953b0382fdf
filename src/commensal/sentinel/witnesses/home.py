"""Where a witness lives: a key file and a memory, made together, opened together."""

import os
from collections.abc import Callable
from pathlib import Path

from commensal.clock import Clock
from commensal.sentinel.cosignature import cosigner_key
from commensal.sentinel.errors import KeyFileError, NoteError
from commensal.sentinel.key_file import is_plain, key_text, read_key, write_private
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.note import VerifierKey, parse_verifier_key
from commensal.sentinel.vault import KEY_BYTES
from commensal.sentinel.witnesses.state import WitnessState
from commensal.sentinel.witnesses.witness import Witness

KIND = "witness"
"""The kind of a witness's key file; its key cosigns, and signs nothing else."""


def create_witness(key_file: Path, memory: Path, name: str, passphrase: bytes | None) -> str:
    """Make a witness's key and its empty memory; gives its verifier key, which policies name.

    Raises:
        KeyFileError, WitnessError: one of the files is there already, an empty passphrase, or a name no key may carry.
    """
    if key_file.exists():
        raise KeyFileError(f"{key_file}: there already; nothing was changed")
    if passphrase is not None and not passphrase:
        raise KeyFileError("passphrase: expected at least one character; say --no-passphrase for a plain file")
    secret = os.urandom(KEY_BYTES)
    key = SigningKey(name, secret)
    try:
        vkey = str(cosigner_key(key))
    except NoteError as error:
        raise KeyFileError(f"{name!r}: no key may carry this name: {error}") from error
    for path in (key_file, memory):
        path.parent.mkdir(parents=True, exist_ok=True)
    WitnessState.create(memory)
    write_private(key_file, key_text(KIND, name, secret, passphrase))
    return vkey


def open_witness(key_file: Path, memory: Path, ask: Callable[[], bytes], clock: Clock) -> Witness:
    """A witness with its key and memory. `ask` gives the passphrase, and is called only when the key has one.

    Raises:
        KeyFileError, WitnessError: a file is missing, of another kind, or the passphrase is wrong.
    """
    state = WitnessState(memory)
    name, secret = read_key(key_file, KIND, None if is_plain(key_file, KIND) else ask())
    return Witness(SigningKey(name, secret), state, clock)


def trust_log(memory: Path, vkey: str) -> VerifierKey:
    """Have a witness know a log from now on.

    Raises:
        NoteError: no verifier key of a log.
        WitnessError: no memory there, or it knows as many logs as it takes.
    """
    key = parse_verifier_key(vkey)
    with WitnessState(memory).writing() as known:
        known.trust(key)
    return key

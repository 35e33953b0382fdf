"""Logs and witnesses in small, for the tests of witnessing: histories without a database, forks of them, requests."""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from commensal.clock import FixedClock
from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.witnesses.http import witness_server
from commensal.sentinel.witnesses.state import WitnessState
from commensal.sentinel.witnesses.witness import Witness, format_request

ORIGIN = "clinic.example/log"
LOG = SigningKey(ORIGIN, bytes([1]) * 32)
STRANGER = SigningKey("other.example/log", bytes([2]) * 32)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH, as RFC 6962 section 2.1 writes it."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def subproof(m: int, leaves: list[bytes], *, is_known: bool) -> list[bytes]:
    """SUBPROOF, as RFC 6962 section 2.1.2 writes it."""
    if m == len(leaves):
        return [] if is_known else [tree_hash(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return [*subproof(m, leaves[:k], is_known=is_known), tree_hash(leaves[k:])]
    return [*subproof(m - k, leaves[k:], is_known=False), tree_hash(leaves[:k])]


class History:
    """A log as its leaves alone; `fork` shares the first ones and goes its own way."""

    def __init__(self, leaves: list[bytes], key: SigningKey = LOG) -> None:
        self.leaves, self.key = leaves, key

    @classmethod
    def of(cls, size: int, seed: int = 0, key: SigningKey = LOG) -> "History":
        return cls([hashlib.sha256(f"{seed} {i}".encode()).digest() for i in range(size)], key)

    def fork(self, at: int, size: int, seed: int) -> "History":
        return History(self.leaves[:at] + History.of(size, seed).leaves[at:], self.key)

    def root(self, size: int) -> bytes:
        return tree_hash(self.leaves[:size])

    def note(self, size: int) -> str:
        return self.key.sign_note(Checkpoint(origin=self.key.name, size=size, root=self.root(size)).text)

    def proof(self, old: int, new: int) -> list[bytes]:
        return [] if old in (0, new) else subproof(old, self.leaves[:new], is_known=True)

    def request(self, old: int, new: int) -> bytes:
        return format_request(old, self.proof(old, new), self.note(new))


def witness_key(number: int) -> SigningKey:
    return SigningKey(f"witness.example/w{number}", bytes([100 + number]) * 32)


def new_witness(path: Path, number: int = 1, *, trusts: tuple[SigningKey, ...] = (LOG,), at: datetime = NOW) -> Witness:
    """A witness with an empty memory that knows these logs."""
    state = WitnessState.create(path)
    with state.writing() as memory:
        for log in trusts:
            memory.trust(log.verifier)
    return Witness(witness_key(number), state, FixedClock(at))


@contextmanager
def running(server: uvicorn.Server) -> Iterator[str]:
    """A server on a free port of this machine, stopped afterwards; gives its URL."""
    sock = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        sock.close()


def running_witness(witness: Witness) -> AbstractContextManager[str]:
    """The witness on a free port, stopped afterwards; gives its URL."""
    return running(witness_server(witness))

"""Writers that are killed and come back: processes that record, one act at a time, until they die in the middle of one.

A writer owns one patient. What it wants recorded is numbered, and it reads its next number from the record itself, so
that a killed writer goes on where its record ends. It says what was acknowledged through a file that it only appends
to, one line in one write: what is in that file was acknowledged, whatever became of the writer since.
"""

import os
import random
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from commensal.clinic import Proposal, Store, open_store, views
from commensal.clinic.errors import ConflictError, StoreError
from commensal.clock import FixedClock
from tests.clinic.conftest import NOW, act
from tests.clinic.test_store import consented, registered
from tests.crash.workload import new_log

LINE = struct.Struct(">HIId32s")
"""Writer, sequence, index, seconds the commit took, leaf hash."""
RETRY_S = 0.02
ABOUT_THE_PERSON = 1
"""Records about the person when the first act is numbered 0; the consent comes before there is anybody to count for."""


@dataclass(frozen=True, slots=True)
class Told:
    """One acknowledged record, as its writer told it."""

    writer: int
    sequence: int
    index: int
    took_s: float
    leaf_hash: bytes


def patient(writer: int) -> str:
    return f"P-{writer}"


def opened(url: str) -> Store:
    return open_store(url, new_log(), FixedClock(NOW))


def write(url: str, writer: int, out: int, acts: int) -> None:
    """Record until this patient has `acts` numbered acts.

    What the database cannot take now is tried again, after opening it anew and reading how far the record goes: where
    an answer was lost, nobody knows whether the act was recorded.
    """
    store: Store | None = None
    sequence = 0
    while sequence < acts:
        try:
            if store is None:
                store = opened(url)
                sequence = _next(store, writer)
                continue  # one that was killed after its last act has nothing left to do
            proposal = Proposal(
                act=act("draftPlan", who_kind="Service", on_whom=patient(writer)),
                content={"writer": writer, "sequence": sequence},
                expected_version=ABOUT_THE_PERSON + sequence,
            )
            began = time.monotonic()
            (outcome,) = store.commit([proposal])
            took_s = time.monotonic() - began
            with store.reading() as conn:
                (leaf_hash,) = store.log.leaf_hashes(conn, outcome.index, outcome.index + 1)
            os.write(out, LINE.pack(writer, sequence, outcome.index, took_s, leaf_hash))
            sequence += 1
        except (StoreError, ConflictError) as error:
            os.write(2, f"{error}\n".encode())
            if store is not None:
                store.close()
            store = None
            time.sleep(RETRY_S)
    if store is not None:
        store.close()


def _next(store: Store, writer: int) -> int:
    with store.reading() as conn:
        version = conn.execute(select(views.person.c.version).where(views.person.c.ref == patient(writer))).scalar()
    if version is None:
        store.commit([consented("record", on_whom=patient(writer)), registered(patient(writer))])
        return 0
    return int(version) - ABOUT_THE_PERSON


@dataclass(slots=True)
class Crew:
    """Writers at work on one database, and the book of what they were told.

    Args:
        url: the database, founded already.
        folder: where the book is kept.
        size: how many writers.
        acts: how many acts each is to record.
        seed: of who is killed when.
    """

    url: str
    folder: Path
    size: int
    acts: int
    seed: int
    pids: dict[int, int] = field(default_factory=dict)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def book(self) -> Path:
        return self.folder / "told"

    @property
    def complaints(self) -> Path:
        return self.folder / "complaints"

    def hire(self, writer: int) -> None:
        """Start a writer; it shares nothing with the others but the database."""
        pid = os.fork()
        if pid:
            self.pids[writer] = pid
            return
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.dup2(os.open(self.complaints, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            out = os.open(self.book, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            write(self.url, writer, out, self.acts)
            status = 0
        except BaseException as error:
            os.write(2, f"writer {writer}: {error!r}\n".encode())
        finally:
            os._exit(status)

    def hire_all(self) -> None:
        for writer in range(self.size):
            self.hire(writer)

    def kill_one(self) -> int:
        """Kill a writer without a word of warning; gives its number."""
        writer = self.chance.choice(sorted(self.pids))
        os.kill(self.pids[writer], signal.SIGKILL)
        os.waitpid(self.pids.pop(writer), 0)
        return writer

    def finished(self) -> set[int]:
        """Writers that have done all their acts and gone; one that failed instead is an error of the trial.

        Raises:
            AssertionError: a writer ended in an error.
        """
        gone = set()
        for writer, pid in list(self.pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self.pids[writer]
                gone.add(writer)
                assert status == 0, self.complaints.read_text()[-2_000:]
        return gone

    def dismiss(self) -> None:
        """End every writer that is left."""
        while self.pids:
            self.kill_one()

    def told(self) -> list[Told]:
        """Everything that was acknowledged so far."""
        if not self.book.exists():
            return []
        data = self.book.read_bytes()
        return [Told(*LINE.unpack_from(data, at)) for at in range(0, len(data) - LINE.size + 1, LINE.size)]


def wait_until(is_so: Callable[[], bool], *, at_most_s: float) -> None:
    """Look every few milliseconds.

    Raises:
        AssertionError: it did not come to be so in time.
    """
    due = time.monotonic() + at_most_s
    while not is_so():
        assert time.monotonic() < due, f"not within {at_most_s} s"
        time.sleep(RETRY_S)

"""A morning at a clinic on a disk of ours: founding, commits of one to sixteen records, an erasure, checkpoints, reads.

Every step is named by what it submits, so that whatever is found later can be traced to the step that asked for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from commensal.clinic import Proposal, Store, database, found_store, open_store
from commensal.clinic.errors import ConflictError, StoreError
from commensal.clinic.forgetting import forget_person
from commensal.clock import FixedClock
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.log import RecordsLog
from tests.clinic.conftest import NOW, act
from tests.clinic.test_store import consented, registered
from tests.crash import apsw_dbapi
from tests.crash.disk import Disk, Op
from tests.sentinel.logs import LOG_KEY, VAULT

DENTIST = SigningKey("Dr_Mia_Chen", bytes([5]) * 32)
DATABASE = "clinic.db"
TRIES = 2


def new_log() -> RecordsLog:
    """The log's keys, opened afresh: nothing remembered from before."""
    return RecordsLog(LOG_KEY, VAULT)


@contextmanager
def running_on(disk: Disk) -> Iterator[None]:
    """Engines the program opens meanwhile keep their files on `disk`; all their other settings are the program's."""

    def create(url: str, **settings: object) -> object:
        given = settings.pop("connect_args")
        return create_engine(url, module=apsw_dbapi, connect_args={**given, "vfs": disk.name}, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A record whose commit returned. `leaf_hash` is None where the disk would not let it be read back then."""

    after_ops: int
    index: int
    subject: str
    n: int
    leaf_hash: bytes | None


@dataclass(slots=True)
class Morning:
    """What was submitted and what was acknowledged, in order."""

    ops: Sequence[Op]
    """What the disk was asked for; grows as it is."""
    submitted: set[tuple[str, int]] = field(default_factory=set)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[StoreError] = field(default_factory=list)


def drafts(morning: Morning, subject: str, count: int) -> list[Proposal]:
    """`count` more acts about one person, none like another."""
    known = len(morning.submitted)
    numbers = range(known, known + count)
    morning.submitted |= {(subject, n) for n in numbers}
    return [
        Proposal(act=act("draftPlan", who_kind="Service", on_whom=subject), content={"visit_id": "v", "n": n})
        for n in numbers
    ]


def consent_form(morning: Morning, subject: str) -> Proposal:
    """A numbered consent, the one act that needs nothing before it."""
    form, n = consented("record", on_whom=subject), len(morning.submitted)
    morning.submitted.add((subject, n))
    return replace(form, content={**form.content, "n": n})


def commit(morning: Morning, store: Store, proposals: list[Proposal]) -> None:
    outcomes = store.commit(proposals)
    after_ops = len(morning.ops)
    for outcome in outcomes:
        assert outcome.index is not None
        try:
            with store.reading() as conn:
                leaf_hash = store.log.leaf_hashes(conn, outcome.index, outcome.index + 1)[0]
        except StoreError:
            leaf_hash = None
        subject, n = outcome.proposal.act.on_whom, outcome.proposal.content.get("n", -1)
        known = Acknowledged(after_ops=after_ops, index=outcome.index, subject=subject, n=n, leaf_hash=leaf_hash)
        morning.acknowledged.append(known)


def forget(store: Store) -> None:
    """Erase a person and empty the write-ahead log; where their registration was refused there is nobody to erase."""
    with suppress(ConflictError):
        forget_person(store, "P-2", who_kind="SafetyLead", who="somebody", why="the patient asked")


def read(store: Store) -> None:
    with store.reading() as conn:
        for _ in store.log.records(conn):
            pass


def steps(morning: Morning) -> Iterator[Callable[[Store], None]]:
    """The morning, step by step; a step that fails does not keep the next from being tried."""

    def committing(proposals: Callable[[], list[Proposal]]) -> Callable[[Store], None]:
        return lambda store: commit(morning, store, proposals())

    def some(subject: str, count: int) -> Callable[[Store], None]:
        return committing(lambda: drafts(morning, subject, count))

    yield committing(lambda: [consented("record"), registered()])
    yield some("P-1", 1)
    yield some("P-1", 3)
    yield committing(lambda: [consented("record", on_whom="P-2"), registered("P-2"), *drafts(morning, "P-2", 2)])
    yield some("P-1", 16)
    yield lambda store: store.scrub()
    yield some("P-1", 1)
    yield read
    yield some("P-2", 2)
    yield forget
    yield some("P-1", 1)
    yield some("P-1", 5)
    yield read
    yield some("P-1", 1)


def found(folder: Path) -> Store:
    url = f"sqlite:///{folder / DATABASE}"
    return found_store(url, new_log(), FixedClock(NOW), clinic="Test clinic", dentist=DENTIST)


def reopen(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder / DATABASE}", new_log(), FixedClock(NOW))


def spend(morning: Morning, store: Store) -> None:
    """Go through the morning; a step that the store refuses with a clear error is noted and tried once more.

    Any other error than StoreError is a failure of the program, and passes through.
    """
    for step in steps(morning):
        for _ in range(TRIES):
            try:
                step(store)
                break
            except StoreError as error:
                morning.refused.append(error)

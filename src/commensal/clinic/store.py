"""The clinic's one way to change anything: decide, record, do - in one database transaction.

    proposals -> [ policy + consent + expected version -> record -> views ] -> one append, one checkpoint, one commit

Writers of one process that wait for the database share a commit. Appends of all processes serialise in the database
itself (see `database.open_engine`), so any process may append and there is no writer service. Nothing is answered
before the commit is on disk.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from commensal.clinic import outbox, views
from commensal.clinic.clock_alarm import clock_alarm
from commensal.clinic.database import as_store_errors, begin_reading, scrub
from commensal.clinic.errors import ConflictError, RefusedError, StoreError
from commensal.clinic.projecting import Projection
from commensal.clinic.rebuilding import make_again
from commensal.clock import Clock
from commensal.sentinel import Act, Decision, Policy, Record, RecordsLog

CLINIC = "clinic"
"""The subject of records that are about no patient."""

SCHEMA = 1
"""Version of the content of today's records; older ones are read through upcasters."""

Done = TypeVar("Done")

GROUP_MAX = 256
"""Most waiting writers that share one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One act somebody wants done, and what would be recorded of it.

    `expected_version` is the number of records about this person the proposer had seen; None = does not matter.
    When an optional act (`is_required` False) is refused, the refusal is recorded and the rest goes on; when a required
    one is refused, nothing of its group happens but the record of the refusal.
    """

    act: Act
    content: Mapping[str, Any]
    expected_version: int | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a proposal. `index` is its record's place in the log, None when it was refused."""

    proposal: Proposal
    decision: Decision
    index: int | None


@dataclass(slots=True)
class _Group:
    """Proposals of one caller: all of them happen or none."""

    proposals: Sequence[Proposal]
    decided: list[tuple[Proposal, Decision, int | None]] = field(default_factory=list)
    refused: Decision | None = None
    error: BaseException | None = None
    is_done: bool = False


class Store:
    """A clinic's database, opened with its log and policy. Threads may share it.

    Args:
        engine: from `commensal.clinic.database`.
        log: the records log, holding the keys.
        policy: who may do what.
        clock: gives every record its time.
    """

    def __init__(self, engine: Engine, log: RecordsLog, policy: Policy, clock: Clock) -> None:
        self.engine, self.log, self.policy, self.clock = engine, log, policy, clock
        self._waiting: deque[_Group] = deque()
        self._leader = threading.Lock()

    def commit(self, proposals: Sequence[Proposal]) -> list[Outcome]:
        """Decide, record and do these acts, all in one transaction; returns after they are durable.

        Raises:
            RefusedError: policy refused a required act; the refusal is on record, nothing else happened.
            ConflictError: a person's record has moved on since `expected_version`.
            StoreError: the database cannot take it; nothing happened.
        """
        group = _Group(proposals)
        self._waiting.append(group)
        with self._leader:
            if not group.is_done:
                self._lead()
        if group.error is not None:
            raise group.error
        if group.refused is not None:
            raise _refusal(group.decided[-1][0].act, group.refused)
        return [Outcome(proposal=p, decision=d, index=i) for p, d, i in group.decided]

    def carry_out(self, act: Act, do: Callable[[Connection, Mapping[str, Any], datetime], Done]) -> Done:
        """Decide one act, and do in the same transaction what records alone cannot: destroy payloads, change keys.

        Args:
            act: what policy is asked about.
            do: gets the connection, what policy decided (for the record it must append itself), and the time.

        Returns:
            What `do` returned, after the commit.

        Raises:
            RefusedError: policy refused; the refusal is on record, `do` was not called.
            StoreError: the database cannot take it; nothing happened.
        """
        with self._leader, self.writing() as conn:
            at, standing = self.clock.now(), self.log.standing(conn)
            first = standing.size
            self.mend_views(conn, first)
            alarm = clock_alarm(conn, self.log, standing.at, at)
            if alarm is not None:
                self.log.append(conn, [alarm], at)
                show(conn, first, alarm)
                first += 1
            views_now = Projection(conn)
            decision = self.policy.decide(self._with_context(views_now, act, first))
            if decision.is_allowed:
                return do(conn, _decided_by(decision), at)
            denial = self._denial(views_now, Proposal(act=act, content={}), decision, at)
            self.log.append(conn, [denial], at)
            show(conn, first, denial)
        raise _refusal(act, decision)

    def record(self, conn: Connection, act: Act, content: Mapping[str, Any], at: datetime) -> int:
        """Append the one record of an act that is carried out, and show it in the views; gives its index."""
        made = _record(act, content, at)
        index = self.log.append(conn, [made], at)[0].index
        show(conn, index, made)
        return index

    def _lead(self) -> None:
        """Take everyone who waits into one transaction and answer them all."""
        groups = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
        try:
            with self.writing() as conn:
                at = self.clock.now()
                standing = self.log.standing(conn)
                first = standing.size
                self.mend_views(conn, first)
                records: list[Record] = []
                views_now = Projection(conn)
                alarm = clock_alarm(conn, self.log, standing.at, at)
                if alarm is not None:
                    _take(views_now, alarm, records, first)
                asked = [proposal for group in groups for proposal in group.proposals]
                visit_ids = {p.content["visit_id"] for p in asked if "visit_id" in p.content}
                views_now.look_up({p.act.on_whom for p in asked}, visit_ids)
                for group in groups:
                    self._decide_group(views_now, group, records, first, at)
                if records:
                    self.log.append(conn, records, at)
                    views_now.flush()
                    outbox.enqueue(conn, enumerate(records, start=first), at)
        except BaseException as error:
            for group in groups:
                group.error = group.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            for group in groups:
                group.is_done = True

    def mend_views(self, conn: Connection, size: int) -> None:
        """Make the views again where a crash of PostgreSQL emptied them; refuse any others that are not up to date.

        Raises:
            StoreError: the views have not seen the last of `size` records.
        """
        seen = views.last_record(conn)
        if seen == size - 1 or (seen is None and size == 0):
            return
        if seen is None and conn.dialect.name == "postgresql":
            make_again(conn, self.log)
            return
        raise StoreError(
            f"views: expected to have seen record {size - 1}, the last they saw is {seen}; run `commensal rebuild`. "
            "Nothing was changed"
        )

    def _decide_group(
        self, views_now: Projection, group: _Group, records: list[Record], first: int, at: datetime
    ) -> None:
        kept = len(records)
        layer = views_now.layer()
        try:
            for proposal in group.proposals:
                self._decide(layer, group, proposal, records, first, at)
                if group.refused is not None:
                    break
        except ConflictError as error:
            group.error = error
        if group.refused is None and group.error is None:
            layer.merge()
            return
        del records[kept:]
        if group.refused is not None:
            denial = self._denial(views_now, group.decided[-1][0], group.refused, at)
            _take(views_now, denial, records, first)

    def _decide(
        self,
        views_now: Projection,
        group: _Group,
        proposal: Proposal,
        records: list[Record],
        first: int,
        at: datetime,
    ) -> None:
        if proposal.expected_version is not None:
            _check_version(views_now, proposal)
        act = self._with_context(views_now, proposal.act, first + len(records))
        decision = self.policy.decide(act)
        if decision.is_allowed:
            content = {**proposal.content, "decided_by": _decided_by(decision)}
            index = _take(views_now, _record(act, content, at), records, first)
            group.decided.append((proposal, decision, index))
        else:
            group.decided.append((proposal, decision, None))
            if proposal.is_required:
                group.refused = decision
            else:
                _take(views_now, self._denial(views_now, proposal, decision, at), records, first)

    @staticmethod
    def _denial(views_now: Projection, proposal: Proposal, decision: Decision, at: datetime) -> Record:
        act = proposal.act
        content = {
            **({"visit_id": proposal.content["visit_id"]} if "visit_id" in proposal.content else {}),
            "asked": act.what,
            "policies": list(decision.policies),
            "errors": list(decision.errors),
            "policy_sha256": decision.policy_sha256,
        }
        is_known = views_now.version(act.on_whom) is not None
        denied = replace(act, what="denied", on_whom=act.on_whom if is_known else CLINIC)
        return _record(denied, content, at)

    @staticmethod
    def _with_context(views_now: Projection, act: Act, size: int) -> Act:
        """The act with the consents the store knows now; a first consent form counts for its own group."""
        context: dict[str, object] = {"consents": views_now.consents(act.on_whom)}
        if act.what == "foundClinic":
            context["is_empty"] = size == 0
        return Act(who_kind=act.who_kind, who=act.who, what=act.what, on_whom=act.on_whom, why=act.why, context=context)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction that holds the write lock: committed when the block ends well, else rolled back."""
        with as_store_errors(), self.engine.begin() as conn:
            yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store and writes nothing."""
        with as_store_errors(), begin_reading(self.engine) as conn:
            yield conn

    def scrub(self) -> None:
        """After something was destroyed: leave no copy of it behind in the database's files. See `database.scrub`."""
        scrub(self.engine)

    def close(self) -> None:
        """Let go of the database; SQLite folds its write-ahead log back into the one file."""
        self.engine.dispose()


def _take(views_now: Projection, record: Record, records: list[Record], first: int) -> int:
    index = first + len(records)
    views_now.take(index, record)
    records.append(record)
    return index


def show(conn: Connection, index: int, record: Record) -> None:
    """Bring the views up to date with one record that was appended in this transaction."""
    views_now = Projection(conn)
    views_now.take(index, record)
    views_now.flush()


def _decided_by(decision: Decision) -> dict[str, Any]:
    return {"policies": list(decision.policies), "policy_sha256": decision.policy_sha256}


def _refusal(act: Act, decision: Decision) -> RefusedError:
    names = ", ".join(decision.policies) or "no policy permits it"
    return RefusedError(f"{act.what} by {act.who_kind}: refused ({names}); the refusal is on record")


def _check_version(views_now: Projection, proposal: Proposal) -> None:
    found = views_now.version(proposal.act.on_whom)
    if found != proposal.expected_version:
        raise ConflictError(
            f"{proposal.act.what}: somebody else added to this record meanwhile: expected version "
            f"{proposal.expected_version}, it is {found}; read it again, nothing was overwritten"
        )


def _record(act: Act, content: Mapping[str, Any], at: datetime) -> Record:
    return Record(
        subject=act.on_whom,
        actor=f"{act.who_kind}:{act.who}",
        act=act.what,
        why=act.why,
        content=content,
        schema=SCHEMA,
        at=at,
    )

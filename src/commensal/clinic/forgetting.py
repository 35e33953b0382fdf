"""Forgetting a person: everything kept under their reference is destroyed, and that it was is put on record.

    policy -> [ view rows, data key, payloads, side effects deleted; erasure appended ] -> committed -> files scrubbed

Nothing of the person is decrypted on the way. Their leaves stay in the log and say nothing; what left the clinic
before, printed or handed over, is out of its reach. Format: docs/specs/records-log.md section 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from commensal.clinic import outbox, views
from commensal.clinic.errors import ConflictError
from commensal.clinic.store import Store, show
from commensal.sentinel import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was destroyed."""

    erasure: int
    """Index of the record that says so."""
    erased: tuple[int, ...]
    """Indexes of the records whose content is gone."""


def forget_person(store: Store, person: str, *, who_kind: str, who: str, why: str) -> Forgotten:
    """Forget one person for good. Run it again where it was told that the files could not be scrubbed yet.

    Args:
        store: open for writing.
        person: their reference.
        who_kind: who forgets, an entity type of the policy: "Desk", "SafetyLead".
        who: their name; it stays on record.
        why: stays on record, so it must not name the person.

    Raises:
        RefusedError: policy refused; the refusal is on record.
        ConflictError: nothing is kept under this reference.
        StoreError: the database cannot take it; or it is done, and the files could not be scrubbed yet.
    """
    act = Act(who_kind=who_kind, who=who, what="forgetPerson", on_whom=person, why=why)

    def do(conn: Connection, decided_by: Mapping[str, Any], at: datetime) -> Forgotten | None:
        if not store.log.keeps(conn, person):
            return None
        views.forget_person(conn, person)
        index = store.log.forget(conn, person, f"{who_kind}:{who}", why, at, decided_by).index
        erasure = store.log.read(conn, index)
        show(conn, index, erasure)
        erased = tuple(erasure.content["erased"])
        outbox.drop(conn, erased)
        return Forgotten(erasure=index, erased=erased)

    done = store.carry_out(act, do)
    store.scrub()
    if done is None:
        raise ConflictError("forget: nothing is kept under this reference; what was erased earlier is scrubbed now")
    return done

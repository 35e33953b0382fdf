"""Closed visits by the hundred, without the work of a visit: what fills an outbox in its tests."""

from commensal.clinic import Proposal, Store
from tests.clinic.conftest import act
from tests.clinic.test_store import consented, registered

PEOPLE_AT_ONCE = 50


def closing(person: str, visit_id: str) -> Proposal:
    content = {"visit_id": visit_id, "outputs": {}}
    return Proposal(act=act("closeVisit", who_kind="Service", on_whom=person), content=content)


def closed_visits(
    store: Store, people: int, each: int = 1, purposes: tuple[str, ...] = ("record", "export")
) -> list[int]:
    """For each of P-0, P-1, … so many closed visits, one round after the other; gives their closing records."""
    persons = [f"P-{n}" for n in range(people)]
    for first in range(0, people, PEOPLE_AT_ONCE):
        some = persons[first : first + PEOPLE_AT_ONCE]
        store.commit([one for p in some for one in (consented(*purposes, on_whom=p), registered(p))])
    made = []
    for visit in range(each):
        for first in range(0, people, PEOPLE_AT_ONCE):
            some = persons[first : first + PEOPLE_AT_ONCE]
            outcomes = store.commit([closing(person, f"{person}-{visit}") for person in some])
            made += [outcome.index for outcome in outcomes]
    return made

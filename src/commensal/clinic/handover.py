"""What is handed over of a closed visit: its outputs made again from the record, with closing record and proof."""

import hashlib

from sqlalchemy import select

from commensal.clinic import views
from commensal.clinic.closing import opening_text, output_texts
from commensal.clinic.errors import EvidenceError
from commensal.clinic.evidence import CLOSING, PROOF
from commensal.clinic.reading import read_visit
from commensal.clinic.store import Store
from commensal.sentinel import Act, Record

NO_CONSENT = "the patient does not agree to export now, so nothing left the clinic"


def may_leave(store: Store, record: Record) -> bool:
    """True only when policy would permit an export of this person's record now, on the consents known now."""
    with store.reading() as conn:
        known = select(views.consent.c.purpose).where(
            views.consent.c.person == record.subject, views.consent.c.is_permitted == 1
        )
        consents = sorted(conn.execute(known).scalars())
    asked = Act(
        who_kind="Service",
        who="commensal",
        what="exportRecord",
        on_whom=record.subject,
        why="a handover",
        context={"consents": consents},
    )
    return store.policy.decide(asked).is_allowed


def handover(store: Store, index: int, record: Record) -> dict[str, str]:
    """The documents of the visit that a record closed, text by file name, checked against what it says of them.

    Outputs depend on the record alone; the proof is against the latest checkpoint, so it may be newer each time.

    Raises:
        EvidenceError: this program no longer writes an output as it was recorded.
        StoreError: the views hold no such visit.
    """
    recorded = record.content["outputs"]
    texts = output_texts(read_visit(store, record.content["visit_id"]))
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    changed = sorted(name for name in {*recorded, *hashes} if recorded.get(name) != hashes.get(name))
    if changed:
        raise EvidenceError(
            f"{', '.join(changed)}: this program no longer writes them as record {index} has them; use the program "
            "version named in the record"
        )
    with store.reading() as conn:
        return {**texts, CLOSING: opening_text(store.log.opening(conn, index)), PROOF: store.log.prove(conn, index)}

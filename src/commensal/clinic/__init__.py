"""People, visits, consent, plans, and the store they are remembered in.

conduct_visit, Closed     one visit, from a folder of files to a signed, provable record
found_store, open_store   the clinic's database; Store.commit is the only way to change it
audit_store, rebuild      everything recomputed; the views made again from the log
delivering                what follows a record: handed over from the outbox
evidence                  a visit's folder checked with the log's public key alone
reading                   what is on record
safety                    backups, keys, forgetting, witnesses: what its worst days need
Proposal                  one act somebody wants done
"""

from commensal.clinic import delivering, evidence, reading, safety
from commensal.clinic.auditing import audit_store, rebuild
from commensal.clinic.closing import Closed
from commensal.clinic.founding import found_store, open_store
from commensal.clinic.store import Proposal, Store
from commensal.clinic.visiting import conduct_visit

__all__ = [
    "Closed",
    "Proposal",
    "Store",
    "audit_store",
    "conduct_visit",
    "delivering",
    "evidence",
    "found_store",
    "open_store",
    "reading",
    "rebuild",
    "safety",
]

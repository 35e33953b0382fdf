"""The clinic's memory and its evidence.

    RecordsLog, Record            what happened, appended inside the caller's transaction
    create_keys, open_keys        a clinic's keys, as files kept away from its database
    audit, AuditReport            everything recomputed from the entries
    verify_opening                one record checked offline, with the log's public key alone
    Policy, Act, Decision         who may do what

The sentinel knows no other room by name.
"""

from commensal.sentinel.audit import AuditReport, audit
from commensal.sentinel.keys import SigningKey, create_keys, is_signed_by, open_keys
from commensal.sentinel.leaf import Record
from commensal.sentinel.log import RecordsLog
from commensal.sentinel.policy import Act, Decision, Policy
from commensal.sentinel.proof import verify_opening

__all__ = [
    "Act",
    "AuditReport",
    "Decision",
    "Policy",
    "Record",
    "RecordsLog",
    "SigningKey",
    "audit",
    "create_keys",
    "is_signed_by",
    "open_keys",
    "verify_opening",
]

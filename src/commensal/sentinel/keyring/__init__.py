"""Everything about a clinic's keys: made, opened, protected, renewed, recovered, checked.

create_keys, discard_keys   a clinic's keys, made; taken back when nothing came of it
SigningKey, is_signed_by    signing, and checking a signature
open_keys                   the keys a clinic runs with
protect_keys                another passphrase for all of them, or none
renewing, recovering        a new clinic key for the old one, or for one that is lost
renew_data_keys             fresh data keys, payloads encrypted again
settle                      what a power cut left open, finished or dropped
check_data_keys             which stored data keys open with what
open_recovery               the offline recovery key
"""

from commensal.sentinel.keyring.data_key_rotation import renew_data_keys
from commensal.sentinel.keyring.rotation import KeyCheck, Renewal, check_data_keys, recovering, renewing, settle
from commensal.sentinel.keys import (
    Keys,
    SigningKey,
    create_keys,
    discard_keys,
    is_signed_by,
    open_keys,
    open_recovery,
    protect_keys,
)

__all__ = [
    "KeyCheck",
    "Keys",
    "Renewal",
    "SigningKey",
    "check_data_keys",
    "create_keys",
    "discard_keys",
    "is_signed_by",
    "open_keys",
    "open_recovery",
    "protect_keys",
    "recovering",
    "renew_data_keys",
    "renewing",
    "settle",
]

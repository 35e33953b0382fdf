"""A log that was restored: brought up to date from another copy, or gone on with under a successor's name."""

from commensal.sentinel.keyring.recovery import rewrap
from commensal.sentinel.keyring.rotation import any_opens
from commensal.sentinel.lineage.carrying import (
    Erasure,
    carry_over,
    drop_unused_keys,
    erase_payloads,
    erasures_in,
    erasures_of,
    signed_head,
    stored_head,
)
from commensal.sentinel.lineage.succession import Succession, begin_succession, finish_succession, staged_successor

__all__ = [
    "Erasure",
    "Succession",
    "any_opens",
    "begin_succession",
    "carry_over",
    "drop_unused_keys",
    "erase_payloads",
    "erasures_in",
    "erasures_of",
    "finish_succession",
    "rewrap",
    "signed_head",
    "staged_successor",
    "stored_head",
]

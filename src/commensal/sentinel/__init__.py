"""The clinic's memory and its evidence.

    RecordsLog, Record            what happened, appended inside the caller's transaction
    audit, AuditReport            everything recomputed from the entries
    verify_opening                one record checked offline, with the log's public key alone
    tile_folder                   the log as static files; anybody's such files recomputed
    keyring                       a clinic's keys, kept away from its database
    witnesses                     others who vouch for a log; being one
    lineage                       a log that was restored
    Policy, Act, Decision         who may do what

The sentinel knows no other room by name. Names are loaded when they are first asked for: checking a proof loads no
database and no policy engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commensal.sentinel import keyring, lineage, tile_folder, witnesses
    from commensal.sentinel.findings import AuditReport
    from commensal.sentinel.full_audit import audit
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
    "audit",
    "keyring",
    "lineage",
    "tile_folder",
    "verify_opening",
    "witnesses",
]

_FILES = {
    "Act": "policy",
    "AuditReport": "findings",
    "Decision": "policy",
    "Policy": "policy",
    "Record": "leaf",
    "RecordsLog": "log",
    "audit": "full_audit",
    "keyring": "keyring",
    "lineage": "lineage",
    "tile_folder": "tile_folder",
    "verify_opening": "proof",
    "witnesses": "witnesses",
}


def __getattr__(name: str) -> Any:
    """A public name, from its file."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_FILES[name]}")
    value = module if name == _FILES[name] else getattr(module, name)
    globals()[name] = value
    return value

"""What a clinic refuses, and how it says so.

CommensalError
└── ClinicError
    ├── StoreError       the database cannot be used as it is: locked, full, foreign, of another version
    ├── RefusedError     policy or consent says no; nothing was changed but the record of the refusal
    ├── ConflictError    what is stored contradicts what was asked: a duplicate, a stale version
    ├── DeliveryError    a place did not take what was delivered; it will be tried again
    └── EvidenceError    a proof, hash or signature does not hold
"""

from commensal.errors import CommensalError


class ClinicError(CommensalError):
    """Anything a clinic refuses on purpose."""


class StoreError(ClinicError):
    """The database cannot be used as it is. What was stored stays as it was."""


class RefusedError(ClinicError):
    """Policy or consent says no. The refusal itself is on record."""


class ConflictError(ClinicError):
    """What is stored contradicts what was asked. Nothing was changed."""


class DeliveryError(ClinicError):
    """A place did not take, or did not say that it took, what was delivered. It is tried again later."""


class EvidenceError(ClinicError):
    """A proof, hash or signature does not hold; the message says which and where."""

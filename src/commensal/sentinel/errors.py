"""What the sentinel refuses, and why.

CommensalError
└── SentinelError
    ├── NoteError        a signed note or checkpoint that is malformed, unsigned or wrongly signed
    ├── ProofError       a proof that is malformed or does not hold
    ├── KeyFileError     a key file that is missing, foreign, open to others, or whose passphrase is wrong
    ├── LogError         a log that cannot take or give what was asked
    ├── WitnessError     a witness whose memory is missing, foreign or full
    └── PolicyError      a policy that cannot be used (policy.py)
"""

from commensal.errors import CommensalError


class SentinelError(CommensalError):
    """Anything the sentinel refuses on purpose."""


class NoteError(SentinelError):
    """A signed note or checkpoint that is malformed, unsigned, or wrongly signed."""


class ProofError(SentinelError):
    """A proof that is malformed or does not hold."""


class KeyFileError(SentinelError):
    """A key file that is missing, of another kind, readable by others, or opened with the wrong passphrase."""


class LogError(SentinelError):
    """A log that cannot take or give what was asked; nothing was appended."""


class WitnessError(SentinelError):
    """A witness whose memory is missing, of something else, or full."""

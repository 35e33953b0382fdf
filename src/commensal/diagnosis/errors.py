"""What the diagnosis room refuses.

CommensalError
├── InputError              a value of the examination that cannot be (from the floor)
└── DiagnosisError          anything the rules refuse
    ├── OverrideError       a decision that may not change this finding
    └── RuleTableError      a rule, threshold or row that the shipped tables do not have
"""

from commensal.errors import CommensalError


class DiagnosisError(CommensalError):
    """Anything the rules refuse."""


class OverrideError(DiagnosisError):
    """A decision that may not change this finding: not a dentist's, without a reason, or about nothing."""


class RuleTableError(DiagnosisError):
    """A name that the rule tables do not have, or a row they cannot mean."""

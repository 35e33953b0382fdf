"""What the FHIR writer refuses.

CommensalError
└── FhirError               a visit that cannot be said in FHIR as it is
    └── ExportRefusedError  the patient did not agree to a FHIR file
"""

from commensal.errors import CommensalError


class FhirError(CommensalError):
    """A visit that cannot be said in FHIR as it is; nothing was written."""


class ExportRefusedError(FhirError):
    """The patient did not agree that the record is written as a FHIR file."""

    def __init__(self) -> None:
        """Always the same message: it names no patient."""
        super().__init__(
            "a FHIR file needs consent to the purpose 'export', and this visit has none; "
            "leave the file out, or ask the patient"
        )

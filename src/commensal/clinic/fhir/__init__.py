"""The visit in HL7 FHIR R4, for other programs to read.

bundle        the whole visit as one Bundle            people        who took part
agreement     consent, purpose by purpose              teeth         state, surfaces and probing
examination   soft tissue, saliva, history             fear          the anxiety form and its scores
lab           samples as they came                     forecast      the twin's day, simulated
diagnoses     findings as conditions, risks, requests  statements    a finding whole, with its rule
planning      the care plan                            evidence      who says so, and the log that proves it
codes         our own codes, published                 elements      the small parts
"""

from commensal.clinic.fhir.bundle import bundle_json, visit_bundle
from commensal.clinic.fhir.codes import code_systems, value_sets
from commensal.clinic.fhir.errors import ExportRefusedError, FhirError

__all__ = ["ExportRefusedError", "FhirError", "bundle_json", "code_systems", "value_sets", "visit_bundle"]

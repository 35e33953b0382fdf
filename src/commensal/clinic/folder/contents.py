"""What a visit folder holds once it has been read, as frozen facts."""

from dataclasses import dataclass
from datetime import date

from commensal.clinic.people import Consent, Patient
from commensal.diagnosis import Exam, Sample
from commensal.diagnosis import finding as findings


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitHeader:
    """Which visit this is: id (unique in the clinic), day, reason, and the names a report prints."""

    id: str
    on: date
    reason: str
    clinic_name: str
    dentist_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnxietyAnswers:
    """The patient's own answers, unscored. `mdas` holds five answers 1-5 or None; `vas` is 0-10."""

    mdas: tuple[int | None, ...]
    vas: float | None
    language: str
    mode: str
    """"self", "staff-read" or "proxy"."""
    taken_at: str
    """ISO 8601 with offset, as it came."""
    instrument: str
    """Name and version of the form; "" = the clinic's own."""
    hardest: tuple[str, ...]
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DietRow:
    """One thing eaten or drunk. `at_min` counts from midnight, 0-1439."""

    at_min: float
    what: str
    how: str
    """"meal", "drink", "sip", "snack", "sticky", "gum" or "rinse"."""
    duration_min: float
    sugar_percent: float | None
    """Fermentable sugar, % w/v; None = to be looked up by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSummary:
    """What came along with the patient, and which references stayed as they were."""

    type: str
    resources: tuple[tuple[str, int], ...]
    """Resource types and how many of each, by name."""
    references: int
    """All references met, repeats counted."""
    resolved: int
    """Those that point to a resource in the bundle, or to one contained in the same resource."""
    conditional: tuple[str, ...]
    """Searches such as `Location?identifier=…`, kept unresolved, each once."""
    unresolved: tuple[str, ...]
    """Others that point outside the bundle, kept unresolved, each once."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VisitFolder:
    """One visit's input, whole. A part is None or empty when its purpose was not consented to."""

    visit: VisitHeader
    consent: Consent
    patient: Patient
    """With an empty `ref`: the clinic gives its own when it registers the patient."""
    patient_resource: dict[str, object]
    """The FHIR Patient as it came."""
    other_resources: tuple[dict[str, object], ...]
    """The bundle's other resources as they came."""
    bundle: BundleSummary
    exam: Exam | None
    overrides: dict[str, findings.Override]
    """The dentist's decisions by finding id."""
    anxiety: AnxietyAnswers | None
    diet: tuple[DietRow, ...] | None
    """In order of time; None without consent to the simulation, empty when nothing was eaten."""
    samples: tuple[Sample, ...]
    inputs: dict[str, str]
    """SHA-256 (hex) of each file, by path in the folder."""
    inputs_sha256: str
    """SHA-256 (hex) over all of them: see docs/specs/visit-folder.md, section 2."""

    def __repr__(self) -> str:
        """Which visit, without the patient."""
        return f"VisitFolder(visit={self.visit.id!r}, inputs_sha256={self.inputs_sha256!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefused:
    """The patient did not agree to a record: nothing but the consent was read, the rest only hashed."""

    consent: Consent
    inputs: dict[str, str]
    inputs_sha256: str

"""The people of a clinic and what they agreed to."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Patient:
    """One patient. `ref` is the clinic's own random reference; the name never appears in a repr or a log line."""

    ref: str
    given: str
    family: str
    born: date
    gender: str
    """FHIR administrative gender: male, female, other, unknown."""
    language: str = ""
    """BCP 47, "" when not stated."""
    identifiers: tuple[tuple[str, str], ...] = ()
    """(system, value) pairs as they came."""

    def __repr__(self) -> str:
        return f"Patient(ref={self.ref!r})"

    @property
    def name(self) -> str:
        """Given and family name, as a report prints it."""
        return f"{self.given} {self.family}".strip()

    def age_y(self, on: date) -> int:
        """Completed years on a day.

        Raises:
            ValueError: the day is before birth.
        """
        if on < self.born:
            raise ValueError(f"the day ({on}) must not be before birth ({self.born})")
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


class Purpose(StrEnum):
    """What a patient can agree to, one by one. Care does not depend on any but the first."""

    RECORD = "record"
    EXAMINATION = "examination"
    ANXIETY = "anxiety"
    SIMULATION = "simulation"
    LAB = "lab"
    EXPORT = "export"


PURPOSE_WORDS = {
    Purpose.RECORD: "keep a record of this visit",
    Purpose.EXAMINATION: "look at teeth, gums and soft tissues and write down what is found",
    Purpose.ANXIETY: "ask how you feel about treatment and keep the answers",
    Purpose.SIMULATION: "run a computer model of your plaque from what you eat and drink",
    Purpose.LAB: "keep the lab results of your sample",
    Purpose.EXPORT: "write your record as a FHIR file that other programs can read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What one patient agreed to and refused, in one signed form. A purpose not mentioned is refused."""

    given_on: date
    given_by: str
    """"patient" or the guardian's relation."""
    permits: frozenset[Purpose] = field(default_factory=frozenset)
    refusals: frozenset[Purpose] = field(default_factory=frozenset)

    def allows(self, purpose: Purpose) -> bool:
        """True only when this purpose was agreed to; silence is a refusal."""
        return purpose in self.permits

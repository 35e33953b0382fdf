"""Dental anxiety as measured: the patient's own answers, their score, and what it changes in the visit."""

from dataclasses import dataclass
from enum import StrEnum

from commensal.provenance import Mark


class Band(StrEnum):
    """Words for a score."""

    LOW = "low"
    MILD = "mild"
    MODERATE = "moderate"
    HIGH = "high"
    NOT_SCORED = "not scored"


class Level(StrEnum):
    """Escalation: L0 goes on as usual, L1 needs a longer slot, a stop signal and a person who greets."""

    L0 = "L0"
    L1 = "L1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anxiety:
    """One measurement. Raw answers stay; nothing is imputed; an incomplete form is not scored."""

    mdas_answers: tuple[int | None, ...]
    """Five answers 1-5, None where the patient gave none."""
    mdas: int | None
    """Sum 5-25, None when not scored."""
    mdas_band: Band
    vas: float | None
    """State now, 0-10."""
    vas_band: Band
    level: Level
    language: str
    instrument: str
    """Name and version of the form, and whether its wording is validated."""
    mode: str
    """"self", "staff-read" or "proxy"."""
    taken_at: str
    """ISO 8601."""
    not_scored_because: str = ""
    hardest: tuple[str, ...] = ()
    """What the patient says is hardest, as topics: "needles", "losing control"."""
    wishes: tuple[str, ...] = ()
    """What the patient asked for, in their own words."""
    visit_marks: tuple[str, ...] = ()
    """What the visit plan does about it, each a sentence a patient can read."""
    source: str = "MDAS: Humphris 1995; cut-off 19: IADR 2009; VAS-A: Anesth Prog 2011;58:8"
    mark: Mark = Mark.SEEN

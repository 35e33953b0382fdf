"""A finding: what a published rule says about this patient, with the inputs that fired it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from commensal.provenance import Mark


class Kind(StrEnum):
    """What a finding is about."""

    REFERRAL = "referral"
    RECHECK = "recheck"
    SOFT_TISSUE = "soft tissue"
    CARIES = "caries"
    CARIES_RISK = "caries risk"
    FLUORIDE = "fluoride"
    PERIODONTITIS = "periodontitis"
    GUM_HEALTH = "gum health"
    ACID_TIME = "acid time"
    FEAR = "fear"


class Certainty(StrEnum):
    """How sure, in words."""

    HIGH = "high"
    MEDIUM = "medium"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A published rule, as this program applies it. `version` changes whenever its outcome can change."""

    id: str
    version: str
    title: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One input that fired a rule: what it is, its value with unit, and where it was read."""

    name: str
    value: str
    unit: str = ""
    where: str = ""
    """File and field, such as `exam.json teeth.16.surfaces.M.icdas`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A dentist's decision against the rule. The rule's own words stay in the finding."""

    statement: str
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement with its rule, its evidence, its certainty and, perhaps, a dentist's override."""

    id: str
    """Stable within a visit: rule id and place, such as `icdas-merge:16:M`."""
    kind: Kind
    title: str
    """Short, for a table's first column: "Caries on 16, mesial"."""
    statement: str
    """What it says, in plain words, present tense, grade 6."""
    rule: Rule
    evidence: tuple[Evidence, ...]
    certainty: Certainty
    grade: str = ""
    """The rule's own result: "R1", "moderate", "III", "C", "high" …"""
    tooth: str | None = None
    surface: str | None = None
    refer_within_days: int | None = None
    look_again_on: date | None = None
    cannot_know: tuple[str, ...] = ()
    """What this finding could not take into account, each a whole sentence."""
    override: Override | None = None

    @property
    def effective(self) -> str:
        """The statement that stands: the dentist's when overridden, else the rule's."""
        return self.override.statement if self.override else self.statement


class DecidedBy(StrEnum):
    """Who wants to change what a rule says. Only a dentist may; a screen can only add a referral."""

    DENTIST = "dentist"
    SCREENING = "screening"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What one screen (a rinse, particles, a 16S panel) says. It may only add a referral."""

    id: str
    title: str
    asks_for_referral: bool
    statement: str
    """In plain words, with its probability, interval and assumed prevalence where it has them."""
    source: str
    mark: Mark
    evidence: tuple[Evidence, ...] = ()


def overridden(finding: Finding, override: Override) -> Finding:
    """`finding` with a dentist's decision on top; the rule's statement and evidence stay.

    Raises:
        ValueError: the reason or the new statement is empty.
    """
    if not override.reason.strip():
        raise ValueError(f"{finding.id}: an override needs a reason, got an empty one")
    if not override.statement.strip():
        raise ValueError(f"{finding.id}: an override needs a statement, got an empty one")
    return replace(finding, override=override)

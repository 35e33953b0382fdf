"""A care plan: steps a patient can read, each from a finding, drafted by rules and signed by a dentist."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do, why, what else could be done, and when."""

    what: str
    why: str
    other_choices: str
    when: str
    """In plain words or an ISO date: "from today", "within 2 weeks"."""
    findings: tuple[str, ...]
    """Ids of the findings it rests on."""
    source: str
    """The rule or guideline it comes from, with its mark's letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A draft until `signature` is there: then exactly these steps were signed."""

    steps: tuple[Step, ...]
    agreed_about_fear: tuple[str, ...] = ()
    """What was agreed about fear, each a sentence to the patient."""
    signed_by: str = ""
    signed_at: str = ""
    signature: str = ""
    """Base64 Ed25519 over the plan's canonical bytes; "" for a draft."""

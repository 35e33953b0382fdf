"""Measured dental fear, as a finding. The score is the companion's own; this says it beside the others."""

from typing import Protocol

from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.tables import plain, rule


class MeasuredFear(Protocol):
    """What this room needs to know of an anxiety measurement."""

    @property
    def mdas(self) -> int | None:
        """Sum 5-25, None when not scored."""

    @property
    def mdas_band(self) -> str:
        """Its band in words."""

    @property
    def vas(self) -> float | None:
        """0-10, None when not asked."""

    @property
    def vas_band(self) -> str:
        """Its band in words."""

    @property
    def not_scored_because(self) -> str:
        """Why there is no score, "" when there is one."""


def fear_findings(fear: MeasuredFear) -> tuple[Finding, ...]:
    """One finding that says the score, its band and its cut-off; a form that was not scored says so."""
    evidence, said = [], []
    if fear.mdas is None:
        said.append(f"The five answers were not scored. {fear.not_scored_because}".strip())
    else:
        said.append(f"Your five answers add up to {fear.mdas} of 25: {fear.mdas_band}. High starts at 19.")
        evidence.append(Evidence(name="MDAS", value=str(fear.mdas), where="anxiety.json mdas"))
    if fear.vas is not None:
        said.append(f"Your fear now is {plain(fear.vas)} of 10: {fear.vas_band}.")
        evidence.append(Evidence(name="VAS-A", value=plain(fear.vas), where="anxiety.json vas"))
    return (
        Finding(
            id="fear-mdas",
            kind=Kind.FEAR,
            title="Dental fear",
            statement=" ".join(said),
            rule=rule("fear-mdas"),
            evidence=tuple(evidence),
            certainty=Certainty.LIMITED if fear.mdas is None else Certainty.HIGH,
            grade=str(fear.mdas_band),
            cannot_know=("A score is not a diagnosis. It tells us how to plan the visit.",),
        ),
    )

"""How a finding travels: whole, as one extension, and in plain words as notes.

The extension `finding` carries what has no place in R4: the rule with its version, source and mark, the
inputs that fired it, how sure it is, what it cannot know, and a dentist's override beside the rule's own
words. Every resource made from a finding carries it.
"""

import re

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, day, nested, note, part
from commensal.clinic.fhir.frame import Frame
from commensal.diagnosis import Exam, Finding

_TOOTH = re.compile(r"exam\.json teeth\.(\d\d)\b(\.probing)?")
_SIGN = re.compile(r"exam\.json soft_tissue\.signs\[(\d+)\]")


def finding_extension(finding: Finding) -> Json:
    """The whole finding as one nested extension."""
    rule = finding.rule
    return nested(
        "finding",
        part("id", valueString=finding.id),
        part("kind", valueCoding=codes.coding("finding", finding.kind.value.replace(" ", "-"))),
        part("title", valueString=finding.title),
        part("statement", valueString=finding.statement),
        part("grade", valueString=finding.grade),
        part("certainty", valueString=finding.certainty.value),
        part("rule-id", valueString=rule.id),
        part("rule-version", valueString=rule.version),
        part("rule-title", valueString=rule.title),
        part("source", valueString=rule.source),
        part("mark", valueCoding=codes.coding("mark", rule.mark.value)),
        *(_evidence(finding)),
        *(part("cannot-know", valueString=text) for text in finding.cannot_know),
        *(_override(finding)),
    )


def _evidence(finding: Finding) -> list[Json]:
    return [
        part(
            "evidence",
            extension=[
                part("name", valueString=evidence.name),
                part("value", valueString=evidence.value),
                part("unit", valueString=evidence.unit),
                part("where", valueString=evidence.where),
            ],
        )
        for evidence in finding.evidence
    ]


def _override(finding: Finding) -> list[Json]:
    override = finding.override
    if override is None:
        return []
    said = [
        part("statement", valueString=override.statement),
        part("reason", valueString=override.reason),
        part("by", valueString=override.by),
        part("on", valueDate=day(override.on)),
    ]
    return [part("override", extension=said)]


def finding_notes(finding: Finding) -> list[Json]:
    """What stands, in plain words; under an override also what the rule said and why it was set aside."""
    rule = finding.rule
    told = f"Rule {rule.id}, version {rule.version} ({rule.mark.meaning})."
    doubts = " ".join(clean(text) for text in finding.cannot_know)
    if finding.override is None:
        return note(finding.statement, told, doubts)
    override = finding.override
    return note(
        f"{override.by} decided otherwise on {day(override.on)}: {override.statement}",
        f"Reason: {override.reason}",
        f"The rule said: {finding.statement}",
        told,
        doubts,
    )


def finding_text(finding: Finding) -> str:
    """The title, under an override with the dentist's words beside it."""
    if finding.override is None:
        return finding.title
    return f"{finding.title} (rule, overridden); {finding.override.by}: {finding.override.statement}"


def evidence_references(frame: Frame, finding: Finding) -> list[Json]:
    """References to the Observations that the finding's inputs were read from, in order, once each."""
    exam = frame.visit.exam
    roles = [role for evidence in finding.evidence for role in _roles(frame, exam, evidence.where)]
    if exam is not None and finding.tooth in exam.teeth:
        roles.append(f"tooth:{finding.tooth}")
    return [frame.ids.refer("Observation", role) for role in dict.fromkeys(roles)]


def _roles(frame: Frame, exam: Exam | None, where: str) -> list[str]:
    """The Observation that holds what `where` (file and field) names; none when it is not in this bundle."""
    if where.startswith("anxiety.json") and frame.visit.anxiety is not None:
        return ["vas-anxiety" if "vas" in where else "mdas"]
    if where.startswith("diet.csv") and frame.visit.forecast is not None:
        return ["diet"]
    if exam is None:
        return []
    if (tooth := _TOOTH.match(where)) and tooth[1] in exam.teeth:
        is_probed = tooth[2] and exam.teeth[tooth[1]].probing
        return [f"probing:{tooth[1]}" if is_probed else f"tooth:{tooth[1]}"]
    if (sign := _SIGN.match(where)) and int(sign[1]) < len(exam.signs):
        return [f"sign:{sign[1]}"]
    fields = {
        "exam.json soft_tissue.examined": "soft-tissue",
        "exam.json saliva.unstimulated.value": "unstimulated-flow",
        "exam.json saliva.stimulated.value": "stimulated-flow",
        "exam.json history": "history",
    }
    return [role for field, role in fields.items() if where.startswith(field)]

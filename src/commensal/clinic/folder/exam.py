"""`exam.json`: which visit it is and what was found, with sound, not examined and absent kept apart."""

from collections import Counter
from datetime import date
from typing import Any

from commensal.clinic.folder.contents import VisitHeader
from commensal.clinic.folder.days import Limits, parse_day
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.schema import follows_schema
from commensal.clinic.folder.strict_json import read_json
from commensal.diagnosis import exam as found
from commensal.diagnosis import finding as findings

FILE = "exam.json"
FINDINGS = ("sound", "surfaces", "probing", "mobility", "furcation")
"""What only a tooth that was looked at can have."""


def read_exam_document(raw: bytes, problems: Problems, *, is_whole: bool) -> dict[str, Any] | None:
    """The document once it follows its schema. Unless `is_whole`, only `format` and `visit` are looked at."""
    document: dict[str, Any] | None = read_json(FILE, raw, problems)
    if document is None:
        return None
    if not is_whole:
        kept: dict[str, Any] = {name: document[name] for name in ("format", "visit") if name in document}
        document = {**kept, "examiner": "dentist", "teeth": {}, "soft_tissue": {"examined": False}}
    return document if follows_schema("exam", FILE, document, problems) else None


def read_header(document: dict[str, Any], problems: Problems, limits: Limits, died: date | None) -> VisitHeader | None:
    """Which visit it is, or None after adding to `problems`."""
    visit = document["visit"]
    on = parse_day(FILE, "visit.on", visit["on"], problems, limits)
    if on is None:
        return None
    if died is not None and on > died:
        problems.add(FILE, "visit.on", "a day on or before the death in patient.fhir.json", f"{on}, a day after it")
        return None
    return VisitHeader(
        id=visit["id"],
        on=on,
        reason=visit["reason"],
        clinic_name=visit["clinic"],
        dentist_name=visit["dentist"],
    )


def read_exam(
    document: dict[str, Any], header: VisitHeader, age_y: int, problems: Problems, limits: Limits
) -> found.Exam | None:
    """The examination, or None after adding to `problems`."""
    before = len(problems.found)
    teeth = {fdi: _tooth(fdi, told, problems) for fdi, told in document["teeth"].items()}
    soft_tissue = document["soft_tissue"]
    told_signs = soft_tissue.get("signs", [])
    if told_signs and not soft_tissue["examined"]:
        came = f"{len(told_signs)}, though nobody looked"
        problems.add(FILE, "soft_tissue.signs", "no signs when examined is false", came, "set examined to true?")
    signs = [_sign(place, told, problems, limits) for place, told in enumerate(told_signs)]
    saliva = document.get("saliva", {})
    if len(problems.found) > before:
        return None
    return found.Exam(
        on=header.on,
        age_y=age_y,
        examiner=found.ExaminerRole(document["examiner"]),
        teeth=teeth,
        soft_tissue_examined=soft_tissue["examined"],
        signs=tuple(sign for sign in signs if sign is not None),
        history=_history(document.get("history", {})),
        saliva=found.Saliva(
            unstimulated_ml_min=_flow(saliva.get("unstimulated")),
            stimulated_ml_min=_flow(saliva.get("stimulated")),
        ),
    )


def read_overrides(document: dict[str, Any], header: VisitHeader, problems: Problems) -> dict[str, findings.Override]:
    """The dentist's decisions by finding id; a finding named twice is a problem."""
    told = document.get("overrides", [])
    for name, times in Counter(one["finding"] for one in told).items():
        if times > 1:
            place = max(place for place, one in enumerate(told) if one["finding"] == name)
            problems.add(FILE, f"overrides[{place}].finding", "each finding once", f"{problems.shown(name)} again")
    return {
        one["finding"]: findings.Override(
            statement=one["statement"], reason=one["reason"], by=header.dentist_name, on=header.on
        )
        for one in told
    }


def _tooth(fdi: str, told: dict[str, Any], problems: Problems) -> found.ToothExam:
    presence = found.Presence(told["presence"])
    given = [name for name in FINDINGS if told.get(name) is not None]
    if presence is not found.Presence.PRESENT and given:
        remedy = "if it was looked at, its presence is present"
        problems.add(FILE, f"teeth.{fdi}", f"no findings on a tooth that is {presence}", ", ".join(given), remedy)
    if told.get("sound") and told.get("surfaces"):
        remedy = 'take out "sound" and write all five surfaces'
        problems.add(FILE, f"teeth.{fdi}", "either sound or surfaces", "both", remedy)
    surfaces = told.get("surfaces", {})
    if told.get("sound"):
        surfaces = {name: {"icdas": 0} for name in found.SURFACES}
    mobility, furcation = told.get("mobility"), told.get("furcation")
    return found.ToothExam(
        fdi=fdi,
        presence=presence,
        why=told.get("why", ""),
        surfaces={
            name: found.Surface(
                icdas=int(one["icdas"]), is_active=one.get("active"), restoration=one.get("restoration")
            )
            for name, one in surfaces.items()
        },
        probing={name: _site(one) for name, one in told.get("probing", {}).items()},
        mobility=None if mobility is None else int(mobility),
        furcation=None if furcation is None else int(furcation),
    )


def _site(told: dict[str, Any]) -> found.ProbingSite:
    loss = told.get("attachment_loss_mm")
    return found.ProbingSite(
        depth_mm=float(told["depth_mm"]),
        attachment_loss_mm=None if loss is None else float(loss),
        bleeding=told.get("bleeding"),
    )


def _sign(place: int, told: dict[str, Any], problems: Problems, limits: Limits) -> found.SoftTissueSign | None:
    since = parse_day(FILE, f"soft_tissue.signs[{place}].since", told["since"], problems, limits)
    if since is None:
        return None
    return found.SoftTissueSign(
        kind=found.SignKind(told["kind"]),
        where=told["where"],
        since=since,
        is_unexplained=told["unexplained"],
        is_persistent=told.get("persistent", True),
        is_suspicious=told.get("suspicious"),
        note=told.get("note", ""),
    )


def _history(told: dict[str, Any]) -> found.History:
    facts = dict(told)
    lost = facts.get("teeth_lost_to_periodontitis")
    if lost is not None:
        facts["teeth_lost_to_periodontitis"] = int(lost)
    return found.History(**facts)


def _flow(told: dict[str, Any] | None) -> float | None:
    return None if told is None else float(told["value"])

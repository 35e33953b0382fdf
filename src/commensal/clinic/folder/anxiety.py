"""`anxiety.json`: the patient's own answers, kept as they are."""

from typing import Any

from commensal.clinic.folder.contents import AnxietyAnswers
from commensal.clinic.folder.days import Limits, parse_moment
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.schema import follows_schema
from commensal.clinic.folder.strict_json import read_json

FILE = "anxiety.json"


def read_anxiety(raw: bytes, problems: Problems, limits: Limits) -> AnxietyAnswers | None:
    """The answers, or None after adding to `problems`."""
    document: dict[str, Any] | None = read_json(FILE, raw, problems)
    if document is None or not follows_schema("anxiety", FILE, document, problems):
        return None
    if not parse_moment(FILE, "taken_at", document["taken_at"], problems, limits):
        return None
    vas = document.get("vas")
    return AnxietyAnswers(
        mdas=tuple(None if answer is None else int(answer) for answer in document["mdas"]),
        vas=None if vas is None else float(vas),
        language=document["language"],
        mode=document["mode"],
        taken_at=document["taken_at"],
        instrument=document.get("instrument", ""),
        hardest=tuple(document.get("hardest", ())),
        wishes=tuple(document.get("wishes", ())),
    )

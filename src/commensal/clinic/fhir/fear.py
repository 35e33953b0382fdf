"""Dental anxiety as measured: the form as it was answered, and the scores that follow from it."""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import BASE, Json, clean, date_time, extension, note
from commensal.clinic.fhir.frame import Frame, mark_extension
from commensal.lila import Anxiety


def fear(frame: Frame, anxiety: Anxiety) -> list[Json]:
    """QuestionnaireResponse, then the Observations of MDAS, VAS and level. Nothing is imputed."""
    return [_form(frame, anxiety), _mdas(frame, anxiety), _vas(frame, anxiety), _level(frame, anxiety)]


def _form(frame: Frame, anxiety: Anxiety) -> Json:
    """The answers. The questions' wording belongs to the form's authors and is not repeated here.

    An incomplete form is `stopped`: filled in part, and not gone on with.
    """
    answers = [_item(f"mdas-{i}", "valueInteger", [a]) for i, a in enumerate(anxiety.mdas_answers, 1)]
    is_complete = None not in anxiety.mdas_answers
    return frame.resource(
        "QuestionnaireResponse",
        "anxiety-form",
        language=clean(anxiety.language),
        extension=[extension("answer-mode", valueString=anxiety.mode)],
        identifier={"system": f"{BASE}/sid/instrument", "value": anxiety.instrument},
        questionnaire=f"{BASE}/Questionnaire/mdas-and-vas",
        status="completed" if is_complete else "stopped",
        subject=frame.patient,
        encounter=frame.encounter,
        authored=date_time(anxiety.taken_at, "anxiety.taken_at"),
        item=[
            *answers,
            _item("vas", "valueDecimal", [anxiety.vas]),
            _item("hardest", "valueString", list(anxiety.hardest)),
            _item("wishes", "valueString", list(anxiety.wishes)),
        ],
    )


def _item(link_id: str, kind: str, values: list[float | str | None]) -> Json:
    """One question and its answers; a question without an answer is there, without one."""
    return {"linkId": link_id, "answer": [{kind: value} for value in values if value not in (None, "")]}


def _score(frame: Frame, anxiety: Anxiety, role: str, band: str) -> Json:
    return frame.observation(
        role,
        codes.concept("observation", role),
        category=("survey", "Survey"),
        extension=[mark_extension(anxiety.mark), extension("source", valueString=anxiety.source)],
        effectiveDateTime=date_time(anxiety.taken_at, "anxiety.taken_at"),
        interpretation=[codes.concept("anxiety", band.replace(" ", "-"))],
        derivedFrom=[frame.ids.refer("QuestionnaireResponse", "anxiety-form")],
    )


def _mdas(frame: Frame, anxiety: Anxiety) -> Json:
    found = _score(frame, anxiety, "mdas", anxiety.mdas_band.value)
    found["method"] = codes.concept("anxiety", "instrument", anxiety.instrument)
    if anxiety.mdas is None:
        found["dataAbsentReason"] = codes.absent("not-performed", anxiety.not_scored_because or "not scored")
    else:
        found["valueQuantity"] = codes.quantity(anxiety.mdas, "points")
    return found


def _vas(frame: Frame, anxiety: Anxiety) -> Json:
    found = _score(frame, anxiety, "vas-anxiety", anxiety.vas_band.value)
    if anxiety.vas is None:
        found["dataAbsentReason"] = codes.absent("not-performed", "not answered")
    else:
        found["valueQuantity"] = codes.quantity(anxiety.vas, "points")
    return found


def _level(frame: Frame, anxiety: Anxiety) -> Json:
    """What the scores change in the visit, with the sentences of the visit plan as notes."""
    return frame.observation(
        "anxiety-level",
        codes.concept("observation", "anxiety-level"),
        category=("survey", "Survey"),
        extension=[mark_extension(anxiety.mark)],
        effectiveDateTime=date_time(anxiety.taken_at, "anxiety.taken_at"),
        valueCodeableConcept=codes.concept("anxiety", anxiety.level.value),
        derivedFrom=[frame.ids.refer("Observation", role) for role in ("mdas", "vas-anxiety")],
        note=note(*anxiety.visit_marks),
    )

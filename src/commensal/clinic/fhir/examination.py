"""What was examined besides the teeth: soft tissues, saliva, and what the rules ask of the history."""

from dataclasses import fields

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, day, note
from commensal.clinic.fhir.frame import Frame
from commensal.clinic.fhir.teeth import NOT_EXAMINED, examined_by
from commensal.diagnosis import Exam
from commensal.diagnosis import exam as charted

HISTORY_UNITS = {
    "months_since_caries_restoration": "months",
    "fluoride_paste_ppm": "ppm",
    "fluoride_paste_times_a_day": "times a day",
    "cigarettes_a_day": "cigarettes a day",
    "hba1c_percent": "%",
    "bone_loss_percent_of_root": "%",
    "bone_loss_change_5_y_mm": "mm",
    "teeth_lost_to_periodontitis": "teeth",
    "vertical_bone_loss_mm": "mm",
}
"""Units of those answers that are amounts; every other answer is yes or no."""


def examination(frame: Frame, exam: Exam) -> list[Json]:
    """Observations of soft tissues (the look, then each sign), saliva and history."""
    signs = [_sign(frame, exam, index, sign) for index, sign in enumerate(exam.signs)]
    saliva = [
        _flow(frame, exam, "unstimulated-flow", exam.saliva.unstimulated_ml_min),
        _flow(frame, exam, "stimulated-flow", exam.saliva.stimulated_ml_min),
    ]
    return [_soft_tissue(frame, exam), *signs, *saliva, _history(frame, exam)]


def _soft_tissue(frame: Frame, exam: Exam) -> Json:
    """The look as a whole: no sign, some signs (its members), or not looked at."""
    look = frame.observation(
        "soft-tissue",
        codes.concept("observation", "soft-tissue-exam"),
        hasMember=[frame.ids.refer("Observation", f"sign:{index}") for index in range(len(exam.signs))],
        **examined_by(frame, exam),
    )
    if not exam.soft_tissue_examined:
        look["dataAbsentReason"] = codes.absent("not-performed", NOT_EXAMINED)
    else:
        seen = "sign-seen" if exam.signs else "no-sign"
        look["valueCodeableConcept"] = codes.concept("soft-tissue", seen)
    return look


def _sign(frame: Frame, exam: Exam, index: int, sign: charted.SoftTissueSign) -> Json:
    judged: Json = {"code": codes.concept("sign-aspect", "suspicious")}
    if sign.is_suspicious is None:
        judged["dataAbsentReason"] = codes.absent("unknown", "not judged")
    else:
        judged["valueBoolean"] = sign.is_suspicious
    where = codes.concept("sign-aspect", "place", sign.where) if clean(sign.where) else None
    return frame.observation(
        f"sign:{index}",
        codes.concept("observation", "soft-tissue-sign"),
        valueCodeableConcept=codes.concept("soft-tissue", sign.kind.value.replace(" ", "-")),
        bodySite=where,
        component=[
            {"code": codes.concept("sign-aspect", "since"), "valueDateTime": day(sign.since)},
            {"code": codes.concept("sign-aspect", "unexplained"), "valueBoolean": sign.is_unexplained},
            {"code": codes.concept("sign-aspect", "persistent"), "valueBoolean": sign.is_persistent},
            judged,
        ],
        note=note(sign.note),
        **examined_by(frame, exam),
    )


def _flow(frame: Frame, exam: Exam, code: str, flow_ml_min: float | None) -> Json:
    found = frame.observation(code, codes.concept("observation", code), **examined_by(frame, exam))
    if flow_ml_min is None:
        found["dataAbsentReason"] = codes.absent("not-performed", "not measured")
    else:
        found["valueQuantity"] = codes.quantity(flow_ml_min, "mL/min")
    return found


def _history(frame: Frame, exam: Exam) -> Json:
    """One component for each question, asked or not; the patient's age on the day is one of them."""
    age = {"code": codes.concept("observation", "age"), "valueQuantity": codes.quantity(exam.age_y, "years")}
    return frame.observation(
        "history",
        codes.concept("observation", "history"),
        component=[age, *(_answer(f.name, getattr(exam.history, f.name)) for f in fields(exam.history))],
        **examined_by(frame, exam),
    )


def _answer(name: str, answer: bool | float | None) -> Json:
    found: Json = {"code": codes.concept("history", name.replace("_", "-"))}
    if answer is None:
        found["dataAbsentReason"] = codes.absent("unknown", "not asked or not known")
    elif isinstance(answer, bool):
        found["valueBoolean"] = answer
    else:
        found["valueQuantity"] = codes.quantity(answer, HISTORY_UNITS[name])
    return found

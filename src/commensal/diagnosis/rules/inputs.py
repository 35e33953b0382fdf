"""What an examination must be before a rule may speak: impossible values are refused, never repaired."""

from dataclasses import fields

from commensal.diagnosis.exam import PROBING_SITES, SURFACES, TEETH, Exam, Presence, ToothExam
from commensal.diagnosis.rules.tables import limit, plain
from commensal.errors import InputError

FILE = "exam.json"

HISTORY_MAX = {
    "bone_loss_percent_of_root": 100.0,
    "hba1c_percent": 100.0,
    "teeth_lost_to_periodontitis": 32.0,
}
"""Highest values that can be: shares cannot pass 100 %, a mouth has 32 permanent teeth."""


def refuse_impossible(exam: Exam) -> None:
    """Refuses an examination that cannot be.

    Raises:
        InputError: an age outside 0-130 y; a sign first seen after the examination; a tooth that is no FDI
            tooth, is kept under another number, or has surfaces or probing though it is not present; an
            ICDAS code outside 0-6; probing with other than the six sites or outside 0-20 mm; a negative or
            too large history value or saliva flow. NaN is refused everywhere.
    """
    if not 0 <= exam.age_y <= limit("age_max_y"):
        raise InputError("patient.fhir.json", "birthDate", "an age of 0 to 130 years", exam.age_y)
    for index, sign in enumerate(exam.signs):
        if sign.since > exam.on:
            expected = f"a day not after the examination ({exam.on})"
            raise InputError(FILE, f"signs.{index}.since", expected, sign.since)
    for key, tooth in exam.teeth.items():
        _refuse_impossible_tooth(key, tooth)
    for part, facts in (("history", exam.history), ("saliva", exam.saliva)):
        for name in (f.name for f in fields(facts)):
            value = getattr(facts, name)
            highest = HISTORY_MAX.get(name, float("inf"))
            if value is not None and name != "bone_loss_change_5_y_mm" and not 0 <= value <= highest:
                expected = "a number >= 0" if highest == float("inf") else f"0 to {plain(highest)}"
                raise InputError(FILE, f"{part}.{name}", expected, value)
    change = exam.history.bone_loss_change_5_y_mm
    if change is not None and change != change:
        raise InputError(FILE, "history.bone_loss_change_5_y_mm", "a number, mm", change)


def _refuse_impossible_tooth(key: str, tooth: ToothExam) -> None:
    where = f"teeth.{key}"
    if key not in TEETH or tooth.fdi != key:
        raise InputError(FILE, where, "an FDI tooth number, the same as the tooth's own", f"{key}/{tooth.fdi}")
    if tooth.presence is not Presence.PRESENT and (tooth.surfaces or tooth.probing):
        expected = f"no surfaces and no probing on a tooth that is {tooth.presence}"
        raise InputError(FILE, where, expected, "some", remedy="say it is present, or leave them out")
    for name, surface in tooth.surfaces.items():
        if name not in SURFACES:
            raise InputError(FILE, f"{where}.surfaces.{name}", f"one of {' '.join(SURFACES)}", name)
        if surface.icdas not in range(7):
            raise InputError(FILE, f"{where}.surfaces.{name}.icdas", "an ICDAS code 0 to 6", surface.icdas)
    if tooth.probing and set(tooth.probing) != set(PROBING_SITES):
        came = " ".join(tooth.probing)
        raise InputError(FILE, f"{where}.probing", f"all six sites {' '.join(PROBING_SITES)}", came)
    for name, site in tooth.probing.items():
        lengths = {"depth_mm": site.depth_mm, "attachment_loss_mm": site.attachment_loss_mm}
        for field, length_mm in lengths.items():
            if length_mm is not None and not 0 <= length_mm <= limit("depth_max_mm"):
                raise InputError(FILE, f"{where}.probing.{name}.{field}", "0 to 20 mm", length_mm)
    for field, grade in (("mobility", tooth.mobility), ("furcation", tooth.furcation)):
        if grade is not None and grade not in range(4):
            raise InputError(FILE, f"{where}.{field}", "a grade 0 to 3", grade)

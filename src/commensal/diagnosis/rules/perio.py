"""Periodontitis by the 2018 AAP/EFP scheme: stage with complexity, extent, grade.

A stage needs a case, a measure of what is lost (attachment loss, else radiographic bone loss) and probing
depths. Without them there is no stage, and the finding says what is missing. What may only raise a stage
(teeth lost, furcations, vertical loss, mobility) may be unknown: the stage is then "at least" that, and
says so.

Readings chosen where the scheme leaves room, always the more severe one:

* a pocket between 5 and 6 mm lifts to III, since stage II ends at 5;
* bone loss of exactly 33 % is still the coronal third (II); anything above reaches the middle third (III);
* one tooth lost to periodontitis lifts to III, five lift to IV; rehabilitation needs lift only III to IV;
* attachment loss on the cheek or tongue side stages a case that has no interdental loss;
* without direct or indirect evidence the grade starts at B, as the scheme says; smoking and HbA1c can only
  raise it.

Leaves out: ridge defects, drifting and masticatory function as separate inputs
(`needs_complex_rehabilitation` is the dentist's summary); phenotype and hsCRP; an earlier stage, which
therapy never lowers (earlier visits are not read).
"""

from commensal.diagnosis.exam import PERMANENT, Exam, Presence
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.attachment import (
    WISDOM,
    Support,
    deepest,
    extent,
    present_teeth,
    support,
)
from commensal.diagnosis.rules.perio_grade import find_grade
from commensal.diagnosis.rules.tables import limit, listed, plain, rule

STAGES = ("", "I", "II", "III", "IV")
STAGE_WORDS = {
    "I": "A little of what holds the teeth is lost.",
    "II": "Some of what holds the teeth is lost.",
    "III": "A lot of what holds the teeth is lost.",
    "IV": "A lot of what holds the teeth is lost. The bite may need care too.",
}
OTHER_CAUSES = "Other causes of lost support were not asked for. One is hard brushing."


def find_periodontitis(exam: Exam) -> tuple[Finding, ...]:
    """Stage and grade of a case; what is missing when there may be one; nothing when there is none."""
    found = support(exam)
    bone = exam.history.bone_loss_percent_of_root
    if found.is_case is False:
        if bone is not None and bone >= limit("perio_rbl_ii_from_percent"):
            words = "The X-ray shows bone loss, and the gum measures show none. A dentist should look again."
            return (_without_stage(words, (_bone(bone),), ()),)
        return ()
    if found.is_case is None and not _is_bone_lost(exam):
        return _perhaps(exam, found)
    if deepest(exam) is None:
        words = "The X-ray shows bone loss. The gums were not probed. So we cannot give a stage."
        return (_without_stage(words, (_bone(bone or 0.0),), ("The depth of the pockets is missing.",)),)
    return (_staged(exam, found), find_grade(exam))


def stage_of(
    *,
    attachment_loss_mm: float | None,
    bone_loss_percent: float | None,
    depth_mm: float,
    teeth_lost: int | None = None,
    vertical_loss_mm: float | None = None,
    furcation: int | None = None,
    needs_rehabilitation: bool = False,
) -> str:
    """I to IV from the scheme's table; unknown inputs (None) raise nothing.

    Args:
        attachment_loss_mm: greatest loss, mm; used when it is known and counts (1 mm or more).
        bone_loss_percent: greatest radiographic bone loss, % of root length; used otherwise.
        depth_mm: deepest pocket, mm.
        teeth_lost: teeth lost to periodontitis.
        vertical_loss_mm: greatest vertical bone loss, mm.
        furcation: highest furcation grade, 0-3.
        needs_rehabilitation: any need the table names: mobility, few teeth, the dentist's summary.

    Returns:
        The stage, or "" when neither loss is known or both are nil.
    """
    level = _level_of_loss(attachment_loss_mm, bone_loss_percent)
    if level == 0:
        return ""
    if depth_mm > limit("perio_pd_ii_max_mm"):
        level = max(level, 3)
    elif depth_mm > limit("perio_pd_i_max_mm"):
        level = max(level, 2)
    if vertical_loss_mm is not None and vertical_loss_mm >= limit("perio_vertical_iii_from_mm"):
        level = max(level, 3)
    if furcation is not None and furcation >= limit("perio_furcation_iii_from"):
        level = max(level, 3)
    if teeth_lost is not None and teeth_lost >= limit("perio_lost_iii_from"):
        level = max(level, 4 if teeth_lost >= limit("perio_lost_iv_from") else 3)
    if level == 3 and needs_rehabilitation:
        level = 4
    return STAGES[level]


def _level_of_loss(attachment_loss_mm: float | None, bone_loss_percent: float | None) -> int:
    if attachment_loss_mm is not None and attachment_loss_mm >= limit("perio_loss_from_mm"):
        if attachment_loss_mm >= limit("perio_cal_iii_from_mm"):
            return 3
        return 2 if attachment_loss_mm >= limit("perio_cal_ii_from_mm") else 1
    if bone_loss_percent is not None and bone_loss_percent > 0:
        if bone_loss_percent > limit("perio_rbl_iii_above_percent"):
            return 3
        return 2 if bone_loss_percent >= limit("perio_rbl_ii_from_percent") else 1
    return 0


def _is_bone_lost(exam: Exam) -> bool:
    bone = exam.history.bone_loss_percent_of_root
    return bone is not None and bone > 0


def _bone(percent: float) -> Evidence:
    where = "exam.json history.bone_loss_percent_of_root"
    return Evidence(name="bone loss on the X-ray", value=plain(percent), unit="% of root", where=where)


def _staged(exam: Exam, found: Support) -> Finding:
    pocket = deepest(exam)
    bone, lost = exam.history.bone_loss_percent_of_root, exam.history.teeth_lost_to_periodontitis
    needs, rehabilitation = _rehabilitation(exam)
    furcation = max((t.furcation for t in present_teeth(exam) if t.furcation is not None), default=None)
    vertical = exam.history.vertical_bone_loss_mm
    stage = stage_of(
        attachment_loss_mm=found.worst_loss_mm,
        bone_loss_percent=bone,
        depth_mm=float(pocket.value) if pocket else 0.0,
        teeth_lost=lost,
        vertical_loss_mm=vertical,
        furcation=furcation,
        needs_rehabilitation=needs,
    )
    by_loss = found.worst_loss_mm is not None and found.worst_loss_mm >= limit("perio_loss_from_mm")
    evidence = [*(found.evidence if by_loss else ())]
    evidence += [_bone(bone)] if bone is not None else []
    evidence += [pocket] if pocket else []
    history = "exam.json history"
    if lost is not None:
        where = f"{history}.teeth_lost_to_periodontitis"
        evidence.append(Evidence(name="teeth lost to gum disease", value=str(lost), where=where))
    if vertical is not None:
        where = f"{history}.vertical_bone_loss_mm"
        evidence.append(Evidence(name="vertical bone loss", value=plain(vertical), unit="mm", where=where))
    if furcation is not None:
        where = "exam.json teeth.*.furcation"
        evidence.append(Evidence(name="highest furcation grade", value=str(furcation), where=where))
    evidence += rehabilitation
    spread = extent(found)
    unknown = _unknown(exam, furcation)
    doubts = [OTHER_CAUSES]
    doubts += [f"We do not know {listed(unknown)}. So the stage may be higher."] if unknown and stage != "IV" else []
    doubts += [] if by_loss else ["Lost support was not measured by probe. The stage rests on the X-ray."]
    doubts += [] if spread else ["We do not know how many teeth it touches."]
    if by_loss and STAGES.index(stage) < _level_of_loss(None, bone):
        doubts.append("The X-ray shows more loss than the probe. A dentist should look at both.")
    at_least = "at least stage" if unknown and stage != "IV" else "stage"
    said = f"Gum disease, {at_least} {stage} of IV{f', {spread}' if spread else ''}. {STAGE_WORDS[stage]}"
    return Finding(
        id="perio-stage",
        kind=Kind.PERIODONTITIS,
        title="Periodontitis: stage",
        statement=said,
        rule=rule("perio-stage"),
        evidence=tuple(evidence),
        certainty=_certainty(by_loss=by_loss, is_known=not unknown, is_complete=found.is_complete),
        grade=stage,
        cannot_know=tuple(doubts),
    )


def _certainty(*, by_loss: bool, is_known: bool, is_complete: bool) -> Certainty:
    if not by_loss:
        return Certainty.LIMITED
    return Certainty.HIGH if is_known and is_complete else Certainty.MEDIUM


def _rehabilitation(exam: Exam) -> tuple[bool, list[Evidence]]:
    evidence = []
    for tooth in present_teeth(exam):
        if tooth.mobility is not None and tooth.mobility >= limit("perio_mobility_iv_from"):
            where = f"exam.json teeth.{tooth.fdi}.mobility"
            evidence.append(Evidence(name="mobility grade", value=str(tooth.mobility), where=where))
            break
    absent = sum(exam.tooth(fdi).presence is Presence.ABSENT for fdi in PERMANENT)
    if len(PERMANENT) - absent < limit("perio_few_teeth_below"):
        left = str(len(PERMANENT) - absent)
        evidence.append(Evidence(name="teeth left, at most", value=left, where="exam.json teeth.*.presence"))
    if exam.history.needs_complex_rehabilitation:
        where = "exam.json history.needs_complex_rehabilitation"
        evidence.append(Evidence(name="needs complex rehabilitation", value="yes", where=where))
    return bool(evidence), evidence


def _unknown(exam: Exam, furcation: int | None) -> list[str]:
    history = exam.history
    has_gap = any(exam.tooth(fdi).presence is not Presence.PRESENT for fdi in PERMANENT if fdi not in WISDOM)
    return [
        words
        for is_unknown, words in (
            (history.teeth_lost_to_periodontitis is None and has_gap, "how many teeth gum disease took"),
            (furcation is None, "if bone is lost between the roots"),
            (history.vertical_bone_loss_mm is None, "how the bone is shaped"),
            (all(t.mobility is None for t in present_teeth(exam)), "if teeth are loose"),
        )
        if is_unknown
    ]


def _perhaps(exam: Exam, found: Support) -> tuple[Finding, ...]:
    pocket = deepest(exam)
    is_deep = pocket is not None and float(pocket.value) > limit("perio_case_pocket_above_mm")
    if pocket is None or found.is_case is False or not (is_deep or found.touched):
        return ()
    words = "There may be gum disease. Too little was measured to say so. So we give no stage."
    missing = "The loss of support was not measured at each site of each tooth."
    return (_without_stage(words, (*found.evidence, pocket), (missing,)),)


def _without_stage(words: str, evidence: tuple[Evidence, ...], missing: tuple[str, ...]) -> Finding:
    return Finding(
        id="perio-case",
        kind=Kind.PERIODONTITIS,
        title="Periodontitis: no stage given",
        statement=words,
        rule=rule("perio-case"),
        evidence=evidence,
        certainty=Certainty.LIMITED,
        grade="no stage",
        cannot_know=missing,
    )

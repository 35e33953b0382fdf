"""CAMBRA caries risk, from 6 years: disease indicators, risk factors, protective factors, one level.

The form's published weights could not be read, so the level comes from its rule in words, with a score of
our own (+3, +2 or +1, -1) where the rule says "outweigh". Every finding says that the score is not the
published one.

Readings chosen where the rule leaves room, always the one with more care:

* broken enamel (ICDAS 3 and up) counts as a visible cavity;
* "clearly outweigh" is a score of 4 or more; "protective outweigh" needs more of them than of risk factors;
* LOW also needs a "no" to all four indicators: a question nobody asked cannot be a "no";
* EXTREME is high with a measured low flow, or with cleaning the patient cannot do (the form's "special
  needs"). Drying drugs alone are a risk factor, not a measured low flow.

Leaves out: lab-test cut-offs for mutans streptococci (the form's own yes or no is read); fluoride dose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from commensal.diagnosis.exam import Exam, Presence
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.forecast import Occasion
from commensal.diagnosis.rules.caries import examined
from commensal.diagnosis.rules.tables import limit, plain, rows, rule, sentence

LEVELS = ("low", "moderate", "high", "extreme")
WHITE_SPOT_CODES = (1, 2)
SMOOTH = frozenset("MDBL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question of the form: yes, no, or None when nobody asked; and what it was read from."""

    factor: str
    group: str
    words: str
    is_yes: bool | None
    evidence: Evidence

    @property
    def points(self) -> int:
        """What a yes adds to our own score; 0 otherwise."""
        if not self.is_yes:
            return 0
        is_low_saliva = self.factor == "low_saliva"
        name = "low_saliva" if is_low_saliva else self.group
        return round(limit(f"cambra_score_{name}"))


def answers(exam: Exam, occasions: tuple[Occasion, ...] | None = None) -> tuple[Answer, ...]:
    """The whole form as far as this examination and this diet answer it, in the form's order.

    Args:
        exam: the examination.
        occasions: what was eaten and drunk in one day; None when nobody asked.
    """
    read = _worked_out(exam, occasions)
    found = []
    for row in rows("cambra"):
        factor, words = row["factor"], row["words"]
        if factor in read:
            is_yes, value, unit, where = read[factor]
        else:
            field = HISTORY_FIELDS.get(factor, factor)
            is_yes, unit, where = getattr(exam.history, field), "", f"exam.json history.{field}"
            value = "yes" if is_yes else "no"
        evidence = Evidence(name=words, value=value, unit=unit, where=where)
        found.append(Answer(factor=factor, group=row["group"], words=words, is_yes=is_yes, evidence=evidence))
    return tuple(found)


def score(form: tuple[Answer, ...]) -> int:
    """Our own score; not the published weights. Drying drugs add nothing to a flow that is already too
    low."""
    has_low_saliva = any(answer.factor == "low_saliva" and answer.is_yes for answer in form)
    return sum(a.points for a in form if not (has_low_saliva and a.factor == "hyposalivatory_drugs"))


def level(form: tuple[Answer, ...]) -> str:
    """low, moderate, high or extreme, by the rule in words."""
    yes = {group: [a for a in form if a.group == group and a.is_yes] for group in GROUPS}
    is_high = bool(yes["indicator"]) or score(form) >= limit("cambra_score_high_from")
    if is_high:
        needs_most = {"low_saliva", "unable_to_clean"} & {answer.factor for answer in yes["risk"]}
        return "extreme" if needs_most else "high"
    all_indicators_no = all(a.is_yes is False for a in form if a.group == "indicator")
    outweighed = len(yes["protective"]) > len(yes["risk"])
    below_moderate = score(form) < limit("cambra_score_moderate_from")
    return "low" if all_indicators_no and outweighed and below_moderate else "moderate"


def caries_risk(exam: Exam, occasions: tuple[Occasion, ...] | None = None) -> Finding:
    """The caries-risk finding; "not assessed" below 6 years, or when no question at all was answered."""
    form = answers(exam, occasions)
    if exam.age_y < limit("cambra_from_age_y"):
        age = Evidence(name="age", value=str(exam.age_y), unit="y", where="patient.fhir.json birthDate")
        return _finding("not assessed", "This rule is for people of 6 years and up.", (age,), (), form)
    if all(answer.is_yes is None for answer in form):
        return _finding("not assessed", "No question of this rule was answered. So we give no level.", (), (), form)
    reached = level(form)
    against = [answer.words for answer in form if answer.is_yes and answer.group != "protective"]
    helping = [answer.words for answer in form if answer.is_yes and answer.group == "protective"]
    said = [f"{sentence(reached)} risk of new caries."]
    said += [f"It rests on this: {', '.join(against)}."] if against else ["We found nothing that adds risk."]
    said += [f"This helps: {', '.join(helping)}."] if helping else []
    doubts = ["The weights in our score are our own, not the published ones."]
    for group, asked in GROUPS.items():
        missing = [answer.words for answer in form if answer.is_yes is None and answer.group == group]
        if missing:
            doubts.append(f"{asked} with no answer: {'; '.join(missing)}.")
    if reached == "moderate" and any(a.is_yes is None and a.group == "indicator" for a in form):
        doubts.append("We do not say low while a main question is open.")
    fired = tuple(answer.evidence for answer in form if answer.is_yes)
    points = Evidence(name="score, not the published weights", value=str(score(form)), unit="points")
    return _finding(reached, " ".join(said), (*fired, points), tuple(doubts), form)


GROUPS = {"indicator": "Main questions", "risk": "Risks", "protective": "What may help,"}
"""The form's three groups, and how a patient reads of them."""
HISTORY_FIELDS = {"approximal_enamel": "radiographic_approximal_enamel_lesions"}
"""Factors whose history field has another name."""

_Reading = tuple[bool | None, str, str, str]
"""Yes, no or None; the value; its unit; its file and field."""


def _finding(
    grade: str,
    statement: str,
    evidence: tuple[Evidence, ...],
    doubts: tuple[str, ...],
    form: tuple[Answer, ...],
) -> Finding:
    has_indicator = any(answer.is_yes and answer.group == "indicator" for answer in form)
    return Finding(
        id="cambra",
        kind=Kind.CARIES_RISK,
        title="Caries risk",
        statement=statement,
        rule=rule("cambra"),
        evidence=evidence,
        certainty=Certainty.MEDIUM if has_indicator and grade != "not assessed" else Certainty.LIMITED,
        grade=grade,
        cannot_know=doubts,
    )


def _worked_out(exam: Exam, occasions: tuple[Occasion, ...] | None) -> Mapping[str, _Reading]:
    """The questions that no single yes-or-no field answers."""
    return {
        "cavities": _cavities(exam),
        "white_spots": _white_spots(exam),
        "recent_restoration": _recent_restoration(exam),
        "snacks": _snacks(occasions),
        **_saliva(exam),
        **_paste(exam),
    }


def _all_teeth_seen(exam: Exam) -> bool:
    present = [tooth for tooth in exam.teeth.values() if tooth.presence is Presence.PRESENT]
    return bool(present) and all(tooth.surfaces for tooth in present)


def _cavities(exam: Exam) -> _Reading:
    for tooth, name, surface in examined(exam):
        if surface.icdas >= limit("cambra_cavity_from_icdas"):
            return True, f"ICDAS {surface.icdas}", "", f"exam.json teeth.{tooth}.surfaces.{name}.icdas"
    on_x_ray = exam.history.radiographic_dentine_caries
    where = "exam.json history.radiographic_dentine_caries"
    if on_x_ray:
        return True, "yes, on an X-ray", "", where
    return (False if on_x_ray is False and _all_teeth_seen(exam) else None), "no", "", where


def _white_spots(exam: Exam) -> _Reading:
    spots = [
        (tooth, name, surface)
        for tooth, name, surface in examined(exam)
        if surface.icdas in WHITE_SPOT_CODES and name in SMOOTH
    ]
    for tooth, name, surface in spots:
        if surface.is_active:
            where = f"exam.json teeth.{tooth}.surfaces.{name}.active"
            return True, f"ICDAS {surface.icdas}, active", "", where
    all_at_rest = all(surface.is_active is False for _, _, surface in spots)
    return (False if all_at_rest and _all_teeth_seen(exam) else None), "no", "", "exam.json teeth"


def _recent_restoration(exam: Exam) -> _Reading:
    months = exam.history.months_since_caries_restoration
    where = "exam.json history.months_since_caries_restoration"
    if months is not None:
        return months <= limit("cambra_recent_restoration_months"), plain(months), "months ago", where
    has_none = _all_teeth_seen(exam) and not any(
        surface.restoration in ("filling", "crown") for _, _, surface in examined(exam)
    )
    return (False if has_none else None), "no filling seen", "", where


def _snacks(occasions: tuple[Occasion, ...] | None) -> _Reading:
    if occasions is None:
        return None, "", "", "diet.csv"
    count = sum(occasion.is_sweet and occasion.is_between_meals for occasion in occasions)
    return count > limit("cambra_snacks_more_than"), str(count), "per day", "diet.csv"


def _saliva(exam: Exam) -> Mapping[str, _Reading]:
    measured = [
        (flow, flow < limit(f"cambra_{name}_below"), f"exam.json saliva.{name}.value")
        for name, flow in (
            ("unstimulated", exam.saliva.unstimulated_ml_min),
            ("stimulated", exam.saliva.stimulated_ml_min),
        )
        if flow is not None
    ]
    if not measured:
        nothing: _Reading = (None, "", "", "exam.json saliva")
        return {"low_saliva": nothing, "adequate_saliva": nothing}
    measured.sort(key=lambda one: not one[1])
    flow, is_low, where = measured[0]
    return {
        "low_saliva": (is_low, plain(flow), "mL/min", where),
        "adequate_saliva": (not is_low, plain(flow), "mL/min", where),
    }


def _paste(exam: Exam) -> Mapping[str, _Reading]:
    ppm, times = exam.history.fluoride_paste_ppm, exam.history.fluoride_paste_times_a_day
    where = "exam.json history.fluoride_paste_ppm"
    is_daily = None if times is None else times >= limit("cambra_paste_from_times")
    value = "" if ppm is None else plain(ppm)

    def at_least(name: str) -> bool | None:
        if is_daily is False or (ppm is not None and ppm < limit(name)):
            return False
        return None if is_daily is None or ppm is None else True

    return {
        "fluoride_paste": (at_least("cambra_paste_from_ppm"), value, "ppm", where),
        "strong_paste": (at_least("cambra_strong_paste_from_ppm"), value, "ppm", where),
    }

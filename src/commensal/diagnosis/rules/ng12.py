"""Signs that ask for a cancer referral: NICE NG12 (R1 to R6), the Scottish red flags and the Irish list.

Which sign fires which rule is the table `data/referral.csv`; this file only reads it. One sign gives one
finding for every NG12 rule it fires; the Scottish and Irish lists are named in its evidence, and speak for
themselves only where NG12 is silent. Days count from the day the sign was first noticed, by patient or
clinician, whichever is earlier.

Readings chosen where the texts leave room, always the one that refers sooner:

* "over three weeks" is met on day 21. Days are all we have, and a recheck on day 21 must be able to refer.
* A lump or red patch that the dentist has not judged counts as suspicious (R4); only a written "no" stops R4.
* "Ulcer or unexplained swelling" (Scotland) asks no cause of the swelling only: an explained ulcer still
  fires.
* The Scottish and Irish lists say "urgent" and name no number of days; NG12's two weeks are used.

Leaves out: risk from tobacco or alcohol (no rule above asks it); symptoms nobody wrote down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from commensal.diagnosis.exam import Exam, SignKind, SoftTissueSign
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind, Rule, Screening
from commensal.diagnosis.rules.tables import limit, listed, rows, rule, sentence

LOOK_ONLY = "A look and a feel cannot show what the cells are like."
DENTIST = "dentist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One row of `data/referral.csv`: what must be true of one kind of sign for one rule."""

    rule: str
    grade: str
    sign: SignKind
    examiner: str
    needs_unexplained: bool
    needs_persistent: bool
    from_day: int
    from_age_y: int
    unless_judged_harmless: bool
    route: str

    def asks(self, sign: SoftTissueSign, exam: Exam) -> bool:
        """True when everything but the time is met: the right sign, examiner, age and judgement."""
        return (
            sign.kind is self.sign
            and self.examiner in ("any", exam.examiner)
            and (sign.is_unexplained or not self.needs_unexplained)
            and (sign.is_persistent or not self.needs_persistent)
            and exam.age_y >= self.from_age_y
            and not (self.unless_judged_harmless and sign.is_suspicious is False)
        )

    def fires(self, sign: SoftTissueSign, exam: Exam) -> bool:
        """True when the rule asks for a referral on the day of the examination."""
        return self.asks(sign, exam) and days_since(sign, exam) >= self.from_day

    @property
    def is_ng12(self) -> bool:
        """True for R1 to R6, false for the Scottish and Irish siblings."""
        return self.rule.startswith("ng12-")


@cache
def criteria() -> tuple[Criterion, ...]:
    """Every row of the referral table, NG12 first."""
    return tuple(
        Criterion(
            rule=row["rule"],
            grade=row["grade"],
            sign=SignKind(row["sign"]),
            examiner=row["examiner"],
            needs_unexplained=row["needs_unexplained"] == "yes",
            needs_persistent=row["needs_persistent"] == "yes",
            from_day=int(row["from_day"]),
            from_age_y=int(row["from_age_y"]),
            unless_judged_harmless=row["unless_judged_harmless"] == "yes",
            route=row["route"],
        )
        for row in rows("referral")
    )


def days_since(sign: SoftTissueSign, exam: Exam) -> int:
    """Whole days from first notice to the examination."""
    return (exam.on - sign.since).days


def referrals(exam: Exam) -> tuple[Finding, ...]:
    """One finding for every sign and NG12 rule that asks for a referral, in the order of `exam.signs`."""
    found: list[Finding] = []
    for index, sign in enumerate(exam.signs):
        fired = [criterion for criterion in criteria() if criterion.fires(sign, exam)]
        leading = [criterion for criterion in fired if criterion.is_ng12] or fired[:1]
        others = [criterion for criterion in fired if criterion not in leading]
        found.extend(_referral(criterion, others, index, sign, exam) for criterion in leading)
    return tuple(found)


def screening_findings(screenings: Iterable[Screening]) -> tuple[Finding, ...]:
    """What screens add: a referral when they ask for one, else a note that says it cancels nothing."""
    return tuple(_screening(screening) for screening in screenings)


def soft_tissue(exam: Exam) -> tuple[Finding, ...]:
    """Rechecks and notes for the signs that no rule refers today, and what the look as a whole says."""
    quiet = [
        (index, sign)
        for index, sign in enumerate(exam.signs)
        if not any(criterion.fires(sign, exam) for criterion in criteria())
    ]
    found = [_recheck_or_note(index, sign, exam) for index, sign in quiet]
    has_referral = len(quiet) < len(exam.signs)
    if not exam.soft_tissue_examined or not has_referral:
        found.append(_whole_look(exam))
    return tuple(found)


def recheck_on(sign: SoftTissueSign, exam: Exam) -> date | None:
    """The day a sign that refers nobody today must be looked at again; None when no rule would ever ask.

    The earliest of: the day a rule's time is up; two weeks from now when a cause was found (it should then be
    gone) or when the sign comes and goes.
    """
    days = [sign.since + timedelta(days=criterion.from_day) for criterion in criteria() if criterion.asks(sign, exam)]
    if not (sign.is_unexplained and sign.is_persistent):
        days.append(exam.on + timedelta(days=limit("review_after_cause_removed_days")))
    return min(days, default=None)


@cache
def _words() -> Mapping[str, str]:
    return {row["sign"]: row["words"] for row in rows("signs")}


def sign_words(sign: SoftTissueSign) -> str:
    """The sign and its place in plain words: "a sore (left side of the tongue)"."""
    words = _words()[sign.kind]
    return f"{words} ({sign.where})" if sign.where else words


def _ago(days: int) -> str:
    return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"


def _inputs(index: int, sign: SoftTissueSign, exam: Exam) -> tuple[Evidence, ...]:
    at = f"exam.json soft_tissue.signs[{index}]"
    return (
        Evidence(name="sign", value=str(sign.kind), where=f"{at}.kind"),
        Evidence(name="first noticed", value=sign.since.isoformat(), where=f"{at}.since"),
        Evidence(name="days since then", value=str(days_since(sign, exam)), unit="d", where=f"{at}.since"),
        Evidence(
            name="no cause found",
            value="yes" if sign.is_unexplained else "no, a cause was found",
            where=f"{at}.unexplained",
        ),
    )


def _referral(criterion: Criterion, others: list[Criterion], index: int, sign: SoftTissueSign, exam: Exam) -> Finding:
    at = f"exam.json soft_tissue.signs[{index}]"
    evidence = list(_inputs(index, sign, exam))
    doubts = [LOOK_ONLY]
    if criterion.needs_persistent:
        evidence.append(Evidence(name="it stays", value="yes", where=f"{at}.persistent"))
    if criterion.from_age_y:
        evidence.append(Evidence(name="age", value=str(exam.age_y), unit="y", where="patient.fhir.json birthDate"))
    if criterion.examiner != "any":
        evidence.append(Evidence(name="who looked", value=str(exam.examiner), where="exam.json examiner"))
    if criterion.unless_judged_harmless:
        judged = "yes" if sign.is_suspicious else "not judged"
        evidence.append(Evidence(name="looks like cancer", value=judged, where=f"{at}.suspicious"))
        if sign.is_suspicious is None:
            doubts.append("Nobody wrote down how it looks. So we take the safer reading.")
    if others:
        asked = listed([other.grade for other in others])
        evidence.append(Evidence(name="also asked by", value=asked, where=f"{at}.kind"))
    weeks = round(limit("urgent_referral_days")) // 7
    goal = "a dentist" if criterion.route == DENTIST else "a cancer clinic"
    cause = "We found no clear cause. " if sign.is_unexplained else ""
    return Finding(
        id=f"{criterion.rule}:signs.{index}",
        kind=Kind.REFERRAL,
        title=f"Referral: {sign_words(sign)}",
        statement=(
            f"{sentence(sign_words(sign))} was first seen {_ago(days_since(sign, exam))}. {cause}"
            f"The rule says: think of a visit to {goal} within {weeks} weeks. "
            "It does not say that this is cancer."
        ),
        rule=rule(criterion.rule),
        evidence=tuple(evidence),
        certainty=Certainty.HIGH if sign.is_suspicious is not None or not doubts[1:] else Certainty.MEDIUM,
        grade=criterion.grade,
        refer_within_days=round(limit("urgent_referral_days")),
        cannot_know=tuple(doubts),
    )


def _recheck_or_note(index: int, sign: SoftTissueSign, exam: Exam) -> Finding:
    on = recheck_on(sign, exam)
    seen = f"{sentence(sign_words(sign))} was first seen {_ago(days_since(sign, exam))}. "
    if on is None:
        then = "No rule asks for a referral today. Tell us if it stays or grows."
    else:
        then = f"We look again on {on.isoformat()}. If it is still there, we send you on."
    return Finding(
        id=f"{'soft-tissue-look' if on is None else 'recheck'}:signs.{index}",
        kind=Kind.SOFT_TISSUE if on is None else Kind.RECHECK,
        title=f"{'Noted' if on is None else 'Look again'}: {sign_words(sign)}",
        statement=seen + then,
        rule=rule("soft-tissue-look" if on is None else "recheck"),
        evidence=_inputs(index, sign, exam),
        certainty=Certainty.MEDIUM,
        look_again_on=on,
        cannot_know=(LOOK_ONLY,),
    )


def _whole_look(exam: Exam) -> Finding:
    was_looked_at = exam.soft_tissue_examined
    return Finding(
        id="soft-tissue-look",
        kind=Kind.SOFT_TISSUE,
        title="Mouth cancer check",
        statement=(
            "No sign that asks for a referral today. This does not rule cancer out."
            if was_looked_at
            else "The soft parts of the mouth were not looked at today. So this says nothing about cancer."
        ),
        rule=rule("soft-tissue-look"),
        evidence=(
            Evidence(
                name="soft tissues looked at",
                value="yes" if was_looked_at else "no",
                where="exam.json soft_tissue.examined",
            ),
            Evidence(name="signs written down", value=str(len(exam.signs)), where="exam.json soft_tissue.signs"),
        ),
        certainty=Certainty.LIMITED,
        grade="none" if was_looked_at else "not examined",
        cannot_know=(LOOK_ONLY,),
    )


def _screening(screening: Screening) -> Finding:
    adds = rule("screening-adds")
    return Finding(
        id=f"screening-adds:{screening.id}",
        kind=Kind.REFERRAL if screening.asks_for_referral else Kind.SOFT_TISSUE,
        title=f"{'Referral' if screening.asks_for_referral else 'Screen'}: {screening.title}",
        statement=screening.statement
        if screening.asks_for_referral
        else f"{screening.statement} This takes back no other referral.",
        rule=Rule(id=adds.id, version=adds.version, title=adds.title, source=screening.source, mark=screening.mark),
        evidence=screening.evidence,
        certainty=Certainty.LIMITED,
        grade="adds a referral" if screening.asks_for_referral else "adds nothing",
        refer_within_days=round(limit("urgent_referral_days")) if screening.asks_for_referral else None,
        cannot_know=("A screen can be wrong both ways. It never cancels what the rules ask for.",),
    )

"""When to look again at a patch that might turn (WHO Collaborating Centre 2020; intervals recalled).

Only a white patch and a red and white patch map to a disorder of the list; the name itself needs a biopsy,
so the finding suggests an interval and names nothing for sure. It comes beside the referral, never instead
of it. Where the interval depends on a form the examination does not ask (even or uneven patch), the shorter
one is taken.

Leaves out: transformation rates. They belong to a biopsy, and frighten without one.
"""

from calendar import monthrange
from datetime import date

from commensal.diagnosis.exam import Exam, SoftTissueSign
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.ng12 import days_since, sign_words
from commensal.diagnosis.rules.tables import limit, rows, rule


def months_later(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of a shorter month.

    >>> months_later(date(2045, 11, 30), 3)
    datetime.date(2046, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def reviews(exam: Exam) -> tuple[Finding, ...]:
    """A suggested review for each unexplained, persistent patch that maps to the list."""
    return tuple(
        _review(index, sign, exam, row["may_be"], int(row["review_months"]), row["why"])
        for index, sign in enumerate(exam.signs)
        for row in rows("opmd")
        if row["sign"] == sign.kind and _stays(sign, exam)
    )


def _stays(sign: SoftTissueSign, exam: Exam) -> bool:
    is_old_enough = days_since(sign, exam) >= limit("opmd_from_days")
    return sign.is_unexplained and sign.is_persistent and is_old_enough


def _review(index: int, sign: SoftTissueSign, exam: Exam, may_be: str, months: int, why: str) -> Finding:
    at = f"exam.json soft_tissue.signs[{index}]"
    return Finding(
        id=f"opmd-review:signs.{index}",
        kind=Kind.SOFT_TISSUE,
        title=f"Keep an eye on {sign_words(sign)}",
        statement=f"Look at this patch each {months} months. Only a lab test can name it.",
        rule=rule("opmd-review"),
        evidence=(
            Evidence(name="sign", value=str(sign.kind), where=f"{at}.kind"),
            Evidence(name="no cause found", value="yes", where=f"{at}.unexplained"),
            Evidence(name="it stays", value="yes", where=f"{at}.persistent"),
            Evidence(name="may be", value=f"{may_be}; {why}", where=f"{at}.kind"),
        ),
        certainty=Certainty.LIMITED,
        grade=f"{months} months",
        look_again_on=months_later(exam.on, months),
        cannot_know=("A patch has no name before a lab has looked at a small piece of it.",),
    )

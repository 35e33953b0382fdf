"""Days and the order they must stand in: birth, what was noticed or taken, the visit, today."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from commensal.clinic.folder.problems import Problems

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The days between which others must lie; None where a limit is not known."""

    born: date | None = None
    visit: date | None = None
    today: date | None = None


def parse_day(file: str, field: str, text: str, problems: Problems, limits: Limits) -> date | None:
    """A day within `limits`; None after adding to `problems`. The birth date is never repeated."""
    day = _day(text)
    if day is None:
        remedy = "write year-month-day, as in 2025-11-20" if not DAY.fullmatch(text) else "there is no such day"
        problems.add(file, field, "a day as YYYY-MM-DD", problems.shown(text), remedy)
        return None
    return day if is_within(file, field, day, problems, limits) else None


def is_within(file: str, field: str, day: date, problems: Problems, limits: Limits) -> bool:
    """Whether a day lies within `limits`; the first limit it breaks becomes a problem."""
    if limits.born is not None and day < limits.born:
        problems.add(file, field, "a day on or after the patient's birth", f"{day}, a day before it")
    elif limits.visit is not None and day > limits.visit:
        problems.add(file, field, f"a day on or before the visit ({limits.visit})", str(day))
    elif limits.today is not None and day > limits.today:
        problems.add(file, field, f"a day that is not in the future (today is {limits.today})", str(day))
    else:
        return True
    return False


def parse_moment(file: str, field: str, text: str, problems: Problems, limits: Limits) -> bool:
    """Whether `text`, which has the shape of an ISO 8601 moment, is one, and its day lies within `limits`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None:
        expected = "a moment with its offset, such as 2025-11-20T09:40:00+01:00"
        problems.add(file, field, expected, problems.shown(text), "there is no such moment")
        return False
    return is_within(file, field, moment.date(), problems, limits)


def _day(text: str) -> date | None:
    if not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

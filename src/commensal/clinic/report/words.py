"""Plain words made from the facts: the summary in the voice, dates, times and counts.

Short, present tense, one fact a sentence, no promise and no praise. What is not known is not said.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

from commensal.clinic.report.states import State, ToothState, in_words
from commensal.clinic.report.teeth import quadrant
from commensal.clinic.visit_record import VisitRecord
from commensal.diagnosis import Finding, Forecast
from commensal.diagnosis import forecast as forecasts

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SMALL_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
NO_BREAK_SPACE = "\u00a0"
LONG_MIN = 75.0
"""From here on a site "needs more rest from acid": the fourth band of the ramp."""
LONGEST_GREETING = 30
"""Characters of a given name that still read well as the first words of a sentence."""
STAGES = ("I", "II", "III", "IV")
"""Stages of periodontitis: a finding with another grade makes no claim that the gums need care."""
WORTH_SAYING_MIN = 5.0
"""A change smaller than this is not called a change."""


def day(on: date) -> str:
    """A date as people say it: "22 November 2045"."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def moment(iso: str) -> str:
    """An ISO 8601 time as people say it, "22 November 2045, 11:24 UTC"; anything else unchanged."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = "" if at.tzinfo is None else " UTC" if not at.utcoffset() else f" {at:%z}"
    return f"{day(at.date())}, {at:%H:%M}{zone}"


def dates_in_words(text: str) -> str:
    """`text` with every ISO date in it as people say it: "on 2045-12-06" becomes "on 6 December 2045"."""

    def in_words(found: re.Match[str]) -> str:
        try:
            return day(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return re.sub(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", in_words, text)


def duration(minutes: float) -> str:
    """Minutes in words that stay on one line: "45 min", "3 h", "3 h 43 min"."""
    whole = round(minutes)
    hours, rest = divmod(whole, 60)
    words = [f"{hours} h"] if hours else []
    words += [f"{rest} min"] if rest or not hours else []
    return " ".join(words).replace(" ", NO_BREAK_SPACE)


def roughly(minutes: float) -> str:
    """A length of time as one says it when it is not known well: "25 minutes", "an hour and a half", "9 hours"."""
    if minutes < 45:
        return f"{5 * round(minutes / 5)}{NO_BREAK_SPACE}minutes"
    halves = round(minutes / 30)
    if halves <= 3:
        return "an hour and a half" if halves == 3 else "an hour"
    if halves >= 8 or halves % 2 == 0:
        return f"{round(minutes / 60)}{NO_BREAK_SPACE}hours"
    return f"{halves // 2} and a half hours"


def clock_time(minutes: float) -> str:
    """Minutes after midnight as a time of day: "7:05"; 24:00 stays 24:00."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours}:{rest:02d}"


def count(number: int) -> str:
    """Small numbers as words, others as figures."""
    return SMALL_NUMBERS[number] if number < len(SMALL_NUMBERS) else str(number)


def teeth_list(fdis: Sequence[str]) -> str:
    """Tooth numbers with neighbours drawn together: "11–14, 16"."""
    runs: list[list[str]] = []
    for fdi in sorted(fdis):
        if runs and quadrant(runs[-1][-1]) == quadrant(fdi) and int(fdi) == int(runs[-1][-1]) + 1:
            runs[-1].append(fdi)
        else:
            runs.append([fdi])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def greeting(visit: VisitRecord) -> str:
    """The given name with which the summary begins; "" when there is none, or when it would fill a line."""
    name = visit.patient.given.strip()
    return name if len(name) <= LONGEST_GREETING else ""


def summary(visit: VisitRecord, teeth: Sequence[ToothState]) -> str:
    """The sentences after the name: what comes first, what needs care, what is steady, what would help."""
    sentences = [
        *_referral_sentences(visit.findings),
        *_recheck_sentences(visit.findings),
        _teeth_sentence(visit, teeth),
        *_gum_sentences(visit.findings),
        *_acid_sentences(visit.forecast),
    ]
    if visit.refused:
        steps = "one step" if len(visit.refused) == 1 else f"{count(len(visit.refused))} steps"
        sentences.append(f"you said no to {steps}; this page says what that means.")
    capital = [sentence[0].upper() + sentence[1:] for sentence in sentences]
    return " ".join([sentences[0] if greeting(visit) else capital[0], *capital[1:]])


def _teeth_sentence(visit: VisitRecord, teeth: Sequence[ToothState]) -> str:
    if visit.exam is None:
        return "your teeth were not looked at on this visit."
    looked_at = [tooth for tooth in teeth if tooth.places]
    if not looked_at:
        return "no tooth was looked at on this visit."
    care = [tooth for tooth in looked_at if State.CARIES in tooth.places]
    watch = [tooth for tooth in looked_at if State.WATCH in tooth.places and tooth not in care]
    steady = [tooth for tooth in looked_at if tooth not in care and tooth not in watch]
    is_whole = all(State.NOT_EXAMINED not in tooth.surfaces.values() for tooth in teeth)
    others = "the rest look steady" if is_whole else "the others we saw look steady"
    parts = []
    if care:
        parts.append(f"{count(len(care))} {'tooth needs' if len(care) == 1 else 'teeth need'} care soon")
    if watch and care:
        parts.append(f"{count(len(watch))} {'needs' if len(watch) == 1 else 'need'} watching")
    elif watch:
        parts.append(f"{count(len(watch))} {'tooth needs' if len(watch) == 1 else 'teeth need'} watching")
    if not parts:
        if len(looked_at) == 1:
            return "the one tooth we looked at looks steady."
        return f"all {len(looked_at)} teeth we looked at look steady."
    if steady:
        parts.append(others)
    return in_words(parts) + "."


def _referral_sentences(findings: Sequence[Finding]) -> list[str]:
    """What a specialist should look at, as far as no dentist decided otherwise."""
    referrals = [finding for finding in findings if finding.kind == "referral" and finding.override is None]
    if not referrals:
        return []
    soonest = min((f.refer_within_days for f in referrals if f.refer_within_days is not None), default=None)
    when = f" within {soonest} days" if soonest is not None else ""
    what = "one thing" if len(referrals) == 1 else f"{count(len(referrals))} things"
    return [f"{what} should be looked at by a specialist{when}."]


def _recheck_sentences(findings: Sequence[Finding]) -> list[str]:
    """When something is looked at again, as far as no dentist decided otherwise."""
    days = [f.look_again_on for f in findings if f.kind == "recheck" and f.override is None and f.look_again_on]
    if not days:
        return []
    what = "one thing" if len(days) == 1 else f"{count(len(days))} things"
    return [f"we look at {what} again, on {day(min(days))}."]


def _gum_sentences(findings: Sequence[Finding]) -> list[str]:
    staged = [f for f in findings if f.kind == "periodontitis" and f.grade in STAGES and f.override is None]
    return ["your gums need care too."] if staged else []


def _acid_sentences(forecast: Forecast | None) -> list[str]:
    if forecast is None or not forecast.sites:
        return []
    worst = longest_first(forecast)[0]
    if worst.acid_min < LONG_MIN:
        said = [f"In our simulation your teeth get good rest from acid: {duration(worst.acid_min)} a day at most."]
    else:
        said = [f"One place needs more rest from acid: {worst.label}."]
    if forecast.alternative and worst.acid_min_alternative is not None:
        saved = worst.acid_min - worst.acid_min_alternative
        if saved >= WORTH_SAYING_MIN:
            said.append(f"In our simulation, {forecast.alternative} gives it about {roughly(saved)} more.")
        else:
            said.append(f"In our simulation, {forecast.alternative} changes little.")
    return said


def longest_first(forecast: Forecast) -> list[forecasts.SiteForecast]:
    """Sites by time in acid, the longest first; equal times by id."""
    return sorted(forecast.sites, key=lambda site: (-site.acid_min, site.id))

"""A plan drafted from findings: at most eight steps, each with what it rests on; a dentist changes and
signs it.

The words, intervals and sources of the steps are `data/plan_steps.toml`. A finding that a dentist decided
otherwise about drives no step of its own: the decision does. What is drafted for teeth and gums names what
to do and leaves how to the patient and the dentist.

Leaves out: prices, appointments, orders.
"""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from commensal.clinic.plan import Plan, Step
from commensal.diagnosis import Exam, Finding, Forecast
from commensal.diagnosis import finding as found_by
from commensal.lila import Anxiety

PLACES_SHOWN = 6
"""Tooth surfaces named in one step; the rest are counted."""
HOURS_FROM_MIN = 100
"""From here on a span of acid time is told in whole hours."""
NO_STAGE = "no stage"
Kind = found_by.Kind


def draft_plan(
    findings: tuple[Finding, ...],
    exam: Exam | None,
    anxiety: Anxiety | None,
    forecast: Forecast | None,
    on: date,
) -> Plan:
    """A draft plan, referral first; the same findings give the same plan.

    Args:
        findings: what the rules, the twin and the dentist say.
        exam: the examination; None when there was none, and then no check-up is proposed.
        anxiety: measured fear; None when it was not asked.
        forecast: the twin's day; None when it was not run.
        on: the day of the visit.
    """
    ruled = tuple(finding for finding in findings if finding.override is None)
    made = (
        _referral(ruled, on),
        _decided(findings),
        _recheck(ruled),
        _caries(ruled),
        _gums(ruled),
        _fluoride(ruled, exam),
        _diet(ruled, forecast),
        _recall(ruled, exam),
    )
    return Plan(
        steps=tuple(step for step in made if step is not None),
        agreed_about_fear=agreed_about_fear(anxiety),
    )


def agreed_about_fear(anxiety: Anxiety | None) -> tuple[str, ...]:
    """What the visit does about fear, each a sentence to the patient; empty when fear was not asked about."""
    if anxiety is None:
        return ()
    said = []
    if anxiety.hardest:
        said.append(f"You said this is hardest: {', '.join(anxiety.hardest)}.")
    said += anxiety.visit_marks
    said += [f"You asked for this: {wish}" for wish in anxiety.wishes]
    return tuple(said)


@cache
def _table() -> dict[str, Any]:
    text = files("commensal.clinic").joinpath("data", "plan_steps.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _step(step_id: str, findings: tuple[Finding, ...], **words: object) -> Step:
    row = next(row for row in _table()["steps"] if row["id"] == step_id)
    text = {name: row[name].format(**words) for name in ("what", "why", "other_choices", "when", "rests_on")}
    return Step(
        what=text["what"],
        why=text["why"],
        other_choices=text["other_choices"],
        when=text["when"],
        findings=tuple(finding.id for finding in findings),
        source=text["rests_on"],
    )


def _of(findings: tuple[Finding, ...], *kinds: found_by.Kind) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.kind in kinds)


def _about(findings: tuple[Finding, ...]) -> str:
    """What the findings' titles name after their first words, each once."""
    return "; ".join(dict.fromkeys(finding.title.partition(": ")[2] for finding in findings))


def _sentences(texts: list[str]) -> str:
    """Texts as sentences, each once."""
    return " ".join(dict.fromkeys(f"{text.strip().rstrip('.')}." for text in texts))


def _referral(findings: tuple[Finding, ...], on: date) -> Step | None:
    asked = _of(findings, Kind.REFERRAL)
    if not asked:
        return None
    goals = {"a dentist" if finding.grade == "R3" else "a cancer clinic" for finding in asked}
    days = min((f.refer_within_days for f in asked if f.refer_within_days is not None), default=14)
    return _step(
        "referral",
        asked,
        sources="; ".join(dict.fromkeys(f"{f.rule.source.partition(';')[0]} ({f.rule.mark.letter})" for f in asked)),
        goal=" and ".join(sorted(goals)),
        signs=_about(asked),
        days=days,
        date=(on + timedelta(days=days)).isoformat(),
    )


def _decided(findings: tuple[Finding, ...]) -> Step | None:
    decided = [(finding, finding.override) for finding in findings if finding.override is not None]
    if not decided:
        return None
    return _step(
        "decided",
        tuple(finding for finding, _ in decided),
        statements=_sentences([override.statement for _, override in decided]),
        reasons=_sentences([override.reason for _, override in decided]),
        date=max(override.on for _, override in decided).isoformat(),
    )


def _recheck(findings: tuple[Finding, ...]) -> Step | None:
    asked = _of(findings, Kind.RECHECK)
    days = [finding.look_again_on for finding in asked if finding.look_again_on is not None]
    if not days:
        return None
    return _step("recheck", asked, signs=_about(asked), date=min(days).isoformat())


def _caries(findings: tuple[Finding, ...]) -> Step | None:
    deep = [f for grade in ("extensive", "moderate") for f in _of(findings, Kind.CARIES) if f.grade == grade]
    if not deep:
        return None
    places = [finding.title.removeprefix("Caries on ") for finding in deep]
    more = len(places) - PLACES_SHOWN
    shown = "; ".join(places[:PLACES_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    words = {
        "extensive": "There is a hole.",
        "moderate": "The enamel is broken, or a shadow shows.",
    }
    reasons = " ".join(dict.fromkeys(words[finding.grade] for finding in deep))
    return _step("caries", tuple(deep), places=shown, reasons=reasons)


def _gums(findings: tuple[Finding, ...]) -> Step | None:
    periodontitis, gums = _of(findings, Kind.PERIODONTITIS), _of(findings, Kind.GUM_HEALTH)
    staged = tuple(finding for finding in periodontitis if finding.grade != NO_STAGE)
    if staged:
        return _step("gums-staged", (*staged, *gums), grades=_sentences([f.statement for f in staged]))
    if periodontitis or any(finding.grade == "not measured" for finding in gums):
        return _step("gums-open", (*periodontitis, *gums))
    if any(finding.grade not in ("healthy", "quiet") for finding in gums):
        return _step("gums-bleed", gums)
    return None


def _risk(findings: tuple[Finding, ...]) -> Finding | None:
    return next(iter(_of(findings, Kind.CARIES_RISK)), None)


def _fluoride(findings: tuple[Finding, ...], exam: Exam | None) -> Step | None:
    advice = _of(findings, Kind.FLUORIDE)
    if not advice or exam is None:
        return None
    risk = _risk(findings)
    level = "not assessed" if risk is None else risk.grade
    other = next(
        row["text"] for row in _table()["fluoride_other"] if level in row["levels"] and exam.age_y >= row["from_age_y"]
    )
    early = tuple(finding for finding in _of(findings, Kind.CARIES) if finding.grade == "initial")
    basis = (*advice, *((risk,) if risk else ()), *early)
    return _step("fluoride", basis, advice=advice[0].statement, other=other)


def _diet(findings: tuple[Finding, ...], forecast: Forecast | None) -> Step | None:
    """The one change the twin tried, when it spares the site that is longest in acid a minute or more."""
    if forecast is None or not forecast.alternative:
        return None
    acid = _of(findings, Kind.ACID_TIME)
    longest = max((site for site in forecast.sites if site.teeth), key=lambda site: site.acid_min, default=None)
    if longest is None or longest.acid_min_alternative is None:
        return None
    minutes = round(longest.acid_min - longest.acid_min_alternative)
    if minutes < 1:
        return None
    alternative = forecast.alternative[:1].upper() + forecast.alternative[1:]
    return _step(
        "diet",
        acid,
        alternative=alternative,
        less=f"{minutes} minutes" if minutes < HOURS_FROM_MIN else f"{round(minutes / 60)} hours",
        place=longest.label,
        model=forecast.model,
        mark=forecast.mark.letter,
    )


def _recall(findings: tuple[Finding, ...], exam: Exam | None) -> Step | None:
    if exam is None:
        return None
    looked = tuple(finding for finding in findings if finding.id == "soft-tissue-look")
    risk = _risk(findings)
    care = None if risk is None else _table()["recall"].get(risk.grade)
    if risk is not None and care is not None:
        span, x_ray_span = _span(care["from"], care["to"]), _span(care["x_ray_from"], care["x_ray_to"])
        return _step("recall-by-risk", (risk, *looked), level=risk.grade, span=span, x_ray_span=x_ray_span)
    by_age = [row for row in _table()["recall_by_age"] if exam.age_y >= row["from_age_y"]][-1]
    return _step("recall-by-age", looked, span=_span(by_age["from"], by_age["to"]))


def _span(lowest: int, highest: int) -> str:
    return str(lowest) if lowest == highest else f"{lowest} to {highest}"

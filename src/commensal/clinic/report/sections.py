"""What each section of the report shows, as plain values for the template. Nothing here is markup but the glyphs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from commensal.clinic.people import PURPOSE_WORDS
from commensal.clinic.report.acid import HARDLY_VOL_PERCENT_UM, AcidTooth, Balance, balance, band, bands
from commensal.clinic.report.marks import glyph
from commensal.clinic.report.odontogram import (
    STATE_FILLS,
    UNKNOWN_ACID,
    Fill,
    acid_fill,
    acid_words,
    swatch,
)
from commensal.clinic.report.states import LETTERS, STATE_WORDS, SURFACE_WORDS, State, ToothState
from commensal.clinic.report.style import RESEARCH_RELEASE
from commensal.clinic.report.teeth import plain_name, position, quadrant
from commensal.clinic.report.words import day, duration, longest_first, teeth_list
from commensal.clinic.visit_record import VisitRecord
from commensal.diagnosis import Finding, Forecast, Sample
from commensal.diagnosis import forecast as forecasts
from commensal.provenance import Mark

FIRST_KINDS = ("referral", "recheck")
"""Findings that ask for something within days stand first."""
TABLE_ROWS = 3
CHARTS = 4


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line of the list beside a picture: swatch, words, and the teeth it holds for ("" for none)."""

    swatch: Markup
    words: str
    teeth: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding as the table shows it."""

    finding: Finding
    evidence: tuple[str, ...]
    mark: Markup
    decided_on: str


def exam_rows(teeth: Sequence[ToothState]) -> list[KeyRow]:
    """The dentist's picture in words: every tooth stands in at least one line."""
    rows = []
    for state in State:
        held = [tooth for tooth in teeth if tooth.overall is state or state in tooth.places]
        if state is State.SOUND:
            held = [tooth for tooth in held if tooth.overall is State.SOUND]
        if held:
            picture = swatch(
                STATE_FILLS.get(state, STATE_FILLS[State.SOUND]),
                LETTERS[state],
                is_absent=state is State.ABSENT,
                is_crown=state is State.CROWN,
            )
            rows.append(KeyRow(picture, STATE_WORDS[state], _teeth_in_state(held, state)))
    return rows


def acid_rows(teeth: Sequence[AcidTooth]) -> list[KeyRow]:
    """The acid picture in words: all five bands, the longest first, then what was not worked out."""
    rows = []
    for step in reversed(bands()):
        held = [tooth.fdi for tooth in teeth if tooth.longest is not None and band(tooth.longest) == step]
        rows.append(KeyRow(swatch(acid_fill(step)), step.words, teeth_list(held)))
    for state in (Balance.LOSES, Balance.WINS):
        held = [tooth.fdi for tooth in teeth if balance(tooth) is state]
        if held:
            rows.append(KeyRow(swatch(Fill("f-e0", ""), state.sign), f"{state.value} each day", teeth_list(held)))
    unknown = [tooth.fdi for tooth in teeth if tooth.longest is None]
    partly = any(tooth.minutes and len(tooth.minutes) < len(SURFACE_WORDS) for tooth in teeth)
    if unknown or partly:
        words = teeth_list(unknown) or "some sides of teeth"
        rows.append(KeyRow(swatch(UNKNOWN_ACID), "not worked out", words))
    return rows


def every_tooth(states: Sequence[ToothState], acid: Sequence[AcidTooth]) -> list[tuple[str, str, str, str]]:
    """Number, plain name, what the dentist saw, time in acid ("" without a forecast), for every tooth drawn."""
    in_acid = {tooth.fdi: tooth for tooth in acid}
    ordered = sorted(states, key=lambda tooth: (quadrant(tooth.fdi), position(tooth.fdi), tooth.fdi))
    return [
        (
            tooth.fdi,
            plain_name(tooth.fdi),
            tooth.text,
            acid_words(in_acid[tooth.fdi]).partition(": ")[2] if tooth.fdi in in_acid else "",
        )
        for tooth in ordered
    ]


def finding_rows(findings: Sequence[Finding]) -> list[FindingRow]:
    """Findings in the order they came, referrals and rechecks first."""
    first = [finding for kind in FIRST_KINDS for finding in findings if finding.kind == kind]
    rest = [finding for finding in findings if finding.kind not in FIRST_KINDS]
    return [
        FindingRow(
            finding,
            tuple(f"{item.name}: {_with_unit(item.value, item.unit, item.name)}" for item in finding.evidence),
            glyph(finding.rule.mark),
            day(finding.override.on) if finding.override else "",
        )
        for finding in first + rest
    ]


def acid_table(forecast: Forecast) -> list[forecasts.SiteForecast]:
    """The groups of sites that stay longest in acid."""
    return longest_first(forecast)[:TABLE_ROWS]


def what_if_lines(forecast: Forecast) -> list[str]:
    """What each choice would change where it is longest in acid, a sentence each."""
    lines = []
    for one in forecast.what_ifs:
        words = one.words[:1].upper() + one.words[1:]
        acid = f"{duration(one.acid_min_with)} in acid instead of {duration(one.acid_min)}"
        lines.append(f"{words}: {acid}, and the tooth {_mineral_words(one.mineral, one.mineral_with)}.")
    if forecast.shift is not None:
        lines.append(_shift_words(forecast.shift))
    for option in forecast.engineered:
        said = " ".join(option.off_target)
        lines.append(
            f"Engineered bacteria ({option.name}) may be asked for in a trial. {said} Simulated, not measured."
        )
    return lines


def _shift_words(shift: forecasts.GuildShift) -> str:
    low, high = shift.times_interval
    told = (
        f"After {shift.days} days like this one, germs that thrive in acid are {shift.times:.1f} times as much of the"
    )
    told += f" plaque there ({low:.1f} to {high:.1f})"
    return f"{told}; {shift.times_with:.1f} with the change." if shift.times_with is not None else f"{told}."


def _mineral_words(now: float, then: float) -> str:
    if then < -HARDLY_VOL_PERCENT_UM:
        return "gets mineral back"
    if then <= HARDLY_VOL_PERCENT_UM:
        return "keeps its mineral" if now <= HARDLY_VOL_PERCENT_UM else "keeps its mineral, which it loses now"
    if then < 0.8 * now:
        return "loses less mineral"
    return "loses about as much mineral"


def charted_sites(forecast: Forecast) -> list[forecasts.SiteForecast]:
    """Up to four courses: the two longest, one from the middle, and the shortest for contrast."""
    ordered = longest_first(forecast)
    if len(ordered) <= CHARTS:
        return ordered
    return [ordered[0], ordered[1], ordered[len(ordered) // 2], ordered[-1]]


def sample_lines(sample: Sample) -> list[str]:
    """What came back from the lab, one line a value or table, with units."""
    lines = []
    for marker in sample.biomarkers:
        if marker.value is not None:
            amount = _with_unit(f"{marker.value:g}", marker.unit, marker.name)
        elif marker.detection_limit is not None:
            amount = f"below {marker.detection_limit:g} {marker.unit}, the least the test can see"
        else:
            amount = "no value"
        lines.append(f"{marker.name}: {amount}")
    for table in sample.taxa:
        most = ", ".join(name for name, _ in table.most[:3])
        size = f"{table.total:,.0f} reads" if table.unit == "reads" else f"total {table.total:g} ({table.unit})"
        lines.append(f"Bacteria: {table.taxa} kinds, {size}" + (f"; most of all {most}" if most else ""))
    return lines


def cannot_know(visit: VisitRecord, teeth: Sequence[ToothState]) -> list[str]:
    """All that the report cannot know, each sentence once: the visit's gaps, then those of findings and twin."""
    said = []
    if visit.exam is None:
        said.append("How your teeth are: nobody looked at them on this visit.")
    elif not visit.exam.soft_tissue_examined:
        said.append("How your tongue, cheeks and lips are: nobody looked at them on this visit.")
    for why in dict.fromkeys(tooth.text for tooth in teeth if _is_unseen(tooth)) if visit.exam else ():
        unseen = [tooth.fdi for tooth in teeth if _is_unseen(tooth) and tooth.text == why]
        said.append(f"{'Tooth' if len(unseen) == 1 else 'Teeth'} {teeth_list(unseen)}: {why}.")
    if visit.samples:
        said.append("What the lab values mean: they are stored, not interpreted.")
    if visit.forecast is None:
        said.append("How long your teeth are in acid: no simulation was run.")
    for finding in visit.findings:
        said += finding.cannot_know
    said += visit.forecast.cannot_know if visit.forecast else ()
    said.append(RESEARCH_RELEASE)
    return list(dict.fromkeys(said))


def refused_lines(visit: VisitRecord) -> list[tuple[str, str]]:
    """Each step not taken for want of consent, and what that means."""
    return [(PURPOSE_WORDS[purpose], meaning) for purpose, meaning in visit.refused]


def mark_key(findings: Sequence[Finding], forecast: Forecast | None) -> list[tuple[Markup, str]]:
    """The evidence marks this report uses, with their meaning."""
    used = {finding.rule.mark for finding in findings} | ({forecast.mark} if forecast else set())
    return [(glyph(mark, is_alone=False), mark.meaning) for mark in Mark if mark in used]


def interval_words(interval: tuple[float, float]) -> str:
    """ "likely 3 h 5 min to 4 h 24 min"."""
    return f"likely {duration(interval[0])} to {duration(interval[1])}"


def _with_unit(value: str, unit: str, name: str) -> str:
    """ "12 mmol/L"; a unit that the name ends with, as in "critical pH", is not said twice."""
    return value if not unit or name.endswith(unit) else f"{value} {unit}"


def _is_unseen(tooth: ToothState) -> bool:
    return tooth.overall is State.NOT_EXAMINED and not tooth.places


def _teeth_in_state(teeth: Sequence[ToothState], state: State) -> str:
    whole = [tooth.fdi for tooth in teeth if state not in tooth.places or state is State.SOUND]
    parts = [f"{tooth.fdi} {tooth.places[state]}" for tooth in teeth if tooth.fdi not in whole]
    return "; ".join([*parts, teeth_list(whole)] if whole else parts)

"""Tables of `commensal strain`: what a card says, what the gate asked, two strains side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from commensal.mouth import strains


GONE_LOG10 = -4.0
"""Fewer than a ten-thousandth is not told apart from none."""


def told(text: str) -> str:
    """Text of a card, safe to print."""
    return escape(text)


def said_of(strain: "strains.Strain") -> Table:
    """What the card says in words."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("what is said", "source", "mark"):
        table.add_column(heading, overflow="fold")
    lines = [*strain.mechanism, *strain.evidence]
    for one in lines if strain.intended is None else [strain.intended, *lines]:
        table.add_row(told(one.text), told(one.origin.reference), one.origin.mark.letter)
    if strain.bacteriocin is not None:
        for harm in strain.bacteriocin.spectrum:
            does = "harms" if harm.is_harmed else "leaves alone"
            zone = "" if harm.zone_mm is None else f", zone {harm.zone_mm:g} mm"
            words = f"{strain.bacteriocin.name} {does} {harm.guild}{zone}"
            table.add_row(told(words), told(harm.origin.reference), harm.origin.mark.letter)
    return table


def figures_of(strain: "strains.Strain") -> Table:
    """Every figure of the card, with its range, source and mark."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("range", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("mark")
    table.add_column("source", overflow="fold")
    named = [(name.partition(".")[2], one) for name, one in strain.overrides.items()]
    named += [(f"MIC {one.name}", one) for one in strain.mics_ug_ml]
    for name, one in named:
        unit = "" if one.unit == "1" else one.unit
        span = f"{one.low:g} to {one.high:g}"
        source = f"{one.source}; {one.note}" if one.note else one.source
        table.add_row(told(name), f"{one.value:g}", span, unit, one.mark.letter, told(source))
    return table


def gate_of(result: "strains.GateResult") -> Table:
    """What the gate asked, and what is there."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=f"Release gate: {result.strain}", title_justify="left")
    table.add_column("asked", overflow="fold")
    table.add_column("", no_wrap=True)
    table.add_column("there", overflow="fold")
    table.add_column("source", overflow="fold")
    for check in result.checks:
        verdict = "passed" if check.is_passed else "[bold]missing[/bold]"
        source = f"{told(check.source.reference)} ({check.source.mark.letter})"
        table.add_row(told(check.asked), verdict, told(check.there), source)
    return table


def side_by_side(portraits: Sequence["strains.Portrait"]) -> Table:
    """A row for each thing that was tried, a column for each strain."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for one in portraits:
        table.add_column(told(one.strain.id), justify="right")
    columns = [_rows(one) for one in portraits]
    for name in dict.fromkeys(name for column in columns for name in column):
        table.add_row(name, *(column.get(name, "") for column in columns))
    return table


def _rows(one: "strains.Portrait") -> dict[str, str]:
    low, high = one.share_range
    rows = {"lactate in excess sugar, mmol/L": "ferments none", "all acid, beside its parent guild": ""}
    if one.acid is not None:
        rows["lactate in excess sugar, mmol/L"] = f"{one.acid.lactate_mmol_l:.1f}"
        rows["all acid, beside its parent guild"] = f"{one.acid.total_mmol_l / one.acid.of_parent_mmol_l:.0%}"
    rows["least single dose that holds, CFU"] = _or(one.dose_to_colonise_cfu, "{:.0e}", "none does")
    rows["holds after the usual doses"] = "yes" if one.is_held else "no"
    rows["its share after eight weeks"] = f"{_percent(one.share)} [{_percent(low)} to {_percent(high)}]"
    ends = [_or(day, "day {:.0f}", "stays") for day in one.displacement_day_range]
    rows["wild S. mutans displaced"] = f"{_or(one.displacement_day, 'day {:.0f}', 'stays')} [{ends[0]}, {ends[1]}]"
    for guild, logs in one.off_target_log10.items():
        low, high = one.off_target_log10_range[guild]
        rows[f"{guild}, tenfolds more or fewer"] = f"{_logs(logs)} [{_logs(low)} to {_logs(high)}]"
    left = f"still there after {one.followed_days:.0f}"
    rows["days until PCR finds no more, after the last dose"] = _or(one.persistence_days, "{:.0f}", left)
    killed = "has no means" if one.washout is None else f"by {one.washout.by}"
    if one.washout is not None:
        killed += _or(
            one.washout.gone_after_h, ": after {:.0f} h", f": not, {one.washout.logs_lost:.1f} tenfolds in all"
        )
    rows["gone when told to"] = killed
    rows["escape, upper bound in the field"] = (
        "not measured" if one.escape is None else f"{one.escape.in_field_upper:.0e}"
    )
    spread = one.spread
    rows[f"others of {spread.others} at home who carry it after {spread.days} days"] = (
        f"{spread.expected:.2g} [{spread.low} to {spread.high}]"
    )
    rows["release gate"] = "open" if one.gate.is_open else f"shut, {len(one.gate.missing)} missing"
    return {name: told(text) for name, text in rows.items()}


def _or(value: float | None, form: str, otherwise: str) -> str:
    return otherwise if value is None else form.format(value)


def _percent(share: float) -> str:
    return f"{100.0 * share:.2g} %" if share >= 1e-6 else "0 %"


def _logs(value: float) -> str:
    return "0" if abs(value) < 0.005 else f"{value:+.2f}" if value > GONE_LOG10 else "gone"

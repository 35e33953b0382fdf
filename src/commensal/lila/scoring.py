"""From a patient's own answers to a score, a band, a level and what the visit does about it.

Nothing is imputed: one missing answer and the MDAS is not scored. Nothing is clipped: an answer that cannot
be is refused. Level L1 is MDAS >= 19 or VAS-A >= 7; a form that is not full still gives L1 when the answers
it has already reach 19, since no further answer could take that back.

Leaves out: children's forms (the MDAS and its cut-off are for adults), diagnosis of a phobia, other
instruments.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from commensal.errors import InputError
from commensal.lila.anxiety import Anxiety, Band, Level
from commensal.lila.instruments import band_of, cut_offs, mdas_form, table
from commensal.provenance import Mark, weakest

FILE = "anxiety.json"
MODES = ("self", "staff-read", "proxy")
SHORT_NAMES = ("treatment tomorrow", "the waiting room", "the drill", "the cleaning", "the numbing shot")
"""The five situations in a word or two, to say which answer is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference between two scores. `is_meaningful` rests on a choice of ours, named in `source`."""

    points: int
    is_meaningful: bool
    source: str
    mark: Mark


def score_anxiety(
    *,
    mdas: tuple[int | None, ...],
    vas: float | None,
    language: str,
    mode: str,
    taken_at: str,
    instrument: str = "",
    hardest: tuple[str, ...] = (),
    wishes: tuple[str, ...] = (),
) -> Anxiety:
    """Score one set of answers.

    Args:
        mdas: five answers 1-5, None where the patient gave none.
        vas: the line now, 0-10; None when not asked.
        language: of the form, BCP 47.
        mode: "self", "staff-read" or "proxy".
        taken_at: ISO 8601.
        instrument: name and version of the form that was shown; "" = our own words.
        hardest: what the patient says is hardest, as topics.
        wishes: what the patient asked for, in their own words.

    Raises:
        InputError: other than five answers; an answer outside 1-5; a VAS outside 0-10; an unknown mode.
    """
    _refuse_impossible(mdas, vas, mode)
    given = [answer for answer in mdas if answer is not None]
    total = sum(given) if len(given) == len(mdas) else None
    mdas_band = Band.NOT_SCORED if total is None else band_of("mdas", total)
    vas_band = Band.NOT_SCORED if vas is None else band_of("vas", vas)
    high = cut_offs("mdas")[-1].lowest
    level = Level.L1 if sum(given) >= high or vas_band is Band.HIGH else Level.L0
    return Anxiety(
        mdas_answers=tuple(mdas),
        mdas=total,
        mdas_band=mdas_band,
        vas=None if vas is None else float(vas),
        vas_band=vas_band,
        level=level,
        language=language,
        instrument=instrument or mdas_form().label,
        mode=mode,
        taken_at=taken_at,
        not_scored_because=_why_not_scored(mdas),
        hardest=tuple(hardest),
        wishes=tuple(wishes),
        visit_marks=visit_marks(level, mdas_band, vas_band),
        mark=_mark(mdas_band, vas_band),
    )


def visit_marks(level: Level, mdas_band: Band, vas_band: Band) -> tuple[str, ...]:
    """What the visit does at this level and with these bands, in sentences a patient can read."""
    bands = {mdas_band.value, vas_band.value}
    return tuple(
        row["text"]
        for row in _marks()
        if level.value in row["levels"]
        or bands & set(row.get("bands", []))
        or (row.get("when_not_scored", False) and mdas_band is Band.NOT_SCORED)
    )


def mdas_change(before: int, after: int) -> Change:
    """The change between two MDAS sums; 3 points or more count, which is our own choice.

    Raises:
        ValueError: a sum outside 5-25.
    """
    for total in (before, after):
        if total not in range(5, 26):
            raise ValueError(f"an MDAS sum must be 5 to 25, got {total}")
    rule = table()["mdas"]["change"]
    points = after - before
    return Change(
        points=points,
        is_meaningful=abs(points) >= rule["points"],
        source=rule["source"],
        mark=Mark(rule["mark"]),
    )


@cache
def _marks() -> tuple[dict[str, Any], ...]:
    text = files("commensal.lila").joinpath("data", "visit_marks.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["marks"])


def _mark(mdas_band: Band, vas_band: Band) -> Mark:
    """The weakest mark among the bands that were given: seen where published, calibrated where ours."""
    used = [
        cut.mark
        for name, band in (("mdas", mdas_band), ("vas", vas_band))
        for cut in cut_offs(name)
        if cut.band is band
    ]
    return weakest(used) if used else Mark.SEEN


def _why_not_scored(mdas: tuple[int | None, ...]) -> str:
    missing = [f"{place} ({SHORT_NAMES[place - 1]})" for place, answer in enumerate(mdas, 1) if answer is None]
    if not missing:
        return ""
    return f"No answer to question {', '.join(missing)}."


def _refuse_impossible(mdas: tuple[int | None, ...], vas: float | None, mode: str) -> None:
    scale, line = table()["mdas"], table()["vas"]
    expected, low, high = scale["answers_expected"], scale["answer_min"], scale["answer_max"]
    if len(mdas) != expected:
        raise InputError(FILE, "mdas", f"{expected} answers (null where none was given)", len(mdas))
    for place, answer in enumerate(mdas):
        is_whole = isinstance(answer, int) and not isinstance(answer, bool)
        if answer is not None and not (is_whole and low <= answer <= high):
            raise InputError(FILE, f"mdas.{place}", f"a whole number {low} to {high}, or null", answer)
    if vas is not None and (isinstance(vas, bool) or not line["min"] <= vas <= line["max"]):
        expected_vas = f"a number {line['min']:g} to {line['max']:g}, or null"
        raise InputError(FILE, "vas", expected_vas, vas, remedy="if it was read in mm on a 10 cm line, divide by 10")
    if mode not in MODES:
        raise InputError(FILE, "mode", f"one of {', '.join(MODES)}", mode)

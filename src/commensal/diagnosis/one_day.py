"""Asking the twin about one patient's day: their teeth, their saliva, what they eat; now, and with one change.

What is not measured in a patient is drawn: each figure's interval is the 10th to 90th percentile over a seeded Latin
hypercube of film speed, plaque thickness, glycolysis and fixed buffer. The same patient gives the same forecast.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from commensal.diagnosis.engineered import engineered_options
from commensal.diagnosis.exam import TEETH, Exam, Presence
from commensal.diagnosis.forecast import Forecast, Occasion, SiteForecast
from commensal.diagnosis.whole_mouth import surfaces_through, usual_site, with_brushing
from commensal.errors import InputError
from commensal.mouth import (
    Course,
    Day,
    Intake,
    Mouth,
    Site,
    SiteGroup,
    enamel,
    find_food,
    load_parameters,
    simulate,
    site_groups,
    unknowns,
)
from commensal.provenance import Mark

DRAWS = 16
DRAWN_TOLERANCE = 0.06
"""Error allowed per step of those drawn: it moves their minutes in acid by one, and they differ by hundreds."""
EVERY_S = 300.0
DAY_MIN = 1440.0
LEFT_OUT = "no sweet drinks or snacks between meals"
CANNOT_KNOW = (
    "How thick your plaque is. We used usual values for each place.",
    "Which germs live in your plaque. We used a usual mix.",
    "The acid in what you eat and drink. Only its sugar counts here.",
    "How well you brush. Only the fluoride of your paste counts here.",
)

Progress = Callable[[float, str], None]
Floats = NDArray[np.float64]


def intake(*, at_min: float, what: str, how: str, duration_min: float, sugar_percent: float | None) -> Intake:
    """One thing eaten or drunk, as a patient tells it; sugar nobody gave is looked up by name.

    Args:
        at_min: minutes after midnight, 0-1440; the small hours belong to the night of the day before.
        what: in the patient's words.
        how: rinse, meal, snack, drink, sip, sticky or gum.
        duration_min: > 0.
        sugar_percent: fermentable sugar in the mouth, % w/v; None = look it up.

    Raises:
        InputError: a food that is not in the table, without its sugar; or values no intake has.
    """
    clock = f"{int(at_min) // 60:02d}:{int(at_min) % 60:02d}"
    food = find_food(what) if sugar_percent is None else None
    if sugar_percent is None and food is None:
        expected = "a food or drink of our table, or its sugar_percent"
        raise InputError(
            "diet.csv", f"the row of {clock}, what", expected, "one we do not know", "fill in sugar_percent"
        )
    sugar = food.sugar_percent_w_v if food is not None else sugar_percent
    starts = at_min + (DAY_MIN if at_min < load_parameters().value("night_ends") else 0.0)
    try:
        return Intake(name=what, at_min=starts, duration_min=duration_min, how=how, sugar_percent_w_v=sugar)
    except ValueError as error:
        raise InputError("diet.csv", f"the row of {clock}", "values a meal can have", error) from error


def forecast_day(exam: Exam, intakes: Sequence[Intake], *, progress: Progress = lambda _share, _what: None) -> Forecast:
    """Minutes in acid at each group of the patient's sites over 24 hours, as the day is and with one change.

    Args:
        exam: which teeth are there; saliva flow if it was measured.
        intakes: what is eaten and drunk, from `intake`.
        progress: called with the share done, 0-1, and what is being done.

    Returns:
        The forecast: groups without one of the patient's teeth are left out, unless no tooth is known at all. There
        is no alternative when nothing sweet is taken between meals.

    Raises:
        SolveError: a day that cannot be computed to its tolerance.
    """
    table = load_parameters()
    mouth, measured = _mouth(exam)
    groups = _groups(exam)
    day = with_brushing(_day(tuple(intakes)), exam)
    changed = replace(day, intakes=tuple(x for x in day.intakes if not _is_left_out(x, day.intakes)))
    has_change = len(changed.intakes) < len(day.intakes)

    def run(
        what: str, start: float, end: float, sites: list[Site], over: Day, tolerance: float | None = None,
        every_s: float = EVERY_S,
    ) -> Course:  # fmt: skip
        return simulate(
            sites, mouth, over, every_s=every_s, profiles=False, tolerance=tolerance,
            progress=lambda share, _: progress(start + (end - start) * share, what),
        )  # fmt: skip

    usual_sites = [_site(group) for group in groups]
    now = run("the day as it is", 0.0, 0.1, usual_sites, day)
    alternative = run("the day with one change", 0.1, 0.2, usual_sites, changed) if has_change else None
    surfaces, what_ifs, shift = surfaces_through(
        exam, mouth, day, changed if has_change else None, LEFT_OUT, usual_site,
        lambda share, what: progress(0.2 + 0.2 * share, what),
    )  # fmt: skip
    drawn = [draw.at(_site(group), group) for draw in unknowns.draws(DRAWS) for group in groups]
    spread = run("what is not measured, drawn", 0.4, 1.0, drawn, day, DRAWN_TOLERANCE, 60.0 * DAY_MIN)
    minutes = spread.data["minutes_below"].values.reshape(DRAWS, len(groups))
    missing = spread.data["mineral_missing"].values
    mineral = (missing[:, -1] - missing[:, 0]).reshape(DRAWS, len(groups))
    sites = tuple(
        _site_forecast(i, group, exam, now, alternative, minutes[:, i], mineral[:, i]) for i, group in enumerate(groups)
    )
    return Forecast(
        time_min=_rounded(now.time_min, 3),
        sites=sites,
        occasions=tuple(_occasion(x, day.intakes) for x in day.intakes),
        alternative=LEFT_OUT if has_change else "",
        critical_ph=table.value("critical_ph"),
        unstimulated_flow_ml_min=mouth.flow_unstimulated_ml_min,
        flow_is_measured=measured,
        model=str(now.data.attrs["model"]),
        parameters_sha256=str(now.data.attrs["parameters_sha256"]),
        mark=Mark(now.data.attrs["mark"]),
        surfaces=surfaces,
        what_ifs=what_ifs,
        shift=shift,
        engineered=engineered_options(),
        cannot_know=CANNOT_KNOW if measured else (*CANNOT_KNOW, "How much saliva you have. We used a usual value."),
    )


def _mouth(exam: Exam) -> tuple[Mouth, bool]:
    """The patient's mouth. Measured flows replace the table's.

    Stimulated flow is measured while chewing paraffin, which stimulates by the table's `chewing_stimulus`. Where
    only resting flow was measured, and it is low, full stimulation is taken to be lower in proportion.
    """
    usual = Mouth()
    rest, chewing = exam.saliva.unstimulated_ml_min, exam.saliva.stimulated_ml_min
    flow = usual.flow_unstimulated_ml_min if rest is None else rest
    if chewing is None:
        added = usual.flow_added_ml_min * min(1.0, flow / usual.flow_unstimulated_ml_min)
    else:
        added = max(chewing - flow, 0.0) / load_parameters().value("chewing_stimulus")
    return replace(usual, flow_unstimulated_ml_min=flow, flow_added_ml_min=added), rest is not None


def _groups(exam: Exam) -> list[SiteGroup]:
    here = [group for group in site_groups() if _teeth(exam, group)]
    return here or list(site_groups())


def _teeth(exam: Exam, group: SiteGroup) -> tuple[str, ...]:
    present = (fdi for fdi in sorted(TEETH) if exam.tooth(fdi).presence is Presence.PRESENT)
    return tuple(fdi for fdi in present if group.holds(fdi))


def _day(intakes: tuple[Intake, ...]) -> Day:
    """From waking to waking: it begins with the first thing eaten if that is early, and sleep waits for the last."""
    table = load_parameters()
    begin = min([table.value("waking"), *(x.at_min for x in intakes)])
    end = begin + DAY_MIN
    inside = tuple(replace(x, duration_min=min(x.duration_min, end - x.at_min)) for x in intakes if x.at_min < end)
    asleep = max([table.value("sleeping"), *(x.end_min for x in inside)])
    return Day(intakes=inside, begin_min=begin, end_min=end, asleep_min=min(asleep, end))


def _is_left_out(one: Intake, intakes: tuple[Intake, ...]) -> bool:
    return one.is_sweet and one.falls_between_meals(intakes)


def _site(group: SiteGroup) -> Site:
    """The reference plaque of a group of sites, on sound enamel, with its slow acid at rest."""
    own = load_parameters().value("endogenous_acid_living")
    return Site.of_group(group, endogenous_acid_mmol_l_h=own, enamel=enamel.Enamel())


def _site_forecast(
    i: int, group: SiteGroup, exam: Exam, now: Course, alternative: Course | None, minutes: Floats, mineral: Floats
) -> SiteForecast:
    acid_min = float(now.data["minutes_below"].values[i])
    low, high = np.percentile(minutes, [10.0, 90.0])
    missing = now.data["mineral_missing"].values[i]
    lost = float(missing[-1] - missing[0])
    least, most = np.percentile(mineral, [10.0, 90.0])
    return SiteForecast(
        id=group.id,
        label=group.label,
        teeth=_teeth(exam, group),
        surfaces=group.surfaces,
        acid_min=round(acid_min, 2),
        acid_min_interval=(round(min(float(low), acid_min), 2), round(max(float(high), acid_min), 2)),
        acid_min_alternative=None
        if alternative is None
        else round(float(alternative.data["minutes_below"].values[i]), 2),
        lowest_ph=round(float(now.data["lowest_ph"].values[i]), 3),
        lowest_ph_at_min=round(float(now.data["lowest_ph_at"].values[i]), 1),
        ph=_rounded(now.ph_enamel[i], 3),
        ph_alternative=() if alternative is None else _rounded(alternative.ph_enamel[i], 3),
        mineral=round(lost, 3),
        mineral_interval=(round(min(float(least), lost), 3), round(max(float(most), lost), 3)),
    )


def _occasion(one: Intake, intakes: tuple[Intake, ...]) -> Occasion:
    return Occasion(
        name=one.name,
        at_min=one.at_min,
        duration_min=one.duration_min,
        is_sweet=one.is_sweet,
        is_between_meals=one.falls_between_meals(intakes),
        is_left_out=_is_left_out(one, intakes),
    )


def _rounded(values: Floats, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)

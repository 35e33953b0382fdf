"""The twin of a patient's whole mouth: every tooth surface through one day, and what each choice would change.

Each place of each tooth that is there has its film, plaque and enamel; where the dentist saw enamel that had lost
mineral (ICDAS 1 and 2) it begins with that loss. The same day is lived as it is and with each choice; the day holds the
brushings with fluoride paste that the patient tells of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from commensal.diagnosis.exam import TEETH, Exam, Presence
from commensal.diagnosis.forecast import GuildShift, SurfaceForecast, WhatIf
from commensal.diagnosis.shift import guild_shift
from commensal.mouth import Day, Mouth, Site, enamel, load_parameters, products, simulate, teeth

DEFICIT = {1: 300.0, 2: 1000.0}
"""ICDAS code -> mineral that is missing, vol%.um (caries-perio-guides, section 3; calibrated). Broken enamel cannot
come back, and counts as sound beside the cavity."""
SURFACE_OF = {"MB": "M", "ML": "M", "DB": "D", "DL": "D", "B": "B", "L": "L", "O": "O"}
PASTE, STRONG_PASTE, STRONG_PPM = "brushing with fluoride paste", "brushing with strong fluoride paste", 2800.0
MORNING_MIN, BEFORE_SLEEP_MIN, APART_MIN = 45.0, 20.0, 5.0
"""A brushing is tried so long after waking, or before sleep, and then every so many minutes away from meals."""
USUAL_TIMES = 2
DAY_S = 86400.0
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _Column:
    """Places that are alike, computed once."""

    place: teeth.Place
    deficit: float


def with_brushing(day: Day, exam: Exam) -> Day:
    """The day with the brushings that the patient tells of, at the hours people brush; none when nobody asked."""
    times = exam.history.fluoride_paste_times_a_day or 0.0
    ppm = exam.history.fluoride_paste_ppm or 0.0
    return brushed(day, min(round(times), 3), STRONG_PASTE if ppm >= STRONG_PPM else PASTE)


def brushed(day: Day, times: int, product: str = PASTE) -> Day:
    """The day with so many brushings with paste: before sleep, then in the morning, then at noon."""
    known = products.find_product(product)
    if known is None:
        raise LookupError(f"expected a product of data/products.csv, got {product}")
    asleep = day.end_min if day.asleep_min is None else day.asleep_min
    taken = [(x.at_min, x.end_min) for x in day.intakes]
    exposures = []
    for start, step in (
        (asleep - BEFORE_SLEEP_MIN, -APART_MIN),
        (day.begin_min + MORNING_MIN, APART_MIN),
        (0.5 * (day.begin_min + asleep), APART_MIN),
    )[:times]:
        at = start
        while any(begin - known.duration_min < at < end for begin, end in taken):
            at += step
        if day.begin_min <= at and at + known.duration_min < day.end_min:
            exposures.append(known.exposure(at))
            taken.append((at, at + known.duration_min))
    return replace(day, exposures=tuple(exposures))


def surfaces_through(
    exam: Exam, mouth: Mouth, day: Day, changed: Day | None, change: str, site_of: Callable[[teeth.Place], Site],
    progress: Progress,
) -> tuple[tuple[SurfaceForecast, ...], tuple[WhatIf, ...], GuildShift | None]:  # fmt: skip
    """Every surface through the day; each choice, and what shifts, at the place that is longest in acid.

    Args:
        exam: which teeth are there, and what the dentist saw on them.
        mouth: the patient's saliva.
        day: as it is, brushing and all. changed: with `change`; None when there is nothing to change.
        site_of: the plaque column of a place.
        progress: called with the share done and what is being done.
    """
    present = [fdi for fdi in sorted(TEETH) if exam.tooth(fdi).presence is Presence.PRESENT]
    if not present:
        return (), (), None
    places = teeth.places(teeth.Dentition.of(present))
    keys = [_key(exam, place) for place in places]
    distinct = list(dict.fromkeys(keys))
    columns = [_Column(places[keys.index(key)], key[2]) for key in distinct]
    sites = [replace(site_of(one.place), enamel=enamel.Enamel(deficit_vol_percent_um=one.deficit)) for one in columns]
    choices = _choices(day, changed, change)
    progress(0.0, "every tooth, as the day is")
    minutes, mineral = _lived(sites, mouth, day)
    at = [distinct.index(key) for key in keys]
    found: dict[tuple[str, str], SurfaceForecast] = {}
    for place, index in zip(places, at, strict=True):
        at_tooth = (place.tooth, SURFACE_OF[place.surface])
        if at_tooth not in found or minutes[index] > found[at_tooth].acid_min:
            found[at_tooth] = SurfaceForecast(
                fdi=place.tooth,
                surface=at_tooth[1],
                group=place.group.id,
                acid_min=minutes[index],
                mineral=mineral[index],
            )
    worst = max(range(len(places)), key=lambda i: minutes[at[i]])
    what_ifs = []
    for i, (name, words, other) in enumerate(choices):
        progress((1 + i) / (1 + len(choices)), words)
        (acid_min,), (lost,) = _lived([sites[at[worst]]], mouth, other)
        what_ifs.append(
            WhatIf(
                id=name,
                words=words,
                tooth=places[worst].tooth,
                surface=SURFACE_OF[places[worst].surface],
                acid_min=minutes[at[worst]],
                acid_min_with=acid_min,
                mineral=mineral[at[worst]],
                mineral_with=lost,
            )
        )
    progress(0.9, "who lives in the plaque after some such days")
    return tuple(found.values()), tuple(what_ifs), guild_shift(places[worst], mouth, day, changed)


def _key(exam: Exam, place: teeth.Place) -> tuple[str, float, float]:
    surface = exam.tooth(place.tooth).surfaces.get(SURFACE_OF[place.surface])
    return place.group.id, place.crossing_length_mm, 0.0 if surface is None else DEFICIT.get(surface.icdas, 0.0)


def _choices(day: Day, changed: Day | None, change: str) -> list[tuple[str, str, Day]]:
    """What could be done otherwise: id, in words, and the day with it."""
    found = []
    if changed is not None:
        found.append(("diet", change, changed))
    if len(day.exposures) < USUAL_TIMES:
        twice = brushed(day, USUAL_TIMES)
        found.append(("paste", "brushing with fluoride paste twice a day", twice))
        if changed is not None:
            both = replace(changed, exposures=twice.exposures)
            found.append(("both", f"{change}, and brushing with fluoride paste twice a day", both))
    return found


def _lived(sites: Sequence[Site], mouth: Mouth, day: Day) -> tuple[list[float], list[float]]:
    """Minutes in acid, and mineral lost (> 0) or won, vol%.um, at each site."""
    data = simulate(list(sites), mouth, day, every_s=DAY_S, profiles=False).data
    missing = data["mineral_missing"].values
    minutes = [round(float(x), 2) for x in data["minutes_below"].values]
    return minutes, [round(float(x), 3) for x in missing[:, -1] - missing[:, 0]]


def usual_site(place: teeth.Place) -> Site:
    """The reference plaque of a place, with its slow acid at rest."""
    return Site.of_group(
        place.group,
        crossing_length_mm=place.crossing_length_mm,
        endogenous_acid_mmol_l_h=load_parameters().value("endogenous_acid_living"),
    )

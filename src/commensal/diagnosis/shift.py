"""How days like this one shift who lives in the plaque: germs that thrive in acid, before and after a few such days.

Plaque of ten guilds grows, is brushed and eats as the patient tells, at the place that is longest in acid; seven more
people who differ in what is not measured live the same days beside it, in the same block, for the interval.
"""

import numpy as np

from commensal.diagnosis.forecast import GuildShift
from commensal.mouth import Course, Day, Mouth, Site, community, simulate, teeth, unknowns

THRIVE_IN_ACID = ("mutans", "lactobacilli")
DAYS, PEOPLE = 3, 7
TOLERANCE = 0.06
DAY_S = 86400.0


def guild_shift(place: teeth.Place, mouth: Mouth, day: Day, changed: Day | None) -> GuildShift:
    """How many times as much of the living weight germs that thrive in acid are after a few such days.

    Args:
        place: where, its film and plaque.
        mouth: the patient's saliva.
        day: as it is. changed: with the one change; None when there is none.

    Raises:
        SolveError: days that cannot be computed.
    """
    group = place.group
    site = Site.of_group(group, crossing_length_mm=place.crossing_length_mm, community=community.Community.usual())
    sites = [site, *(draw.at(site, group) for draw in unknowns.draws(PEOPLE))]
    now = _times(_lived(sites, mouth, day))
    low, high = float(now.min()), float(now.max())
    return GuildShift(
        place=place.id,
        days=DAYS,
        times=round(float(now[0]), 3),
        times_interval=(round(low, 3), round(high, 3)),
        times_with=None if changed is None else round(float(_times(_lived([site], mouth, changed))[0]), 3),
    )


def _lived(sites: list[Site], mouth: Mouth, day: Day) -> Course:
    return simulate(sites, mouth, day, days=DAYS, every_s=DAY_S, tolerance=TOLERANCE, profiles=False)


def _times(course: Course) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    grams = course.data["guild_g_m2"]
    share = grams.sel(guild=list(THRIVE_IN_ACID)).sum("guild") / grams.sum("guild")
    return np.asarray(share.values[:, -1] / share.values[:, 0])

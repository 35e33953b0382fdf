"""What the targets of living plaque come to, by id: columns with ten guilds through days, rinses and foods."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from commensal.mouth.community import Community
from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.early_plaque import grow_on_polished_tooth
from commensal.mouth.foods import foods
from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import load
from commensal.mouth.presets import shares_of
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.mouth.study import live, molar, site_at
from commensal.mouth.subjects import sugar_and_acid

if TYPE_CHECKING:
    import xarray as xr

RESTED_MIN = 240.0
"""Plaque comes to rest before it is given anything."""
LOOKED_MIN = 120.0
LACTATE_AT_MIN = 4.0
"""Three minutes after a rinse of one."""
PERCENTS = (0.5, 1.0, 2.0, 5.0, 10.0)
BEETROOT_MMOL_L = 6.5
"""Nitrate in saliva after a meal of it."""
FAST_FILM, SLOW_FILM = 8.0, 4.0
"""mm/min over the teeth of people without and with caries: the presets of the plaque model, section 8."""
FOODS = ("chocolate", "bread", "banana", "toffee", "cola")
EATEN_MIN, FOOD_EVERY_MIN = 5.0, 240.0
RETENTIVE, LEFT_AFTER_MIN = ("chocolate", "bread", "banana"), 60.0
THICK_UM = 150.0


def _study() -> dict[str, float]:
    """Days without hygiene at the molar that was sampled; and where plaque is thick and the film slow."""
    slow = site_at("upper-front-cheek", Community.usual(), THICK_UM)
    slow = replace(slow, crossing_length_mm=load().value("crossing_length"))
    young, old = live([molar(), slow])
    mornings = (young[0], old[0])
    rests = [float(rinse.sampled_ph[0]) for rinse in mornings]
    acids = young[0].acids
    return {
        "ST01-guilds": max(rests),
        "ST02": float(young[0].enamel_ph[0]),
        "ST03": float(young[0].sampled_ph.min()),
        "ST04": float(old[0].sampled_ph.min()),
        "ST05": float(old[1].enamel_ph.min()),
        "ST06": float(young[0].sampled_ph.min() - old[0].sampled_ph.min()),
        "ST07-guilds": max(rinse.lowest_at_min for rinse in mornings),
        "ST17-guilds": max(rinse.acids["lactate"] for rinse in mornings),
        "ST18-guilds": (acids["acetate"] + acids["propionate"]) / sum(acids.values()),
    }


def _of(people: str, film_speed_mm_min: float | None = None) -> Site:
    """The reference column with the plaque of these people, as it is for hours."""
    site = Site(community=Community(shares=shares_of(people), is_growing=False))
    return site if film_speed_mm_min is None else replace(site, film_speed_mm_min=film_speed_mm_min)


def _rinsed(sites: dict[str, Site], mouths: list[Mouth], percent: float) -> "xr.Dataset":
    """What a rinse of one minute does to sites at rest; time counts from it."""
    rinse = Intake(name="sugar rinse", at_min=RESTED_MIN, duration_min=1.0, how=How.RINSE, sugar_percent_w_v=percent)
    day = Day(intakes=(rinse,), begin_min=0.0, end_min=RESTED_MIN + LOOKED_MIN)
    data = simulate(list(sites.values()), mouths, day, every_s=60.0).data
    data = data.assign_coords(site=list(sites), time=data["time"] - RESTED_MIN)
    return data.sel(time=slice(0.0, None))


def _rinses() -> dict[str, float]:
    """Rinses over ordinary plaque, and that of people without and with caries: with saliva, and shut off from it."""
    still = Mouth(circadian_swing=0.0)
    beetroot = replace(
        still,
        rest=replace(still.rest, nitrate_mmol_l=BEETROOT_MMOL_L),
        stimulated=replace(still.stimulated, nitrate_mmol_l=BEETROOT_MMOL_L),
    )
    sites = {
        "ordinary": _of("ordinary"),
        "beetroot": _of("ordinary"),
        "free": _of("caries_free", FAST_FILM),
        "active": _of("caries_active", SLOW_FILM),
        "free alone": _of("caries_free", 0.0),
        "active alone": _of("caries_active", 0.0),
    }
    mouths = [beetroot if name == "beetroot" else still for name in sites]
    ran = [_rinsed(sites, mouths, percent) for percent in PERCENTS]
    plaque = [data.isel(node=slice(0, -2)).mean("node") for data in ran]
    lactate = [one["concentration"].sel(solute="lactate") for one in plaque]
    lowest = [one["ph"].min("time") for one in plaque]
    soon = [one.sel(time=LACTATE_AT_MIN) for one in lactate]
    strong, end = ran[-1], lowest[-1]

    def differ(values: "xr.DataArray", one: str, other: str) -> float:
        return float(values.sel(site=one) - values.sel(site=other))

    apart, apart_alone = differ(end, "free", "active"), differ(end, "free alone", "active alone")
    saliva = strong["ph"].isel(node=-1).min("time")
    course = strong["ph_enamel"].sel(site="ordinary").values
    return {
        "ST08-guilds": float(strong["time"].values[np.flatnonzero(course < 6.0)[-1] + 1]),
        "ST12": apart_alone,
        "ST13-alike": apart_alone / apart,
        "ST13-rise": apart - apart_alone,
        "ST15": float(soon[-1].sel(site="ordinary") / soon[-2].sel(site="ordinary") - 1.0),
        "ST16-ph": min(differ(one, "free", "active") for one in lowest),
        "ST16-lactate": min(differ(one, "active", "free") for one in soon),
        "BA05-column-ph": differ(saliva, "beetroot", "ordinary"),
        "BA05-column-lactate": differ(lactate[-1].max("time"), "ordinary", "beetroot"),
    }


def _foods() -> dict[str, float]:
    """Five foods, one after the other, over plaque between back teeth: its depth, its surface, and what is left."""
    known = {food.name: food for food in foods()}
    eaten = [
        Intake(
            name=name,
            at_min=RESTED_MIN + i * FOOD_EVERY_MIN,
            duration_min=EATEN_MIN,
            how=known[name].how,
            sugar_percent_w_v=known[name].sugar_percent_w_v,
        )
        for i, name in enumerate(FOODS)
    ]
    day = Day(intakes=tuple(eaten), begin_min=0.0, end_min=RESTED_MIN + len(FOODS) * FOOD_EVERY_MIN)
    site = replace(site_at("lower-back-between", Community.usual(), THICK_UM), community=_of("ordinary").community)
    data = simulate([site], Mouth(circadian_swing=0.0), day, every_s=60.0).data.isel(site=0)
    surface = data.sizes["node"] - 3
    falls, longer, left = [], [], []
    for food_eaten in eaten:
        after = data.sel(time=slice(food_eaten.at_min, food_eaten.at_min + FOOD_EVERY_MIN - 1.0))
        deep, top = (after["ph"].isel(node=node).values for node in (0, surface))
        falls.append(float(top.min() - deep.min()))
        longer.append(float((deep < 6.0).sum() - (top < 6.0).sum()))
        if food_eaten.name in RETENTIVE:
            sugar = after["concentration"].sel(solute="hexose", time=food_eaten.at_min + LEFT_AFTER_MIN)
            left.append(float(sugar.max()))
    return {"ST14": min(falls), "ST14-min": min(longer), "CL06": min(left)}


def _early() -> dict[str, float]:
    grown = grow_on_polished_tooth()
    return {
        "EC24": grown.late_doubling_h,
        "EC25": grown.early_doubling_h,
        "EC27": 100.0 * grown.night_reduction,
    }


PLAQUE_MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "days without hygiene": _study,
    "rinses over ten guilds": _rinses,
    "foods": _foods,
    "polished tooth": _early,
    "people": lambda: {"ST19": sugar_and_acid()},
}

"""What the targets that need no plaque column come to, by id: vessels, titrations, saliva alone."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from commensal.mouth.acid_competition import highest_ph_of_mutans
from commensal.mouth.buffering import titrate
from commensal.mouth.ecology import free_running_ph, run_nine_species
from commensal.mouth.effector import acid_in_sugar, colonisation_ratio, infectious_dose_fold
from commensal.mouth.killing import LESS_SENSITIVE, SENSITIVE, killing_times_min, logs_lost
from commensal.mouth.nitrate import rise_by_nitrate
from commensal.mouth.parameters import load
from commensal.mouth.presets import ammonia_made
from commensal.mouth.saliva import Mouth
from commensal.mouth.strains.ecology import course, persistence_days
from commensal.mouth.strains.reading import shipped
from commensal.mouth.sugar_frequency import frequency_effects

LEAST_SHARE_PERCENT = 1e-3
"""What "below 0.001 %" counts as."""
SPECIES = ("Smutans", "Lrhamnosus", "Sgordonii", "Fnucleatum")
"""In the order of `ecology.GUILDS`."""
SUGAR_PERCENT = (5.0, 25.0)
STRONG_SUGAR_PERCENT = 80.0


def nine_species(seen: Mapping[str, float]) -> dict[str, float]:
    """Shares after ten pulses, and how far they lie from those that were seen (by id)."""
    share = run_nine_species().share_percent
    got = {
        f"EC-{name}-{condition + 1}": float(share[condition, column])
        for column, name in enumerate(SPECIES)
        for condition in range(len(share))
    }
    missed = [math.log10(max(x, LEAST_SHARE_PERCENT) / max(seen[key], LEAST_SHARE_PERCENT)) for key, x in got.items()]
    got["EC-rms"] = math.sqrt(sum(x * x for x in missed) / len(missed))
    got["EC-rank"] = float((np.diff(share[:, :2], axis=0) < 0.0).sum())
    return got


def _frequency() -> dict[str, float]:
    """How much more the meals matter at some total of sugar in between than at the least and the most."""
    effects = frequency_effects()
    return {"EC23": float(effects[1:-1].max() - max(effects[0], effects[-1]))}


def _effector() -> dict[str, float]:
    lactate, acid = acid_in_sugar()
    return {"SR01": lactate, "SR02": acid, "SR03": colonisation_ratio(), "SR06": infectious_dose_fold()}


def _bacteriocins() -> dict[str, float]:
    minutes = killing_times_min()
    return {"SR05": minutes[SENSITIVE] / minutes[LESS_SENSITIVE], "SR08": logs_lost(0.1) - logs_lost(10.0)}


def _persistence() -> dict[str, float]:
    """Weeks; the whole trial where it is still found at the end."""
    strain = shipped()["dentisani_7746"]
    trial = course(strain)
    days = persistence_days(strain, trial)
    return {"SR07": (float(trial.at_d[-1]) if days is None else days) / 7.0}


def _titration() -> dict[str, float]:
    walls = titrate().share_of_walls
    return {"BU01": walls, "BU02": 1.0 - walls}


def _base() -> dict[str, float]:
    free, active = (
        {of: ammonia_made(who, of) for of in ("arginine", "urea")} for who in ("caries_free", "caries_active")
    )
    rise, less_lactate = rise_by_nitrate()
    return {
        "BA01": free["arginine"] / active["arginine"],
        "BA03": free["urea"] / active["urea"],
        "BA05-ph": rise,
        "BA05-lactate": less_lactate,
    }


def flow_ml_min(mouth: Mouth, hexose_mmol_l: float) -> float:
    """Saliva that comes with this much sugar in the mouth."""
    return mouth.flow_unstimulated_ml_min + mouth.flow_added_ml_min * hexose_mmol_l / (
        mouth.taste_half_mmol_l + hexose_mmol_l
    )


def straightness(percent: float, from_min: float = 2.0, to_min: float = 12.0) -> float:
    """R squared of the logarithm of sugar in saliva against time, after a sip of this strength."""
    mouth, step_min = Mouth(), 0.001
    steps = round(to_min / step_min)
    ln_c = np.empty(steps + 1)
    ln_c[0] = math.log(percent * load().value("hexose_per_percent"))
    for i in range(steps):
        ln_c[i + 1] = ln_c[i] - step_min * flow_ml_min(mouth, math.exp(ln_c[i])) / mouth.volume_ml
    late = slice(round(from_min / step_min), None)
    return float(np.corrcoef(np.arange(steps + 1)[late], ln_c[late])[0, 1] ** 2)


def _saliva() -> dict[str, float]:
    strong = STRONG_SUGAR_PERCENT * load().value("hexose_per_percent")
    return {"CL04": min(straightness(percent) for percent in SUGAR_PERCENT), "CL05": flow_ml_min(Mouth(), strong)}


VESSEL_MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "acid and two streptococci": lambda: {"EC21": highest_ph_of_mutans()},
    "nine species left alone": lambda: {"EC22": free_running_ph()},
    "sugar in few meals or many": _frequency,
    "effector strain": _effector,
    "bacteriocins": _bacteriocins,
    "strain that is given": _persistence,
    "titration": _titration,
    "makers of base": _base,
    "saliva": _saliva,
}

"""The targets of enamel (EN), measured anew; the experiments they stand for, with what had to be assumed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.community import WALLS, Community
from commensal.mouth.course import simulate
from commensal.mouth.enamel.constants import enamel_constants, enamel_parameters
from commensal.mouth.enamel.front import mineral_lost
from commensal.mouth.enamel.rate import enamel_rate
from commensal.mouth.enamel.saturation import critical_ph, saturation_enamel
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import load
from commensal.mouth.presets import shares_of
from commensal.mouth.processes.table import load_processes
from commensal.mouth.processes.vessel import Vessel, stir
from commensal.mouth.saliva import Mouth
from commensal.mouth.study import site_at, usual_day

SALIVA, ACID_FLUID = (0.7, 5.0), (3.0, 14.0)
"""Calcium and phosphate, mmol/L: resting saliva; plaque fluid after sugar (plaque model, section 6)."""
DILUTE, FLUID = 0.04, 0.2
"""Ionic strength of the two, mol/L."""
PPM_REDUCED = (0.2, 1.0, 10.0, 100.0, 1000.0)
ACETIC_MMOL_L = 16.7
"""0.1 % acetic acid."""
LACTIC_MMOL_L, WEEKS_3 = 55.5, 21.0
"""0.5 % lactic acid."""
CONSTANT = (4.0, 2.4)
"""Calcium and phosphate of the constant-composition study: not readable; taken so that saturation is about 0.27."""
PLAIN_ACID = 10.0
STOPPED = 0.05
"""Share of the rate that counts as stopped."""
BATHED_MMOL_L = 5.0
"""Calcium that bacteria are bathed in; some of it they bind."""
BAND_GROUP, BAND_UM, BAND_DAYS, BAND_RUN_DAYS = "upper-front-cheek", 150.0, 28, 3
"""Plaque that an orthodontic band keeps: thick, under the slowest film."""


def saturation_targets() -> dict[str, float]:
    """Critical pH of three fluids, and the saturation of resting plaque fluid."""
    ppm = enamel_parameters()["fluoride_molar_mass"].value
    rest = enamel_constants()
    return {
        "EN01": critical_ph(*SALIVA, DILUTE),
        "EN02": critical_ph(0.3, 2.0, DILUTE),
        "EN03": critical_ph(*SALIVA, DILUTE, fluoride_mmol_l=0.05 / ppm),
        "EN11": saturation_enamel(_h(6.6), 1.0, 12.0, rest),
    }


def rate_targets() -> dict[str, float]:
    """What acids and fluoride do to the rate at the surface."""
    ppm = enamel_parameters()["fluoride_molar_mass"].value
    got = {}
    for fluoride in PPM_REDUCED:
        left = _rate(4.0, acetate=ACETIC_MMOL_L, fluoride=fluoride / ppm) / _rate(4.0, acetate=ACETIC_MMOL_L)
        got[f"EN05-{fluoride:g}"] = 100.0 * (1.0 - left)
    calcium, phosphate = ACID_FLUID
    fluid = {"lactate": 20.0, "acetate": 20.0, "calcium": calcium, "phosphate": phosphate, "ionic": FLUID}
    got["EN06"] = _stopping_fluoride(4.5, fluid) * ppm
    steady = {"acetate": PLAIN_ACID, "calcium": CONSTANT[0], "phosphate": CONSTANT[1]}
    got["EN08"] = _rate(4.5, **steady) / _rate(4.5, fluoride=0.5 / ppm, **steady)
    organic = min(_rate(ph, **{acid: PLAIN_ACID}) / _rate(ph, phosphate=PLAIN_ACID)
                  for ph in (4.0, 5.0, 6.0) for acid in ("lactate", "acetate"))  # fmt: skip
    return got | {"EN09": organic}


def lesion_targets() -> dict[str, float]:
    """Where mineral loss in three weeks of lactic acid, linear in pH from 5.2 to 4.0, comes to 0."""
    ph = np.array([4.0, 4.4, 4.8, 5.2])
    lost = [mineral_lost(LACTIC_MMOL_L, float(one), WEEKS_3) for one in ph]
    slope, at_0 = np.polyfit(ph, lost, 1)
    return {"EN04": float(-at_0 / slope)}


def calcium_released() -> dict[str, float]:
    """How much calcium plaque frees into its fluid in half an hour when its pH goes from 7 to 5."""
    table = load_processes([WALLS])
    vessel = Vessel(
        table=table,
        dilution_per_h=0.0,
        start={"calcium": BATHED_MMOL_L},
        feed={},
        pulses=[],
        ph_h=np.array([0.0, 1.0, 1.001, 1.5]),
        ph=np.array([[7.0, 7.0, 5.0, 5.0]]),
    )
    calcium = stir(vessel, [1.0, 1.5]).states[:, 0, table.states.index("calcium")]
    return {"EN10": float(calcium[1] - calcium[0])}


def white_spot() -> dict[str, float]:
    """Mineral lost in four weeks under plaque that nobody removes, with sugar often: from a week at that rate."""
    community = Community(shares=shares_of("caries_active"), is_growing=False)
    site = replace(site_at(BAND_GROUP, community, BAND_UM), enamel=Enamel())
    day = usual_day()
    more = tuple(
        Intake(name="sweet drink", at_min=at, duration_min=15.0, how=How.SIP, sugar_percent_w_v=10.0)
        for at in (500.0, 680.0, 860.0, 1040.0, 1280.0)
    )
    course = simulate(
        [site],
        Mouth(),
        replace(day, intakes=(*day.intakes, *more)),
        days=BAND_RUN_DAYS,
        every_s=86400.0,
        profiles=False,
    )
    lost = course.data["mineral_missing"].values[0]
    return {"EN12": float(lost[-1] - lost[1]) * BAND_DAYS / (BAND_RUN_DAYS - 1)}


def _h(ph: float) -> float:
    return float(10.0 ** (3.0 - ph))


def _rate(
    ph: float, *, lactate: float = 0.0, acetate: float = 0.0, phosphate: float = 0.0, calcium: float = 0.0,
    fluoride: float = 0.0, ionic: float | None = None,
) -> float:  # fmt: skip
    k = enamel_constants() if ionic is None else enamel_constants(ionic_strength=ionic)
    acid = AcidConstants.of(load()).as_array()
    return float(enamel_rate(_h(ph), lactate, acetate, 0.0, phosphate, calcium, fluoride, 0.0, k, acid))


def _stopping_fluoride(ph: float, fluid: dict[str, float]) -> float:
    """The fluoride (mmol/L) that leaves a twentieth of the rate in a fluid."""
    low, high = 1e-7, 1.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        left = _rate(ph, fluoride=middle, **fluid) / _rate(ph, **fluid)
        low, high = (middle, high) if left > STOPPED else (low, middle)
    return float((low * high) ** 0.5)


ENAMEL_MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "saturation of enamel": saturation_targets,
    "enamel in acid": rate_targets,
    "lesions": lesion_targets,
    "calcium of plaque": calcium_released,
    "white spot": white_spot,
}

"""People who were never measured, drawn: how much saliva, how fast a film, how thick and how busy a plaque.

Film is how saliva flows: it is taken to be as much faster as somebody's flow is larger, besides what differs between
people with the same flow.
"""

from statistics import NormalDist

import numpy as np

from commensal.mouth.community import Community
from commensal.mouth.course import simulate
from commensal.mouth.day import Day
from commensal.mouth.groups import site_groups
from commensal.mouth.intake import How, Intake
from commensal.mouth.parameters import load
from commensal.mouth.processes.table import load_guilds
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.seeds import latin_hypercube, stream

SUBJECTS = 32
SEED = 2045
FLOW_GSD = 1.7
"""Spread of resting flow between people."""
LARGEST_FLOW_ML_MIN = 1.5
SWALLOWS_ML = {"woman": (0.66, 0.96), "man": (0.87, 1.19)}
"""Saliva left after a swallow and before the next: Lagerlof & Dawes 1984 J Dent Res 63:618."""
GROUP = "lower-back-cheek"
RINSED_MIN = 120.0
SUGAR_MMOL_L = 1200.0
"""The rinse of the study: 0.6 mol/L of sucrose."""
EARLY_MIN, LATE_MIN = (2.0, 6.0), (20.0, 30.0)
"""After the rinse of one minute began: when saliva was taken, and when plaque was."""


def draw() -> tuple[list[Site], list[Mouth]]:
    """One site and one mouth for each subject; the same ones every time."""
    table = load()
    group = next(one for one in site_groups() if one.id == GROUP)
    slow, fast = group.film_speed_range_mm_min
    cube = latin_hypercube(SUBJECTS, 5, stream(SEED, "mouth/subjects"))
    sites, mouths = [], []
    for sex, flow, film, thickness, glycolysis in cube.tolist():
        more = FLOW_GSD ** NormalDist().inv_cdf(flow)
        busier = table.value("glycolysis_gsd") ** NormalDist().inv_cdf(glycolysis)
        changes = {name: one.value * busier for name, one in load_guilds().items() if name.endswith(".q_sugar")}
        sites.append(
            Site(
                thickness_um=group.plaque_thickness_um
                * table.value("plaque_thickness_gsd") ** NormalDist().inv_cdf(thickness),
                film_speed_mm_min=more * slow * (fast / slow) ** film,
                crossing_length_mm=group.crossing_length_mm,
                community=Community(shares=Community.usual().shares, changes=changes, is_growing=False),
            )
        )
        left_ml, full_ml = SWALLOWS_ML["woman" if sex < 0.5 else "man"]
        mouths.append(
            Mouth(
                residual_ml=left_ml,
                swallow_ml=full_ml,
                flow_unstimulated_ml_min=min(more * table.value("flow_unstimulated"), LARGEST_FLOW_ML_MIN),
                flow_added_ml_min=more * table.value("flow_added"),
                circadian_swing=0.0,
            )
        )
    return sites, mouths


def sugar_and_acid() -> float:
    """Spearman's correlation between sugar in saliva soon after a rinse and acid in plaque 20 minutes later.

    Raises:
        SolveError: it cannot be computed.
    """
    sites, mouths = draw()
    rinse = Intake(name="sugar rinse", at_min=RINSED_MIN, duration_min=1.0, how=How.RINSE, sugar_mmol_l=SUGAR_MMOL_L)
    day = Day(intakes=(rinse,), begin_min=0.0, end_min=RINSED_MIN + LATE_MIN[1])
    data = simulate(sites, mouths, day, every_s=60.0).data
    early, late = (data.sel(time=slice(RINSED_MIN + a, RINSED_MIN + b)) for a, b in (EARLY_MIN, LATE_MIN))
    sugar = early["concentration"].sel(solute="hexose").isel(node=-1).mean("time").values
    acid = (10.0 ** -late["ph"].isel(node=slice(0, -2))).mean(("node", "time")).values
    ranks = [np.argsort(np.argsort(values)) for values in (sugar, acid)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])

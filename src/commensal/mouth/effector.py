"""An effector strain of S. mutans, BCS3-L1, beside its parent: how much acid it makes, how well it holds its place.

Its parent JH1140 makes mutacin as well; the wild type does not. Source: Infect Immun 2000;68(2); the strains are those
of the shipped cards, the experiments' numbers in `data/effector.csv`.
"""

from collections.abc import Sequence

import numpy as np

from commensal.mouth.parameters import data_file, parse
from commensal.mouth.processes.table import base_value
from commensal.mouth.processes.vessel import Vessel, stir
from commensal.mouth.strains.acid import acids_left
from commensal.mouth.strains.reading import shipped
from commensal.mouth.strains.strain import Strain, strains_table

TABLE = "effector.csv"
WILD, PARENT, EFFECTOR, OTHERS = "mutans", "jh1140", "bcs3_l1", "mitis"
WITHOUT = ("oxygen", "hydrogen_fluoride")
S_PER_H, DAY_H, MEALS = 3600.0, 24.0, 3


def acid_in_sugar() -> tuple[float, float]:
    """Lactate that the effector leaves (mmol/L), and its total acid over that of its parent, in excess sugar.

    Raises:
        SolveError: it cannot be computed.
    """
    lactate, effector = acids_left(EFFECTOR, shipped()[EFFECTOR])
    return lactate, effector / acids_left(PARENT, shipped()[PARENT])[1]


def colonisation_ratio() -> float:
    """How much of the effector lives in a vessel, over how much of its parent does, each alone.

    Raises:
        SolveError: it cannot be computed.
    """
    days = _numbers()["before"]
    parent, effector = (_colonised({strain: 0.0}, days)[strain] for strain in (PARENT, EFFECTOR))
    return effector / parent


def infectious_dose_fold() -> float:
    """How many times more wild S. mutans it takes where a strain without lactate dehydrogenase came first.

    The strain makes no mutacin here, as those of that experiment. Small doses grow in proportion, so that this is how
    much less a small dose has grown to after some days. How many it may take is not known; each day more is another
    factor of forty.

    Source of the question: PMID 6956265.

    Raises:
        SolveError: it cannot be computed.
    """
    before, after = _numbers()["before"], _numbers()["after"]
    alone = _colonised({WILD: before}, before + after, (*WITHOUT, "mutacin"))
    beside = _colonised({EFFECTOR: 0.0, WILD: before}, before + after, (*WITHOUT, "mutacin"))
    return alone[WILD] / beside[WILD]


def _colonised(arrivals: dict[str, float], days: float, without: Sequence[str] = WITHOUT) -> dict[str, float]:
    """Biomass (g/L) of strains after some days beside others; each arrives as a small dose on its day."""
    number, strains = _numbers(), list(arrivals)
    community = [*strains, OTHERS, "matrix"]
    table = strains_table(community, _strains(), without=without)
    sugar = [(DAY_H * i / MEALS, {"hexose": number["pulse"]}) for i in range(int(days * MEALS))]
    doses = [(DAY_H * day, {f"biomass.{strain}": number["dose"]}) for strain, day in arrivals.items()]
    vessel = Vessel(
        table=table,
        dilution_per_h=number["dilution"] * S_PER_H,
        start={f"biomass.{OTHERS}": number["batch_biomass"], **_salts()},
        feed={f"host_nutrient.{guild}": number["host_nutrient"] for guild in (WILD, OTHERS)} | _salts(),
        pulses=sugar + doses,
        ph_h=np.array([0.0, days * DAY_H]),
        ph=np.full((1, 2), number["batch_ph"]),
    )
    end = stir(vessel, [days * DAY_H], tolerance=1e-4).states[-1, 0]
    return {strain: float(end[table.states.index(f"biomass.{strain}")]) for strain in strains}


def _numbers() -> dict[str, float]:
    return {one.name: base_value(one) for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}


def _salts() -> dict[str, float]:
    return {name: _numbers()[name] for name in ("ammonium", "phosphate")}


def _strains() -> list[Strain]:
    return list(shipped().values())

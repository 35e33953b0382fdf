"""The reference experiment of the plaque model (section 8): one minute of sugar water, two hours of looking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from commensal.mouth.course import Course, simulate
from commensal.mouth.day import Day
from commensal.mouth.intake import How, Intake
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site

REFERENCE_SUGAR_MMOL_L = 584.0
"""10 % w/v sucrose as hexose."""
REFERENCE_MIN = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One reference case: what it does not name is the default set, with bare saliva and the clock's rhythm off."""

    name: str
    site: Site
    mouth: Mouth
    sugar_mmol_l: float = REFERENCE_SUGAR_MMOL_L
    arginine_mmol_l: float = 0.0


def reference_mouth() -> Mouth:
    """The mouth of the reference experiment: no hour of the day, saliva of carbonate and phosphate alone."""
    usual = Mouth(circadian_swing=0.0)
    return replace(usual, rest=usual.rest.bare(), stimulated=usual.stimulated.bare())


def case(
    name: str,
    *,
    flow: tuple[float, float] | None = None,
    salivary_arginine_mmol_l: float = 0.0,
    sugar_mmol_l: float = REFERENCE_SUGAR_MMOL_L,
    arginine_mmol_l: float = 0.0,
    **site: Any,
) -> Case:
    """A case that changes only what it names.

    Args:
        name: what to call it.
        flow: unstimulated and added flow, mL/min.
        salivary_arginine_mmol_l: in both salivas and at the start.
        sugar_mmol_l: hexose in the rinse.
        arginine_mmol_l: in the rinse, as hydrochloride.
        site: fields of `Site`.
    """
    mouth = reference_mouth()
    if flow is not None:
        mouth = replace(mouth, flow_unstimulated_ml_min=flow[0], flow_added_ml_min=flow[1])
    if salivary_arginine_mmol_l > 0.0:
        rest = replace(mouth.rest, arginine_mmol_l=salivary_arginine_mmol_l)
        stimulated = replace(mouth.stimulated, arginine_mmol_l=salivary_arginine_mmol_l)
        mouth = replace(mouth, rest=rest, stimulated=stimulated)
    return Case(name=name, site=Site(**site), mouth=mouth, sugar_mmol_l=sugar_mmol_l, arginine_mmol_l=arginine_mmol_l)


def rinse_day(sugar_mmol_l: float = REFERENCE_SUGAR_MMOL_L, arginine_mmol_l: float = 0.0) -> Day:
    """One minute of rinsing from time 0, and two hours in all."""
    rinse = Intake(
        name="sugar rinse",
        at_min=0.0,
        duration_min=1.0,
        how=How.RINSE,
        sugar_mmol_l=sugar_mmol_l,
        arginine_mmol_l=arginine_mmol_l,
    )
    return Day(intakes=(rinse,), begin_min=0.0, end_min=REFERENCE_MIN)


def run_cases(
    cases: Sequence[Case], *, every_s: float = 5.0, layers: int | None = None, tolerance: float | None = None
) -> Course:
    """Runs cases that share one rinse, side by side.

    Raises:
        ValueError: cases with different rinses.
    """
    rinses = {(c.sugar_mmol_l, c.arginine_mmol_l) for c in cases}
    if len(rinses) != 1:
        raise ValueError(f"cases must share one rinse to run side by side, got {sorted(rinses)}")
    return simulate(
        [c.site for c in cases],
        [c.mouth for c in cases],
        rinse_day(*rinses.pop()),
        every_s=every_s,
        layers=layers,
        tolerance=tolerance,
    )

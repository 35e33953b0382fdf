"""Everything the twin has to say about a strain, in one piece, so that two can be laid side by side."""

from collections.abc import Callable
from dataclasses import dataclass

from commensal.mouth.strains.acid import Acid, acid_in_sugar_of
from commensal.mouth.strains.ecology import (
    Washout,
    at_end_of_range,
    course,
    displacement_day,
    dose_to_colonise_cfu,
    holds,
    off_target_log10,
    persistence_days,
    washout,
)
from commensal.mouth.strains.escape import Escape, escape_of
from commensal.mouth.strains.gate import GateResult, gate
from commensal.mouth.strains.household import Spread, spread
from commensal.mouth.strains.strain import Strain
from commensal.mouth.strains.trial import Trial, number, trial_numbers, usual_doses
from commensal.provenance import Mark, weakest

Progress = Callable[[float, str], None]
BOUNDS = ("low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What a strain does in trials. Pairs `_range` are for growth and bacteriocin at both ends of the card's ranges."""

    strain: Strain
    acid: Acid | None
    trial: Trial
    is_held: bool
    share: float
    share_range: tuple[float, float]
    """Of the living weight at the end of the trial."""
    dose_to_colonise_cfu: float | None
    displacement_day: float | None
    displacement_day_range: tuple[float | None, float | None]
    off_target_log10: dict[str, float]
    off_target_log10_range: dict[str, tuple[float, float]]
    persistence_days: float | None
    """After the last dose; None = still found at the end."""
    followed_days: float
    """From the last dose to the end."""
    washout: Washout | None
    escape: Escape | None
    spread: Spread
    gate: GateResult
    mark: Mark
    """The weakest of the strain and of the trials."""


def portray(strain: Strain, progress: Progress = lambda share, what: None) -> Portrait:
    """Run every trial of a strain.

    Args:
        strain: who.
        progress: told the share that is done, 0-1, and what comes.

    Raises:
        SolveError: it cannot be computed.
    """
    progress(0.0, "acid")
    acid = acid_in_sugar_of(strain)
    progress(0.05, "doses")
    trial = course(strain)
    progress(0.3, "ends of its ranges")
    ends = [trial if (other := at_end_of_range(strain, bound)) == strain else course(other) for bound in BOUNDS]
    progress(0.6, "dose to colonise")
    dose = dose_to_colonise_cfu(strain)
    progress(0.9, "washout")
    share, off = float(trial.share(strain.id)[-1]), off_target_log10(trial)
    offs, shares = [off_target_log10(one) for one in ends], [float(one.share(strain.id)[-1]) for one in ends]
    days = [displacement_day(one) for one in ends]
    found = Portrait(
        strain=strain,
        acid=acid,
        trial=trial,
        is_held=holds(trial, strain.id),
        share=share,
        share_range=(min(share, *shares), max(share, *shares)),
        dose_to_colonise_cfu=dose,
        displacement_day=displacement_day(trial),
        displacement_day_range=(days[0], days[1]),
        off_target_log10=off,
        off_target_log10_range={
            guild: (min(off[guild], *(one[guild] for one in offs)), max(off[guild], *(one[guild] for one in offs)))
            for guild in off
        },
        persistence_days=persistence_days(strain, trial),
        followed_days=number("trial_days") - usual_doses()[-1][0],
        washout=washout(strain, trial),
        escape=None if strain.kill_switch is None else escape_of(strain.kill_switch),
        spread=spread(share, dose),
        gate=gate(strain),
        mark=weakest([strain.mark, *(one.mark for one in trial_numbers().values())]),
    )
    progress(1.0, "done")
    return found

"""What happens in a mouth, as one block of lanes takes it: segments of days, by field and by lane."""

from collections.abc import Sequence

import numpy as np

from commensal.mouth.acid_base import AcidConstants, mean_charge
from commensal.mouth.column.laws import Chemistry
from commensal.mouth.column.shape import ACIDS, LANES, Diet, Floats, Lane
from commensal.mouth.day import HELD_AT_VALUE, Segments
from commensal.mouth.errors import ParameterError
from commensal.mouth.exposure import Exposure
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.units import convert


def feed(
    made: Chemistry, lane: Lane, sites: Sequence[Site], mouths: Sequence[Mouth], course: Segments,
    constants: AcidConstants,
) -> Diet:  # fmt: skip
    """The diet of one block.

    Raises:
        ParameterError: an exposure that adds or kills bacteria that no plaque of the run has.
    """
    fields, n = len(made.names), len(course.rows)
    column = [course.carried.index(name) if name in course.carried else len(course.carried) for name in made.names]
    members = [min(k, len(sites) - 1) for k in range(LANES)]
    charges = np.array([[-mean_charge(a, mouths[i].rest.ph, constants) for i in members] for a in range(len(ACIDS))])
    rests = np.array([lane.rest[made.row(name)] if made.row(name) >= 0 else np.zeros(LANES) for name in ACIDS])
    held_charge = np.zeros((n, LANES))
    for j, name in enumerate(course.carried):
        if name in ACIDS:
            a = ACIDS.index(name)
            is_held = course.hold[:, j] == HELD_AT_VALUE
            held_charge += is_held[:, None] * charges[a] * (course.held[:, j, None] - rests[a])
    left, kills_to = np.ones((n, LANES)), np.ones(n)
    killed, added = np.zeros((n, fields)), np.zeros((n, fields, LANES))
    for s, exposure in enumerate(course.starting):
        if exposure is not None:
            left[s] = [exposure.left_at(sites[i].aspect) for i in members]
    for s, exposure in enumerate(course.ended):
        if exposure is not None:
            kills_to[s] = convert(min(exposure.kills_to_um, 1e12), "um", "m")
            killed[s], added[s] = _done(exposure, made, [sites[i] for i in members])
    return Diet(
        rows=course.rows,
        hold=np.ascontiguousarray(course.hold[:, column]),
        held=np.ascontiguousarray(course.held[:, column]),
        drink=np.ascontiguousarray(course.drink[:, column]),
        charge=held_charge,
        doses=course.doses,
        pool_fields=np.array([made.row(pool.solute) for pool in course.pools], dtype=np.int64),
        pool_charges=np.array(
            [charges[ACIDS.index(pool.solute)] if pool.solute in ACIDS else np.zeros(LANES) for pool in course.pools]
        ).reshape(-1, LANES),
        pool_rates=np.array([pool.per_s for pool in course.pools]),
        is_event=np.asarray((left < 1.0).any(axis=1) | killed.any(axis=1) | added.any(axis=(1, 2)), dtype=np.int64),
        left=left,
        killed=killed,
        kills_to=kills_to,
        added=added,
    )


def _done(exposure: Exposure, made: Chemistry, sites: Sequence[Site]) -> tuple[Floats, Floats]:
    """log10 of who dies, (fields,), and what is added in each lane, (fields, LANES)."""
    killed, added = np.zeros(len(made.names)), np.zeros((len(made.names), LANES))
    for what, amounts in (("kills", exposure.kills_log10), ("adds", exposure.adds_g_m2)):
        for name, amount in amounts.items():
            row = made.row(f"biomass.{name}")
            if row < 0:
                living = [state.partition(".")[2] for state in made.names if state.startswith("biomass.")]
                known = ", ".join(living) or "none: its plaque is not made of guilds"
                raise ParameterError(f"{exposure.name}: {what} {name}, but the plaque holds {known}")
            if what == "kills":
                killed[row] = amount
            else:
                has = [site.community is not None and name in site.community.shares for site in sites]
                added[row] = 1e-3 * amount * np.array(has)
    return killed, added

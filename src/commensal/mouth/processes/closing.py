"""The balance of one process: what must come out so that nothing comes from nothing."""

from collections.abc import Mapping, Sequence

import numpy as np

from commensal.mouth.errors import ParameterError
from commensal.mouth.processes.components import CONSERVED, Component

CLOSED_TO = 1e-9
"""Relative to the largest entry of a balance."""


def closed(
    amounts: Mapping[str, float], closing: Sequence[str], components: Mapping[str, Component]
) -> dict[str, float]:
    """What the closing components come to, so that nothing comes from nothing.

    Raises:
        ParameterError: it cannot be closed, or not with these signs; the message says what is left over.
    """
    names = [name.lstrip("+-") for name in closing]
    missing = [name for name in names if name not in components]
    if missing or set(names) & set(amounts) or len(set(names)) != len(names):
        raise ParameterError(f"closed_by: expected components that stand nowhere else in the row, got {closing}")
    moved = np.array([components[name].per_unit for name in amounts]).T * np.array(list(amounts.values()))
    given = moved.sum(axis=1)
    columns = np.array([components[name].per_unit for name in names]).reshape(len(names), len(CONSERVED)).T
    solved, _, rank, _ = np.linalg.lstsq(columns, -given, rcond=None)
    if rank < len(names):
        raise ParameterError(f"closed_by: {', '.join(names)} can close a balance in more than one way; leave one out")
    left = given + columns @ solved
    largest = max(abs(moved).max(), 1e-12)
    wrong = [
        f"{what} {amount:+.4g}"
        for what, amount in zip(CONSERVED, left, strict=True)
        if abs(amount) > CLOSED_TO * largest
    ]
    if wrong:
        raise ParameterError(
            f"made from nothing, or lost, per unit of rate (mmol): {', '.join(wrong)}; change the amounts or closed_by"
        )
    found = {
        name: float(amount) if abs(amount) > CLOSED_TO * largest else 0.0
        for name, amount in zip(names, solved, strict=True)
    }
    for name, word in zip(names, closing, strict=True):
        if (word.startswith("+") and found[name] < 0) or (word.startswith("-") and found[name] > 0):
            verb = "used" if found[name] < 0 else "made"
            raise ParameterError(
                f"its balance closes only if {abs(found[name]):.4g} mmol of {name} are {verb} per unit of rate; "
                "is a yield above what its food can give?"
            )
    return found

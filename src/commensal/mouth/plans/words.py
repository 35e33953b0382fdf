"""A comparison in sentences that a patient can read: one fact each, no promise."""

from commensal.mouth.plans.comparing import Comparison, Figure, Side

HARDLY_MIN, HARDLY_MINERAL = 5.0, 0.5
"""Differences below which nothing is said to change: minutes a day; vol%.um a day."""
SURE, LIKELY = 0.95, 0.8
"""Shares of the people drawn from which a change counts as sure, as likely."""
CANNOT_KNOW = (
    "Your own germs, saliva film and plaque were not measured. The ranges show how much that matters.",
    "The acid in food and drink itself is not counted, only what germs make of its sugar.",
)


def words(compared: Comparison) -> tuple[str, ...]:
    """The sentences, in the order they are read."""
    first, second = compared.first, compared.second
    lines = [
        f"We looked at tooth {compared.tooth}, where it stays longest in acid, on day {compared.days} of each plan.",
        _acid(first),
        _acid(second),
        _change(compared, second.title),
        _mineral(first),
        _mineral(second),
    ]
    return (*lines, "This is simulated, not measured.", *CANNOT_KNOW)


def hours(minutes: float) -> str:
    """Minutes in words.

    >>> hours(192.2), hours(60.0), hours(12.4)
    ('3 h 12 min', '1 h', '12 min')
    """
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60} min" if whole % 60 else f"{whole // 60} h"


def _acid(side: Side) -> str:
    low, high = hours(side.acid_min.low), hours(side.acid_min.high)
    return f"{side.title}: about {hours(side.acid_min.value)} a day in acid (between {low} and {high})."


def _change(compared: Comparison, title: str) -> str:
    less, share = -compared.acid_less.value, compared.surely_less
    if abs(less) < HARDLY_MIN:
        return f"{title} changes the time in acid hardly at all."
    if less < 0.0:
        return f"{title} gives your tooth {hours(-less)} more acid a day{_how_sure(1.0 - share)}."
    return f"{title} gives your tooth {hours(less)} more rest from acid a day{_how_sure(share)}."


def _how_sure(share: float) -> str:
    if share >= SURE:
        return ", and so for almost everyone we tried"
    people = f"{round(10.0 * share)} of 10 people we tried"
    return f", and so for {people}" if share >= LIKELY else f", but only for {people}"


def _mineral(side: Side) -> str:
    balance: Figure = side.mineral
    if balance.low < -HARDLY_MINERAL and balance.high > HARDLY_MINERAL:
        return f"{side.title}: whether the tooth loses mineral or gets some back depends on what we do not know."
    if abs(balance.value) < HARDLY_MINERAL:
        return f"{side.title}: the tooth keeps its mineral."
    if balance.value > 0.0:
        return f"{side.title}: the tooth loses a little mineral each day."
    return f"{side.title}: the tooth gets back some of the mineral it has lost."

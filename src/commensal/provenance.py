"""Where a number or a statement comes from, and how far to trust it."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a figure is known. The weakest mark among its inputs marks a result."""

    SEEN = "seen"
    DERIVED = "derived"
    CALIBRATED = "calibrated"
    RECALLED = "recalled"

    @property
    def letter(self) -> str:
        """The letter that stands for the mark in tables and reports: S, D, C or R."""
        return self.value[0].upper()

    @property
    def meaning(self) -> str:
        """What the mark says, in words a patient can read."""
        return MEANING[self]


MEANING = {
    Mark.SEEN: "seen, in the mouth or in a source",
    Mark.DERIVED: "derived, worked out from other figures",
    Mark.CALIBRATED: "calibrated, chosen so that a model fits",
    Mark.RECALLED: "recalled, from general knowledge; to be checked",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One origin: a reference a reader can look up, and its mark."""

    reference: str
    mark: Mark


def weakest(marks: list[Mark]) -> Mark:
    """The mark a result must carry when its inputs carry `marks` (recalled < calibrated < derived < seen).

    Raises:
        ValueError: no marks at all; a result without origin must not be shown.
    """
    if not marks:
        raise ValueError("a result needs at least one mark; got none")
    order = [Mark.RECALLED, Mark.CALIBRATED, Mark.DERIVED, Mark.SEEN]
    return min(marks, key=order.index)

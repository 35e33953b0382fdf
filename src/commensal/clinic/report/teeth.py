"""The table of tooth forms, FDI numbers taken apart, and which teeth a picture shows.

A place in the arch (jaw quadrant and position 1-8) holds a permanent tooth, a primary one, or, for a
while, both. Which one is drawn follows from what was said about the two, and from age only where nothing
was said.
"""

import csv
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PERMANENT_TO_PRIMARY = {1: 5, 2: 6, 3: 7, 4: 8}
"""Quadrant digit of the permanent teeth -> that of the primary teeth in the same quadrant of the mouth."""
QUADRANT_WORDS = {1: "upper right", 2: "upper left", 3: "lower left", 4: "lower right"}
"""The patient's own right and left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToothForm:
    """The average form of one kind of tooth seen from above. Sizes in mm; shape numbers have no unit."""

    kind: str
    """incisor, canine, premolar or molar."""
    plain_name: str
    width_mm: float
    """Mesial to distal."""
    depth_mm: float
    """Cheek to tongue."""
    exponent_m: float
    taper_k: float
    groove_g: float
    tip_h: float
    table_scale_u: float
    table_scale_v: float
    usual_by_y: float
    """Age in years by which the tooth has usually come."""


@cache
def _forms() -> dict[tuple[bool, str, int], ToothForm]:
    table = files("commensal.clinic.report") / "data" / "teeth.csv"
    words = ("kind", "plain_name")
    numbers = [name for name in ToothForm.__slots__ if name not in words]
    forms = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        form = ToothForm(kind=row["kind"], plain_name=row["plain_name"], **{name: float(row[name]) for name in numbers})
        forms[row["dentition"] == "primary", row["jaw"], int(row["position"])] = form
    return forms


def is_primary(fdi: str) -> bool:
    """True for 51-85."""
    return fdi[0] in "5678"


def quadrant(fdi: str) -> int:
    """Quadrant of the mouth, 1-4 as for permanent teeth: 1 upper right, 2 upper left, 3 lower left, 4 lower right."""
    return (int(fdi[0]) - 1) % 4 + 1


def position(fdi: str) -> int:
    """Place in the quadrant, 1 next to the midline to 8 at the back."""
    return int(fdi[1])


def is_upper(fdi: str) -> bool:
    """True for the upper jaw."""
    return quadrant(fdi) in (1, 2)


def is_front(fdi: str) -> bool:
    """True for incisors and canines."""
    return position(fdi) <= 3


def form(fdi: str) -> ToothForm:
    """The average form of a tooth.

    Raises:
        KeyError: `fdi` is not an FDI tooth number.
    """
    return _forms()[is_primary(fdi), "upper" if is_upper(fdi) else "lower", position(fdi)]


def plain_name(fdi: str) -> str:
    """The tooth in plain words: "upper right first big back tooth"."""
    return f"{QUADRANT_WORDS[quadrant(fdi)]} {form(fdi).plain_name}"


def teeth_to_draw(
    is_mentioned: Callable[[str], bool], is_present: Callable[[str], bool], age_y: int
) -> tuple[str, ...]:
    """FDI numbers to draw, quadrant by quadrant from the midline backwards.

    At each place: every tooth that is present (both, when a primary tooth still stands beside its follower);
    else the permanent one that somebody spoke of; else, by age, the one that would usually stand there. Places
    6-8 of a child too young for the tooth stay empty when nobody spoke of it.

    Args:
        is_mentioned: whether anything at all was said about a tooth.
        is_present: whether it was found in the mouth.
        age_y: completed years.
    """
    drawn: list[str] = []
    for quarter, primary_quarter in PERMANENT_TO_PRIMARY.items():
        for place in range(1, 9):
            permanent, primary = f"{quarter}{place}", f"{primary_quarter}{place}" if place <= 5 else None
            pair = [fdi for fdi in (permanent, primary) if fdi is not None]
            present = [fdi for fdi in pair if is_present(fdi)]
            is_expected = age_y >= form(permanent).usual_by_y
            if present:
                drawn += present
            elif is_mentioned(permanent) or is_expected:
                drawn.append(permanent)
            elif primary is not None:
                drawn.append(primary)
    return tuple(drawn)


def has_teeth_to_come(drawn: Container[str], age_y: int) -> bool:
    """True when a permanent tooth is left out of the picture because of age: its usual time is still to come."""
    return any(
        f"{quarter}{place}" not in drawn and age_y < form(f"{quarter}{place}").usual_by_y
        for quarter in PERMANENT_TO_PRIMARY
        for place in range(1, 9)
    )

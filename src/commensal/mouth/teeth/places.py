"""The sites of teeth: six around each, and the biting surface of back teeth; film and plaque of each.

What a group of sites has (`data/site_groups.csv`) holds for its middle; the film crosses a larger crown in proportion
farther. A corner that faces a neighbour lies between teeth, where a brush hardly reaches; one that faces a gap, or
nothing, is like the side it turns to. Left and right are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import mean

from commensal.mouth.groups import LAST_FRONT_TOOTH, SiteGroup, site_groups
from commensal.mouth.teeth.dentition import PERMANENT, WISDOM, Dentition, crown_of, jaw_of

AROUND = ("MB", "B", "DB", "ML", "L", "DL")
"""Towards the midline or away from it, on the side of cheek or lip (B) and of tongue or palate (L)."""
BITING = "O"
SURFACES = (*AROUND, BITING)
SIDES = {"B": "cheek", "L": "tongue"}
SIZE_OF = {"cheek": "crown_mm", "tongue": "crown_mm", "between": "depth_mm", "biting": "width_mm"}
"""What the film crosses at a site of each aspect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One site of one tooth."""

    tooth: str
    """FDI number."""
    surface: str
    """One of SURFACES."""
    group: SiteGroup
    crossing_length_mm: float

    @property
    def id(self) -> str:
        """Such as "16-MB"."""
        return f"{self.tooth}-{self.surface}"

    @property
    def aspect(self) -> str:
        """cheek, tongue, between, biting."""
        return self.group.aspect


def places(dentition: Dentition, where: str | Sequence[str] | None = None) -> tuple[Place, ...]:
    """The places of a dentition, tooth by tooth in FDI order.

    Args:
        dentition: which teeth are there; at least one.
        where: a tooth ("16"), a place ("16-MB"), or several of them; None = the whole mouth.

    Raises:
        ValueError: no tooth at all; a tooth that is missing; a place that does not exist.

    >>> [place.id for place in places(Dentition.permanent(), "11")]
    ['11-MB', '11-B', '11-DB', '11-ML', '11-L', '11-DL']
    >>> len(places(Dentition.permanent())), len(places(Dentition.primary()))
    (212, 128)
    """
    if not dentition.present:
        raise ValueError("expected at least one tooth, got a mouth without any")
    everything = tuple(
        _place(fdi, surface, dentition)
        for fdi in sorted(dentition.present)
        for surface in SURFACES
        if surface != BITING or int(fdi[1]) > LAST_FRONT_TOOTH
    )
    if where is None:
        return everything
    asked = [where] if isinstance(where, str) else list(where)
    for one in asked:
        _check(one, dentition, everything)
    return tuple(place for place in everything if place.id in asked or place.tooth in asked)


def _check(asked: str, dentition: Dentition, everything: Sequence[Place]) -> None:
    tooth, _, surface = asked.partition("-")
    if tooth not in dentition.present:
        here = ", ".join(sorted(dentition.present))
        raise ValueError(f"{asked}: expected a tooth of this mouth ({here}), got {tooth!r}")
    if surface and asked not in {place.id for place in everything}:
        known = ", ".join(place.surface for place in everything if place.tooth == tooth)
        raise ValueError(f"{asked}: expected a site of tooth {tooth} ({known}), got {surface!r}")


def _place(fdi: str, surface: str, dentition: Dentition) -> Place:
    aspect = "biting" if surface == BITING else SIDES[surface[-1]]
    if len(surface) == len("MB") and dentition.has_neighbour(fdi, surface[0]):
        aspect = "between"
    group = next(one for one in site_groups() if one.aspect == aspect and one.holds(fdi))
    share = getattr(crown_of(fdi), SIZE_OF[aspect]) / _mean_size(group.jaw, group.place, SIZE_OF[aspect])
    return Place(tooth=fdi, surface=surface, group=group, crossing_length_mm=group.crossing_length_mm * share)


@cache
def _mean_size(jaw: str, place: str, what: str) -> float:
    """The mean size of the permanent teeth of a group, wisdom teeth left out, mm."""
    is_front = place == "front"
    teeth = [fdi for fdi in PERMANENT if jaw_of(fdi) == jaw and (int(fdi[1]) <= LAST_FRONT_TOOTH) == is_front]
    return float(mean(getattr(crown_of(fdi), what) for fdi in teeth if int(fdi[1]) < WISDOM))

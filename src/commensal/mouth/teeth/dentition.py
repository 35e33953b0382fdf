"""Which teeth are there, by FDI number: permanent, primary, and both for a while; some missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file, number, read_rows

TABLE = "teeth.csv"
COLUMNS = ("dentition", "jaw", "position", "width_mm", "depth_mm", "crown_mm", "source", "mark", "note")
PERMANENT = tuple(f"{quadrant}{position}" for quadrant in (1, 2, 3, 4) for position in range(1, 9))
PRIMARY = tuple(f"{quadrant}{position}" for quadrant in (5, 6, 7, 8) for position in range(1, 6))
WISDOM = 8
FIRST_MOLAR_Y, FRONT_Y = 6, 9
"""Usual ages: below the first only primary teeth; from the second permanent front teeth are there. Recalled."""
MIXED_UNTIL_Y = 12
ACROSS = {1: 2, 2: 1, 3: 4, 4: 3}
"""The quadrant on the other side of the midline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crown:
    """The average size of a crown, mm: from its neighbour to its neighbour, from cheek to tongue, from gum to edge."""

    width_mm: float
    depth_mm: float
    crown_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dentition:
    """The teeth that are there, by FDI number (11-48, primary 51-85)."""

    present: frozenset[str]

    def __post_init__(self) -> None:
        """Refuses numbers that are no tooth."""
        for fdi in sorted(self.present):
            check_tooth(fdi)

    @classmethod
    def of(cls, present: Iterable[str], absent: Iterable[str] = ()) -> "Dentition":
        """The teeth somebody charted.

        Raises:
            ValueError: a number that is no tooth, or a tooth that is both present and absent.

        >>> sorted(Dentition.of(["11", "21"], absent=["12"]).present)
        ['11', '21']
        """
        here, gone = frozenset(present), frozenset(absent)
        for fdi in sorted(gone):
            check_tooth(fdi)
        if here & gone:
            both = ", ".join(sorted(here & gone))
            raise ValueError(f"tooth {both}: said to be both present and absent; say one of them")
        return cls(present=here)

    @classmethod
    def permanent(cls, *, has_wisdom_teeth: bool = True) -> "Dentition":
        """The 32 permanent teeth, or 28 without wisdom teeth."""
        return cls(present=frozenset(fdi for fdi in PERMANENT if has_wisdom_teeth or int(fdi[1]) < WISDOM))

    @classmethod
    def primary(cls) -> "Dentition":
        """The 20 primary teeth."""
        return cls(present=frozenset(PRIMARY))

    @classmethod
    def usual_at(cls, age_y: float) -> "Dentition":
        """The teeth that are usually there at an age: primary, mixed from 6 years, permanent from 12.

        Raises:
            ValueError: an age below 3, when primary teeth are still coming, or above 120.

        >>> [len(Dentition.usual_at(age).present) for age in (4, 7, 10, 14, 30)]
        [20, 24, 24, 28, 32]
        """
        if not 3.0 <= age_y <= 120.0:
            raise ValueError(f"age_y must be 3 to 120 years, got {age_y}")
        if age_y < FIRST_MOLAR_Y:
            return cls.primary()
        if age_y >= MIXED_UNTIL_Y:
            return cls.permanent(has_wisdom_teeth=age_y >= 21.0)
        come = (1, 2, 6) if age_y >= FRONT_Y else (6,)
        permanent = {f"{quadrant}{position}" for quadrant in (1, 2, 3, 4) for position in come}
        gone = (1, 2) if age_y >= FRONT_Y else ()
        return cls(present=frozenset(permanent | {fdi for fdi in PRIMARY if int(fdi[1]) not in gone}))

    def without(self, *fdi: str) -> "Dentition":
        """The same with these teeth missing.

        Raises:
            ValueError: a tooth that is not there.
        """
        for one in fdi:
            check_tooth(one)
            if one not in self.present:
                raise ValueError(f"tooth {one}: expected a tooth that is there, got one that is missing already")
        return Dentition(present=self.present - set(fdi))

    def stands_at(self, quadrant: int, position: int) -> bool:
        """Whether any tooth, permanent or primary, stands at a place of a quadrant (1-4)."""
        return f"{quadrant}{position}" in self.present or f"{quadrant + 4}{position}" in self.present

    def has_neighbour(self, fdi: str, side: str) -> bool:
        """Whether a tooth stands next to this one, towards the midline ("M") or away from it ("D")."""
        quadrant, position = quadrant_of(fdi), int(fdi[1])
        if side == "D":
            return self.stands_at(quadrant, position + 1)
        return self.stands_at(quadrant, position - 1) if position > 1 else self.stands_at(ACROSS[quadrant], 1)


def check_tooth(fdi: str) -> None:
    """Refuses what is no FDI tooth number.

    Raises:
        ValueError: anything but 11-48 and 51-85.
    """
    if fdi not in PERMANENT and fdi not in PRIMARY:
        raise ValueError(f"expected an FDI tooth number (11-48, primary 51-85), got {fdi!r}")


def quadrant_of(fdi: str) -> int:
    """1-4, as for permanent teeth: 1 upper right, 2 upper left, 3 lower left, 4 lower right."""
    return (int(fdi[0]) - 1) % 4 + 1


def jaw_of(fdi: str) -> str:
    """upper, lower."""
    return "upper" if quadrant_of(fdi) in (1, 2) else "lower"


def crown_of(fdi: str) -> Crown:
    """The average size of a tooth's crown, from `data/teeth.csv`.

    Raises:
        ValueError: no tooth.
    """
    check_tooth(fdi)
    return _crowns()["primary" if fdi[0] in "5678" else "permanent", jaw_of(fdi), int(fdi[1])]


@cache
def _crowns() -> dict[tuple[str, str, int], Crown]:
    found: dict[tuple[str, str, int], Crown] = {}
    for row in read_rows(data_file(TABLE).read_text(encoding="utf-8"), TABLE, COLUMNS):
        name = f"{row['dentition']} {row['jaw']} {row['position']}"
        width, depth, crown = (number(row[of], TABLE, name) for of in ("width_mm", "depth_mm", "crown_mm"))
        if not (width > 0.0 and depth > 0.0 and crown > 0.0) or not row["source"].strip():
            raise ParameterError(f"{TABLE}: {name}: sizes must be > 0, with a source")
        found[row["dentition"], row["jaw"], int(row["position"])] = Crown(
            width_mm=width, depth_mm=depth, crown_mm=crown
        )
    return found

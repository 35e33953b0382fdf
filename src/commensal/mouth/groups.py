"""Groups of tooth sites that share saliva film and plaque: jaw, front or back, and which side of the tooth."""

from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file, mark_of, number, read_rows
from commensal.provenance import Mark

TABLE = "site_groups.csv"
COLUMNS = (
    "id",
    "label",
    "jaw",
    "place",
    "aspect",
    "surfaces",
    "film_thickness_um",
    "film_speed_mm_min",
    "film_speed_low_mm_min",
    "film_speed_high_mm_min",
    "crossing_length_mm",
    "plaque_thickness_um",
    "source",
    "mark",
    "note",
)
JAW_OF_QUADRANT = {"1": "upper", "2": "upper", "3": "lower", "4": "lower"} | {
    "5": "upper",
    "6": "upper",
    "7": "lower",
    "8": "lower",
}
LAST_FRONT_TOOTH = 3
"""Incisors and canines are front teeth, in permanent and primary dentitions alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGroup:
    """One group of sites. `mark` is that of the film speed; the other figures are calibrated or weaker."""

    id: str
    label: str
    jaw: str
    """upper, lower"""
    place: str
    """front, back"""
    aspect: str
    """cheek, tongue, between, biting"""
    surfaces: tuple[str, ...]
    """Which of M D O B L the group stands for."""
    film_thickness_um: float
    film_speed_mm_min: float
    film_speed_range_mm_min: tuple[float, float]
    crossing_length_mm: float
    plaque_thickness_um: float
    source: str
    mark: Mark
    note: str

    def __post_init__(self) -> None:
        """Checks what must hold for every group."""
        low, high = self.film_speed_range_mm_min
        if not 0.0 < low <= self.film_speed_mm_min <= high:
            came = f"{self.film_speed_mm_min} in {low} to {high}"
            raise ParameterError(f"{TABLE}: {self.id}: the film speed must lie in its own range, got {came}")
        if not (self.film_thickness_um > 0.0 and self.crossing_length_mm > 0.0 and self.plaque_thickness_um > 0.0):
            raise ParameterError(f"{TABLE}: {self.id}: thicknesses and length must be > 0")
        if not self.surfaces or not set(self.surfaces) <= set("MDOBL"):
            raise ParameterError(f"{TABLE}: {self.id}: expected surfaces of M D O B L, got {self.surfaces}")
        if not self.source.strip():
            raise ParameterError(f"{TABLE}: {self.id}: a source must be given, got none")

    def holds(self, fdi: str) -> bool:
        """True when the tooth with this FDI number has sites in this group.

        >>> [group.id for group in site_groups() if group.holds("41")]
        ['lower-front-cheek', 'lower-front-tongue', 'lower-front-between']
        """
        quadrant, position = fdi[:1], int(fdi[1:])
        place = "front" if position <= LAST_FRONT_TOOTH else "back"
        return JAW_OF_QUADRANT[quadrant] == self.jaw and place == self.place


@cache
def site_groups() -> tuple[SiteGroup, ...]:
    """The fourteen groups, upper jaw first, with film and plaque from `data/site_groups.csv`.

    Raises:
        ParameterError: the table is not as it must be.
    """
    groups = []
    for row in read_rows(data_file(TABLE).read_text(encoding="utf-8"), TABLE, COLUMNS):
        figures = {
            name: number(text, TABLE, row["id"]) for name, text in row.items() if name.endswith(("_um", "_mm", "_min"))
        }
        groups.append(
            SiteGroup(
                **{name: row[name] for name in ("id", "label", "jaw", "place", "aspect", "source", "note")},
                surfaces=tuple(row["surfaces"].split()),
                film_thickness_um=figures["film_thickness_um"],
                film_speed_mm_min=figures["film_speed_mm_min"],
                film_speed_range_mm_min=(figures["film_speed_low_mm_min"], figures["film_speed_high_mm_min"]),
                crossing_length_mm=figures["crossing_length_mm"],
                plaque_thickness_um=figures["plaque_thickness_um"],
                mark=mark_of(row["mark"], TABLE, row["id"]),
            )
        )
    return tuple(groups)

"""One place on the teeth: its plaque, what lives in it, and the saliva film that runs over it."""

import math
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from commensal.mouth.community import WALLS, Community
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.exposure import ASPECTS
from commensal.mouth.groups import SiteGroup
from commensal.mouth.parameters import load
from commensal.mouth.processes.table import ProcessTable, load_processes


def _from_table(name: str) -> float:
    result: float = field(default_factory=lambda: load().value(name))
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One plaque column. Left as it is, it is the reference column of the plaque model (section 8).

    Every default, with its range, source and mark, stands in `data/plaque.csv` and `data/film.csv`.
    """

    thickness_um: float = _from_table("plaque_thickness")
    film_thickness_um: float = _from_table("film_thickness")
    film_speed_mm_min: float = _from_table("film_speed")
    crossing_length_mm: float = _from_table("crossing_length")
    glycolysis_mmol_l_h: float = _from_table("glycolysis_vmax")
    """Hexose used per plaque volume at the best pH, sugar in excess."""
    glycolysis_half_mmol_l: float = _from_table("glycolysis_half")
    glycolysis_ph_lowest: float = _from_table("glycolysis_ph_lowest")
    glycolysis_ph_best: float = _from_table("glycolysis_ph_best")
    glycolysis_ph_highest: float = _from_table("glycolysis_ph_highest")
    lactate_yield: float = _from_table("lactate_yield")
    """Mol lactate per mol hexose; the carbon that yields do not name leaves as neutral products."""
    acetate_yield: float = _from_table("acetate_yield")
    arginine_mmol_l_h: float = _from_table("arginine_vmax")
    arginine_half_mmol_l: float = _from_table("arginine_half")
    veillonella_mmol_l_h: float = _from_table("veillonella_vmax")
    veillonella_half_mmol_l: float = _from_table("veillonella_half")
    veillonella_ph_lowest: float = _from_table("veillonella_ph_lowest")
    veillonella_ph_best: float = _from_table("veillonella_ph_best")
    veillonella_ph_highest: float = _from_table("veillonella_ph_highest")
    endogenous_acid_mmol_l_h: float = _from_table("endogenous_acid")
    endogenous_lactate_share: float = _from_table("endogenous_lactate_share")
    fixed_buffer_1_mmol_l: float = _from_table("fixed_buffer_1")
    fixed_buffer_2_mmol_l: float = _from_table("fixed_buffer_2")
    diffusivity_plaque_sugar_m2_s: float = _from_table("diffusivity_plaque_sugar")
    diffusivity_plaque_ion_m2_s: float = _from_table("diffusivity_plaque_ion")
    diffusivity_film_sugar_m2_s: float = _from_table("diffusivity_film_sugar")
    diffusivity_film_ion_m2_s: float = _from_table("diffusivity_film_ion")
    aspect: str = ""
    """Which side of the tooth it is, for what a brush reaches: cheek, tongue, between, biting; "" when nobody says."""
    enamel: Enamel | None = None
    """What lies under the plaque and exchanges calcium and phosphate with it. None: nothing does."""
    community: Community | None = None
    """Who lives in the plaque. None: all of them as one, with the rates and yields given above."""

    @classmethod
    def of_group(cls, group: SiteGroup, **changes: Any) -> "Site":
        """A site with the film and plaque of a group of sites; `changes` are fields that go before the group's."""
        own: dict[str, Any] = {
            "film_thickness_um": group.film_thickness_um,
            "film_speed_mm_min": group.film_speed_mm_min,
            "crossing_length_mm": group.crossing_length_mm,
            "thickness_um": group.plaque_thickness_um,
            "aspect": group.aspect,
        }
        return cls(**{**own, **changes})

    def __post_init__(self) -> None:
        """Refuses what is not finite, negative, or cannot be a plaque."""
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in NO_FIGURES:
                continue
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{f.name} must be a finite number >= 0, got {value}")
        if self.aspect not in ("", *ASPECTS):
            raise ValueError(f"aspect must be one of {', '.join(ASPECTS)}, got {self.aspect!r}")
        for name in POSITIVE:
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} must be > 0, got {getattr(self, name)}")
        for guild in ("glycolysis", "veillonella"):
            low, best, high = (getattr(self, f"{guild}_ph_{which}") for which in ("lowest", "best", "highest"))
            if not low < best < high:
                raise ValueError(f"{guild}: pH must rise from lowest to best to highest, got {low}, {best}, {high}")
        if not 3.0 * self.lactate_yield + 2.0 * self.acetate_yield <= 6.0:
            came = f"{self.lactate_yield} lactate and {self.acetate_yield} acetate"
            raise ValueError(f"one hexose has six carbons; the yields must not need more, got {came}")
        if not self.endogenous_lactate_share <= 1.0:
            raise ValueError(f"endogenous_lactate_share must be 0 to 1, got {self.endogenous_lactate_share}")

        if self.community is not None and any(getattr(self, name) != load().value(row) for name, row in LUMPED.items()):
            raise ValueError(f"a site with a community has its rates in it: leave {', '.join(LUMPED)} as they are")

    def table(self, brought: tuple[str, ...] = ()) -> ProcessTable:
        """The processes that run in its plaque; `brought` as in `Community.table`.

        Raises:
            ParameterError: a rate or a yield that the tables refuse.
        """
        if self.community is not None:
            return self.community.table(has_enamel=self.enamel is not None, brought=brought)
        return _lumped(tuple(getattr(self, name) for name in LUMPED), self.enamel is not None)

    def niches_g_l(self) -> dict[str, float]:
        """What saliva offers each guild of the plaque in a niche of its own, g/L, by component."""
        return {} if self.community is None else self.community.niches_g_l()


@lru_cache(maxsize=4096)
def _lumped(values: tuple[float, ...], has_enamel: bool) -> ProcessTable:
    """The processes of the one guild that stands for all, with these values for LUMPED."""
    overrides = {f"lumped.{row}": x for row, x in zip(LUMPED.values(), values, strict=True)}
    return load_processes(("lumped", *([WALLS] if has_enamel else [])), overrides=overrides)


LUMPED = {
    "glycolysis_mmol_l_h": "glycolysis_vmax",
    "glycolysis_half_mmol_l": "glycolysis_half",
    "glycolysis_ph_lowest": "glycolysis_ph_lowest",
    "glycolysis_ph_best": "glycolysis_ph_best",
    "glycolysis_ph_highest": "glycolysis_ph_highest",
    "lactate_yield": "lactate_yield",
    "acetate_yield": "acetate_yield",
    "arginine_mmol_l_h": "arginine_vmax",
    "arginine_half_mmol_l": "arginine_half",
    "veillonella_mmol_l_h": "veillonella_vmax",
    "veillonella_half_mmol_l": "veillonella_half",
    "veillonella_ph_lowest": "veillonella_ph_lowest",
    "veillonella_ph_best": "veillonella_ph_best",
    "veillonella_ph_highest": "veillonella_ph_highest",
    "endogenous_acid_mmol_l_h": "endogenous_acid",
    "endogenous_lactate_share": "endogenous_lactate_share",
}
"""What a site without a community says of the one guild that stands for all: field here, row of `data/plaque.csv`."""
NO_FIGURES = ("aspect", "enamel", "community")
POSITIVE = (
    "thickness_um",
    "film_thickness_um",
    "crossing_length_mm",
    "glycolysis_half_mmol_l",
    "arginine_half_mmol_l",
    "veillonella_half_mmol_l",
    "diffusivity_plaque_sugar_m2_s",
    "diffusivity_plaque_ion_m2_s",
    "diffusivity_film_sugar_m2_s",
    "diffusivity_film_ion_m2_s",
)

"""What holds the pH of plaque: the groups of cell walls and matrix, and the fluid between the cells.

Titration from pH 7 to pH 4. Source: Shellis & Dibdin 1988 J Dent Res 67:438.
"""

from dataclasses import dataclass

from commensal.mouth.parameters import load
from commensal.mouth.processes.vessel import charge_at

FLUID_MMOL_L = {"phosphate": 12.0, "carbonate": 5.3}
"""Plaque fluid of that titration: validation table of this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffering:
    """Acid taken up between two pH, mmol/L."""

    walls_mmol_l: float
    fluid_mmol_l: float

    @property
    def share_of_walls(self) -> float:
        """0-1"""
        return self.walls_mmol_l / (self.walls_mmol_l + self.fluid_mmol_l)


def titrate(from_ph: float = 7.0, to_ph: float = 4.0) -> Buffering:
    """How much acid the walls of the twin's plaque and its fluid take up."""
    fixed = (load().value("fixed_buffer_1"), load().value("fixed_buffer_2"))
    fluid = charge_at(from_ph, FLUID_MMOL_L) - charge_at(to_ph, FLUID_MMOL_L)
    both = charge_at(from_ph, FLUID_MMOL_L, fixed) - charge_at(to_ph, FLUID_MMOL_L, fixed)
    return Buffering(walls_mmol_l=both - fluid, fluid_mmol_l=fluid)

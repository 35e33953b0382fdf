"""The enamel under one plaque: what is missing of its mineral as a run begins."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from commensal.mouth.enamel.constants import Floats, default_constants, enamel_table
from commensal.mouth.enamel.lesion import default_tissue
from commensal.mouth.parameters import Parameter

N_CONSTANTS = len(default_constants().as_array()) + 1
"""Those of the rate law, then the ionic strength of plaque fluid, mol/L."""
UM_PER_VOL_PERCENT_UM = 0.01
"""1 vol%.um of mineral is 0.01 um of it: the definition."""


@cache
def enamel_rows() -> dict[str, Parameter]:
    """The rows of `data/enamel.csv`, by name."""
    return {row.name: row for row in enamel_table()}


def vol_percent_um(mol_m2: float) -> float:
    """Mineral, mol of Ca5(PO4)3OH per m2 of tooth, as vol%.um.

    >>> round(vol_percent_um(0.0627), 0)
    1000.0
    """
    return mol_m2 * default_tissue().molar_volume_m3 * 1e6 / UM_PER_VOL_PERCENT_UM


@dataclass(frozen=True, slots=True, kw_only=True)
class Enamel:
    """Left as it is, sound enamel. `changes` replace numbers of `data/enamel.csv`, each in the table's unit."""

    deficit_vol_percent_um: float = 0.0
    """Mineral that is missing: about 300 is seen when dried, 1000 when wet (ICDAS 1 and 2)."""
    changes: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses numbers that the table has not, or outside their range, and a deficit beyond the most."""
        rows = enamel_rows()
        for name, value in self.changes.items():
            if name not in rows:
                raise ValueError(f"expected numbers of enamel.csv ({', '.join(rows)}), got {name!r}")
            if not (math.isfinite(value) and rows[name].low <= value <= rows[name].high):
                row = rows[name]
                raise ValueError(f"{name} must be {row.low:g} to {row.high:g} {row.unit}, got {value}")
        most = self._value("deficit_most")
        if not 0.0 <= self.deficit_vol_percent_um <= most:
            came = self.deficit_vol_percent_um
            raise ValueError(f"deficit_vol_percent_um must be 0 to {most:g} vol%.um, got {came}")

    def _value(self, name: str) -> float:
        return self.changes.get(name, enamel_rows()[name].value)

    @property
    def constants(self) -> Floats:
        """Every number as the kernels take it, (N_CONSTANTS,)."""
        known = default_constants()
        changed = replace(known, **{name: x for name, x in self.changes.items() if hasattr(known, name)})
        return np.append(changed.as_array(), self._value("ionic_strength"))

    @property
    def deficit_mol_m2(self) -> float:
        """The mineral that is missing, mol of Ca5(PO4)3OH per m2."""
        return self.deficit_vol_percent_um / vol_percent_um(1.0)

    @property
    def most_mol_m2(self) -> float:
        """The most that can be missing."""
        return self._value("deficit_most") / vol_percent_um(1.0)

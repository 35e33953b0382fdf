"""The enamel under one plaque: what is missing of its mineral as a run begins."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from commensal.mouth.enamel.constants import Floats, enamel_constants, enamel_parameters, vol_percent_um


@dataclass(frozen=True, slots=True, kw_only=True)
class Enamel:
    """Left as it is, sound enamel. `changes` replace numbers of `data/enamel.csv`, each in the table's unit."""

    deficit_vol_percent_um: float = 0.0
    """Mineral that is missing: about 300 is seen when dried, 1000 when wet (ICDAS 1 and 2)."""
    changes: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a deficit beyond the table's most, and numbers outside their range."""
        rows = enamel_parameters()
        most = self.changes.get("deficit_most", rows["deficit_most"].value)
        if not 0.0 <= self.deficit_vol_percent_um <= most:
            came = self.deficit_vol_percent_um
            raise ValueError(f"deficit_vol_percent_um must be 0 to {most:g} vol%.um, got {came}")
        enamel_constants(**self.changes)
        for name, value in self.changes.items():
            row = rows[name]
            if not (math.isfinite(value) and row.low <= value <= row.high):
                raise ValueError(f"{name} must be {row.low:g} to {row.high:g} {row.unit}, got {value}")

    @property
    def constants(self) -> Floats:
        """Every number as the kernels take it."""
        return enamel_constants(**self.changes)

    @property
    def deficit_mol_m2(self) -> float:
        """The mineral that is missing, mol of Ca5(PO4)3OH per m2."""
        return self.deficit_vol_percent_um / vol_percent_um(1.0)

    @property
    def most_mol_m2(self) -> float:
        """The most that can be missing."""
        return self.changes.get("deficit_most", enamel_parameters()["deficit_most"].value) / vol_percent_um(1.0)

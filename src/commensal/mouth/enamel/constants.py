"""The numbers of enamel's chemistry, from `data/enamel.csv`, as the flat array that the kernels read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import Parameter, data_file, parse

Floats = NDArray[np.float64]
TABLE = "enamel.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnamelConstants:
    """Solubility products (as pK of the half-cell), acid constants (thermodynamic pK) and rate constants, 37 C."""

    pk_water: float
    pk_phosphoric_1: float
    pk_phosphoric_2: float
    pk_phosphoric_3: float
    pk_hydrofluoric: float
    pk_lactic: float
    pk_acetic: float
    pk_propionic: float
    pk_enamel: float
    pk_fluorapatite: float
    dissolution: float
    """m/s: mol of mineral per m2 s for each mmol/L of undissociated acid."""
    dissolution_order: float
    phosphoric_share: float
    remineralisation: float
    """mol/m2/s."""
    remineralisation_most: float
    fluoride_gain: float
    fluoride_half: float
    """mg/L."""
    fluoride_most: float
    reduction_slope: float
    reduction_at_one: float
    reduction_most: float
    coverage: float
    lesion_weakening: float
    fluorine: float
    """g/mol."""

    @classmethod
    def of(cls, table: Sequence[Parameter]) -> "EnamelConstants":
        """The constants out of the rows of a table (rows it does not name are left)."""
        rows = {row.name: row.value for row in table}
        return cls(**{name: rows[name] for name in cls.__slots__})

    def as_array(self) -> Floats:
        """All of them in the order of the fields; the kernels' indices are in `rate`."""
        return np.array([getattr(self, name) for name in self.__slots__], dtype=np.float64)


@cache
def enamel_table() -> tuple[Parameter, ...]:
    """The rows of `data/enamel.csv`.

    Raises:
        ParameterError: the table is not as it must be.
    """
    return tuple(parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE))


@cache
def default_constants() -> EnamelConstants:
    """The constants that ship with the program."""
    return EnamelConstants.of(enamel_table())

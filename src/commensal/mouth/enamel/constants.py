"""Every number about enamel, from `data/enamel.csv`, and as the kernels take it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.parameters import Parameter, data_file, parse

Floats = NDArray[np.float64]
TABLE = "enamel.csv"
(
    IONIC, DAVIES_A, DAVIES_B, PK_ENAMEL, PK_FA, P1, P2, P3, PKW,
    DISSOLVES, ORDER, PHOSPHORIC, F_SLOPE, F_OFFSET, F_MOST, FA_HALF, FA_ORDER,
    RETURNS, MORE_F, HALF_F, DEFICIT_MOST, DENSITY, MOLAR_MASS, F_MASS,
) = range(24)  # fmt: skip
N_CONSTANTS = 24
"""The first rows of the table; what is behind them no kernel needs."""
UM_PER_VOL_PERCENT_UM = 0.01
"""1 vol%.um of mineral is 0.01 um of it: the definition."""


@cache
def enamel_parameters() -> dict[str, Parameter]:
    """The numbers, by name, in the order of the table.

    Raises:
        ParameterError: the table is not as it must be.
    """
    return {one.name: one for one in parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)}


def enamel_constants(**changes: float) -> Floats:
    """The numbers in the order that the kernels expect, each in the table's unit; `changes` by name.

    Raises:
        ValueError: a change of a number that the table does not have.
    """
    rows = enamel_parameters()
    unknown = sorted(set(changes) - set(rows))
    if unknown:
        raise ValueError(f"expected numbers of {TABLE} ({', '.join(rows)}), got {', '.join(unknown)}")
    return np.array([changes.get(name, one.value) for name, one in rows.items()][:N_CONSTANTS], dtype=np.float64)


def vol_percent_um(mol_m2: float) -> float:
    """Mineral lost, mol of Ca5(PO4)3OH per m2 of surface, as vol%.um.

    >>> round(vol_percent_um(0.0627), 0)
    1000.0
    """
    rows = enamel_parameters()
    metres = mol_m2 * rows["mineral_molar_mass"].value / (rows["mineral_density"].value * 1e6)
    return metres * 1e6 / UM_PER_VOL_PERCENT_UM

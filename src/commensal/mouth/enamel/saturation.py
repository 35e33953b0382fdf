"""Critical pH: where a fluid is just saturated. It is no constant; it falls as calcium and phosphate rise."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.enamel.rate import degree_of_saturation, enamel_flux

Floats = NDArray[np.float64]
LOWEST, HIGHEST = 2.0, 10.0
_DS = np.vectorize(degree_of_saturation, excluded=(5,), otypes=[float, float])
_FLUX = np.vectorize(enamel_flux, excluded=(9,), otypes=[float])


def saturations(
    ph: Floats | float, calcium_mmol_l: Floats | float, phosphate_mmol_l: Floats | float,
    fluoride_mmol_l: Floats | float = 0.0, *, ionic_mol_l: Floats | float = 0.15,
) -> tuple[Floats, Floats]:  # fmt: skip
    """DS of enamel and of fluorapatite, broadcast over arrays; see `rate.degree_of_saturation`.

    Raises:
        ValueError: a pH that is not in 0 to 14.
    """
    h = _h(ph)
    enamel, fluorapatite = _DS(
        h, calcium_mmol_l, phosphate_mmol_l, fluoride_mmol_l, ionic_mol_l, default_constants().as_array()
    )
    return enamel, fluorapatite


def fluxes(
    ph: Floats | float, *, lactate_mmol_l: Floats | float = 0.0, acetate_mmol_l: Floats | float = 0.0,
    propionate_mmol_l: Floats | float = 0.0, phosphate_mmol_l: Floats | float = 0.0,
    calcium_mmol_l: Floats | float = 0.0, fluoride_mmol_l: Floats | float = 0.0,
    ionic_mol_l: Floats | float = 0.15, deficit_share: Floats | float = 0.0,
) -> Floats:  # fmt: skip
    """Net loss of mineral, mol/m2/s, broadcast over arrays; see `rate.enamel_flux`.

    Raises:
        ValueError: a pH that is not in 0 to 14.
    """
    out: Floats = _FLUX(
        _h(ph), lactate_mmol_l, acetate_mmol_l, propionate_mmol_l, phosphate_mmol_l, calcium_mmol_l, fluoride_mmol_l,
        ionic_mol_l, deficit_share, default_constants().as_array(),
    )  # fmt: skip
    return out


def critical_ph(
    calcium_mmol_l: float, phosphate_mmol_l: float, ionic_mol_l: float, pk: float | None = None, *,
    fluoride_mmol_l: float | None = None,
) -> float:  # fmt: skip
    """The pH at which enamel (or, given fluoride, fluorapatite) is just saturated.

    Args:
        calcium_mmol_l: free calcium, > 0.
        phosphate_mmol_l: total phosphate, > 0.
        ionic_mol_l: ionic strength, mol/L.
        pk: solubility product of the half-cell; by default enamel's, or fluorapatite's where fluoride is given.
        fluoride_mmol_l: total fluoride; asks for fluorapatite.

    Raises:
        ValueError: a concentration that is not > 0, or no such pH between 2 and 10.

    >>> round(critical_ph(0.7, 5.0, 0.04), 2), round(critical_ph(0.3, 2.0, 0.04), 2)
    (5.51, 5.95)
    """
    if not (calcium_mmol_l > 0 and phosphate_mmol_l > 0 and (fluoride_mmol_l is None or fluoride_mmol_l > 0)):
        got = f"{calcium_mmol_l}, {phosphate_mmol_l} and {fluoride_mmol_l}"
        raise ValueError(f"calcium, phosphate and fluoride must be > 0 mmol/L, got {got}")
    solid = 0 if fluoride_mmol_l is None else 1
    constants = default_constants()
    if pk is not None:
        constants = replace(constants, **{("pk_enamel", "pk_fluorapatite")[solid]: pk})
    k, fluoride = constants.as_array(), fluoride_mmol_l or 0.0

    def saturation(ph: float) -> float:
        found = degree_of_saturation(10.0 ** (3.0 - ph), calcium_mmol_l, phosphate_mmol_l, fluoride, ionic_mol_l, k)
        return float(found[solid])

    low, high = LOWEST, HIGHEST
    if not saturation(low) < 1.0 < saturation(high):
        raise ValueError(f"expected a fluid that is saturated at some pH of {low:g} to {high:g}, got none")
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if saturation(middle) < 1.0 else (low, middle)
    return 0.5 * (low + high)


def _h(ph: Floats | float) -> Floats:
    values = np.asarray(ph, dtype=np.float64)
    if not np.all((values >= 0.0) & (values <= 14.0)):
        raise ValueError(f"pH must lie in 0 to 14, got {ph}")
    h: Floats = 10.0 ** (3.0 - values)
    return h

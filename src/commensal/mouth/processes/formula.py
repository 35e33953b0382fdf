"""What a molecule is made of, and what that is worth in electrons."""

import re
from dataclasses import dataclass

from commensal.mouth.errors import ParameterError

ATOM = re.compile(r"([A-Z][a-z]?)((?:[0-9]+(?:\.[0-9]+)?)?)")
ELEMENTS = ("C", "H", "N", "O", "P", "Ca", "F")
MOLAR_MASS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "P": 30.974, "Ca": 40.078, "F": 18.998}
"""g/mol. Source: IUPAC standard atomic weights (2021), shortened."""
REDUCTION = {"C": 4.0, "H": 1.0, "N": -3.0, "O": -2.0, "P": 5.0, "Ca": 2.0, "F": -1.0}
"""Electrons an atom brings, counted from CO2, H2O, NH3, H3PO4, CaO and HF, which bring none. Source: Roels 1983."""


@dataclass(frozen=True, slots=True)
class Formula:
    """Atoms per molecule, in the order of ELEMENTS."""

    atoms: tuple[float, ...]

    @classmethod
    def of(cls, text: str) -> "Formula":
        """A formula such as C3H6O3, whole or broken numbers of ELEMENTS, each named once.

        Raises:
            ParameterError: anything else.

        >>> Formula.of("C3H6O3").electrons, round(Formula.of("C6H12O6").molar_mass_g_mol, 1)
        (12.0, 180.2)
        """
        found = ATOM.findall(text)
        named = [element for element, _ in found]
        if "".join(a + b for a, b in found) != text or not text or len(set(named)) != len(named):
            raise ParameterError(f"expected a formula like C3H6O3, each element once, got {text!r}")
        if not set(named) <= set(ELEMENTS):
            raise ParameterError(f"{text}: expected the elements {', '.join(ELEMENTS)} only")
        counted = {element: float(count or 1) for element, count in found}
        return cls(tuple(counted.get(element, 0.0) for element in ELEMENTS))

    @property
    def molar_mass_g_mol(self) -> float:
        """Mass of a mole."""
        return sum(n * MOLAR_MASS[element] for n, element in zip(self.atoms, ELEMENTS, strict=True))

    @property
    def electrons(self) -> float:
        """Degree of reduction: electrons per molecule that could go to an acceptor; < 0 for acceptors."""
        return sum(n * REDUCTION[element] for n, element in zip(self.atoms, ELEMENTS, strict=True))

    def count(self, element: str) -> float:
        """Atoms of one element."""
        return self.atoms[ELEMENTS.index(element)]

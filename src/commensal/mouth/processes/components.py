"""Everything that processes make and use: solutes in mmol/L, solids in g of dry weight per L."""

from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file, mark_of, number, read_rows
from commensal.mouth.processes.formula import Formula
from commensal.provenance import Mark

TABLE = "components.csv"
COLUMNS = ("name", "formula", "kind", "strong_charge", "is_private", "source", "mark", "note")
KINDS = ("solute", "solid")
YES_NO = ("yes", "no")
CONSERVED = ("carbon", "nitrogen", "phosphorus", "electrons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One thing that is made or used. A total stands for its uncharged form: lactic acid, NH3, CO2, H3PO4."""

    name: str
    formula: Formula
    kind: str
    """solute: counted in mmol. solid: counted in g of dry weight, whose formula is that of one carbon."""
    strong_charge: float
    """Charge that one molecule adds to the ions that do not protonate: -1 for nitrate, 2 for calcium."""
    is_private: bool
    """Each guild has one of its own: its biomass, its share of what the host offers."""
    source: str
    mark: Mark

    @property
    def per_unit(self) -> tuple[float, ...]:
        """mmol of CONSERVED in one mmol of a solute, or in one g of a solid."""
        scale = 1.0 if self.kind == "solute" else 1e3 / self.formula.molar_mass_g_mol
        one = (*(self.formula.count(element) for element in "CNP"), self.formula.electrons)
        return tuple(scale * value for value in one)


def parse_components(text: str, table: str = TABLE) -> dict[str, Component]:
    """The components of a table, by name.

    Raises:
        ParameterError: a row that is not as it must be; the message names it.
    """
    found: dict[str, Component] = {}
    for row in read_rows(text, table, COLUMNS):
        name = row["name"]
        if not name.isidentifier() or name in found:
            raise ParameterError(f"{table}: expected a new name of letters, digits and _, got {name!r}")
        if row["kind"] not in KINDS or row["is_private"] not in YES_NO or not row["source"].strip():
            raise ParameterError(f"{table}: {name}: expected a kind ({', '.join(KINDS)}), yes or no, and a source")
        try:
            formula = Formula.of(row["formula"])
        except ParameterError as error:
            raise ParameterError(f"{table}: {name}: {error}") from error
        found[name] = Component(
            name=name,
            formula=formula,
            kind=row["kind"],
            strong_charge=number(row["strong_charge"], table, name),
            is_private=row["is_private"] == "yes",
            source=row["source"],
            mark=mark_of(row["mark"], table, name),
        )
    return found


@cache
def load_components() -> dict[str, Component]:
    """The components that ship with the program."""
    return parse_components(data_file(TABLE).read_text(encoding="utf-8"))

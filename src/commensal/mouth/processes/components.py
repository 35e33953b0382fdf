"""Everything that processes make and use, how it is counted and how it gets about.

solute          mmol, mmol/L            what diffuses
macromolecule   g, g/L                  what diffuses and is weighed: mucins, bacteriocins
solid           g of dry weight, g/L    what stays where it is
outside         mmol                    what comes from beyond the plaque, or leaves it unfollowed: counted, no state
"""

from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file, mark_of, number, read_rows
from commensal.mouth.processes.formula import Formula
from commensal.provenance import Mark

TABLE = "components.csv"
COLUMNS = ("name", "formula", "kind", "transport", "strong_charge", "owner", "source", "mark", "note")
WEIGHED = ("macromolecule", "solid")
KINDS = ("solute", *WEIGHED, "outside")
TRANSPORTS = ("sugar", "ion", "gas", "large", "stays")
"""Whose diffusivity a component has; one for everything charged, so that diffusion separates no charge."""
DIFFUSING = {"solute": TRANSPORTS[:-1], "macromolecule": ("large",), "solid": ("stays",), "outside": ("stays",)}
CHARGED = ("ion", "stays")
OWNERS = ("all", "guild", "strain")
"""Whose it is: everybody's; a guild's, shared by its strains (what the host offers it); or each strain's own."""
BOOKS = {"carbon": "C", "nitrogen": "N", "phosphorus": "P", "calcium": "Ca", "fluorine": "F"}
CONSERVED = (*BOOKS, "electrons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One thing that is made or used. A total stands for its uncharged form: lactic acid, NH3, CO2, H3PO4."""

    name: str
    formula: Formula
    kind: str
    transport: str
    strong_charge: float
    """Charge that one molecule adds to the ions that do not protonate: -1 for nitrate, 2 for calcium."""
    owner: str
    """One of OWNERS."""
    source: str
    mark: Mark

    @property
    def is_private(self) -> bool:
        """True when there is one for each guild."""
        return self.owner != "all"

    @property
    def per_unit(self) -> tuple[float, ...]:
        """mmol of CONSERVED in one mmol, or in one g of what is weighed."""
        scale = 1e3 / self.formula.molar_mass_g_mol if self.kind in WEIGHED else 1.0
        one = (*(self.formula.count(element) for element in BOOKS.values()), self.formula.electrons)
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
        if row["kind"] not in KINDS or row["owner"] not in OWNERS or not row["source"].strip():
            raise ParameterError(
                f"{table}: {name}: expected a kind ({', '.join(KINDS)}), an owner ({', '.join(OWNERS)}) and a source"
            )
        if row["transport"] not in DIFFUSING[row["kind"]]:
            may = " or ".join(DIFFUSING[row["kind"]])
            raise ParameterError(f"{table}: {name}: a {row['kind']} is transported as {may}, got {row['transport']!r}")
        try:
            formula = Formula.of(row["formula"])
        except ParameterError as error:
            raise ParameterError(f"{table}: {name}: {error}") from error
        charge = number(row["strong_charge"], table, name)
        if charge and not (row["transport"] in CHARGED and any(formula.count(one) for one in BOOKS.values())):
            raise ParameterError(
                f"{table}: {name}: a strong charge diffuses as ion, or stays as a counter-ion of fixed groups, with an "
                f"element that is counted ({', '.join(BOOKS.values())}), or it could come from nothing"
            )
        found[name] = Component(
            name=name,
            formula=formula,
            kind=row["kind"],
            transport=row["transport"],
            strong_charge=charge,
            owner=row["owner"],
            source=row["source"],
            mark=mark_of(row["mark"], table, name),
        )
    return found


@cache
def load_components() -> dict[str, Component]:
    """The components that ship with the program."""
    return parse_components(data_file(TABLE).read_text(encoding="utf-8"))

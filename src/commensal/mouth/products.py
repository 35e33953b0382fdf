"""What is done to mouths, by name: brushing, pastes, rinses, varnish; a patient's words, and what they bring."""

import re
from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.exposure import Exposure, Slow
from commensal.mouth.parameters import data_file, mark_of, number, read_rows
from commensal.provenance import Mark

TABLE = "products.csv"
COLUMNS = (
    *("name", "also", "duration_min", "holds_mmol_l", "lingers", "removes", "kills_log10", "kills_to_um"),
    *("source", "mark", "note"),
)
PART = re.compile(r"([a-z_]+) ([0-9.]+)(?: @ ([0-9.]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product or act; `exposure` is what it does at a time."""

    name: str
    also: tuple[str, ...]
    duration_min: float
    holds_mmol_l: tuple[tuple[str, float], ...]
    lingers: tuple[tuple[str, Slow], ...]
    removes: tuple[tuple[str, float], ...]
    kills_log10: tuple[tuple[str, float], ...]
    kills_to_um: float
    source: str
    mark: Mark
    note: str

    def exposure(self, at_min: float, *, name: str = "", duration_min: float | None = None) -> Exposure:
        """The exposure at a time.

        Args:
            at_min: minutes after midnight.
            name: in the patient's words; "" = the product's.
            duration_min: None = as long as usual.

        Raises:
            ValueError: a time or a duration that cannot be.
        """
        stores: dict[str, tuple[Slow, ...]] = {}
        for solute, slow in self.lingers:
            stores[solute] = (*stores.get(solute, ()), slow)
        return Exposure(
            name=name or self.name,
            at_min=at_min,
            duration_min=self.duration_min if duration_min is None else duration_min,
            holds_mmol_l=dict(self.holds_mmol_l),
            lingers=stores,
            removes=dict(self.removes),
            kills_log10=dict(self.kills_log10),
            kills_to_um=self.kills_to_um,
        )


@cache
def products() -> tuple[Product, ...]:
    """All products of `data/products.csv`.

    Raises:
        ParameterError: the table is not as it must be, or two products share a name.
    """
    found: list[Product] = []
    taken: set[str] = set()
    for row in read_rows(data_file(TABLE).read_text(encoding="utf-8"), TABLE, COLUMNS):
        names = (row["name"], *(x.strip() for x in row["also"].split("|") if x.strip()))
        if not row["source"].strip() or taken & set(names):
            raise ParameterError(f"{TABLE}: {row['name']}: needs a source and names that no other product has")
        taken |= set(names)
        parts = {column: _parts(row[column], row["name"]) for column in COLUMNS[3:7]}
        depth = row["kills_to_um"]
        product = Product(
            name=names[0],
            also=names[1:],
            duration_min=number(row["duration_min"], TABLE, row["name"]),
            holds_mmol_l=_pairs(parts["holds_mmol_l"]),
            lingers=tuple(
                (one, Slow(amount_umol=amount, half_min=half)) for one, amount, half in parts["lingers"] if half
            ),
            removes=_pairs(parts["removes"]),
            kills_log10=_pairs(parts["kills_log10"]),
            kills_to_um=number(depth, TABLE, row["name"]) if depth else float("inf"),
            source=row["source"],
            mark=mark_of(row["mark"], TABLE, row["name"]),
            note=row["note"],
        )
        try:
            product.exposure(0.0)
        except ValueError as error:
            raise ParameterError(f"{TABLE}: {error}") from error
        found.append(product)
    return tuple(found)


def find_product(told: str) -> Product | None:
    """The product that goes by these words, capitals aside; None when there is none.

    >>> find_product("Floss").name, find_product("sandblasting")
    ('floss', None)
    """
    words = " ".join(told.lower().split())
    return next((one for one in products() if words in (one.name, *one.also)), None)


def _parts(text: str, name: str) -> list[tuple[str, float, float | None]]:
    found = []
    for part in (one.strip() for one in text.split("|") if one.strip()):
        read = PART.fullmatch(part)
        if read is None:
            raise ParameterError(f"{TABLE}: {name}: expected parts like fluoride 19 or fluoride 1.5 @ 70, got {part!r}")
        what, amount, half = read.groups()
        found.append((what, number(amount, TABLE, name), None if half is None else number(half, TABLE, name)))
    return found


def _pairs(parts: list[tuple[str, float, float | None]]) -> tuple[tuple[str, float], ...]:
    return tuple((what, amount) for what, amount, _ in parts)

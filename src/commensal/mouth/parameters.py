"""Every number of the twin, with its unit, range, source and mark, from the tables under `data/`.

A table is refused as a whole when a row is not finite, has no known unit, source or mark, or lies outside its
own range: a number without origin must not reach a patient.
"""

import csv
import hashlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from commensal import units
from commensal.mouth.errors import ParameterError
from commensal.provenance import Mark, weakest

TABLES = ("chemistry", "saliva", "film", "plaque", "intake", "solver")
OTHER_TABLES = (
    *("site_groups", "teeth", "enamel", "enamel_lesion", "foods", "products", "fitted"),
    *("components", "guilds", "processes"),
)
"""What a run depends on besides: tables of another form."""
COLUMNS = ("name", "value", "unit", "low", "high", "source", "mark", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number: `value` and its range `low` to `high` in `unit`, where it comes from and how far to trust it."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    mark: Mark
    note: str = ""

    def __post_init__(self) -> None:
        """Checks what must hold for every number."""
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high)):
            raise ParameterError(
                f"{self.name}: value, low and high must be finite, got {self.value}, {self.low}, {self.high}"
            )
        if not self.low <= self.value <= self.high:
            raise ParameterError(
                f"{self.name}: value must lie in {self.low:g} to {self.high:g} {self.unit}, got {self.value:g}"
            )
        if not units.known(self.unit):
            raise ParameterError(f"{self.name}: expected a unit of commensal.units, got {self.unit!r}")
        if not self.source.strip():
            raise ParameterError(f"{self.name}: a source must be given, got none")


@dataclass(frozen=True, slots=True)
class Parameters:
    """A complete, checked set of parameters and the digest of the tables it came from."""

    rows: dict[str, Parameter]
    sha256: str

    def __getitem__(self, name: str) -> Parameter:
        """One parameter by its name.

        Raises:
            ParameterError: no such parameter.
        """
        if name not in self.rows:
            raise ParameterError(f"expected the name of a parameter, got {name!r}; see docs/rooms/mouth.md for all")
        return self.rows[name]

    def __iter__(self) -> Iterator[Parameter]:
        """All parameters, in the order of the tables."""
        return iter(self.rows.values())

    def value(self, name: str) -> float:
        """The value of one parameter, in its own unit."""
        return self[name].value

    @property
    def mark(self) -> Mark:
        """The weakest mark of the set."""
        return weakest([row.mark for row in self])


def read_rows(text: str, table: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a table with exactly these columns, as text.

    Raises:
        ParameterError: other columns, a row that is too short or too long.
    """
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    if tuple(reader.fieldnames or ()) != columns:
        raise ParameterError(f"{table}: expected the columns {', '.join(columns)}, got {reader.fieldnames}")
    rows = []
    for row in reader:
        if "" in row or any(cell is None for cell in row.values()):
            raise ParameterError(f"{table} line {reader.line_num}: expected {len(columns)} cells, got another number")
        rows.append(row)
    return rows


def number(text: str, table: str, name: str) -> float:
    """A finite number from a cell.

    Raises:
        ParameterError: text that is no number, NaN or infinity.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ParameterError(f"{table}: {name}: expected a finite number, got {text!r}")
    return value


def mark_of(text: str, table: str, name: str) -> Mark:
    """A mark from a cell.

    Raises:
        ParameterError: a word that is no mark.
    """
    try:
        return Mark(text)
    except ValueError:
        words = ", ".join(Mark)
        raise ParameterError(f"{table}: {name}: expected a mark ({words}), got {text!r}") from None


def parse(text: str, table: str) -> list[Parameter]:
    """The parameters of one table, checked.

    Raises:
        ParameterError: see the class; the message names table and row.
    """
    return [
        Parameter(
            name=row["name"],
            value=number(row["value"], table, row["name"]),
            unit=row["unit"],
            low=number(row["low"], table, row["name"]),
            high=number(row["high"], table, row["name"]),
            source=row["source"],
            mark=mark_of(row["mark"], table, row["name"]),
            note=row["note"],
        )
        for row in read_rows(text, table, COLUMNS)
    ]


def data_file(name: str) -> Traversable:
    """A file of this room's data folder."""
    return files("commensal.mouth") / "data" / name


@cache
def load() -> Parameters:
    """The parameter set that ships with the program.

    Raises:
        ParameterError: a table that is not as it must be.
    """
    rows: dict[str, Parameter] = {}
    digest = hashlib.sha256()
    for table in TABLES:
        text = data_file(f"{table}.csv").read_text(encoding="utf-8")
        for row in parse(text, table):
            if row.name in rows:
                raise ParameterError(f"{table}: {row.name} must stand in one table only, got it twice")
            rows[row.name] = row
    for name in (f"{table}.csv" for table in (*TABLES, *OTHER_TABLES)):
        digest.update(name.encode() + b"\0" + data_file(name).read_bytes() + b"\0")
    return Parameters(rows=rows, sha256=digest.hexdigest())

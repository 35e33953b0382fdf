"""Common foods and drinks: how much acid-making sugar they bring into the mouth, for what a patient names."""

import re
from dataclasses import dataclass
from functools import cache

from commensal.mouth.errors import ParameterError
from commensal.mouth.intake import How
from commensal.mouth.parameters import data_file, mark_of, number, read_rows
from commensal.provenance import Mark

TABLE = "foods.csv"
COLUMNS = ("name", "also", "sugar_percent_w_v", "how", "source", "mark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Food:
    """One food or drink. `sugar_percent_w_v` is sucrose-like sugar as the plaque meets it, not as the label says."""

    name: str
    also: tuple[str, ...]
    sugar_percent_w_v: float
    how: How
    source: str
    mark: Mark


@cache
def foods() -> tuple[Food, ...]:
    """All foods of `data/foods.csv`.

    Raises:
        ParameterError: the table is not as it must be, or two foods share a name.
    """
    found: list[Food] = []
    taken: set[str] = set()
    for row in read_rows(data_file(TABLE).read_text(encoding="utf-8"), TABLE, COLUMNS):
        sugar = number(row["sugar_percent_w_v"], TABLE, row["name"])
        names = (row["name"], *(x.strip() for x in row["also"].split("|") if x.strip()))
        if not 0.0 <= sugar <= 100.0:
            raise ParameterError(f"{TABLE}: {row['name']}: sugar must be 0 to 100 % w/v, got {sugar}")
        if not row["source"].strip() or taken & set(names):
            raise ParameterError(f"{TABLE}: {row['name']}: needs a source and names that no other food has")
        taken |= set(names)
        mark = mark_of(row["mark"], TABLE, row["name"])
        how = How(row["how"])
        found.append(
            Food(name=names[0], also=names[1:], sugar_percent_w_v=sugar, how=how, source=row["source"], mark=mark)
        )
    return tuple(found)


def find_food(told: str) -> Food | None:
    """The food a patient most likely means: the one with the longest name that stands in the words, or None.

    Whole words count, capitals do not; "a can of diet cola" is diet cola, not cola.

    >>> find_food("Coffee with two sugars").name, find_food("a glass of Water").sugar_percent_w_v, find_food("gravel")
    ('coffee with sugar', 0.0, None)
    """
    words = _spaced(told)
    best: tuple[int, Food] | None = None
    for food in foods():
        for name in (food.name, *food.also):
            needle = _spaced(name)
            plural = needle[:-1] + "s "
            if (needle in words or plural in words) and (best is None or len(name) > best[0]):
                best = (len(name), food)
    return None if best is None else best[1]


def _spaced(text: str) -> str:
    """The words of a text in small letters, each with a blank before and after."""
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower())) + " "

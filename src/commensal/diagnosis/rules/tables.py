"""The rules' own data: who says so, which thresholds, which rows. All of it is read from `data/*.csv`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from commensal.diagnosis.errors import RuleTableError
from commensal.diagnosis.finding import Rule
from commensal.provenance import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One number a rule compares with: value, unit, what it means and who says so."""

    name: str
    value: float
    unit: str
    meaning: str
    source: str
    mark: Mark


@cache
def rows(table: str) -> tuple[Mapping[str, str], ...]:
    """All rows of `data/<table>.csv`, in file order, as column name to text."""
    text = files("commensal.diagnosis").joinpath("data", f"{table}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


@cache
def rule(rule_id: str) -> Rule:
    """The published rule with this id.

    Raises:
        RuleTableError: `data/rules.csv` has no such rule.
    """
    for row in rows("rules"):
        if row["id"] == rule_id:
            return Rule(
                id=rule_id,
                version=row["version"],
                title=row["title"],
                source=row["source"],
                mark=Mark(row["mark"]),
            )
    raise RuleTableError(f"data/rules.csv: expected a row for rule {rule_id}, found none; add it with its source")


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Every threshold by name."""
    return MappingProxyType(
        {
            row["name"]: Threshold(
                name=row["name"],
                value=float(row["value"]),
                unit=row["unit"],
                meaning=row["meaning"],
                source=row["source"],
                mark=Mark(row["mark"]),
            )
            for row in rows("thresholds")
        }
    )


def limit(name: str) -> float:
    """The value of one threshold, in the unit that its row names.

    Raises:
        RuleTableError: `data/thresholds.csv` has no such threshold.
    """
    if name not in thresholds():
        raise RuleTableError(f"data/thresholds.csv: expected a row for {name}, found none; add one")
    return thresholds()[name].value


def plain(value: float) -> str:
    """A number as a person writes it: 5 for 5.0, 0.08 for 0.08.

    >>> plain(5.0), plain(0.08), plain(5000.0), plain(1.200000000001)
    ('5', '0.08', '5000', '1.2')
    """
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def listed(words: list[str] | tuple[str, ...]) -> str:
    """Words as a list in a sentence.

    >>> listed(["plaque"]), listed(["plaque", "deep pits", "bare roots"])
    ('plaque', 'plaque, deep pits and bare roots')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """`text` with a capital first letter, the rest left alone."""
    return text[:1].upper() + text[1:]

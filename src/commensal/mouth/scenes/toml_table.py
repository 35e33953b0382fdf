"""Tables of a scene file, read strictly: every key is taken once, and what nobody asked for is refused."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from commensal.errors import shortened
from commensal.mouth.errors import SceneError

SPEC = "docs/specs/mouth-scene.md"
CLOCK = re.compile(r"([0-3][0-9]|4[0-7]):([0-5][0-9])(?::([0-5][0-9]))?")
MAX_TEXT = 120
"""Characters in a name or title."""
UNITS = {
    "_mmol_l_h": "mmol/L/h",
    "_mmol_l": "mmol/L",
    "_percent_w_v": "% w/v",
    "_ml_min": "mL/min",
    "_mm_min": "mm/min",
    "_m2_s": "m2/s",
    "_cm2": "cm2",
    "_min": "min",
    "_per_h": "1/h",
    "_um": "um",
    "_mm": "mm",
    "_ml": "mL",
    "_h": "h",
    "_s": "s",
}
"""How a name ends -> its unit; the first that fits counts."""


def unit_of(name: str) -> str:
    """The unit that a name ends in; "" when it has none.

    >>> unit_of("film_speed_mm_min"), unit_of("lactate_yield")
    ('mm/min', '')
    """
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def expected(file: str, where: str, what: str, came: object, remedy: str = "") -> SceneError:
    """The error for something in a scene file: where, what was expected, what came, what to do."""
    place = f"{file}: {where}" if where else file
    told = f"{place}: expected {what}, got {shortened(came)}"
    return SceneError(f"{told}; {remedy}" if remedy else told)


@dataclass(slots=True)
class TomlTable:
    """One table of a scene file; `where` is its place in words, such as "site 2"."""

    file: str
    where: str
    content: dict[str, object]
    asked: list[str] = field(default_factory=list)

    def place(self, name: str) -> str:
        """Where a key of this table is."""
        return f"{self.where}: {name}" if self.where else name

    def has(self, name: str) -> bool:
        """True when the key is there; asking makes it a known one."""
        self.asked.append(name)
        return name in self.content

    def number(self, name: str, low: float = -math.inf, high: float = math.inf, remedy: str = "") -> float | None:
        """A finite number within its range, or None when it is not there.

        Raises:
            SceneError: something else than a number, infinity or NaN, out of range.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        unit = unit_of(name)
        what = f"a number in {unit}" if unit else "a number"
        if math.isfinite(low) or math.isfinite(high):
            what += f", {low:g} to {high:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            bare = "a bare number without quotes: the unit is part of the name" if isinstance(value, str) else ""
            raise expected(self.file, self.place(name), what, repr(value), bare)
        try:
            real = float(value)
        except OverflowError:
            real = math.inf
        if not (math.isfinite(real) and low <= real <= high):
            raise expected(self.file, self.place(name), what, value, remedy)
        return real

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within its range, or None when it is not there.

        Raises:
            SceneError: something else, out of range.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise expected(self.file, self.place(name), f"a whole number, {low} to {high}", repr(value))
        return value

    def text(self, name: str) -> str | None:
        """One line of text, or None when it is not there.

        Raises:
            SceneError: something else than text, an empty one, control characters, too long.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= MAX_TEXT or not value.isprintable():
            what = f"a line of text in quotes, 1 to {MAX_TEXT} characters"
            raise expected(self.file, self.place(name), what, ascii(value))
        return value.strip()

    def texts(self, name: str) -> list[str] | None:
        """A list of lines of text, or None when it is not there.

        Raises:
            SceneError: something else.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise expected(self.file, self.place(name), 'a list of texts, such as ["18", "28"]', repr(value))
        return [str(one) for one in value]

    def yes_or_no(self, name: str) -> bool | None:
        """`true` or `false`, or None when it is not there.

        Raises:
            SceneError: something else.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, bool):
            raise expected(self.file, self.place(name), "true or false", repr(value))
        return value

    def clock_min(self, name: str) -> float | None:
        """A time of day as minutes after midnight, or None when it is not there. "24:30" is half past midnight.

        Raises:
            SceneError: something else than "HH:MM" or "HH:MM:SS" from 00:00 to 47:59:59.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        clock = CLOCK.fullmatch(value) if isinstance(value, str) else None
        if clock is None:
            what = 'a time in quotes, "07:30" or "07:30:15", from "00:00"; the next day begins at "24:00"'
            raise expected(self.file, self.place(name), what, value)
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 60.0 * hours + minutes + seconds / 60.0

    def table(self, name: str) -> "TomlTable | None":
        """A table in this one, or None when it is not there.

        Raises:
            SceneError: something else than a table.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, dict):
            raise expected(self.file, self.place(name), f"a table, written [{name}]", repr(value))
        return TomlTable(self.file, self.place(name), value)

    def tables(self, name: str, most: int) -> list["TomlTable"]:
        """The tables of a list, none when it is not there.

        Raises:
            SceneError: something else than a list of tables, too many of them.
        """
        if not self.has(name):
            return []
        value = self.content[name]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise expected(self.file, self.place(name), f"tables, each begun with [[{name}]]", repr(value))
        if len(value) > most:
            raise expected(self.file, self.place(name), f"at most {most}", f"{len(value)}")
        return [TomlTable(self.file, f"{name} {i}", item) for i, item in enumerate(value, start=1)]

    def numbers(self, names: Sequence[str]) -> dict[str, float]:
        """Those of several numbers that are there."""
        found = {name: self.number(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def finish(self) -> None:
        """Refuses what nobody asked for.

        Raises:
            SceneError: a key that is not known here.
        """
        known = list(dict.fromkeys(self.asked))
        for name in self.content:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                remedy = f"did you mean {near[0]}?" if near else f"{SPEC} has all"
                few = ", ".join(known) if len(known) <= 8 else "the names of this table"
                raise expected(self.file, self.where, few, f"the unknown name {name!a}", remedy)

"""Tables of a file that people write, read strictly: every key is taken once, what nobody asked for is refused.

Scene files and strain cards are such files. Each kind has its own page and its own error, that of `file`.
"""

import math
import re
import stat
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from commensal.errors import shortened
from commensal.mouth.errors import MouthError, SceneError

CLOCK = re.compile(r"([0-3][0-9]|4[0-7]):([0-5][0-9])(?::([0-5][0-9]))?")
MAX_BYTES = 256 * 1024
"""Largest scene or plan, bytes; a thousand sites with a few fields each fit."""
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


@dataclass(frozen=True, slots=True)
class FileKind:
    """What kind of file it is: the page that says what is in it, an example, and the error it is refused with."""

    what: str
    spec: str
    example: str
    error: type[MouthError]


SCENE = FileKind("scene", "docs/specs/mouth-scene.md", "examples/mouth/rinse.toml", SceneError)


def unit_of(name: str) -> str:
    """The unit that a name ends in; "" when it has none.

    >>> unit_of("film_speed_mm_min"), unit_of("lactate_yield")
    ('mm/min', '')
    """
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def expected(file: str, where: str, what: str, came: object, remedy: str = "", kind: FileKind = SCENE) -> MouthError:
    """The error for something in a file: where, what was expected, what came, what to do."""
    place = f"{file}: {where}" if where else file
    told = f"{place}: expected {what}, got {shortened(came)}"
    return kind.error(f"{told}; {remedy}" if remedy else told)


@dataclass(slots=True)
class TomlTable:
    """One table of a file; `where` is its place in words, such as "site 2". What it refuses is `kind.error`."""

    file: str
    where: str
    content: dict[str, object]
    kind: FileKind = SCENE
    asked: list[str] = field(default_factory=list)

    def refused(self, place: str, what: str, came: object, remedy: str = "") -> MouthError:
        """The error for something in this file."""
        return expected(self.file, place, what, came, remedy, self.kind)

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
            MouthError: something else than a number, infinity or NaN, out of range.
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
            raise self.refused(self.place(name), what, repr(value), bare)
        try:
            real = float(value)
        except OverflowError:
            real = math.inf
        if not (math.isfinite(real) and low <= real <= high):
            raise self.refused(self.place(name), what, value, remedy)
        return real

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within its range, or None when it is not there.

        Raises:
            MouthError: something else, out of range.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refused(self.place(name), f"a whole number, {low} to {high}", repr(value))
        return value

    def text(self, name: str, longest: int = MAX_TEXT) -> str | None:
        """One line of text, or None when it is not there.

        Raises:
            MouthError: something else than text, an empty one, control characters, too long.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or not value.isprintable():
            what = f"a line of text in quotes, 1 to {longest} characters"
            raise self.refused(self.place(name), what, ascii(value))
        return value.strip()

    def texts(self, name: str) -> list[str] | None:
        """A list of lines of text, or None when it is not there.

        Raises:
            MouthError: something else.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refused(self.place(name), 'a list of texts, such as ["18", "28"]', repr(value))
        return [str(one) for one in value]

    def yes_or_no(self, name: str) -> bool | None:
        """`true` or `false`, or None when it is not there.

        Raises:
            MouthError: something else.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, bool):
            raise self.refused(self.place(name), "true or false", repr(value))
        return value

    def clock_min(self, name: str) -> float | None:
        """A time of day as minutes after midnight, or None when it is not there. "24:30" is half past midnight.

        Raises:
            MouthError: something else than "HH:MM" or "HH:MM:SS" from 00:00 to 47:59:59.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        clock = CLOCK.fullmatch(value) if isinstance(value, str) else None
        if clock is None:
            what = 'a time in quotes, "07:30" or "07:30:15", from "00:00"; the next day begins at "24:00"'
            raise self.refused(self.place(name), what, value)
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 60.0 * hours + minutes + seconds / 60.0

    def table(self, name: str) -> "TomlTable | None":
        """A table in this one, or None when it is not there.

        Raises:
            MouthError: something else than a table.
        """
        if not self.has(name):
            return None
        value = self.content[name]
        if not isinstance(value, dict):
            raise self.refused(self.place(name), f"a table, written [{name}]", repr(value))
        return TomlTable(self.file, self.place(name), value, self.kind)

    def tables(self, name: str, most: int) -> list["TomlTable"]:
        """The tables of a list, none when it is not there.

        Raises:
            MouthError: something else than a list of tables, too many of them.
        """
        if not self.has(name):
            return []
        value = self.content[name]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refused(self.place(name), f"tables, each begun with [[{name}]]", repr(value))
        if len(value) > most:
            raise self.refused(self.place(name), f"at most {most}", f"{len(value)}")
        return [TomlTable(self.file, f"{name} {i}", item, self.kind) for i, item in enumerate(value, start=1)]

    def numbers(self, names: Sequence[str]) -> dict[str, float]:
        """Those of several numbers that are there."""
        found = {name: self.number(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def finish(self) -> None:
        """Refuses what nobody asked for.

        Raises:
            MouthError: a key that is not known here.
        """
        known = list(dict.fromkeys(self.asked))
        for name in self.content:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                remedy = f"did you mean {near[0]}?" if near else f"{self.kind.spec} has all"
                few = ", ".join(known) if len(known) <= 8 else "the names of this table"
                raise self.refused(self.where, few, f"the unknown name {name!a}", remedy)


def outermost(text: str, file: str, kind: FileKind, file_format: str) -> "TomlTable":
    """The outermost table of a text that says it is of a format.

    Raises:
        MouthError: no TOML, or of another format; as `kind.error`.
    """
    whole = toml_of(text, file, kind)
    if whole.text("format") != file_format:
        came = whole.content.get("format", "nothing")
        raise expected(file, "format", f'format = "{file_format}" on the first line', came, kind=kind)
    return whole


def text_of(path: Path, most_bytes: int, kind: FileKind) -> str:
    """The text of a file that people write.

    Raises:
        MouthError: a file that is none, too large, or no UTF-8.
    """
    name, a_file = path.name, f"a {kind.what} file"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            came = "a folder" if stat.S_ISDIR(status.st_mode) else "something else"
            raise expected(name, "", a_file, came, "name the .toml file itself", kind)
        if status.st_size > most_bytes:
            came = f"{status.st_size} bytes"
            raise expected(name, "", f"at most {most_bytes} bytes", came, "is it the right file?", kind)
        with path.open("rb") as stream:
            raw = stream.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a name that no file can have"
        raise expected(name, "", f"{a_file} that can be read", reason, "check the name", kind) from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        came = f"the byte 0x{raw[error.start]:02x} at {error.start}"
        raise expected(name, "", "a text file in UTF-8", came, f"is it {a_file}?", kind) from error


def toml_of(text: str, file: str, kind: FileKind) -> TomlTable:
    """The table that a file's text is; `file` is its name for messages.

    Raises:
        MouthError: text that is no TOML.
    """
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise expected(file, "", f"a {kind.what} in TOML", "brackets in brackets without end", "", kind) from error
    except ValueError as error:  # also whole numbers of thousands of digits
        raise expected(file, "", f"a {kind.what} in TOML", error, f"an example: {kind.example}", kind) from error
    return TomlTable(file, "", content, kind)

"""The instruments' own data: cut-offs with their sources, and the form that is shown.

The MDAS is shown in our own words, marked as not validated, until a clinic hands in the official text as a
TOML file:

    language = "en"
    version = "official, 1995"
    source = "where the text was taken from"
    situations = ["...", "...", "...", "...", "..."]
    answers = ["...", "...", "...", "...", "..."]

Translations are never made here: an official one is such a file.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from commensal.lila.anxiety import Band
from commensal.lila.errors import FormError
from commensal.provenance import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """The lowest score of a band, and who says so."""

    band: Band
    lowest: float
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One instrument's text in one language: what is asked, what can be answered, whether it was
    validated."""

    name: str
    language: str
    """BCP 47."""
    version: str
    is_validated: bool
    situations: tuple[str, ...]
    answers: tuple[str, ...]
    """From 1, not anxious, to 5, extremely anxious."""
    licence: str
    source: str

    @property
    def label(self) -> str:
        """Name, version, language and whether its wording is validated, as a record keeps it."""
        validated = "validated" if self.is_validated else "not validated"
        return f"{self.name}, {self.version}, {self.language}, {validated}"


@cache
def table() -> dict[str, Any]:
    """The instruments' data file, as TOML reads it."""
    return tomllib.loads(files("commensal.lila").joinpath("data", "instruments.toml").read_text(encoding="utf-8"))


@cache
def cut_offs(instrument: str) -> tuple[CutOff, ...]:
    """The bands of `mdas` or `vas`, lowest first."""
    return tuple(
        CutOff(band=Band(row["band"]), lowest=row["from"], source=row["source"], mark=Mark(row["mark"]))
        for row in table()[instrument]["cut_offs"]
    )


def band_of(instrument: str, score: float) -> Band:
    """The band of a score: the last one whose lowest score it reaches."""
    return [cut.band for cut in cut_offs(instrument) if score >= cut.lowest][-1]


def mdas_form(official: Path | None = None) -> Form:
    """The MDAS as it is shown: the clinic's official text, or our own words, marked as not validated.

    Args:
        official: a TOML file with the official text (see the module's docstring); None = our own words.

    Raises:
        FormError: the file cannot be read, or lacks a field, or has other than five situations and five
            answers.
    """
    mdas = table()["mdas"]
    if official is None:
        own = mdas["own_form"]
        return _form(own, is_validated=False, source="our own paraphrase")
    try:
        text = tomllib.loads(official.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise FormError(f"{official.name}: expected the official MDAS text as TOML, got {wrong}") from wrong
    for name in ("language", "version", "source"):
        if not isinstance(text.get(name), str) or not text[name].strip():
            raise FormError(f"{official.name}: {name}: expected a text, got {text.get(name)!r}")
    for name in ("situations", "answers"):
        given = text.get(name)
        if not isinstance(given, list) or len(given) != mdas["answers_expected"] or not all(map(_is_said, given)):
            raise FormError(f"{official.name}: {name}: expected five texts, got {given!r:.80}")
    return _form(text, is_validated=True, source=text["source"])


def _is_said(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _form(text: dict[str, Any], *, is_validated: bool, source: str) -> Form:
    mdas = table()["mdas"]
    return Form(
        name=mdas["name"],
        language=text["language"],
        version=text["version"],
        is_validated=is_validated,
        situations=tuple(text["situations"]),
        answers=tuple(text["answers"]),
        licence=mdas["licence"],
        source=source,
    )

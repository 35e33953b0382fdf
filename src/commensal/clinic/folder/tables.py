"""Rows of comma- or tab-separated text: header and cells by name, with the line each came from."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from commensal.clinic.folder.problems import Problems

NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?")
MAX_NUMBER_LENGTH = 40

Rows = Iterator[tuple[int, list[str]]]


def read_rows(text: str, separator: str) -> Rows:
    """Each row with its line number, blank lines and `# ` comments before the header left out.

    Raises:
        csv.Error: a cell longer than 131,072 characters, or quotes that do not close.
    """
    lines = io.StringIO(text, newline="")
    skipped = 0
    first = next(lines, "")
    while first and (not first.strip() or first.startswith("# ")):
        skipped += 1
        first = next(lines, "")
    reader = csv.reader(chain([first], lines), delimiter=separator, strict=True)
    for row in reader:
        if any(cell.strip() for cell in row):
            yield skipped + reader.line_num, [cell.strip() for cell in row]


def plain_number(text: str) -> float | None:
    """A plain ASCII decimal number, or None: no `nan`, no `1_000`, no decimal comma, no overflow."""
    if len(text) > MAX_NUMBER_LENGTH or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) < float("inf") else None


def number_remedy(text: str) -> str:
    """What to do about a cell that is not a number."""
    if not text.strip():
        return "write 0 if nothing was found"
    if NUMBER.fullmatch(text.replace(",", ".", 1)):
        return "write the decimals after a point"
    return ""


def repeated(header: list[str]) -> list[str]:
    """Headers that stand more than once, in order."""
    return [name for name, times in Counter(header).items() if times > 1]


def header_shown(names: list[str], problems: Problems) -> str:
    """At most eight headers as a message prints them."""
    shown = ", ".join(problems.key_shown(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")

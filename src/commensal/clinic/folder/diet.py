"""`diet.csv`: one usual day of eating and drinking, one row each."""

import csv
import re

from commensal.clinic.folder.contents import DietRow
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.strict_json import decode_utf8
from commensal.clinic.folder.tables import header_shown, number_remedy, plain_number, read_rows, repeated

FILE = "diet.csv"
MUST = ("when", "what", "how", "duration_min")
COLUMNS = (*MUST, "sugar_percent")
HOW = ("meal", "drink", "sip", "snack", "sticky", "gum", "rinse")
MAX_ROWS = 200
MAX_WHAT = 120
DURATION_MIN = (0.1, 240.0)
SUGAR_PERCENT = (0.0, 100.0)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def read_diet(raw: bytes, problems: Problems) -> tuple[DietRow, ...] | None:
    """The day's rows in order of time, or None after adding to `problems`."""
    text = decode_utf8(FILE, raw, problems)
    if text is None:
        return None
    before = len(problems.found)
    try:
        rows = list(read_rows(text, ","))
    except csv.Error:
        problems.add(FILE, "", "comma-separated values", "a cell that never ends", "close the quotes")
        return None
    if not rows or not _is_header(rows[0][1], problems):
        if not rows:
            problems.add(FILE, "line 1", f"the header {','.join(COLUMNS)}", "an empty file")
        return None
    header = rows[0][1]
    if len(rows) - 1 > MAX_ROWS:
        problems.add(FILE, "", f"at most {MAX_ROWS} rows", f"{len(rows) - 1} rows", "one usual day is enough")
        return None
    told: dict[tuple[str, ...], int] = {}
    diet = []
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            remedy = 'put texts that hold a comma in "quotes"' if len(cells) > len(header) else ""
            problems.add(FILE, f"line {line}", f"{len(header)} cells", f"{len(cells)} cells", remedy)
            continue
        if tuple(cells) in told:
            came = f"the same as line {told[tuple(cells)]}"
            problems.add(FILE, f"line {line}", "each row once", came, "take it out, or change its time")
            continue
        told[tuple(cells)] = line
        row = _row(line, dict(zip(header, cells, strict=True)), problems)
        if row is not None:
            diet.append(row)
    return tuple(sorted(diet, key=lambda row: row.at_min)) if len(problems.found) == before else None


def _is_header(header: list[str], problems: Problems) -> bool:
    expected = f"the header {','.join(COLUMNS)}"
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        problems.add(FILE, "line 1", expected, "other separators than commas", "save it as CSV with commas")
        return False
    missing = [name for name in MUST if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    twice = repeated(header)
    if not (missing or unknown or twice):
        return True
    remedy = f"add {', '.join(missing)}" if missing else "take out the others" if unknown else "write each once"
    problems.add(FILE, "line 1", expected, header_shown(header, problems), remedy)
    return False


def _row(line: int, cells: dict[str, str], problems: Problems) -> DietRow | None:
    before = len(problems.found)
    clock = CLOCK.fullmatch(cells["when"])
    if clock is None:
        came = problems.shown(cells["when"])
        problems.add(FILE, f"line {line} when", "a time as HH:MM from 00:00 to 23:59", came, "07:30, 19:05")
    what = cells["what"]
    if not 1 <= len(what) <= MAX_WHAT or not what.isprintable():
        came = problems.shown(what, is_free_text=True)
        problems.add(FILE, f"line {line} what", f"a food or drink in 1 to {MAX_WHAT} characters", came)
    if cells["how"] not in HOW:
        problems.add(FILE, f"line {line} how", ", ".join(HOW), problems.shown(cells["how"]))
    duration = _number(line, "duration_min", cells["duration_min"], DURATION_MIN, "min", problems)
    sugar_text = cells.get("sugar_percent", "")
    sugar = _number(line, "sugar_percent", sugar_text, SUGAR_PERCENT, "% w/v", problems) if sugar_text else None
    if clock is None or duration is None or len(problems.found) > before:
        return None
    at_min = 60.0 * int(clock[1]) + int(clock[2])
    return DietRow(at_min=at_min, what=what, how=cells["how"], duration_min=duration, sugar_percent=sugar)


def _number(
    line: int, column: str, text: str, limits: tuple[float, float], unit: str, problems: Problems
) -> float | None:
    low, high = limits
    value = plain_number(text)
    if value is not None and low <= value <= high:
        return value
    remedy = number_remedy(text) if value is None else ""
    if value is not None and column == "duration_min" and low <= value / 60 <= high and value > high:
        remedy = f"was that seconds? then write {value / 60:.3g}"
    expected = f"a number in {unit}, {low:g} to {high:g}"
    problems.add(FILE, f"line {line} {column}", expected, problems.shown(text), remedy)
    return None

"""One patient's column or row out of a 16S or metagenome table, without keeping anybody else's."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from commensal.clinic.folder.files import MIB, size_shown
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.strict_json import decode_utf8
from commensal.clinic.folder.tables import number_remedy, plain_number, read_rows, repeated
from commensal.diagnosis import sample

MAX_UNPACKED_BYTES = 64 * MIB
MAX_ROWS = 200_000
MAX_COLUMNS = 20_000
MAX_NAME = 1_000
MOST = 5
"""Taxa named as the most abundant."""

LARGEST_SUM = {"reads": float("inf"), "share": 1.001, "percent": 100.1}
"""What one sample's values may sum to: whole shares, and what rounding in the source adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """How `lab.json` says a table is laid out."""

    file: str
    has_taxa_in_rows: bool
    label_column: str
    sample: str
    ignore_columns: frozenset[str]
    unit: str
    """"reads", "share" or "percent"."""


def read_taxon_table(raw: bytes, spec: TableSpec, problems: Problems) -> sample.TaxonTable | None:
    """The patient's own taxa, or None after adding to `problems`. Per cents become shares.

    Order of checks: packing, UTF-8, header, then every row to the end, then the sum.
    """
    text = _unpacked(raw, spec.file, problems)
    if text is None:
        return None
    before = len(problems.found)
    try:
        rows = read_rows(text, "\t" if spec.file.removesuffix(".gz").endswith(".tsv") else ",")
        header = next(rows, (1, []))[1]
        if not _is_header(header, spec, problems):
            return None
        if spec.has_taxa_in_rows:
            values = _from_column(rows, header, spec, problems)
        else:
            values = _from_row(rows, header, spec, problems)
    except csv.Error:
        problems.add(spec.file, "", "separated values", "a cell that never ends", "close the quotes")
        return None
    if len(problems.found) > before:
        return None
    total = sum(values.values())
    if not 0 < total <= LARGEST_SUM[spec.unit]:
        largest = LARGEST_SUM[spec.unit]
        expected = f"values of {spec.unit} that sum to more than 0" + (
            f" and at most {largest}" if largest < 1e9 else ""
        )
        remedy = "is the unit percent, or reads?" if total > 0 else "this sample holds nothing"
        problems.add(spec.file, problems.key_shown(spec.sample), expected, f"{total:.6g}", remedy)
        return None
    ranked = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    return sample.TaxonTable(
        file=spec.file,
        sample_id=spec.sample,
        taxa=sum(value > 0 for value in values.values()),
        total=total / 100 if spec.unit == "percent" else total,
        unit="reads" if spec.unit == "reads" else "share",
        most=tuple((taxon, value / total) for taxon, value in ranked[:MOST] if value > 0),
    )


def _unpacked(raw: bytes, file: str, problems: Problems) -> str | None:
    is_packed = raw[:2] == b"\x1f\x8b"
    if is_packed != file.endswith(".gz"):
        came, remedy = (
            ("a packed one", "name it .gz") if is_packed else ("another kind of file", "take .gz off its name")
        )
        problems.add(file, "", "a gzip file" if file.endswith(".gz") else "a table as text", came, remedy)
        return None
    if is_packed:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                raw = packed.read(MAX_UNPACKED_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            problems.add(file, "", "a whole gzip file", "one that is cut off or damaged", "copy it again")
            return None
    if len(raw) > MAX_UNPACKED_BYTES:
        problems.add(file, "", f"at most {size_shown(MAX_UNPACKED_BYTES)} unpacked", "more than that")
        return None
    return decode_utf8(file, raw, problems)


def _is_header(header: list[str], spec: TableSpec, problems: Problems) -> bool:
    before = len(problems.found)
    if len(header) > MAX_COLUMNS:
        problems.add(spec.file, "line 1", f"at most {MAX_COLUMNS} columns", f"{len(header)} columns")
        return False
    if len(header) <= 1:
        separator = "tabs" if ".tsv" in spec.file else "commas"
        came = "one column" if header else "an empty file"
        remedy = f"are its columns separated by {separator}?" if header else ""
        problems.add(spec.file, "header", "at least two columns", came, remedy)
        return False
    wanted = [spec.label_column, *sorted(spec.ignore_columns)] + [spec.sample] * spec.has_taxa_in_rows
    for name in wanted:
        if name not in header:
            # Only the first header is shown: the others may be the labels of other people's samples.
            came = f"{len(header)} others, the first named {problems.key_shown(header[0])}"
            expected = f"a column named {problems.key_shown(name)}"
            problems.add(spec.file, "header", expected, came, "compare with lab.json")
    for name in repeated(header):
        problems.add(spec.file, "header", "each column once", f"{problems.key_shown(name)} twice or more")
    return len(problems.found) == before


def _checked(
    rows: Iterator[tuple[int, list[str]]], label_at: int, width: int, spec: TableSpec, problems: Problems
) -> Iterator[tuple[int, str, list[str]]]:
    """Rows of the right width whose label is new; others become problems; after ten of them it ends."""
    before = len(problems.found)
    seen: set[str] = set()
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MAX_ROWS:
            problems.add(spec.file, "", f"at most {MAX_ROWS} rows", "more than that")
            return
        if len(problems.found) - before >= 10:
            return
        if len(cells) != width:
            problems.add(spec.file, f"line {line}", f"{width} cells", f"{len(cells)} cells")
            continue
        label = cells[label_at]
        if not 1 <= len(label) <= MAX_NAME or label in seen:
            came = "the same one again" if label in seen else f"{len(label)} characters"
            problems.add(spec.file, f"line {line} {problems.key_shown(spec.label_column)}", "each name once", came)
            continue
        seen.add(label)
        yield line, label, cells


def _from_column(
    rows: Iterator[tuple[int, list[str]]], header: list[str], spec: TableSpec, problems: Problems
) -> dict[str, float]:
    label_at, sample_at = header.index(spec.label_column), header.index(spec.sample)
    values = {}
    for line, taxon, cells in _checked(rows, label_at, len(header), spec, problems):
        value = _value(cells[sample_at], f"line {line} {problems.key_shown(spec.sample)}", spec, problems)
        if value is not None:
            values[taxon] = value
    return values


def _from_row(
    rows: Iterator[tuple[int, list[str]]], header: list[str], spec: TableSpec, problems: Problems
) -> dict[str, float]:
    label_at = header.index(spec.label_column)
    taxa = [(at, name) for at, name in enumerate(header) if at != label_at and name not in spec.ignore_columns]
    values: dict[str, float] = {}
    is_there = False
    before = len(problems.found)
    for line, label, cells in _checked(rows, label_at, len(header), spec, problems):
        if label != spec.sample:
            continue
        is_there = True
        for at, taxon in taxa:
            value = _value(cells[at], f"line {line} {problems.key_shown(taxon)}", spec, problems)
            if value is not None:
                values[taxon] = value
            if len(problems.found) - before >= 10:
                return values
    if not is_there:
        field = problems.key_shown(spec.label_column)
        problems.add(
            spec.file,
            field,
            f"a row named {problems.key_shown(spec.sample)}",
            "none",
            "compare with lab.json",
        )
    return values


def _value(text: str, field: str, spec: TableSpec, problems: Problems) -> float | None:
    value = plain_number(text)
    limit = {"reads": 1e12, "share": 1.0, "percent": 100.0}[spec.unit]
    expected = {
        "reads": "a whole number of reads from 0",
        "share": "a share, 0 to 1",
        "percent": "per cent, 0 to 100",
    }
    if value is not None and 0 <= value <= limit and (spec.unit != "reads" or value.is_integer()):
        return value
    remedy = number_remedy(text) if value is None else ""
    if value is not None and spec.unit == "share" and 1 < value <= 100:
        remedy = "was that per cent? then the unit in lab.json is percent"
    if value is not None and spec.unit == "reads" and not value.is_integer():
        remedy = "were those shares? then the unit in lab.json is share or percent"
    problems.add(spec.file, field, expected[spec.unit], problems.shown(text), remedy)
    return None

"""`lab/`: samples, biomarker values and tables, stored as they came and interpreted by nobody here."""

from collections import Counter
from typing import Any

from commensal.clinic.folder.days import Limits, parse_day
from commensal.clinic.folder.files import Files
from commensal.clinic.folder.problems import Problems
from commensal.clinic.folder.schema import follows_schema
from commensal.clinic.folder.strict_json import read_json
from commensal.clinic.folder.taxon_table import TableSpec, read_taxon_table
from commensal.diagnosis import sample

FILE = "lab/lab.json"


def read_lab(files: Files, problems: Problems, limits: Limits) -> tuple[sample.Sample, ...] | None:
    """Every sample, or None after adding to `problems`. A table may be named by several samples."""
    raw = files.read(FILE, problems)
    document: dict[str, Any] | None = None if raw is None else read_json(FILE, raw, problems)
    if document is None or not follows_schema("lab", FILE, document, problems):
        return None
    before = len(problems.found)
    told_samples = document["samples"]
    for name, times in Counter(told["id"] for told in told_samples).items():
        if times > 1:
            problems.add(FILE, "samples", "each sample id once", f"{problems.shown(name)} {times} times")
    tables = {f"lab/{table['file']}" for told in told_samples for table in told.get("tables", [])}
    for stranger in sorted(set(files.present) - tables - {FILE}):
        if stranger.startswith("lab/"):
            remedy = "name it in lab.json, or keep it elsewhere"
            problems.add(problems.key_shown(stranger), "", "only files that lab.json names", "another one", remedy)
    read = _read_tables(told_samples, files, problems)
    samples = [_sample(place, told, read, files, problems, limits) for place, told in enumerate(told_samples)]
    return tuple(one for one in samples if one is not None) if len(problems.found) == before else None


def _read_tables(
    told_samples: list[dict[str, Any]], files: Files, problems: Problems
) -> dict[tuple[int, int], sample.TaxonTable | None]:
    """Every table by place of sample and table. One file is held at a time, and read once for all who name it."""
    specs = {
        (place, i): _spec(f"samples[{place}].tables[{i}]", table, problems)
        for place, told in enumerate(told_samples)
        for i, table in enumerate(told.get("tables", []))
    }
    read: dict[tuple[int, int], sample.TaxonTable | None] = {}
    for name in sorted({spec.file for spec in specs.values() if spec is not None}):
        raw = files.read(name, problems)
        for at, spec in specs.items():
            if raw is not None and spec is not None and spec.file == name:
                read[at] = read_taxon_table(raw, spec, problems)
    return read


def _sample(
    place: int,
    told: dict[str, Any],
    tables: dict[tuple[int, int], sample.TaxonTable | None],
    files: Files,
    problems: Problems,
    limits: Limits,
) -> sample.Sample | None:
    at = f"samples[{place}]"
    taken_on = parse_day(FILE, f"{at}.taken_on", told["taken_on"], problems, limits)
    told_markers = told.get("biomarkers", [])
    markers = [_biomarker(f"{at}.biomarkers[{i}]", one, problems) for i, one in enumerate(told_markers)]
    for (name, _), times in Counter((one.name, one.assay) for one in markers).items():
        if times > 1:
            came = f"{problems.shown(name)} {times} times"
            problems.add(FILE, f"{at}.biomarkers", "each substance once per assay", came)
    taxa = [tables.get((place, i)) for i in range(len(told.get("tables", [])))]
    complete = tuple(table for table in taxa if table is not None)
    if taken_on is None or len(complete) < len(taxa):
        return None
    used = dict.fromkeys([FILE, *(table.file for table in complete)])
    return sample.Sample(
        id=told["id"],
        material=told["material"],
        taken_on=told["taken_on"],
        biomarkers=tuple(markers),
        taxa=complete,
        files=tuple((name, files.sha256[name]) for name in used),
    )


def _biomarker(at: str, told: dict[str, Any], problems: Problems) -> sample.Biomarker:
    value, limit = told["value"], told.get("detection_limit")
    if value is not None and limit is not None and value < limit:
        expected = f"null, or a value from the detection limit ({limit:g})"
        problems.add(FILE, f"{at}.value", expected, problems.shown(value), "null means below the limit")
    return sample.Biomarker(
        name=told["name"],
        value=None if value is None else float(value),
        unit=told["unit"].replace("\u00b5", "u").replace("\u03bc", "u"),
        detection_limit=None if limit is None else float(limit),
        assay=told.get("assay", ""),
    )


def _spec(at: str, told: dict[str, Any], problems: Problems) -> TableSpec | None:
    has_taxa_in_rows = told["rows"] == "taxa"
    needed, other = ("taxon_column", "sample_column") if has_taxa_in_rows else ("sample_column", "taxon_column")
    if needed not in told or other in told:
        came = other if other in told else "nothing"
        problems.add(FILE, f"{at}.{needed}", f"the column of labels, for rows of {told['rows']}", came)
        return None
    return TableSpec(
        file=f"lab/{told['file']}",
        has_taxa_in_rows=has_taxa_in_rows,
        label_column=told[needed],
        sample=told["sample"],
        ignore_columns=frozenset(told.get("ignore_columns", ())),
        unit=told["unit"],
    )

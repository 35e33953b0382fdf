"""The page of all parameters, written from the tables.

python -m commensal.mouth.parameter_page > docs/rooms/mouth-parameters.md
"""

from commensal.mouth.groups import site_groups
from commensal.mouth.parameters import TABLES, Parameter, data_file, parse
from commensal.mouth.strains.reading import shipped

GUILD_TABLES = ("guilds", "nine_species_guilds", "presets")
"""Parameters of guilds and strains; `all` stands for every guild that has none of its own."""
ENAMEL_TABLES = ("enamel", "enamel_lesion", "fluoride")


def page() -> str:
    """The Markdown page: every number with unit, range, source and mark, then the groups of sites."""
    lines = [
        "# The twin's parameters",
        "",
        "Written from `src/commensal/mouth/data/` by `python -m commensal.mouth.parameter_page`; a test keeps it so.",
        "Marks: S seen, D derived, C calibrated, R recalled.",
    ]
    for table in (*TABLES, *GUILD_TABLES, *ENAMEL_TABLES):
        lines += _table(table, parse(data_file(f"{table}.csv").read_text(encoding="utf-8"), table))
    for strain in shipped().values():
        lines += _table(f"strain {strain.id}, of {strain.parent}", list(strain.overrides.values()))
    lines += [
        "",
        "## site groups",
        "",
        "| group | film mm/min | crossing mm | plaque um | mark |",
        "| --- | --- | --- | --- | --- |",
    ]
    for group in site_groups():
        low, high = group.film_speed_range_mm_min
        speed = f"{group.film_speed_mm_min:g} ({low:g}-{high:g})"
        figures = f"{group.crossing_length_mm:g} | {group.plaque_thickness_um:g} | {group.mark.letter}"
        lines.append(f"| {group.label} | {speed} | {figures} |")
    return "\n".join(lines) + "\n"


def _table(heading: str, rows: list[Parameter]) -> list[str]:
    head = ["| name | value | range | unit | mark | source |", "| --- | --- | --- | --- | --- | --- |"]
    return ["", f"## {heading}", "", *head, *(_row(row) for row in rows)]


def _row(row: Parameter) -> str:
    source = f"{row.source}; {row.note}" if row.note else row.source
    span = f"{row.low:g}-{row.high:g}"
    return f"| `{row.name}` | {row.value:g} | {span} | {row.unit} | {row.mark.letter} | {source} |"


if __name__ == "__main__":
    print(page(), end="")

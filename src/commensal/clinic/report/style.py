"""The style sheet: colour tokens for light, dark and print, the page footer, and `report.css`."""

import csv
import re
from functools import cache
from importlib.resources import files

THEMES = ("light", "dark", "print")
RESEARCH_RELEASE = "Research release. Not for clinical use without the validation and approval that local law asks for."
FOOTER_ID_LENGTH = 40
"""Characters of a visit id that fit in the foot of a page."""


@cache
def tokens() -> dict[str, dict[str, str]]:
    """Colour tokens by theme: `tokens()["dark"]["ink"]` is "#EDF3EF"."""
    text = (files("commensal.clinic.report") / "data" / "tokens.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {theme: {row["token"]: row[theme] for row in rows} for theme in THEMES}


def css_string(text: str) -> str:
    """`text` as a quoted CSS string in which everything but letters, digits and full stops is an escape.

    Nothing in it can end the string, the rule or the `style` element.
    """
    return '"' + re.sub(r"[^A-Za-z0-9.]", lambda match: f"\\{ord(match[0]):x} ", text) + '"'


def style_sheet(visit_id: str) -> str:
    """The whole style sheet of one report, without any outside resource."""
    light, dark, printed = (_variables(theme) for theme in THEMES)
    sheet = (files("commensal.clinic.report") / "templates" / "report.css").read_text(encoding="utf-8")
    shown = visit_id if len(visit_id) <= FOOTER_ID_LENGTH else visit_id[: FOOTER_ID_LENGTH - 1] + "…"
    visit = css_string(f"Visit {shown} · page ")
    return "\n".join(
        (
            f":root {{ color-scheme: light dark; {light} }}",
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}",
            # Teeth and charts keep their light colours on white where the reader forces colours.
            f"@media (forced-colors: active) {{ .odontogram, .chart, .swatch, .mark {{ {light} }} }}",
            f"@media print {{ :root {{ color-scheme: light; {printed} }} }}",
            sheet,
            "@page {",
            f"  @bottom-left {{ content: {css_string(RESEARCH_RELEASE)}; }}",
            f'  @bottom-right {{ content: {visit} counter(page) " of " counter(pages); }}',
            "}",
        )
    )


def _variables(theme: str) -> str:
    return " ".join(f"--{token}: {value};" for token, value in tokens()[theme].items())

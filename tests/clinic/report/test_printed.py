"""The page in a real browser: printed to PDF, and on a phone."""

import json
import os
import re
import shutil
import subprocess
from html import escape

import pytest

from commensal.clinic.report import report_html
from tests.clinic.report import made_up

LARGEST_BYTES = 500_000
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
]


def needed(*programs):
    """Skip by name where a program is missing, or fail where it is required."""
    for program in programs:
        if shutil.which(program) is None:
            message = f"needs {program}: install chromium and poppler-utils"
            if os.environ.get("COMMENSAL_REQUIRE_DATA") == "1":
                pytest.fail(message)
            pytest.skip(message)


def browse(folder, *flags):
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        ["chromium", *FLAGS, profile, *flags], capture_output=True, text=True, timeout=120, check=True
    ).stdout


def printed(folder, html, paper):
    """The PDF's size in bytes, its number of pages, and the text of each page."""
    needed("chromium", "pdfinfo", "pdftotext")
    source, pdf = folder / "report.html", folder / "report.pdf"
    source.write_text(html.replace("</style>", f"@page {{ size: {paper} }}</style>"), encoding="utf-8")
    browse(folder, f"--print-to-pdf={pdf}", source.as_uri())
    info = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    pages = int(re.search(r"Pages:\s+(\d+)", info)[1])
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return pdf.stat().st_size, pages, text.split("\f")[:pages]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_an_ordinary_visit_prints_on_two_light_pages(tmp_path, paper):
    size, pages, texts = printed(tmp_path, report_html(made_up.visit()), paper)
    assert size < LARGEST_BYTES
    assert pages == 2
    for number, text in enumerate(texts, start=1):
        assert "Research release. Not for clinical use without the validation" in text
        assert f"Visit 00017-07 · page {number} of 2" in text


def test_forty_findings_print_light_and_repeat_their_headings(tmp_path):
    size, pages, texts = printed(tmp_path, report_html(made_up.many_findings()), "A4")
    assert size < LARGEST_BYTES
    assert pages <= 5
    with_findings = [text for text in texts if "Caries on" in text]
    assert len(with_findings) >= 2
    assert all("What it says" in text for text in with_findings)


def test_nothing_runs_over_the_edge_of_a_phone_or_a_desktop(tmp_path):
    needed("chromium")
    frames = "".join(
        f'<iframe title="{escape(name)} {width}" style="width:{width}px;height:900px" srcdoc="{escape(report_html(make()))}"></iframe>'
        for name, make in made_up.VARIANTS.items()
        for width in (390, 900)
    )
    script = (
        "addEventListener('load', () => { document.title = JSON.stringify([...document.querySelectorAll('iframe')]"
        ".map(f => [f.title, f.contentDocument.documentElement.scrollWidth, f.clientWidth])) })"
    )
    source = tmp_path / "frames.html"
    source.write_text(f"<!doctype html><meta charset=utf-8><script>{script}</script>{frames}", encoding="utf-8")
    shown = browse(tmp_path, "--dump-dom", "--virtual-time-budget=5000", source.as_uri())
    title = re.search(r"<title>(.*?)</title>", shown)[1]
    widths = json.loads(title.replace("&amp;", "&"))
    assert len(widths) == 2 * len(made_up.VARIANTS)
    assert [name for name, needs, has in widths if needs > has] == []

"""The documents do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def python_blocks():
    for page in PAGES:
        for number, block in enumerate(BLOCK.findall(page.read_text()), start=1):
            yield pytest.param(block, id=f"{page.relative_to(ROOT)}:{number}")


@pytest.mark.parametrize("block", list(python_blocks()))
def test_every_fenced_python_block_runs(block, tmp_path):
    code = tmp_path / "block.py"
    code.write_text(block)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(code)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_there_is_a_python_block_in_the_readme():
    assert BLOCK.findall((ROOT / "README.md").read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken

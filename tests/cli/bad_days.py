"""Bad days, made for real: a clinic to spoil, commands run as a person would, and the page that says what is seen."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from commensal.cli import app
from tests.cli.test_commands import FIRST, ROOT, WHO

PAGE = ROOT / "docs" / "bad-days.md"
KEPT = ("log_entry", "log_payload", "log_data_key", "log_tile", "log_checkpoint", "log_cosigned", "outbox")
"""Every table that is no view: what no bad day may change."""


@dataclass(frozen=True)
class Row:
    """One bad day as the page tells it."""

    day: str
    seen: tuple[str, ...]
    exits: tuple[int, ...]

    def assert_seen(self, printed: str, exit_code: int) -> None:
        """What was printed is what the page says, `…` standing for anything."""
        words = " ".join(printed.split())
        for told in self.seen:
            pattern = re.escape(told).replace(re.escape("…"), ".*?")
            assert re.search(pattern, words), f"{self.day}: the page says {told!r}, printed was: {printed}"
        assert exit_code in self.exits, f"{self.day}: the page says exit {self.exits}, it was {exit_code}: {printed}"
        assert "Traceback" not in printed


def page() -> dict[str, Row]:
    """The rows of docs/bad-days.md by their first cell."""
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and "`" in cells[1]:
            exits = tuple(map(int, re.findall(r"exit (\d)", cells[1])))
            rows[cells[0]] = Row(cells[0], tuple(re.findall(r"`([^`]+)`", cells[1])), exits)
    return rows


@dataclass
class Home:
    """A founded clinic in a folder; `store` may be on a server."""

    folder: Path
    store: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def database(self) -> Path:
        return self.folder / "visit" / "clinic.db"

    @property
    def where(self) -> list[str]:
        return ["--store", self.store, "--keys", str(self.keys)]

    def run(self, *args: object) -> tuple[str, int]:
        """A command in this process; what it printed, both streams, and its exit code."""
        done = CliRunner().invoke(app, [str(one) for one in args], env={"COLUMNS": "200", "NO_COLOR": "1"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output, done.exit_code

    def visit(self) -> tuple[str, int]:
        return self.run("visit", FIRST, "--out", self.folder / "visit", *self.where)

    def show(self) -> tuple[str, int]:
        """Looking at one visit, which is itself recorded: the smallest command that records."""
        return self.run("show", "first-2025-11-20", *self.where)

    def stored(self) -> dict[str, str]:
        """A hash of every table that is no view."""
        engine = create_engine(self.store.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as conn:
            rows = {name: sorted(map(repr, conn.execute(text(f"SELECT * FROM {name}")).all())) for name in KEPT}
        engine.dispose()
        return {name: hashlib.sha256("\n".join(found).encode()).hexdigest() for name, found in rows.items()}

    def entries(self) -> list[bytes]:
        """Every leaf, in order."""
        engine = create_engine(self.store.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as conn:
            leaves = [bytes(leaf) for leaf in conn.execute(text("SELECT leaf FROM log_entry ORDER BY idx")).scalars()]
        engine.dispose()
        return leaves

    def assert_sound(self) -> None:
        printed, exit_code = self.run("audit", *self.where)
        assert exit_code == 0, printed


def new_home(folder: Path, store: str = "", *, origin: str = "commensal.example/log") -> Home:
    """A founded clinic with plain keys and no visit."""
    home = Home(folder, store or f"sqlite:///{folder}/visit/clinic.db")
    printed, exit_code = home.run("init", *home.where, *WHO, "--no-passphrase", "--origin", origin)
    assert exit_code == 0, printed
    return home


def copy_of(home: Home, folder: Path) -> Home:
    """The same clinic again, files and all, to be spoiled."""
    shutil.copytree(home.folder, folder, dirs_exist_ok=True)
    return Home(folder, f"sqlite:///{folder}/visit/clinic.db")


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """A file system of its own, so small that it can be filled; a visible skip where none can be mounted."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here: " + mounted.stderr.decode().strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave_kb: int) -> Path:
    """Fill a small disk to its last byte but so much; gives the file that did it."""
    ballast = folder / "ballast"
    free = os.statvfs(folder)
    ballast.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - leave_kb * 1024))
    return ballast

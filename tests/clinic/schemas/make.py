"""Keeps a store as this version of the program writes it: `python -m tests.clinic.schemas.make`.

A founding, a whole visit, and somebody who was forgotten. Run once, when a version is released; never over an older one.
"""

import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from commensal.clinic.schema import HEAD
from commensal.house.keys import forget
from commensal.house.opening import Settings, found_clinic, open_clinic
from commensal.house.visits import run_visit
from tests.clinic.schemas import HERE
from tests.clinic.test_store import consented, registered

FIRST = Path(__file__).parents[3] / "examples" / "visits" / "first"
FORGOTTEN = "P-forgotten"


def make(folder: Path) -> None:
    """Write `clinic.sql` and `keys/` into a new folder."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        settings = Settings(store=f"sqlite:///{home / 'clinic.db'}", keys=home / "keys", passphrase=lambda: b"")
        found_clinic(settings, None, clinic="Bay", dentist="Dr Mia Chen", origin="commensal.example/log")
        with open_clinic(settings) as clinic:
            run_visit(clinic, FIRST, home / "out", lambda _what, _share: None)
            clinic.store.commit([consented("record", on_whom=FORGOTTEN), registered(on_whom=FORGOTTEN)])
            forget(clinic, FORGOTTEN, who_kind="SafetyLead", who="x", why="asked to")
        folder.mkdir()
        shutil.copytree(home / "keys", folder / "keys")
        with closing(sqlite3.connect(home / "clinic.db")) as conn:
            lines = "\n".join(conn.iterdump())
        (folder / "clinic.sql").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    if (HERE / HEAD).exists():
        sys.exit(f"{HERE / HEAD} is there already, and what a version wrote is never written again")
    make(HERE / HEAD)

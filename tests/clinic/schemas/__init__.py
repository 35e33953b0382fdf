"""Stores as earlier versions of the program wrote them, one folder a version: `clinic.sql` and `keys/`."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "clinic.sql").exists())


def laid_out(version: str, home: Path) -> str:
    """A version's store and keys, laid out in `home` as a clinic has them; gives the store's URL."""
    shutil.copytree(HERE / version / "keys", home / "keys")
    for key in (home / "keys").glob("*.key"):
        key.chmod(0o600)
    with closing(sqlite3.connect(home / "clinic.db")) as conn:
        conn.executescript((HERE / version / "clinic.sql").read_text(encoding="utf-8"))
        conn.execute("PRAGMA journal_mode = WAL")
    return f"sqlite:///{home / 'clinic.db'}"

"""Fifty seeded edits of view rows of a whole visit: each is found, and a rebuild mends it."""

import random
import shutil
import sqlite3

import pytest

from commensal.clinic import audit_store, conduct_visit, rebuild, views, visiting
from tests.clinic.conftest import NOW
from tests.clinic.test_visiting import FIRST

TRIALS = 50


@pytest.fixture
def visited(file_clinic, monkeypatch):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    conduct_visit(FIRST, file_clinic.folder / "out", file_clinic.store, file_clinic.dentist, today=NOW.date())
    file_clinic.store.close()
    shutil.copy(file_clinic.folder / "clinic.db", file_clinic.folder / "clean.db")
    return file_clinic


def tamper(database: sqlite3.Connection, chance: random.Random) -> str:
    """One edit of one view: a changed cell, a deleted row or a doubled one."""
    filled = [name for name in views.views.tables if database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]]
    table = chance.choice(filled)
    rowid = chance.choice(database.execute(f"SELECT rowid FROM {table}").fetchall())[0]
    kind = chance.choice(["cell", "cell", "cell", "delete"])
    if kind == "delete":
        database.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
        return f"{table} deleted"
    column = chance.choice(views.views.tables[table].columns.keys())
    before = database.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()[0]
    after = (before or 0) + 1000 if not isinstance(before, str) else f"{before}x"
    database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (after, rowid))
    return f"{table}.{column}"


def test_every_edit_of_a_view_row_is_found_and_a_rebuild_mends_it(visited):
    assert audit_store(visited.store, None).is_sound
    met = set()
    for seed in range(TRIALS):
        visited.store.close()
        shutil.copy(visited.folder / "clean.db", visited.folder / "clinic.db")
        with sqlite3.connect(visited.folder / "clinic.db") as database:
            edit = tamper(database, random.Random(seed))
        database.close()
        met.add(edit.split(".")[0].split(" ")[0])
        report = audit_store(visited.store, None)
        assert not report.is_sound, edit
        if seed % 10 == 0:
            rebuild(visited.store)
            assert audit_store(visited.store, None).is_sound, edit
    assert len(met) >= 5

"""A clinic founded for one test, on every kind of database that keeps records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commensal.clinic import Store, found_store, open_store
from commensal.clock import FixedClock
from commensal.sentinel import Act, RecordsLog, keyring

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Founded:
    store: Store
    dentist: keyring.SigningKey
    log: RecordsLog
    folder: Path
    url: str

    def another_store(self) -> Store:
        return open_store(self.url, self.log, FixedClock(NOW))


def founded(folder: Path, url: str) -> Founded:
    keys = keyring.create_keys(folder / "keys", None, origin="commensal.example/test", dentist="Dr Mia Chen")
    log = RecordsLog(keys.log, keys.vault)
    store = found_store(url, log, FixedClock(NOW), clinic="Test clinic", dentist=keys.dentist)
    return Founded(store=store, dentist=keys.dentist, log=log, folder=folder, url=url)


@pytest.fixture(params=["sqlite", "postgresql"])
def clinic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Founded]:
    """A clinic on each kind of database, with plain key files."""
    is_file = request.param == "sqlite"
    made = founded(
        tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}" if is_file else request.getfixturevalue("postgres_url")
    )
    yield made
    made.store.close()


@pytest.fixture
def file_clinic(tmp_path: Path) -> Iterator[Founded]:
    """A clinic on SQLite, for what concerns its one file."""
    made = founded(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")
    yield made
    made.store.close()


def act(what: str, *, who_kind: str = "Desk", on_whom: str = "P-1", **context: object) -> Act:
    return Act(who_kind=who_kind, who="somebody", what=what, on_whom=on_whom, why="a test", context=context)

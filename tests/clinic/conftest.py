"""A clinic founded for one test, with plain key files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commensal.clinic import Store, found_store, open_store
from commensal.clock import FixedClock
from commensal.sentinel import Act, RecordsLog, SigningKey, create_keys

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Founded:
    store: Store
    dentist: SigningKey
    log: RecordsLog
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'clinic.db'}"

    def another_store(self) -> Store:
        return open_store(self.url, self.log, FixedClock(NOW))


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Founded]:
    keys = create_keys(tmp_path / "keys", None, origin="commensal.example/test", dentist="Dr Mia Chen")
    log = RecordsLog(keys.log, keys.vault)
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    store = found_store(url, log, FixedClock(NOW), clinic="Test clinic", dentist=keys.dentist)
    yield Founded(store=store, dentist=keys.dentist, log=log, folder=tmp_path)
    store.close()


def act(what: str, *, who_kind: str = "Desk", on_whom: str = "P-1", **context: object) -> Act:
    return Act(who_kind=who_kind, who="somebody", what=what, on_whom=on_whom, why="a test", context=context)

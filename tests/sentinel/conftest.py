"""The log's tests on every kind of database that keeps records."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from tests.sentinel import logs


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Logs made by `memory_log` are kept in SQLite's memory, then in PostgreSQL."""
    if request.param == "sqlite":
        yield request.param
        return
    postgres = request.getfixturevalue("postgres")
    made: list[str] = []

    def empty_database() -> Engine:
        made.append(postgres.new_database())
        return create_engine(make_url(made[-1]).set(drivername="postgresql+psycopg"))

    monkeypatch.setattr(logs, "empty_database", empty_database)
    yield request.param
    for url in made:
        postgres.drop(url)

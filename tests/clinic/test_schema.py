from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text

from commensal.clinic import schema, views
from commensal.clinic.errors import StoreError
from commensal.sentinel.tables import log_tables

MIGRATIONS = Path(schema.__file__).parent / "migrations"


def columns(metadata: MetaData) -> dict[str, set[tuple[str, bool, bool]]]:
    return {
        name: {(column.name, bool(column.nullable), column.primary_key) for column in table.columns}
        for name, table in metadata.tables.items()
    }


def test_migrations_make_the_tables_the_program_declares(clinic):
    made = MetaData()
    made.reflect(clinic.store.engine)
    found = columns(made)
    declared = columns(log_tables) | columns(schema.kept) | columns(views.views)
    assert {name: found[name] for name in declared} == declared
    assert set(found) - set(declared) == {"alembic_version"}


def test_the_newest_migration_is_the_one_the_program_expects():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_a_new_store_is_at_the_newest_migration(clinic):
    with clinic.store.engine.connect() as conn:
        assert MigrationContext.configure(conn).get_current_revision() == schema.HEAD


def test_a_database_from_the_future_is_refused_and_left_alone(file_clinic):
    with file_clinic.store.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (file_clinic.folder / "clinic.db").read_bytes()
    with pytest.raises(StoreError, match="expected version 0002, it is 9999"):
        file_clinic.another_store()
    assert (file_clinic.folder / "clinic.db").read_bytes() == before

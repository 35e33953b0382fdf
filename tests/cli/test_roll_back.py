"""An older copy of the database put back, as a burglar or a hasty restore would: every command that records refuses."""

import json
import shutil

from tests.cli.test_commands import FIRST, commensal, copied, store_of, visited  # noqa: F401


def test_no_command_goes_on_from_an_older_database_and_the_audit_tells_why(copied, tmp_path):  # noqa: F811
    database, kept = copied / "visit" / "clinic.db", copied / "keys" / "log.checkpoint"
    shutil.copy(database, tmp_path / "older.db")
    visit_id = json.loads(commensal("show", "--json", *store_of(copied)).stdout)["visits"][0]["visit"]
    assert commensal("show", visit_id, *store_of(copied)).returncode == 0  # reading one is a record more
    newer = kept.read_text()
    shutil.copy(tmp_path / "older.db", database)
    for command in (
        ("visit", FIRST, "--out", copied / "visit", "--keys", copied / "keys"),
        ("show", *store_of(copied)),
        ("forget", "P-1", "--why", "a test", "--yes", *store_of(copied)),
    ):
        done = commensal(*command)
        assert done.returncode == 2, done.stdout
        assert "does not continue the checkpoint kept beside the keys" in done.stderr
    audited = commensal("audit", *store_of(copied))
    assert audited.returncode == 1
    assert "rolled back" in audited.stdout
    assert kept.read_text() == newer

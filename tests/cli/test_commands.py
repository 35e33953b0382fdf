"""The command line as a person or another program meets it: real processes, real files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from commensal.cli import app

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "examples" / "visits" / "first"
WHO = ("--clinic", "Dr Chen's clinic", "--dentist", "Dr Mia Chen")


def commensal(
    *args: object, cwd: Path = ROOT, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "commensal", *map(str, args)]
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", **env}
    return subprocess.run(
        command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> Path:
    """A folder with a founded clinic, its keys, and the demonstration visit; tests that change it copy it."""
    home = tmp_path_factory.mktemp("visited")
    founded = commensal(
        "init", "--store", f"sqlite:///{home}/visit/clinic.db", "--keys", home / "keys", *WHO, "--no-passphrase"
    )
    assert founded.returncode == 0, founded.stderr
    done = commensal("visit", FIRST, "--out", home / "visit", "--keys", home / "keys")
    assert done.returncode == 0, done.stderr
    assert "records of the log hold" in done.stdout
    return home


@pytest.fixture
def copied(visited, tmp_path) -> Path:
    shutil.copytree(visited, tmp_path / "copy")
    return tmp_path / "copy"


def store_of(home: Path) -> list[str]:
    return ["--store", f"sqlite:///{home}/visit/clinic.db", "--keys", str(home / "keys")]


def every_command() -> list[str]:
    """Each command as it is typed, those of groups with their group's name."""
    named: list[str] = []
    for name, command in typer.main.get_group(app).commands.items():
        named += [f"{name} {inner}" for inner in command.commands] if hasattr(command, "commands") else [name]
    return named


@pytest.mark.parametrize("name", every_command())
def test_help_teaches_each_command_with_an_example(name):
    one = commensal(*name.split(), "--help")
    assert one.returncode == 0
    assert f"commensal {name}" in one.stdout
    assert "Example" in one.stdout


def test_help_names_every_command():
    whole = commensal("--help").stdout
    assert {name.split()[0] for name in every_command()} <= set(whole.split())
    assert "Research release" in whole


def test_help_loads_nothing_it_does_not_need():
    asked = (
        "import sys, json, runpy\nsys.argv = ['commensal', '--help']\n"
        "try: runpy.run_module('commensal', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(ran.stderr.splitlines()[-1])}
    assert not loaded & {"numpy", "numba", "sqlalchemy", "cryptography", "xarray", "pydantic", "jinja2", "alembic"}


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert commensal("--version").stdout == f"commensal {version('commensal')}\n"


def test_the_visit_folder_verifies_with_the_log_key_from_elsewhere(visited):
    ran = commensal("verify", visited / "visit", "--log-key", visited / "keys" / "log.vkey", "--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert report["ok"]
    assert report["outputs"] == ["report.html", "visit.fhir.json"]
    assert report["database_records"] == report["log_size"] > 10


def test_keys_are_never_in_the_visit_folder(visited):
    assert sorted(path.name for path in (visited / "visit").iterdir()) == [
        "clinic.db", "report.html", "visit.closing.json", "visit.fhir.json", "visit.tlog-proof",
    ]  # fmt: skip


def test_a_log_key_from_the_folder_itself_is_refused(copied):
    shutil.copy(copied / "keys" / "log.vkey", copied / "visit" / "log.vkey")
    ran = commensal("verify", copied / "visit", "--log-key", copied / "visit" / "log.vkey")
    assert ran.returncode == 2
    assert "a key from somewhere else" in ran.stderr


def test_a_changed_report_makes_verify_say_so_and_exit_1(copied):
    report = copied / "visit" / "report.html"
    report.write_text(report.read_text().replace("Sam", "Tam", 1))
    ran = commensal("verify", copied / "visit", "--log-key", copied / "keys" / "log.vkey")
    assert ran.returncode == 1
    assert "report.html: changed since the visit was closed" in ran.stdout


def test_a_sound_store_audits_with_exit_0_and_its_checkpoint(visited):
    ran = commensal("audit", *store_of(visited))
    assert ran.returncode == 0
    assert "every hash, tile, payload, view and signature holds" in ran.stdout
    assert "commensal.example/log\n" in ran.stdout


def test_a_changed_entry_makes_audit_exit_1_with_its_index(copied):
    with sqlite3.connect(copied / "visit" / "clinic.db") as database:
        database.execute("UPDATE log_entry SET leaf = zeroblob(41) WHERE idx = 5")
    ran = commensal("audit", *store_of(copied), "--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert report["first_bad_index"] == 5


def test_an_older_copy_of_the_database_put_back_is_found(copied):
    old = (copied / "visit" / "clinic.db").read_bytes()
    assert commensal("show", "first-2025-11-20", *store_of(copied)).returncode == 0
    (copied / "visit" / "clinic.db").write_bytes(old)
    ran = commensal("audit", *store_of(copied))
    assert ran.returncode == 1
    assert "rolled back" in ran.stdout


def test_a_kept_proof_can_stand_for_the_checkpoint(visited):
    ran = commensal("audit", *store_of(visited), "--since", visited / "visit" / "visit.tlog-proof")
    assert ran.returncode == 0, ran.stderr


def test_views_are_rebuilt_as_they_were(copied):
    ran = commensal("rebuild", *store_of(copied))
    assert ran.returncode == 0
    assert "Every row is as it was before" in ran.stdout
    with sqlite3.connect(copied / "visit" / "clinic.db") as database:
        database.execute("UPDATE person SET given = 'Mallory'")
    assert commensal("audit", *store_of(copied)).returncode == 1
    again = commensal("rebuild", *store_of(copied), "--json")
    assert json.loads(again.stdout)["changed"] == ["person"]
    assert commensal("audit", *store_of(copied)).returncode == 0


def test_showing_a_visit_is_itself_recorded(copied):
    listed = json.loads(commensal("show", *store_of(copied), "--json").stdout)["visits"]
    assert [row["visit"] for row in listed] == ["first-2025-11-20"]
    before = json.loads(commensal("audit", *store_of(copied), "--json").stdout)["size"]
    shown = commensal("show", "first-2025-11-20", *store_of(copied))
    assert "MDAS 21 of 25" in shown.stdout
    after = json.loads(commensal("audit", *store_of(copied), "--json").stdout)["size"]
    assert after == before + 1


def test_the_same_visit_again_is_refused_in_one_line(visited):
    ran = commensal("visit", FIRST, "--out", visited / "visit", "--keys", visited / "keys")
    assert ran.returncode == 2
    assert "recorded and closed already" in ran.stderr
    assert "Traceback" not in ran.stderr


REFUSALS = {
    "no such folder": (["visit", "nowhere"], "nowhere"),
    "a file instead of a folder": (["visit", "README.md"], "README.md"),
    "a folder that is no visit": (["visit", "docs"], "consent.json"),
    "no such database": (["audit", "--store", "sqlite:///nowhere/clinic.db"], "no clinic at nowhere/clinic.db"),
    "no database named": (["audit"], "--store: expected"),
    "a folder instead of a database": (["audit", "--store", "sqlite:///docs"], "expected a database file"),
    "no log key": (["verify", "docs", "--log-key", "nowhere.vkey"], "nowhere.vkey: expected a key"),
    "an unknown visit": (["show", "no-such-visit"], "no visit no-such-visit on record"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_one_clear_message_and_exit_2(visited, case):
    args, said = REFUSALS[case]
    extra = ["--keys", visited / "keys"] if args[0] != "verify" else []
    if args[0] == "visit":
        extra += ["--out", visited / "visit"]
    if args[0] == "show":
        extra = store_of(visited)
    ran = commensal(*args, *extra)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_refusal_is_json_for_those_who_asked_for_json(visited):
    ran = commensal("show", "no-such-visit", *store_of(visited), "--json")
    assert ran.returncode == 2
    assert json.loads(ran.stdout) == {
        "ok": False,
        "error": "no visit no-such-visit on record; `commensal show` lists what there is",
    }


def test_keys_with_a_passphrase_need_it_and_only_it(tmp_path):
    (tmp_path / "pass").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("battery staple\n")
    home = ["--store", f"sqlite:///{tmp_path}/clinic.db", "--keys", tmp_path / "keys"]
    assert commensal("init", *home, *WHO, "--passphrase-file", tmp_path / "pass").returncode == 0
    assert commensal("audit", *home, "--passphrase-file", tmp_path / "pass").returncode == 0
    assert commensal("audit", *home, stdin="correct horse\n").returncode == 0
    wrong = commensal("audit", *home, "--passphrase-file", tmp_path / "wrong")
    assert wrong.returncode == 2
    assert "wrong passphrase" in wrong.stderr
    assert "correct horse" not in (tmp_path / "keys" / "clinic.key").read_text()


def test_keys_that_others_can_read_are_refused_with_the_command_that_mends_it(copied):
    (copied / "keys" / "clinic.key").chmod(0o644)
    ran = commensal("audit", *store_of(copied))
    assert ran.returncode == 2
    assert "chmod 600" in ran.stderr


def test_the_keys_of_another_clinic_are_refused(copied, tmp_path):
    other = ["--store", f"sqlite:///{tmp_path}/other.db", "--keys", tmp_path / "other"]
    assert commensal("init", *other, *WHO, "--no-passphrase", "--origin", "other.example/log").returncode == 0
    ran = commensal("audit", "--store", f"sqlite:///{copied}/visit/clinic.db", "--keys", tmp_path / "other")
    assert ran.returncode == 2
    assert "other.example/log" in ran.stderr


def test_founding_twice_changes_nothing(copied):
    before = {path.name: path.read_bytes() for path in (copied / "keys").iterdir()}
    ran = commensal("init", *store_of(copied), *WHO, "--no-passphrase")
    assert ran.returncode == 2
    assert "there already" in ran.stderr
    assert {path.name: path.read_bytes() for path in (copied / "keys").iterdir()} == before

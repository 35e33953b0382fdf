"""Witnesses from the command line: two that run as programs of their own, and a clinic that asks them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.test_commands import FIRST, ROOT, WHO, commensal
from tests.sentinel.witnessed import History


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(home: Path, name: str) -> Iterator[str]:
    """`commensal witness serve` until the block ends; gives its URL."""
    port = free_port()
    command = [sys.executable, "-W", "error", "-m", "commensal", "witness", "serve"]
    command += ["--state", str(home / f"{name}.db"), "--key", str(home / f"{name}.key"), "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            said = server.stderr.readline() + server.stderr.readline()
            assert f"witnessing on http://127.0.0.1:{port}" in said, said
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def witness(home: Path, name: str, log_vkey: str) -> str:
    """Make a witness that trusts a log; gives its verifier key."""
    places = ["--state", home / f"{name}.db"]
    made = commensal(
        "witness",
        "init",
        "--name",
        f"{name}.example",
        *places,
        "--key",
        home / f"{name}.key",
        "--no-passphrase",
        "--json",
    )
    assert made.returncode == 0, made.stderr
    trusted = commensal("witness", "trust", log_vkey, *places)
    assert trusted.returncode == 0, trusted.stderr
    return str(json.loads(made.stdout)["vkey"])


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory) -> Iterator[tuple[Path, list[str]]]:
    """A clinic with a visit, two witnesses that run, and a policy that wants both."""
    home = tmp_path_factory.mktemp("witnessed")
    store = ["--store", f"sqlite:///{home}/visit/clinic.db", "--keys", home / "keys"]
    assert commensal("init", *store, *WHO, "--no-passphrase").returncode == 0
    assert commensal("visit", FIRST, "--out", home / "visit", "--keys", home / "keys").returncode == 0
    log_vkey = (home / "keys" / "log.vkey").read_text().strip()
    lines = [f"log {log_vkey}"]
    with ExitStack() as stack:
        for name in ("ann", "ben"):
            vkey = witness(home, name, log_vkey)
            lines.append(f"witness {name} {vkey} {stack.enter_context(serving(home, name))}")
        (home / "both.policy").write_text("\n".join([*lines, "group g all ann ben", "quorum g", ""]))
        yield home, [str(part) for part in store]


def test_a_clinic_is_witnessed_and_its_visit_verifies_with_its_witnesses(witnessed):
    home, store = witnessed
    policy = ["--witnesses", home / "both.policy"]
    verify = ["verify", home / "visit", "--log-key", home / "keys" / "log.vkey"]
    before = commensal("audit", *store, *policy)
    assert (before.returncode, "there is none; run `commensal cosign`" in before.stdout) == (1, True)
    alone = commensal(*verify, *policy)
    assert (alone.returncode, "nobody cosigned its checkpoint" in alone.stdout) == (1, True)
    asked = commensal("cosign", *store, *policy, "--visit", home / "visit", "--json")
    said = json.loads(asked.stdout)
    assert (asked.returncode, said["ok"], said["kept"], said["problem"], said["evidence"]) == (0, True, True, None, [])
    assert [one["outcome"] for one in said["witnesses"]] == ["cosigned"] * 2
    assert commensal("audit", *store, *policy).returncode == 0
    assert commensal(*verify, *policy).returncode == 0


def append_one(store: list[str]) -> None:
    """Reading a visit is recorded."""
    visit = json.loads(commensal("show", *store, "--json").stdout)["visits"][0]["visit"]
    assert commensal("show", visit, *store).returncode == 0


def test_a_log_that_lost_its_end_is_found_by_the_witness_alone(witnessed, tmp_path):
    home, store = witnessed
    for folder in ("keys", "visit"):
        shutil.copytree(home / folder, tmp_path / folder, ignore=shutil.ignore_patterns("log.cosigned"))
    policy = ["--witnesses", home / "both.policy"]
    old = ["--store", f"sqlite:///{tmp_path}/visit/clinic.db", "--keys", str(tmp_path / "keys")]
    append_one(store)
    assert commensal("cosign", *store, *policy).returncode == 0
    asked = commensal("cosign", *old, *policy, "--json")
    said = json.loads(asked.stdout)
    assert (asked.returncode, said["ok"], said["kept"], said["problem"]) == (1, False, False, None)
    assert [one["outcome"] for one in said["witnesses"]] == ["rolled back"] * 2
    (file,) = said["evidence"]
    checked = commensal("witness", "check", file, "--log-key", home / "keys" / "log.vkey", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["kind"]) == (0, "rollback")


def test_witnesses_show_what_contradicts_and_anyone_can_check_it(tmp_path):
    history = History.of(9)
    fork = history.fork(4, 9, seed=3)
    witness(tmp_path, "cam", history.key.vkey)
    places = ["--state", tmp_path / "cam.db"]

    with serving(tmp_path, "cam") as url:
        assert httpx.post(f"{url}/add-checkpoint", content=history.request(0, 9)).status_code == 200
        assert httpx.post(f"{url}/add-checkpoint", content=fork.request(9, 9)).status_code == 422
    shown = commensal("witness", "evidence", *places, "--out", tmp_path / "evidence")
    assert shown.returncode == 1
    assert all(line.strip() in shown.stdout for line in (history.note(9) + fork.note(9)).splitlines())
    (tmp_path / "log.vkey").write_text(history.key.vkey)
    checked = commensal("witness", "check", tmp_path / "evidence" / "1-split.json", "--log-key", tmp_path / "log.vkey")
    assert checked.returncode == 1
    assert "proof by itself" in checked.stdout


def test_a_refusal_is_one_clear_message_and_exit_2(tmp_path):
    ran = commensal("witness", "serve", "--state", tmp_path / "w.db", "--key", tmp_path / "w.key")
    assert (ran.returncode, "retire the witness" in ran.stderr, "Traceback" in ran.stderr) == (2, True, False)


def test_help_teaches_with_an_example():
    shown = commensal("witness", "serve", "--help")
    assert (shown.returncode, "commensal witness serve" in shown.stdout, "Example" in shown.stdout) == (0, True, True)


def test_asking_a_witness_that_never_comes_is_exit_1_in_time(witnessed, tmp_path):
    home, store = witnessed
    lines = (home / "both.policy").read_text().splitlines()
    lines[1] = lines[1].rpartition(" ")[0] + f" http://127.0.0.1:{free_port()}"
    (tmp_path / "half.policy").write_text("\n".join([*lines, ""]))
    append_one(store)
    started = time.monotonic()
    ran = commensal("cosign", *store, "--witnesses", tmp_path / "half.policy")
    assert (ran.returncode, "stalled" in ran.stdout, "NOT met: recording goes on" in ran.stdout) == (1, True, True)
    assert time.monotonic() - started < 15

"""A visit that is killed at any moment is completed by the same command, and nothing acknowledged is lost."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_commands import FIRST, ROOT, WHO, commensal, store_of

WRITING = """
import sys, time
from commensal.clinic import visiting
visiting.forecast_day = lambda *_, **__: None  # the twin writes nothing; without it more of the time is spent writing
from commensal.cli import main
sys.argv[0] = "commensal"
print("ready", flush=True)
main()
"""


def killed_visit(home: Path, after_s: float) -> None:
    """Start a visit and kill it with SIGKILL `after_s` seconds after its modules have loaded."""
    command = [
        sys.executable,
        "-c",
        WRITING,
        "visit",
        str(FIRST),
        "--out",
        str(home / "visit"),
        "--keys",
        str(home / "keys"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        process.stdout.readline()
        time.sleep(after_s)
        process.kill()
        process.communicate()


def trial(home: Path, after_s: float) -> str:
    assert commensal("init", *store_of(home), *WHO, "--no-passphrase").returncode == 0
    killed_visit(home, after_s)
    first = commensal("audit", *store_of(home), "--json")
    assert json.loads(first.stdout)["problems"] == [], first.stdout
    size = json.loads(first.stdout)["size"]
    again = commensal("visit", FIRST, "--out", home / "visit", "--keys", home / "keys")
    if again.returncode:
        assert "recorded and closed already" in again.stderr
    assert commensal("verify", home / "visit", "--log-key", home / "keys" / "log.vkey").returncode == 0
    assert json.loads(commensal("audit", *store_of(home), "--json").stdout)["ok"]
    assert not list((home / "visit").glob(".*.part"))
    return {1: "before anything", 2: "before anything"}.get(size, "after recording")


@pytest.mark.parametrize("seed", range(2))
def test_a_visit_killed_at_any_moment_is_completed_by_the_next_run(tmp_path, seed):
    trial(tmp_path, random.Random(seed).uniform(0.0, 0.9))


@pytest.mark.long
def test_fifty_kills_at_random_moments_lose_nothing(tmp_path):
    moments = random.Random(2045)
    met = set()
    for n in range(50):
        home = tmp_path / str(n)
        home.mkdir()
        met.add(trial(home, moments.uniform(0.0, 1.2)))
    assert met == {"before anything", "after recording"}

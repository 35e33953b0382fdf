"""A real PostgreSQL server for the tests: made in a temporary folder, on a free port, stopped when the run ends."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

SERVER_USER = "postgres"
"""Owns the server where the tests run as root: initdb refuses root."""


def programs() -> Path:
    """The folder of PostgreSQL's server programs, which `make test` installs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.fail("no PostgreSQL server on this machine; `make test` installs Debian's postgresql")
    return found[-1].parent


class Server:
    """A running server. `new_database` gives the URL of an empty database of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.data = folder, port, folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://{SERVER_USER}@127.0.0.1:{self.port}/{database}"

    def execute(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as conn:
            conn.execute(sql)

    def new_database(self) -> str:
        name = f"clinic_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} "
            "-c shared_buffers=64MB -c max_connections=60"
        )
        self._control("start", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-w", "-m", mode)

    def kill(self) -> None:
        """As a power cut would: the server and all its helpers at once, nothing flushed."""
        lock = self.data / "postmaster.pid"
        pid = int(lock.read_text().split("\n", 1)[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        subprocess.run(["kill", "-9", str(pid), *children], check=False, capture_output=True)
        for one in (str(pid), *children):
            while is_running(one):
                time.sleep(0.005)
        for left in (lock, self.folder / f".s.PGSQL.{self.port}.lock"):
            left.unlink()  # where nobody buries the dead, the server would take its old number for a living one

    def _control(self, *arguments: str) -> None:
        run([str(programs() / "pg_ctl"), "-D", str(self.data), *arguments])


def is_running(pid: str) -> bool:
    """False for a process that is gone, or dead and not buried yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def run(command: list[str]) -> None:
    """A server program, as the user that may run it."""
    as_user = ["setpriv", "--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_user, *command], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server() -> Iterator[Server]:
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="commensal-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        run([str(where / "initdb"), "-D", str(folder / "data"), "-U", SERVER_USER, "-A", "trust", "--encoding=UTF8"])
        server = Server(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)

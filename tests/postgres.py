"""A real PostgreSQL server for the tests: made in a temporary folder, on a free port, stopped when the run ends."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

SERVER_USER = "postgres"
"""Owns the server where the tests run as root: initdb refuses root."""
START_TIMEOUT_S = 60
"""Longest a server may take to start, recovery included, or to stop."""


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
        """Start, and wait until it answers; after a kill that is once it has recovered."""
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "64MB",
            "max_connections": "60",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs() / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*as_server_user(), *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/"
            )
        due = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > due:
                    pytest.fail((self.folder / "log").read_text()[-2_000:])
                time.sleep(0.02)

    def stop(self, mode: str = "fast") -> None:
        self._process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self._process.wait(START_TIMEOUT_S)

    def kill(self) -> None:
        """As a power cut would: the server and all its helpers at once, nothing flushed.

        It is halted first, so that it cannot bring forth a helper that would outlive it. The server is a child of the
        tests, which see it off: a dead process nobody looks after would keep the next server from starting.
        """
        pid = self._process.pid
        os.kill(pid, signal.SIGSTOP)
        while state_of(pid) != "T":
            time.sleep(0.001)
        helpers = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for one in (pid, *helpers):
            with suppress(ProcessLookupError):  # a helper that had just ended by itself
                os.kill(one, signal.SIGKILL)
        self._process.wait(START_TIMEOUT_S)
        while any(state_of(one) not in ("Z", "") for one in helpers):
            time.sleep(0.001)


def state_of(pid: int) -> str:
    """A process's state as the kernel shows it: "T" halted, "Z" dead and not seen off, "" gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def as_server_user() -> list[str]:
    """Begins the command of a server program: where the tests run as root it goes to a user it will run as."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups"]


def run(command: list[str]) -> None:
    """A server program, as the user that may run it."""
    done = subprocess.run(
        [*as_server_user(), *command],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(within: Path = Path("/tmp"), *made_with: str) -> Iterator[Server]:
    """A server of its own; `made_with` are more words to initdb."""
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="commensal-pg-", dir=within))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        made = ("-U", SERVER_USER, "-A", "trust", "--encoding=UTF8", *made_with)
        run([str(where / "initdb"), "-D", str(folder / "data"), *made])
        server = Server(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)

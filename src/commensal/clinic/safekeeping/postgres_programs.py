"""PostgreSQL's own `pg_dump` and `pg_restore`: found, fit for the server's version, run with no password in sight."""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection

from commensal.clinic.complaints import FULL
from commensal.clinic.errors import StoreError

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
"""Debian keeps each version's programs in a folder of its own below this one."""
RUN_MAX_S = 24 * 3600
"""Longest run of one program."""
VERSION_MAX_S = 60
SAID_MAX_CHARS = 300
DISK_SIGNS = ("no space left", "file too large", "disk quota", "could not write", "input/output error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """One version's programs."""

    version: int
    dump: Path
    restore: Path


def programs_for(conn: Connection) -> Programs:
    """The programs of the oldest version that can read the server behind `conn`: on PATH, or where Debian puts them.

    Raises:
        StoreError: none is installed, or all are older than the server.
    """
    server = int(conn.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    found = sorted(_installed(), key=lambda programs: programs.version)
    for programs in found:
        if programs.version >= server:
            return programs
    came = f"version {found[-1].version}" if found else "none"
    raise StoreError(
        f"pg_dump: expected version {server}, that of the server, or newer, found {came}; install "
        f"postgresql-client-{server}"
    )


def run_program(program: Path, arguments: list[str], url: URL) -> str:
    """Run one program on a database; gives what it printed.

    The password goes by the environment of that one process, which no other user can read, never by its arguments.

    Raises:
        StoreError: it failed, or took longer than RUN_MAX_S; its last words are in the message.
    """
    command = [str(program), "--no-password", *arguments]
    environment = {**os.environ, **connection_environment(url), "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, and no shell
            command, env=environment, check=False, capture_output=True, text=True, timeout=RUN_MAX_S
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"{program.name}: stopped after {RUN_MAX_S} s; nothing was kept") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[-SAID_MAX_CHARS:]
        is_full = done.returncode == -signal.SIGXFSZ or any(sign in said.lower() for sign in DISK_SIGNS)
        ended = f"stopped by signal {-done.returncode}" if done.returncode < 0 else f"exit {done.returncode}"
        raise StoreError(f"{program.name}: {said or ended}; {FULL if is_full else 'nothing was kept'}")
    return done.stdout


def connection_environment(url: URL) -> dict[str, str]:
    """A database URL as the variables that PostgreSQL's programs read; whatever it says besides becomes PG<NAME>."""
    known = {
        "PGHOST": url.host,
        "PGPORT": None if url.port is None else str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": None if url.password is None else str(url.password),
        "PGDATABASE": url.database,
        **{f"PG{name.replace('_', '').upper()}": str(value) for name, value in url.query.items()},
    }
    return {name: value for name, value in known.items() if value is not None}


def _installed() -> list[Programs]:
    folders = [path.parent for path in DEBIAN_PROGRAMS.glob("*/bin/pg_dump")]
    on_path = shutil.which("pg_dump")
    if on_path is not None:
        folders.append(Path(on_path).parent)
    found = []
    for folder in folders:
        dump, restore = folder / "pg_dump", folder / "pg_restore"
        said = subprocess.run(  # noqa: S603 - PostgreSQL's own program, and no shell
            [str(dump), "--version"], check=False, capture_output=True, text=True, timeout=VERSION_MAX_S
        ).stdout
        version = re.search(r"\) (\d+)", said)
        if version is not None and restore.exists():
            found.append(Programs(version=int(version[1]), dump=dump, restore=restore))
    return found

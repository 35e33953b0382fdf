"""What every command shares: a terminal that explains, and one way to fail.

Exit codes: 0 done and sound; 1 a check found something wrong; 2 the command could not do what was asked.
"""

import errno
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from commensal.errors import CommensalError, InputError

if TYPE_CHECKING:
    from commensal.house.opening import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

UNSOUND = 1
REFUSED = 2

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="The clinic's database, such as sqlite:///clinic.db.",
        envvar="COMMENSAL_STORE",
    ),
]
KeysOption = Annotated[
    Path,
    typer.Option("--keys", metavar="DIR", help="The folder with the clinic's keys.", envvar="COMMENSAL_KEYS"),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="Read the passphrase of the keys from this file instead of asking.",
        envvar="COMMENSAL_PASSPHRASE_FILE",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text, for other programs.")]


def explained(command: Command) -> Command:
    """`command`, with everything it refuses on purpose printed as one clear line instead of a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except CommensalError as error:
            _say_refusal(str(error), as_json=bool(kwargs.get("as_json")))
        except KeyboardInterrupt:
            _say_refusal("stopped; run the same command again to complete it", as_json=bool(kwargs.get("as_json")))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _say_refusal(f"{where}{error.strerror or error}{_remedy(error)}", as_json=bool(kwargs.get("as_json")))
        raise typer.Exit(REFUSED)

    return run  # type: ignore[return-value]


def _remedy(error: OSError) -> str:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ""
    return "; the disk is full: free some space, then run the command again. What was recorded stays recorded"


def _say_refusal(text: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"ok": False, "error": text})
    errors.print(f"commensal: {text}", markup=False)


def _warn(text: str) -> None:
    errors.print(f"commensal: warning: {text}", markup=False)


def say_json(report: dict[str, Any]) -> None:
    """One JSON object on standard output, and nothing else."""
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1))


def passphrase(file: Path | None, *, confirm: bool = False) -> bytes:
    """The passphrase of the keys: from a file, from the person, or, where nobody sits, from one line of input.

    Raises:
        OSError: the file cannot be read.
    """
    if file is not None:
        return file.read_bytes().rstrip(b"\r\n")
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n").encode()
    asked: str = typer.prompt("Passphrase of the clinic's keys", hide_input=True, confirmation_prompt=confirm, err=True)
    return os.fsencode(asked)


def settings_of(store: str | None, keys: Path, passphrase_file: Path | None) -> "Settings":
    """Where the clinic is, from a command's options.

    Raises:
        InputError: nobody said which database.
    """
    from commensal.house.opening import Settings

    if store is None:
        raise InputError("--store", "", "the clinic's database, such as sqlite:///clinic.db", "nothing")
    return Settings(store=store, keys=keys, passphrase=functools.cache(lambda: passphrase(passphrase_file)), warn=_warn)

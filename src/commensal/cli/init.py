"""`commensal init`: found a clinic - its database and its keys."""

from pathlib import Path
from typing import Annotated

import typer

from commensal.cli.terminal import (
    JsonOption,
    PassphraseOption,
    StoreOption,
    console,
    passphrase,
    say_json,
    settings_of,
)


def init(
    clinic: Annotated[str, typer.Option("--clinic", metavar="NAME", help="The clinic's name.")],
    dentist: Annotated[str, typer.Option("--dentist", metavar="NAME", help="Who signs plans.")],
    store: StoreOption = None,
    keys: Annotated[Path, typer.Option("--keys", metavar="DIR", help="A new folder for the clinic's keys.")] = Path(
        "out/keys"
    ),
    origin: Annotated[
        str,
        typer.Option("--origin", metavar="NAME", help="The log's name in its checkpoints: a name you own."),
    ] = "commensal.example/log",
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Keep the keys as plain files that only you can read.")
    ] = False,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Found a clinic: make its database and its keys (clinic, log, dentist, recovery).

    The keys are protected by a passphrase (asked for, or read from a file), or kept as plain files readable by you
    alone. Keep the folder of keys away from the database, and recovery.key away from both: it opens every record
    when the clinic key is lost.

    [bold]Example:[/bold] commensal init --store sqlite:///clinic.db --keys keys --clinic Bay --dentist "Dr Mia Chen"
    """
    from commensal.house.opening import found_clinic

    secret = None if no_passphrase else passphrase(passphrase_file, confirm=True)
    settings = settings_of(store, keys, passphrase_file)
    vkey = found_clinic(settings, secret, clinic=clinic, dentist=dentist, origin=origin)
    if as_json:
        say_json({"ok": True, "clinic": clinic, "store": settings.store, "keys": str(keys), "log_vkey": vkey})
        return
    console.print(f"{clinic} is founded. Database: {settings.store}", markup=False)
    console.print(
        f"Keys in {keys}, {'as plain files' if no_passphrase else 'protected by your passphrase'}.",
        markup=False,
    )
    console.print(f"Public log key, for anyone who wants to check you: {vkey}", markup=False)
    console.print("Move recovery.key to a safe place now: it opens every record when the clinic key is lost.")

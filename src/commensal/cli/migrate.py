"""`commensal migrate`: a store of an earlier version, brought to this one."""

from pathlib import Path
from typing import Annotated

import typer

from commensal.cli.terminal import (
    UNSOUND,
    JsonOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    console,
    errors,
    say_json,
    settings_of,
)


def migrate(
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    backups: Annotated[
        Path | None,
        typer.Option("--backups", metavar="DIR", help="Where the backup goes first; beside an SQLite file without it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Back up, then bring the store to this program's version in one transaction, then audit all of it.

    Whatever goes wrong on the way leaves the store as it was. The records log itself does not change: its checkpoint is
    the same before and after.

    [bold]Example:[/bold] commensal migrate --store sqlite:///clinic.db --keys keys
    """
    from rich.progress import Progress

    from commensal.house import copies

    settings = settings_of(store, keys, passphrase_file)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("looking", total=1.0)
        done = copies.migrate(
            settings, backups, lambda what, share: bar.update(task, description=what, completed=share)
        )
    problems = [] if done.audit is None else list(done.audit.problems)
    if as_json:
        say_json(
            {
                "ok": not problems,
                "is_done": done.is_done,
                "before": done.before,
                "after": done.after,
                "views_rebuilt": done.views_rebuilt,
                "backup": None if done.backup is None else str(done.backup),
                "problems": problems,
            }
        )
    elif not done.is_done or done.audit is None:
        console.print(f"Nothing to do: this store is of version {done.after} already.")
    else:
        console.print(f"Backed up first: {done.backup}", markup=False)
        views = ", views made again" if done.views_rebuilt else ""
        console.print(
            f"Version {done.before} is now {done.after}{views}; the log is what it was: {done.audit.size} records."
        )
        for problem in problems:
            console.print(f"  [bold]WRONG[/bold] {problem}")
    if problems:
        raise typer.Exit(UNSOUND)

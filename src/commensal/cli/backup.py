"""`commensal backup`: one moment of the clinic's store in a file, read back before it counts."""

from pathlib import Path
from typing import Annotated

import typer

from commensal.cli.terminal import (
    JsonOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    console,
    errors,
    say_json,
    settings_of,
)


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept; made when missing.")],
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, help="Keep the newest N of this log; older ones go at the end."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Back the store up while others go on writing; then restore the copy aside, audit it, compare it with the log.

    Only a backup that was read back counts, and only then are older ones removed. The keys are not in it: keep copies
    of them elsewhere. Without them nobody can be named from a backup.

    [bold]Example:[/bold] commensal backup backups --store sqlite:///clinic.db --keys keys --keep 14
    """
    from rich.progress import Progress

    from commensal.house.copies import back_up
    from commensal.house.opening import open_clinic

    with (
        open_clinic(settings_of(store, keys, passphrase_file)) as clinic,
        Progress(console=errors, transient=True) as bar,
    ):
        task = bar.add_task("copying", total=1.0)
        made = back_up(clinic, folder, keep, lambda what, share: bar.update(task, description=what, completed=share))
    manifest = made.manifest
    if as_json:
        say_json(
            {
                "ok": manifest.read_back,
                "file": str(made.file),
                "size": manifest.size,
                "checkpoint": manifest.checkpoint,
                "read_back": manifest.read_back,
                "removed": [str(path) for path in made.removed],
            }
        )
    else:
        console.print(f"{made.file}: {manifest.size} records, {manifest.length_bytes} bytes.", markup=False)
        for path in made.removed:
            console.print(f"Removed, being older: {path}", markup=False)
        if manifest.read_back:
            console.print("Read back: every hash, tile and payload holds, and it is the log it was made from.")
        else:
            console.print(
                "[bold]Not read back:[/bold] this role may not create databases on the server. Try it elsewhere with "
                "`commensal restore --check` before you count on it; no older backup was removed."
            )
    if not manifest.read_back:
        raise typer.Exit(1)

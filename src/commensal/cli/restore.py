"""`commensal restore`: a backup in a new place, compared with everything that is known of the log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commensal.cli.terminal import (
    UNSOUND,
    JsonOption,
    KeysOption,
    PassphraseOption,
    console,
    errors,
    passphrase,
    say_json,
)

if TYPE_CHECKING:
    from commensal.clinic import safety


def restore(
    backup: Annotated[Path, typer.Argument(help="The backup's file; its manifest lies beside it.")],
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="The new place: nothing may be there. For --check, the server."),
    ] = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    log_of: Annotated[
        str | None,
        typer.Option("--log-of", metavar="URL", help="The damaged or running store, for what the backup lacks."),
    ] = None,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Go on without records that are nowhere left, under a successor's name."),
    ] = False,
    recovery_key: Annotated[
        Path | None,
        typer.Option("--recovery-key", metavar="FILE", help="For a backup from before the clinic's keys were rotated."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only try it: restore aside, compare, delete.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a new place; erase again what was erased since; open it only when all of it holds.

    Exit 0 when the store is open (or the trial went well), 1 when records are missing and nobody accepted that, 2 when
    the backup is not what was made or not this clinic's. A log never goes back: with --accept-loss it goes on under a
    new name and key, and proofs made until then stay good under log.1.vkey.

    [bold]Example:[/bold] commensal restore backups/bay.db --store sqlite:///again.db --keys keys
    """
    from rich.progress import Progress

    from commensal.house import copies
    from commensal.house.opening import Settings

    settings = Settings(store=store or "", keys=keys, passphrase=lambda: passphrase(passphrase_file))
    recovery = None if recovery_key is None else (recovery_key, lambda: passphrase(passphrase_file))
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("looking", total=1.0)
        done = copies.restore(
            backup,
            settings,
            log_of=log_of,
            recovery=recovery,
            accepts_loss=accept_loss,
            is_drill=check,
            progress=lambda what, share: bar.update(task, description=what, completed=share),
        )
    if as_json:
        say_json(_plain(done, is_drill=check))
    else:
        _say(done, store, is_drill=check)
    if not (done.is_open or check):
        raise typer.Exit(UNSOUND)


def _plain(done: "safety.safekeeping.Restored", *, is_drill: bool) -> dict[str, object]:
    return {
        "ok": done.is_open or is_drill,
        "is_open": done.is_open,
        "size": done.size,
        "lost": done.lost,
        "carried": done.carried,
        "erased_again": done.erased,
        "log_vkey": done.vkey,
        "checkpoint": done.checkpoint,
        "notes": done.notes,
    }


def _say(done: "safety.safekeeping.Restored", store: str | None, *, is_drill: bool) -> None:
    for note in done.notes:
        console.print(f"Note: {note}", markup=False)
    if done.carried:
        console.print(f"{done.carried} records newer than the backup came from the other copy, and hold.")
    if done.erased:
        console.print(f"{done.erased} payloads that were erased since the backup were destroyed again.")
    if is_drill:
        newer = "no newer checkpoint is kept" if done.lost is None else f"{done.lost} newer records are signed for"
        console.print(f"This backup can be restored: {done.size} records, all of them hold; {newer}. Nothing was kept.")
    elif done.is_complete and done.is_open:
        console.print(f"Restored to {store}: {done.size} records, nothing is lost.", markup=False)
    elif done.is_open:
        lost = "an unknown number of records" if done.lost is None else f"{done.lost} records"
        console.print(f"Restored to {store}, without {lost} that are lost. The log goes on as:", markup=False)
        console.print(f"  {done.vkey}", markup=False)
        console.print(
            "Hand this key to everybody who checks you, and make a backup now: older ones are of the old name."
        )
    else:
        lost = (
            "nobody knows how many records: no checkpoint is kept beside the keys"
            if done.lost is None
            else f"{done.lost} records"
        )
        console.print(f"[bold]Not restored.[/bold] The backup has {done.size} records; it lacks {lost}.")
        console.print(
            "Give --log-of URL, if the old store can still be read; or --accept-loss to go on without them, under a "
            "new name of the log. Nothing was made."
        )

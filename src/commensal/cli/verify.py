"""`commensal verify`: check a visit folder whole, with nothing but the log's public key."""

from pathlib import Path
from typing import Annotated

import typer

from commensal.cli.terminal import UNSOUND, JsonOption, console, say_json


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder that `commensal visit` wrote.")],
    log_key: Annotated[
        Path,
        typer.Option("--log-key", metavar="FILE", help="The log's public key (log.vkey), from somewhere you trust."),
    ],
    witnesses: Annotated[
        Path | None,
        typer.Option("--witnesses", metavar="FILE", help="A policy: enough witnesses must stand behind the proof."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that a visit's report, bundle and proof are exactly what was recorded, and the database if it is there.

    Exit 0 when everything holds, 1 when something does not, 2 when it could not be checked. The key must not come from
    the folder itself: whoever changes the folder could change the key with it.

    [bold]Example:[/bold] commensal verify out/visit --log-key out/keys/log.vkey
    """
    from commensal.house.checking import check_visit_folder

    check = check_visit_folder(folder, log_key, witnesses)
    if as_json:
        say_json(
            {
                "ok": check.is_sound,
                "visit": check.visit_id,
                "origin": check.origin,
                "record": check.index,
                "log_size": check.size,
                "outputs": list(check.outputs),
                "database_records": check.database_records,
                "problems": list(check.problems),
            }
        )
    else:
        console.print(
            f"Visit {check.visit_id}: closing record {check.index} is in the log {check.origin} of {check.size}."
        )
        for name in check.outputs:
            console.print(f"  unchanged  {name}", markup=False)
        if check.database_records is not None and check.is_sound:
            console.print(f"  recomputed {check.database_records} records and every tile of clinic.db")
        for problem in check.problems:
            console.print(f"  [bold]WRONG[/bold]      {problem}")
        console.print("Everything holds." if check.is_sound else "This folder is not what was recorded.")
    if not check.is_sound:
        raise typer.Exit(UNSOUND)

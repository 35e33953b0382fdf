"""`commensal audit`: recompute a whole store from its entries."""

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


def audit(
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="FILE", help="A checkpoint or proof you kept: the log must continue from it."),
    ] = None,
    witnesses: Annotated[
        Path | None,
        typer.Option("--witnesses", metavar="FILE", help="A policy: what witnesses cosigned must meet it and hold."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every hash from the entries; check root, every tile, every payload, every view and every signature.

    Exit 0 and the checkpoint when all of it holds, exit 1 and the first bad index when something does not. The last
    checkpoint kept beside the keys is compared too, so an older copy put back is found.

    [bold]Example:[/bold] commensal audit --store sqlite:///out/visit/clinic.db --keys out/keys
    """
    from rich.progress import Progress

    from commensal.house.checking import audit_clinic, check_cosigned
    from commensal.house.opening import open_clinic

    settings = settings_of(store, keys, passphrase_file)
    with open_clinic(settings, may_be_unsound=True) as clinic, Progress(console=errors, transient=True) as bar:
        task = bar.add_task("recomputing", total=1.0)
        report = audit_clinic(clinic, since, lambda share: bar.update(task, completed=share))
        unwitnessed = check_cosigned(clinic, witnesses) if witnesses is not None and report.is_sound else []
    is_sound = report.is_sound and not unwitnessed
    if as_json:
        say_json(
            {
                "ok": is_sound,
                "size": report.size,
                "checkpoint": report.checkpoint,
                "first_bad_index": report.first_bad_index,
                "problems": [*report.problems, *unwitnessed],
                "not_checked": list(report.not_checked),
            }
        )
    elif report.is_sound:
        console.print(f"{report.size} records: every hash, tile, payload, view and signature holds.\n")
        console.print(report.checkpoint, markup=False, end="")
        for missing in report.not_checked:
            console.print(f"Not checked: {missing}", markup=False)
        for problem in unwitnessed:
            console.print(f"Not witnessed as the policy asks: {problem}", markup=False)
    else:
        where = "no single record" if report.first_bad_index is None else f"record {report.first_bad_index}"
        console.print(f"[bold]This store is not sound.[/bold] First bad index: {where}.")
        for problem in report.problems:
            console.print(f"  {problem}", markup=False)
        console.print("Stop recording; copy the store away as it is; restore a backup into a new place and audit that.")
    if not is_sound:
        raise typer.Exit(UNSOUND)

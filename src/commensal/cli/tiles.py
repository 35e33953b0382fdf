"""`commensal tiles`: the log as static files, for anybody to serve, mirror and check."""

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
    explained,
    say_json,
    settings_of,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Write the log as static files that anybody can check, and check such files.",
)


@app.command("export")
@explained
def export(
    folder: Annotated[Path, typer.Argument(help="Where the tiles go; made when missing, continued when it is there.")],
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write checkpoint, tiles and entries in the C2SP tlog-tiles layout. Nothing in them can be linked to a person.

    Any web server can serve the folder, and any program that knows the layout can check it. A folder that holds the
    tiles of another log, or more of this one than the store, is refused and left as it is.

    [bold]Example:[/bold] commensal tiles export tiles --store sqlite:///clinic.db --keys keys
    """
    from rich.progress import Progress

    from commensal.house.checking import export_log
    from commensal.house.opening import open_clinic

    with (
        open_clinic(settings_of(store, keys, passphrase_file)) as clinic,
        Progress(console=errors, transient=True) as bar,
    ):
        task = bar.add_task("writing", total=1.0)
        size = export_log(clinic, folder, lambda share: bar.update(task, completed=share))
    if as_json:
        say_json({"ok": True, "folder": str(folder), "size": size})
    else:
        console.print(f"{folder}: the tiles of {size} entries.", markup=False)


@app.command("audit")
@explained
def audit(
    folder: Annotated[Path, typer.Argument(help="The folder with `checkpoint` and `tile/`.")],
    log_key: Annotated[
        Path,
        typer.Option("--log-key", metavar="FILE", help="The log's public key (log.vkey), from somewhere you trust."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Recompute every hash from the entries; compare the root, and every byte of every tile. No secret key is needed.

    Exit 0 when all of it holds, 1 and the first bad index when something does not, 2 when it could not be checked. The
    key must not come from the folder itself: whoever changes the folder could change the key with it.

    [bold]Example:[/bold] commensal tiles audit tiles --log-key keys/log.vkey
    """
    from rich.progress import Progress

    from commensal.house.checking import audit_tile_folder

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("recomputing", total=1.0)
        report = audit_tile_folder(folder, log_key, lambda share: bar.update(task, completed=share))
    if as_json:
        say_json(
            {
                "ok": report.is_sound,
                "size": report.size,
                "checkpoint": report.checkpoint,
                "first_bad_index": report.first_bad_index,
                "problems": list(report.problems),
                "not_checked": list(report.not_checked),
            }
        )
    elif report.is_sound:
        console.print(f"{report.size} entries: every hash, every tile and the signed root hold.\n")
        console.print(report.checkpoint, markup=False, end="")
        for missing in report.not_checked:
            console.print(f"Not checked: {missing}", markup=False)
    else:
        where = "no single entry" if report.first_bad_index is None else f"entry {report.first_bad_index}"
        console.print(f"[bold]This folder is not sound.[/bold] First bad index: {where}.")
        for problem in report.problems:
            console.print(f"  {problem}", markup=False)
        console.print(
            "Keep the folder as it is, as evidence. Ask the clinic for a fresh copy into a new folder; if that is not "
            "sound either, or its checkpoint does not continue this one, ask for an audit of the store itself."
        )
    if not report.is_sound:
        raise typer.Exit(UNSOUND)

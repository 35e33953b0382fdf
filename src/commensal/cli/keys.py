"""`commensal keys`: check a clinic's keys, change their passphrase, make new ones, recover a lost one."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commensal.cli.terminal import (
    UNSOUND,
    JsonOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    console,
    explained,
    passphrase,
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from commensal.house.opening import Settings

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Check a clinic's keys, change their passphrase, make new ones, recover a lost one.",
)

RecoveryPassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--recovery-passphrase-file",
        metavar="FILE",
        help="Read the passphrase of recovery.key from this file; without it, that of the other keys is used.",
    ),
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Goes on record.")]


@app.command("check")
@explained
def check(
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    recovery_key: Annotated[
        Path | None,
        typer.Option("--recovery-key", metavar="FILE", help="Drill: open every data key with this recovery key too."),
    ] = None,
    recovery_passphrase_file: RecoveryPassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which stored data keys open with what, and finish a change of keys that was cut short.

    Exit 0 when every data key opens with every key that was given, 1 when one does not. Do the drill with the recovery
    key twice a year: a key that was never tried is a hope.

    [bold]Example:[/bold] commensal keys check --store sqlite:///clinic.db --keys keys --recovery-key /safe/recovery.key
    """
    from commensal.house.keys import check_keys
    from commensal.house.opening import open_clinic

    settings = settings_of(store, keys, passphrase_file)
    with open_clinic(settings) as clinic:
        found = check_keys(clinic, recovery_key, _recovery_passphrase(recovery_passphrase_file, settings))
    if as_json:
        say_json(
            {
                "ok": found.is_sound,
                "data_keys": found.data_keys,
                "by_clinic": found.by_clinic,
                "by_recovery": found.by_recovery,
            }
        )
    else:
        console.print(f"clinic.key opens {found.by_clinic} of {found.data_keys} data keys.")
        if found.by_recovery is None:
            console.print("Not tried: the recovery key. Give --recovery-key to see that it still opens everything.")
        else:
            console.print(f"The recovery key opens {found.by_recovery} of {found.data_keys}.")
        if not found.is_sound:
            console.print("[bold]Some do not open.[/bold] Run `commensal audit`; keep every copy of every key.")
    if not found.is_sound:
        raise typer.Exit(UNSOUND)


@app.command("protect")
@explained
def protect(
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", metavar="FILE", help="Read the new passphrase from this file."),
    ] = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Take the passphrase away: plain files that only you can read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Set, change or take away the passphrase of every secret key file in the folder, all at one moment.

    The keys themselves stay the same. A copy of a key file made before still opens with the passphrase of before.

    [bold]Example:[/bold] commensal keys protect --keys keys --passphrase-file old --new-passphrase-file new
    """
    from commensal.house.keys import protect_keys
    from commensal.house.opening import Settings

    old = Settings(store="", keys=keys, passphrase=lambda: passphrase(passphrase_file))
    changed = protect_keys(old, None if no_passphrase else lambda: passphrase(new_passphrase_file, confirm=True))
    if as_json:
        say_json({"ok": True, "files": list(changed), "protected": not no_passphrase})
        return
    how = "plain files now, readable by you alone" if no_passphrase else "under the new passphrase now"
    console.print(f"{', '.join(changed)}: {how}.")
    if "recovery.key" not in changed:
        console.print("recovery.key is elsewhere and keeps its passphrase.")


@app.command("rotate")
@explained
def rotate(
    why: WhyOption,
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    data: Annotated[bool, typer.Option("--data", help="Every data key, and every payload encrypted again.")] = False,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="The recovery key as well as the clinic key; move it away again.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a new clinic key and wrap every data key with it; on request a new recovery key, or new data keys too.

    The log is not touched: every entry, tile and record stays as it is. Other programs that are open with the old key
    can record nothing more; open them again. Backups made before open with the keys of before.

    [bold]Example:[/bold] commensal keys rotate --why "a laptop was lost" --store sqlite:///clinic.db --keys keys
    """
    from commensal.house.keys import rotate_data_keys, rotate_keys
    from commensal.house.opening import open_clinic

    settings = settings_of(store, keys, passphrase_file)
    done = rotate_keys(settings, with_recovery=recovery, why=why)
    if data:
        with open_clinic(settings) as clinic:
            written = rotate_data_keys(clinic, None, why)
        done |= {"payloads": written["payloads"], "renewed": done["renewed"] + written["renewed"]}
    if as_json:
        say_json({"ok": True, **done})
        return
    _say_renewed(done, keys)
    if recovery:
        console.print(f"Move {keys / 'recovery.key'} to its safe place now.", markup=False)
        console.print("The old one opens backups made before: keep it as long as them, and destroy both together.")


@app.command("recover")
@explained
def recover(
    recovery_key: Annotated[Path, typer.Option("--recovery-key", metavar="FILE", help="The offline recovery key.")],
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    recovery_passphrase_file: RecoveryPassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new clinic.key for one that is lost, with the offline recovery key. log.key and dentist.key must be there.

    Every data key is opened and wrapped again; the log is not touched, and nothing is lost.

    [bold]Example:[/bold] commensal keys recover --recovery-key recovery.key --store sqlite:///clinic.db --keys keys
    """
    from commensal.house.keys import recover_keys

    settings = settings_of(store, keys, passphrase_file)
    done = recover_keys(settings, recovery_key, _recovery_passphrase(recovery_passphrase_file, settings))
    if as_json:
        say_json({"ok": True, **done})
        return
    _say_renewed(done, keys)
    console.print("Take the recovery key back to its safe place.")


def _recovery_passphrase(file: Path | None, settings: "Settings") -> Callable[[], bytes]:
    return settings.passphrase if file is None else lambda: passphrase(file)


def _say_renewed(done: dict[str, Any], keys: Path) -> None:
    console.print(f"Renewed in {keys}: {', '.join(done['renewed'])}.", markup=False)
    console.print(f"{done['data_keys']} data keys are wrapped anew; record {done['record']} says so.")
    if "payloads" in done:
        console.print(f"{done['payloads']} payloads were encrypted again.")

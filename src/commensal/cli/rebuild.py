"""`commensal rebuild`: make every view again from the log."""

from pathlib import Path

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


def rebuild(
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Drop the views and make them again from the records log, in one transaction; the log itself is not touched.

    [bold]Example:[/bold] commensal rebuild --store sqlite:///out/visit/clinic.db --keys out/keys
    """
    from rich.progress import Progress

    from commensal.house.copies import rebuild_views
    from commensal.house.opening import open_clinic

    with (
        open_clinic(settings_of(store, keys, passphrase_file), any_view_version=True) as clinic,
        Progress(console=errors, transient=True) as bar,
    ):
        task = bar.add_task("rebuilding", total=1.0)
        done = rebuild_views(clinic, lambda share: bar.update(task, completed=share))
    if as_json:
        say_json({"ok": True, **done})
        return
    rows, changed = done["rows"], ", ".join(done["changed"])
    console.print(f"{done['records']} records made {sum(rows.values())} rows in {len(rows)} views.")
    console.print(f"Different from before: {changed}." if changed else "Every row is as it was before.")

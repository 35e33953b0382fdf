"""`commensal deliver`: hand over what closed visits left in the outbox."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from commensal.errors import InputError

if TYPE_CHECKING:
    from commensal.house.opening import Clinic


def deliver(
    to: Annotated[
        str | None, typer.Option("--to", metavar="PLACE", help="A folder that is there, or an https address.")
    ] = None,
    is_listing: Annotated[bool, typer.Option("--list", help="Show what waits, and deliver nothing.")] = False,
    retry_now: Annotated[
        bool, typer.Option("--retry-now", help="Try at once what failed, instead of waiting for its next time.")
    ] = False,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="A bearer token for the https address.")
    ] = None,
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand over closed visits: report, bundle, closing record and proof, made again from the record.

    Only with the patient's consent to export at this moment. Each delivery has a key, so that the place acts once even
    when a crash repeats it. Exit 0 when nothing is left that may be delivered, 1 when something still waits.

    [bold]Example:[/bold] commensal deliver --to /mnt/handover --store sqlite:///clinic.db --keys keys
    """
    from commensal.house.opening import open_clinic

    if to is None and not is_listing:
        raise InputError("--to", "", "a folder, or an https address", "nothing", "--list shows what waits")
    with open_clinic(settings_of(store, keys, passphrase_file)) as clinic:
        still = _list(clinic, as_json) if to is None or is_listing else _run(clinic, to, token_file, retry_now, as_json)
    if still:
        raise typer.Exit(UNSOUND)


def _list(clinic: "Clinic", as_json: bool) -> int:
    from commensal.house.outbox import undelivered

    found = undelivered(clinic)
    rows = [
        {
            "key": row.key,
            "attempts": row.attempts,
            "next": row.due_at.isoformat(timespec="seconds"),
            "is_stuck": row.is_stuck,
            "said": row.last_error or "",
        }
        for row in found
    ]
    if as_json:
        say_json({"ok": all(row.is_held for row in found), "waiting": rows})
    elif not rows:
        console.print("Nothing waits.")
    else:
        _print_table(rows)
        stuck = sum(row.is_stuck for row in found)
        console.print(f"{len(rows)} wait." + (f" {stuck} failed so often that somebody should look." if stuck else ""))
    return sum(not row.is_held for row in found)


def _run(clinic: "Clinic", to: str, token_file: Path | None, retry_now: bool, as_json: bool) -> int:
    from rich.progress import Progress

    from commensal.house.outbox import deliver

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("delivering", total=1.0)
        told = deliver(clinic, to, token_file, lambda share: bar.update(task, completed=share), is_impatient=retry_now)
    rows = [{"key": one.key, "fate": one.fate.value, "attempts": one.attempts, "said": one.why or ""} for one in told]
    count = {fate: sum(row["fate"] == fate for row in rows) for fate in ("delivered", "held", "erased")}
    still = len(rows) - sum(count.values())
    if as_json:
        say_json({"ok": not still, **count, "waiting": still, "effects": rows})
    elif not rows:
        console.print("Nothing waits.")
    else:
        _print_table(rows)
        console.print(
            f"{count['delivered']} delivered, {count['held']} held for want of consent, "
            f"{count['erased']} dropped because they were erased, {still} still waiting."
        )
    return still


def _print_table(rows: Sequence[Mapping[str, object]]) -> None:
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    headings = [name for name in rows[0] if name != "said"]
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(str(row[name]) for name in headings))
    console.print(table)
    for row in rows:
        if row["said"]:
            console.print(f"  {row['key']}: {row['said']}", markup=False)

"""`commensal show`: what is on record."""

from pathlib import Path
from typing import Annotated, Any

import typer

from commensal.cli.terminal import (
    JsonOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    console,
    say_json,
    settings_of,
)


def show(
    visit_id: Annotated[str | None, typer.Argument(help="A visit's id; without it, every visit is listed.")] = None,
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the visits on record, or show one. Reading one person's record is itself recorded.

    [bold]Example:[/bold] commensal show first-2025-11-20 --store sqlite:///out/visit/clinic.db --keys out/keys
    """
    from commensal.house.opening import open_clinic
    from commensal.house.visits import one_visit, visits

    with open_clinic(settings_of(store, keys, passphrase_file)) as clinic:
        if visit_id is None:
            _print_list(visits(clinic), as_json)
        else:
            _print_one(one_visit(clinic, visit_id), as_json)


def _print_list(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        say_json({"ok": True, "visits": found})
        return
    if not found:
        console.print("No visits on record yet.")
        return
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for heading in found[0]:
        table.add_column(heading)
    for row in found:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


def _print_one(visit: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json({"ok": True, **visit})
        return
    patient = visit["patient"]
    console.print(f"[bold]Visit {visit['visit']}[/bold], {visit['on']}: {visit['reason']}")
    console.print(f"{patient['name']}, born {patient['born']}, reference {patient['ref']}\n", markup=False)
    for finding in visit["findings"]:
        overridden = " (the dentist decided otherwise than the rule)" if finding["overridden"] else ""
        console.print(f"  {finding['title']}: {finding['says']} [{finding['mark']}]{overridden}", markup=False)
    fear = visit["fear"]
    score = (
        "not asked" if fear is None else f"MDAS {fear['mdas']} of 25, {fear['band']}" if fear["mdas"] else "not scored"
    )
    console.print(f"\nFear: {score}")
    console.print(f"Plan, signed by {visit['signed_by']}:")
    for step in visit["plan"]:
        console.print(f"  {step['what']} ({step['when']}): {step['why']}", markup=False)
    for words in visit["refused"]:
        console.print(f"Refused: {words}", markup=False)
    for sample in visit["lab"]:
        console.print(f"Lab: sample {sample['sample']}, {sample['reading']}", markup=False)
    console.print(f"Records {visit['records'][0]}–{visit['records'][1]}; this reading was recorded too.")

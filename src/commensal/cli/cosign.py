"""`commensal cosign`: have witnesses cosign the clinic's log."""

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
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from commensal.clinic import safety


def cosign(
    witnesses: Annotated[
        Path, typer.Option("--witnesses", metavar="FILE", help="The policy: which witnesses, and how many are enough.")
    ],
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    visit: Annotated[
        Path | None,
        typer.Option("--visit", metavar="DIR", help="A visit's folder: renew its proof, to carry the cosignatures."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every witness of a policy to cosign the log as it is now, and keep what meets the quorum.

    Exit 0 when enough of them cosigned, 1 when not or when one of them contradicts the log. The clinic goes on
    recording either way: nothing waits for a witness.

    [bold]Example:[/bold] commensal cosign --store sqlite:///clinic.db --keys keys --witnesses witnesses.policy
    """
    from commensal.house.opening import open_clinic
    from commensal.house.witnessing import cosign_log, renew_proof

    settings = settings_of(store, keys, passphrase_file)
    with open_clinic(settings, may_be_unsound=True) as clinic:  # a witness is to see a log that lost its end, too
        done = cosign_log(clinic, witnesses)
        if visit is not None and done.is_kept:
            renew_proof(clinic, visit)
    asked = done.asked
    is_contradicted = asked.problem is not None or bool(done.evidence)
    if as_json:
        say_json(
            {
                "ok": asked.quorum.is_met and not is_contradicted,
                "size": asked.quorum.checkpoint.size,
                "quorum_met": asked.quorum.is_met,
                "kept": done.is_kept,
                "problem": asked.problem,
                "evidence": list(map(str, done.evidence)),
                "witnesses": [
                    {"name": one.name, "outcome": one.outcome.value, "forgot": one.has_forgotten, "detail": one.detail}
                    for one in asked.reports
                ],
            }
        )
    else:
        _print(done)
    if is_contradicted or not asked.quorum.is_met:
        raise typer.Exit(UNSOUND)


def _print(done: "safety.witnessed.Witnessed") -> None:
    from rich.table import Table
    from rich.text import Text

    asked = done.asked
    table = Table("witness", "outcome", "")
    for one in asked.reports:
        forgot = "it had forgotten what it cosigned; sent again. " if one.has_forgotten else ""
        table.add_row(Text(one.name), one.outcome.value, Text(forgot + one.detail))
    console.print(table)
    if asked.problem is not None:
        console.print(f"This log: {asked.problem}", markup=False)
    for path in done.evidence:
        console.print(
            f"Two views the log signed are kept in {path}: `commensal witness check` reads them.", markup=False
        )
    met = "met" if asked.quorum.is_met else "NOT met: recording goes on, ask again later"
    console.print(f"{asked.quorum.checkpoint.size} records. Quorum {met}.")

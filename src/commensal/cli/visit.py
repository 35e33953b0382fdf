"""`commensal visit`: one patient's visit, from a folder of files to a signed, provable record."""

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

if TYPE_CHECKING:
    from commensal.house.visits import VisitDone


def visit(
    folder: Annotated[Path, typer.Argument(help="The visit folder; docs/specs/visit-folder.md says what is in it.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where report, bundle and proof go.")] = Path(
        "out/visit"
    ),
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one visit: check every file, work everything out, sign, record, write the report and the proof.

    Nothing is recorded unless every file is right. A run that was cut short is completed by running it again. Without
    --store the clinic's database is clinic.db in the output folder.

    [bold]Example:[/bold] commensal visit examples/visits/first --out out/visit --keys out/keys
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from commensal.house.opening import open_clinic
    from commensal.house.visits import run_visit

    settings = settings_of(store or f"sqlite:///{out / 'clinic.db'}", keys, passphrase_file)
    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with open_clinic(settings) as clinic, Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        done = run_visit(clinic, folder, out, lambda what, share: bar.update(task, description=what, completed=share))
    if as_json:
        say_json(
            {
                "ok": done.audit.is_sound,
                **done.closed.record.summary(),
                "closing_record": done.closed.closing_record,
                "out": str(done.closed.out),
                "files": [*done.closed.outputs, *done.closed.evidence],
                "audit": {"size": done.audit.size, "problems": list(done.audit.problems)},
            }
        )
    else:
        _summarise(done)
    if not done.audit.is_sound:
        raise typer.Exit(UNSOUND)


def _audit_words(done: "VisitDone") -> str:
    if done.audit.is_sound:
        return f"all {done.audit.size} records of the log hold"
    return f"NOT SOUND: {done.audit.problems[0]}"


def _summarise(done: "VisitDone") -> None:
    from rich.table import Table

    record = done.closed.record
    console.print(f"\n[bold]Visit {record.visit_id}[/bold], {record.on.isoformat()}, {record.clinic_name}\n")
    table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=True)
    for heading, share in (("Finding", 3), ("What it says", 6), ("Mark", None), ("Sure?", None)):
        table.add_column(heading, ratio=share)
    for finding in record.findings:
        table.add_row(finding.title, finding.effective, finding.rule.mark.letter, finding.certainty.value)
    console.print(table if record.findings else "No findings: nothing was examined.")
    if record.anxiety is not None:
        score = "not scored" if record.anxiety.mdas is None else f"{record.anxiety.mdas} of 25"
        console.print(f"\nDental fear  MDAS {score}: {record.anxiety.mdas_band.value}; {record.anxiety.level.value}")
    console.print(f"Plan         {len(record.plan.steps)} steps, signed by {record.plan.signed_by}")
    for _, words in record.refused:
        console.print(f"Refused      {words}", markup=False)
    console.print(f"Records      {record.records[0]}–{done.closed.closing_record}, audit: {_audit_words(done)}")
    console.print("Marks        S seen, D derived, C calibrated, R recalled. The twin is simulated, not measured.\n")
    for name in (*done.closed.outputs, *done.closed.evidence):
        console.print(f"  {done.closed.out / name}", markup=False)
    console.print(f"\nCheck it any time: commensal verify {done.closed.out} --log-key {done.log_key}", markup=False)

"""`commensal validate`: the twin held to the literature and to its own reference results, target by target."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from commensal.cli.terminal import UNSOUND, JsonOption, console, errors, say_json
from commensal.errors import InputError


def validate(
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME", help="Only this group, such as stephan or ecology; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure every target of the twin anew: what was expected, what came, and whether it is reached.

    Targets that were *seen* in the literature test the model; those *derived* from our own reference results test the
    program. They are counted apart and never added up. Parameters were calibrated on those that say *fitted*; all
    others are held out. Exit 0 when every target that must be reached is, 1 when one is not; one that only should be
    may be missed, with its reason.

    [bold]Example:[/bold] commensal validate --group ecology
    """
    from rich.progress import Progress

    from commensal.mouth import validate as measured

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("measuring", total=1.0)
        results = measured(lambda share, what: bar.update(task, description=what, completed=share))
    groups = sorted({result.group for result in results})
    unknown = sorted(set(group or ()) - set(groups))
    if unknown:
        raise InputError("--group", "", f"one of {', '.join(groups)}", unknown[0])
    shown = [result for result in results if not group or result.group in group]
    failed = [result for result in shown if result.level == "must" and not result.passed]
    if as_json:
        say_json(
            {
                "ok": not failed,
                "totals": _totals(shown),
                "targets": [{**asdict(result), "passed": result.passed} for result in shown],
            }
        )
    else:
        _print(shown)
    if failed:
        raise typer.Exit(UNSOUND)


def _totals(results: list[Any]) -> dict[str, dict[str, int]]:
    found = {}
    for provenance in sorted({result.provenance for result in results}):
        mine = [result for result in results if result.provenance == provenance]
        found[provenance] = {"reached": sum(result.passed for result in mine), "of": len(mine)}
    return found


def _print(results: list[Any]) -> None:
    """Two lines for each target, so that 80 columns hold them: numbers and verdict, then what was measured."""
    from rich.markup import escape

    width = max(len(result.id) for result in results)
    console.print(f"[bold]{'target':{width}}  {'got':>9}  {'between':>15}  known by         verdict[/bold]")
    for result in results:
        unit = "" if result.unit == "1" else f" {result.unit}"
        verdict = "reached" if result.passed else ("[bold]MISSED[/bold]" if result.level == "must" else "missed")
        known_by = f"{result.provenance}, fitted" if result.is_fitted else result.provenance
        between = f"{result.low:.4g} - {result.high:.4g}"
        console.print(f"{result.id:{width}}  {result.got:9.3g}  {between:>15}  {known_by:17}{verdict}")
        console.print(f"[dim]    {escape(result.measure)}; expected {result.expected:.4g}{escape(unit)}[/dim]")
    for provenance, total in _totals(results).items():
        console.print(f"{provenance}: {total['reached']} of {total['of']} reached")
    must = [result for result in results if result.level == "must"]
    console.print(f"Of {len(must)} that must be reached, {sum(result.passed for result in must)} are.")
    for result in results:
        if not result.passed:
            why = result.why_it_may_fail or "no reason is known: the twin is not what it was"
            console.print(f"  {result.id}: {why}", markup=False)

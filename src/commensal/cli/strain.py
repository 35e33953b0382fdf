"""`commensal strain`: cards of strains - are they right, what do they say, and what would two of them do."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commensal.cli.strain_tables import figures_of, gate_of, said_of, side_by_side, told
from commensal.cli.terminal import UNSOUND, JsonOption, console, errors, explained, say_json

if TYPE_CHECKING:
    from commensal.mouth import strains

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Strains as cards: check one of your own, see what a card says, compare what two would do in a mouth.\n\n"
        "Example: commensal strain compare bcs3_l1 jh145\n\nThe format of a card: docs/specs/strain-card.md."
    ),
)


@app.command("check")
@explained
def check(
    cards: Annotated[
        list[Path], typer.Argument(metavar="CARD|ID...", help="Your cards (docs/specs/strain-card.md), or shipped ids.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Read cards and ask what the release gate asks.

    Exit 0 when every strain passes the whole gate; 1 when something is missing or not good enough; 2 when a card cannot
    be read, or two have one id. Passing says that what is asked here was shown, no more: it is no permission.

    [bold]Example:[/bold] commensal strain check mystrain.toml
    """
    from commensal.mouth import strains

    known = [path for path in cards if str(path) in strains.shipped()]
    own = strains.read_cards([path for path in cards if path not in known])
    results = [strains.gate(one) for one in (*(strains.find(str(path)) for path in known), *own.values())]
    is_open = all(one.is_open for one in results)
    if as_json:
        say_json({"ok": is_open, "strains": [_gate_json(one) for one in results]})
    else:
        for one in results:
            console.print(gate_of(one))
            _sum_up(one)
    if not is_open:
        raise typer.Exit(UNSOUND)


@app.command("show")
@explained
def show(
    strain: Annotated[str, typer.Argument(metavar="ID|CARD", help="A shipped strain, or the card of your own.")],
    as_json: JsonOption = False,
) -> None:
    """What a strain is, each figure with its range, source and mark, and what the release gate still misses.

    [bold]Example:[/bold] commensal strain show bcs3_l1
    """
    from dataclasses import asdict

    from commensal.mouth import strains

    found = strains.find(strain)
    if as_json:
        say_json({"ok": True, "strain": asdict(found), "gate": _gate_json(strains.gate(found))})
        return
    kind = "engineered" if found.is_engineered else "not engineered"
    console.print(f"\n[bold]{found.id}[/bold]  {told(found.name)}")
    console.print(f"of the guild {found.parent}, {kind}; weakest mark of what makes it differ: {found.mark}\n")
    console.print(said_of(found))
    console.print(figures_of(found))
    _sum_up(strains.gate(found))


@app.command("compare")
@explained
def compare(
    first: Annotated[str, typer.Argument(metavar="ID|CARD", help="A shipped strain, or a card.")],
    second: Annotated[str, typer.Argument(metavar="ID|CARD", help="Another.")],
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE.png", help="Draw who lives there, day by day; or .svg.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give two strains to the same plaque: acid, taking hold, displacement, harm to others, washout, escape, spread.

    Simulated in a well-mixed vessel whose pH is held. Figures in brackets are for growth and bacteriocin at both ends
    of the card's ranges.

    [bold]Example:[/bold] commensal strain compare bcs3_l1 jh1140 --picture strains.png
    """
    from rich.progress import Progress

    from commensal.errors import InputError
    from commensal.mouth import strains

    if picture is not None and picture.suffix.lower() not in (".png", ".svg"):
        raise InputError("--picture", "", "a file that ends in .png or .svg", picture.name)
    pair = [strains.find(first), strains.find(second)]
    if pair[0].id == pair[1].id:
        raise InputError("compare", "", "two strains with ids of their own", pair[0].id)
    portraits = []
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=2.0)
        for i, one in enumerate(pair):
            portraits.append(
                strains.portray(
                    one,
                    lambda share, what, i=i, one=one: bar.update(  # type: ignore[misc]
                        task, description=f"{one.id}: {what}", completed=i + share
                    ),
                )
            )
    if picture is not None:
        strains.draw(portraits, picture)
    if as_json:
        say_json({"ok": True, "strains": [_portrait_json(one) for one in portraits]})
        return
    console.print(side_by_side(portraits))
    marks = ", ".join(f"{one.strain.id} {one.mark}" for one in portraits)
    console.print(f"Simulated, not measured. Weakest marks among what it rests on: {marks}.")
    if picture is not None:
        console.print(f"\n  {picture}", markup=False)


def _sum_up(result: "strains.GateResult") -> None:
    if result.is_open:
        console.print(f"The gate is open for {result.strain}: all that is asked was shown.\n")
        return
    console.print(f"The gate is shut for {result.strain}. What is missing:")
    for line in result.missing:
        console.print(f"  - {line}", markup=False)
    console.print("\nWhat the law asks besides (our telling, to be checked):")
    for text, mark in result.notes:
        console.print(f"  - [{mark.letter}] {text}", markup=False)
    console.print()


def _gate_json(result: "strains.GateResult") -> dict[str, Any]:
    checks: Iterable[dict[str, Any]] = (
        {"id": x.id, "asked": x.asked, "passed": x.is_passed, "there": x.there, "source": x.source.reference,
         "mark": x.source.mark} for x in result.checks
    )  # fmt: skip
    return {"strain": result.strain, "open": result.is_open, "checks": list(checks)}


def _portrait_json(one: "strains.Portrait") -> dict[str, Any]:
    from dataclasses import asdict, fields

    left_out = ("strain", "trial", "gate")
    plain = {x.name: getattr(one, x.name) for x in fields(one) if x.name not in left_out}
    for name in ("acid", "washout", "escape", "spread"):
        plain[name] = None if plain[name] is None else asdict(plain[name])
    days = {"at_d": one.trial.at_d.tolist(), "share": {who: one.trial.share(who).tolist() for who in one.trial.living}}
    return {"strain": one.strain.id, **plain, "days": days, "gate_open": one.gate.is_open}

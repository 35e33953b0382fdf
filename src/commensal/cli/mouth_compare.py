"""`commensal mouth compare`: two plans for a tooth side by side, in words, figures and a picture."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commensal.cli.terminal import JsonOption, console, errors, say_json

if TYPE_CHECKING:
    from commensal.mouth import plans


PlanFile = Annotated[Path, typer.Argument(help="A plan; docs/specs/mouth-plan.md says what is in it.")]
Tooth = Annotated[str, typer.Option("--tooth", help="FDI number, such as 46, or one site of it, such as 46-MB.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the draws; the same seed draws the same people.")]


def compare(
    first: PlanFile,
    second: PlanFile,
    tooth: Tooth = "46",
    days: Annotated[int, typer.Option("--days", min=2, max=365, help="How long each plan is lived.")] = 7,
    people: Annotated[
        int, typer.Option("--draws", min=8, max=1000, help="How many people are drawn for the bands.")
    ] = 50,
    seed: Seed = 2045,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Draw both into this .png or .svg file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Set two plans side by side: time in acid, lowest pH and mineral of one tooth, with bands, in plain words.

    Both plans are lived for some days. Then people who differ in what nobody has measured (saliva film, plaque, germs)
    live the last day under both, so that you see how sure a difference is.

    [bold]Example:[/bold] commensal mouth compare examples/plans/today.toml examples/plans/water.toml
    """
    from rich.progress import Progress

    from commensal.errors import InputError
    from commensal.mouth import plans

    if picture is not None and picture.suffix not in (".png", ".svg"):
        raise InputError("--picture", str(picture), "a name that ends in .png or .svg", picture.suffix or "none")
    read = plans.read_plan(first), plans.read_plan(second)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        try:
            compared = plans.compare(
                *read, tooth=tooth, days=days, people=people, seed=seed,
                progress=lambda share, what: bar.update(task, description=what, completed=share),
            )  # fmt: skip
        except ValueError as error:
            raise InputError("--tooth", tooth, "a tooth that both plans have", error) from error
    if picture is not None:
        plans.draw(compared, read, picture)
    if as_json:
        say_json({"ok": True, **_plain(asdict(compared)), "words": list(plans.words(compared))})
    else:
        _tell(compared, plans.words(compared), picture)


def _plain(value: Any) -> Any:
    """A result as JSON takes it."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _tell(compared: "plans.Comparison", told: tuple[str, ...], picture: Path | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"{compared.site}, day {compared.days}")
    sides = (compared.first, compared.second)
    for side in sides:
        table.add_column(escape(side.title), justify="right")

    def band(one: "plans.Figure", digits: int, sign: float = 1.0) -> str:
        low, high = sorted((sign * one.low, sign * one.high))
        return f"{sign * one.value:.{digits}f}  ({low:.{digits}f} to {high:.{digits}f})"

    table.add_row(f"minutes below pH {compared.critical_ph:g}", *(band(side.acid_min, 0) for side in sides))
    table.add_row("lowest pH", *(band(side.lowest_ph, 2) for side in sides))
    table.add_row("mineral won a day, vol%.um", *(band(side.mineral, 1, -1.0) for side in sides))
    table.add_row("plaque, um", *(f"{side.thickness_um:.0f}" for side in sides))
    console.print(table)
    for line in told:
        console.print(f"  {line}", markup=False)
    if picture is not None:
        console.print(f"\nPicture: {picture}", markup=False)
    console.print(
        f"\nBands: 8 of 10 of {compared.draws} people drawn. Weakest mark: {compared.mark.value}.", markup=False
    )

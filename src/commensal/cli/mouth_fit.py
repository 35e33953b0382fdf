"""`commensal mouth fit` and `sensitivity`: a patient's own numbers from a measured curve, and what matters most."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commensal.cli.terminal import JsonOption, console, errors, say_json

if TYPE_CHECKING:
    from commensal.mouth import fitting

PictureOption = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE", help="Draw it into this .png or .svg file.")
]


def fit(
    curve: Annotated[Path, typer.Argument(help="A CSV file with time_min,ph; docs/specs/stephan-curve.md says more.")],
    flow: Annotated[
        float | None, typer.Option("--flow", help="Saliva at rest, mL/min; left out = a usual value.")
    ] = None,
    stimulated: Annotated[
        float | None, typer.Option("--stimulated", help="Saliva while chewing paraffin, mL/min; left out = usual.")
    ] = None,
    parameters: Annotated[
        str, typer.Option("--parameters", help="One to three names of data/fitted.csv, with commas between.")
    ] = "glycolysis_mmol_l_h,film_speed_mm_min,fixed_buffer_1_mmol_l",
    sugar_percent: Annotated[float, typer.Option("--sugar", min=0.1, max=100.0, help="% w/v of the rinse.")] = 10.0,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, max=10.0, help="How long it was rinsed.")] = 1.0,
    picture: PictureOption = None,
    scene: Annotated[
        Path | None, typer.Option("--scene", metavar="FILE", help="Write a scene of the fitted plaque, for mouth run.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a patient's plaque to a measured Stephan curve: estimates, intervals, and what the curve cannot tell.

    The curve is the pH after one minute of 10 % sucrose, unless you say otherwise. Two numbers that the curve cannot
    tell apart are named, with what would tell them.

    [bold]Example:[/bold] commensal mouth fit examples/curves/made-up.csv --flow 0.3
    """
    from commensal.errors import InputError
    from commensal.mouth import fitting

    _check_picture(picture)
    if scene is not None and scene.exists():
        raise InputError("--scene", str(scene), "a file that is not there yet", "one that is", "name another one")
    measured = fitting.read_curve(curve)
    fitted = fitting.fit(
        measured,
        mouth=fitting.mouth_of(flow, stimulated),
        rinse=fitting.rinse_of(sugar_percent, minutes),
        parameters=[name.strip() for name in parameters.split(",")],
    )
    if picture is not None:
        fitting.draw_fit(fitted, measured, picture)
    if scene is not None:
        scene.write_text(fitting.as_scene(fitted, sugar_percent, minutes), encoding="utf-8", newline="")
    if as_json:
        names = [one.name for one in fitted.estimates]
        say_json(
            {
                "ok": True,
                "estimates": [{slot: getattr(one, slot) for slot in one.__slots__} for one in fitted.estimates],
                "correlation": dict(zip(names, fitted.correlation.tolist(), strict=True)),
                "scatter_ph": fitted.scatter_ph,
                "cannot_tell": list(fitted.cannot_tell),
                "flow_unstimulated_ml_min": fitted.mouth.flow_unstimulated_ml_min,
                "flow_is_measured": flow is not None,
            }
        )
    else:
        _tell(fitted, is_measured=flow is not None)


def _check_picture(picture: Path | None) -> None:
    from commensal.errors import InputError

    if picture is not None and picture.suffix not in (".png", ".svg"):
        raise InputError("--picture", str(picture), "a name that ends in .png or .svg", picture.suffix or "none")


def _tell(fitted: "fitting.Fit", *, is_measured: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter")
    for heading in ("estimate", "9 of 10 fits"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit")
    for one in fitted.estimates:
        table.add_row(one.name, f"{one.value:.3g}", f"{one.low:.3g} to {one.high:.3g}", one.unit)
    console.print(table)
    names = [one.name for one in fitted.estimates]
    for i, name in enumerate(names):
        others = ", ".join(f"{fitted.correlation[i, j]:+.2f} with {names[j]}" for j in range(i))
        if others:
            console.print(f"  {name}: correlation {others}", markup=False)
    for line in fitted.cannot_tell:
        console.print(f"  {line}", markup=False)
    told = "measured" if is_measured else "a usual value: measure it, and the rest becomes surer"
    flow = fitted.mouth.flow_unstimulated_ml_min
    console.print(f"\nScatter {fitted.scatter_ph:.3f} pH. Saliva at rest {flow:g} mL/min, {told}.", markup=False)


def sensitivity(
    people: Annotated[int, typer.Option("--draws", min=30, max=5000, help="How many draws.")] = 200,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank what the pH after a sugar rinse follows: film, plaque, fermentation, buffer, saliva, one by one.

    [bold]Example:[/bold] commensal mouth sensitivity --picture out/ranks.png
    """
    from rich.box import SIMPLE_HEAD
    from rich.progress import Progress
    from rich.table import Table

    from commensal.mouth import fitting

    _check_picture(picture)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        ranked = fitting.sensitivity(
            people=people, progress=lambda share, what: bar.update(task, description=what, completed=share)
        )
    if picture is not None:
        fitting.draw_ranks(ranked, people, picture)
    if as_json:
        plain = [{slot: getattr(one, slot) for slot in one.__slots__} for one in ranked]
        say_json({"ok": True, "draws": people, "ranked": plain})
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("result", "follows"):
        table.add_column(heading)
    for heading in ("rank correlation", "9 of 10 of resampling"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in ranked:
        table.add_row(one.result, one.unknown, f"{one.correlation:+.2f}", f"{one.low:+.2f} to {one.high:+.2f}")
    console.print(table)

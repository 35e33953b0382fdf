"""`commensal mouth`: the twin by itself, from a scene file to results that anybody can run again."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commensal.cli import mouth_compare, mouth_fit
from commensal.cli.terminal import UNSOUND, JsonOption, console, errors, explained, say_json

if TYPE_CHECKING:
    from commensal.mouth import scenes

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The twin by itself: run a scene, compare two plans, fit a measured curve, rank what matters, run again.",
)


class FileFormat(StrEnum):
    """The formats of `commensal.mouth.scenes`, named here so that --help loads no twin."""

    NETCDF = "netcdf"
    ZARR = "zarr"


class Pictures(StrEnum):
    """The kinds of pictures, likewise."""

    PNG = "png"
    SVG = "svg"
    NONE = "none"


@app.command("run")
@explained
def run(
    scene: Annotated[Path, typer.Argument(help="The scene file; docs/specs/mouth-scene.md says what is in it.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where results, pictures and manifest go: a new folder.")
    ] = Path("out/mouth"),
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="course.nc for most programs, course.zarr for clusters.")
    ] = FileFormat.NETCDF,
    pictures: Annotated[
        Pictures, typer.Option("--pictures", help="PNG for screens, SVG for papers, or none.")
    ] = Pictures.PNG,
    is_replacing: Annotated[
        bool, typer.Option("--replace", help="Put this run where an earlier one is; other files stop it.")
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="Keep where the run stands in this file while it goes on."),
    ] = None,
    is_resuming: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the checkpoint, if it is there; the end is the same, bit for bit."),
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, max=256, help="How many threads; as many as cores. Changes no result."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a scene: sites, a mouth and a day from a file; leave results, pictures and a manifest in a folder.

    Nothing is written unless the whole scene is right and the run went through. The manifest holds everything the run
    came from, so that `commensal mouth replay` can run it again and compare every bit.

    [bold]Example:[/bold] commensal mouth run examples/mouth/rinse.toml --out out/rinse
    """
    from rich.progress import Progress

    from commensal.clock import SystemClock
    from commensal.mouth import scenes

    read = scenes.read(scene)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        kept = scenes.run(
            read,
            out,
            SystemClock(),
            file_format=scenes.FileFormat(file_format.value),
            pictures=scenes.Pictures(pictures.value),
            is_replacing=is_replacing,
            checkpoint=checkpoint,
            is_resuming=is_resuming,
            threads=threads,
            progress=lambda share, what: bar.update(task, description=what, completed=share),
        )
    if as_json:
        say_json(
            {
                "ok": True,
                "out": str(out),
                "files": list(kept.files),
                "title": read.title,
                "sites": [
                    dict(zip(("id", "lowest_ph", "at_min", "minutes_below"), row, strict=True)) for row in _rows(kept)
                ],
                "mark": kept.manifest["mark"],
                "balance": kept.manifest["balance"],
            }
        )
    else:
        _summarise(kept)


def _rows(kept: "scenes.Kept") -> list[tuple[str, float, float, float]]:
    """For each site: id, lowest pH, when in minutes after midnight, minutes below the threshold."""
    names = ("lowest_ph", "lowest_ph_at", "minutes_below")
    columns = [[float(value) for value in kept.data[name].values] for name in names]
    return [(str(site), *figures) for site, *figures in zip(kept.data["site"].values, *columns, strict=True)]


def _summarise(kept: "scenes.Kept") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    options, balance = kept.manifest["options"], kept.manifest["balance"]
    console.print(f"\n[bold]{escape(kept.data.attrs['title'])}[/bold]")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("site")
    for heading in ("lowest pH", "at", f"min below {options['threshold_ph']:g}"):
        table.add_column(heading, justify="right", no_wrap=True)
    for site, lowest, at_min, below in _rows(kept):
        table.add_row(escape(site), f"{lowest:.2f}", _when(at_min, options["days"]), f"{below:.1f}")
    console.print(table)
    counted = ", ".join(balance["largest_residual_of"]).replace("_", " ")
    console.print(
        f"Simulated, not measured. Weakest mark among what it rests on: {kept.manifest['mark']}. Books of {counted} "
        f"closed to {balance['largest_relative_residual']:.0e}.\n"
    )
    for name in kept.files:
        console.print(f"  {kept.folder / name}", markup=False)
    console.print(f"\nRun it again, bit for bit: commensal mouth replay {kept.folder}", markup=False)


def _when(at_min: float, days: int) -> str:
    """Minutes after midnight as a time, with the day when there are several."""
    at = round(at_min)
    time = f"{at // 60 % 24 if days > 1 else at // 60:02d}:{at % 60:02d}"
    return time if days == 1 else f"day {at // 1440 + 1}, {time}"


app.command("compare")(explained(mouth_compare.compare))
app.command("fit")(explained(mouth_fit.fit))
app.command("sensitivity")(explained(mouth_fit.sensitivity))


@app.command("replay")
@explained
def replay(
    folder: Annotated[
        Path, typer.Argument(help="The folder that `commensal mouth run` wrote; its manifest is enough.")
    ],
    is_forced: Annotated[
        bool, typer.Option("--anyway", help="Compare even with another version, machine or set of parameters.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a scene again from its manifest alone, and compare every array bit for bit.

    Exit 0 when every array, and every file that is still there, is what the manifest says; 1 when something differs; 2
    when it could not be compared, as with other versions or parameters.

    [bold]Example:[/bold] commensal mouth replay out/rinse
    """
    from rich.progress import Progress

    from commensal.mouth import scenes

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        found = scenes.replay(
            folder,
            is_forced=is_forced,
            progress=lambda share, what: bar.update(task, description=what, completed=share),
        )
    if as_json:
        say_json(
            {
                "ok": found.is_equal,
                "arrays": found.arrays,
                "files": found.files,
                "differences": list(found.differences),
                "other_makers": list(found.other_makers),
            }
        )
    else:
        _tell(found, folder)
    if not found.is_equal:
        raise typer.Exit(UNSOUND)


def _tell(found: "scenes.Replay", folder: Path) -> None:
    if found.is_equal:
        files = f"; {found.files} files are as they were written" if found.files else "; no file was there to compare"
        console.print(f"{folder}: {found.arrays} arrays are the same, bit for bit{files}.", markup=False)
    else:
        console.print(f"{folder}: this run does not come out as it did.", markup=False)
        for difference in found.differences:
            console.print(f"  {difference}", markup=False)
    for other in found.other_makers:
        console.print(f"Not the same to begin with: {other}", markup=False)

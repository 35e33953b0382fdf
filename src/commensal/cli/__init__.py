"""The command line: `commensal`. Each command has a file; none has rules of its own."""

from typing import Annotated

import typer

from commensal.cli import (
    audit,
    backup,
    cosign,
    deliver,
    forget,
    init,
    keys,
    migrate,
    mouth,
    rebuild,
    restore,
    show,
    strain,
    tiles,
    validate,
    verify,
    visit,
    witness,
)
from commensal.cli.terminal import explained

app = typer.Typer(
    name="commensal",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "The open clinic for the mouth as an ecosystem: a patient's visit, from real files to a signed, provable "
        "record.\n\nTo begin:\n\n"
        "  commensal init --store sqlite:///clinic.db --keys keys --clinic Bay --dentist 'Dr Mia Chen'\n\n"
        "  commensal visit examples/visits/first --out out --store sqlite:///clinic.db --keys keys\n\n"
        "Research release. Not for clinical use without the validation and approval that local law asks for."
    ),
)

app.command("init")(explained(init.init))
app.command("visit")(explained(visit.visit))
app.command("show")(explained(show.show))
app.command("verify")(explained(verify.verify))
app.command("audit")(explained(audit.audit))
app.command("rebuild")(explained(rebuild.rebuild))
app.command("backup")(explained(backup.backup))
app.command("restore")(explained(restore.restore))
app.command("migrate")(explained(migrate.migrate))
app.command("validate")(explained(validate.validate))
app.command("deliver")(explained(deliver.deliver))
app.command("forget")(explained(forget.forget))
app.command("cosign")(explained(cosign.cosign))
app.add_typer(keys.app, name="keys")
app.add_typer(mouth.app, name="mouth")
app.add_typer(strain.app, name="strain")
app.add_typer(tiles.app, name="tiles")
app.add_typer(witness.app, name="witness")


def _say_version(asked: bool) -> None:
    if asked:
        from commensal import __version__

        typer.echo(f"commensal {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()

"""`commensal witness`: be a witness of other clinics' logs."""

from pathlib import Path
from typing import Annotated

import typer

from commensal.cli.terminal import (
    UNSOUND,
    JsonOption,
    PassphraseOption,
    console,
    errors,
    explained,
    passphrase,
    say_json,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Be a witness of other clinics' logs: cosign what continues, keep what contradicts.",
)

MemoryOption = Annotated[
    Path,
    typer.Option("--state", metavar="FILE", help="The witness's memory. If it is lost, retire the key, too."),
]
KeyOption = Annotated[Path, typer.Option("--key", metavar="FILE", help="The witness's key file.")]


@app.command("init")
@explained
def init(
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="A name you own, such as witness.bay.example.")],
    state: MemoryOption = Path("witness.db"),
    key: KeyOption = Path("witness.key"),
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Keep the key as a plain file that only you can read.")
    ] = False,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a witness: its key and its memory, which trusts nobody yet.

    [bold]Example:[/bold] commensal witness init --name witness.bay.example --state witness.db --key witness.key
    """
    from commensal.house.witnessing import found_witness

    vkey = found_witness(key, state, name, None if no_passphrase else passphrase(passphrase_file, confirm=True))
    if as_json:
        say_json({"ok": True, "name": name, "vkey": vkey, "state": str(state), "key": str(key)})
        return
    console.print(f"{name} is a witness. Key: {key}. Memory: {state}", markup=False)
    console.print(f"Its line in a policy: witness NAME {vkey} URL", markup=False)
    console.print("Never copy the memory back from a backup: a witness that forgot could cosign two histories.")


@app.command("trust")
@explained
def trust(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="The log's public key, as log.vkey has it.")],
    state: MemoryOption = Path("witness.db"),
    as_json: JsonOption = False,
) -> None:
    """Let the witness know a log. Have its key from the clinic itself, not from whoever asks for cosignatures.

    [bold]Example:[/bold] commensal witness trust "$(cat log.vkey)" --state witness.db
    """
    from commensal.house.witnessing import trust_log

    origin = trust_log(state, vkey)
    if as_json:
        say_json({"ok": True, "origin": origin})
        return
    console.print(f"The witness knows the log {origin} now.", markup=False)


@app.command("serve")
@explained
def serve(
    state: MemoryOption = Path("witness.db"),
    key: KeyOption = Path("witness.key"),
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65_535, help="Where it listens.")] = 8480,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="On which address.")] = "127.0.0.1",
    passphrase_file: PassphraseOption = None,
) -> None:
    """Answer logs that ask for cosignatures, until you stop it (Ctrl-C).

    It speaks plain HTTP; put TLS in front of it where others than this machine reach it.

    [bold]Example:[/bold] commensal witness serve --state witness.db --key witness.key --port 8480
    """
    from commensal.house.witnessing import serve_witness

    def ready(vkey: str) -> None:
        errors.print(f"{vkey}\nwitnessing on http://{host}:{port}; stop it with Ctrl-C", markup=False)

    serve_witness(key, state, lambda: passphrase(passphrase_file), host, port, ready)


@app.command("evidence")
@explained
def evidence(
    state: MemoryOption = Path("witness.db"),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write each contradiction, both views whole, as a file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what logs signed that contradicts what they had signed before. Exit 1 when there is any.

    [bold]Example:[/bold] commensal witness evidence --state witness.db --out evidence
    """
    from commensal.house.witnessing import witness_evidence

    found = witness_evidence(state, out)
    if as_json:
        say_json({"ok": not found, "evidence": found})
    elif not found:
        console.print("No log contradicted itself.")
    for one in found if not as_json else []:
        console.print(f"{one['at']}  {one['kind']}  {one['origin']}", markup=False)
        for view in (one["known"], one["came"]):
            console.print("".join(f"    {line}\n" for line in view.splitlines()), markup=False, end="")
    if found:
        raise typer.Exit(UNSOUND)


@app.command("check")
@explained
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Evidence, from a witness or a clinic.")],
    log_key: Annotated[
        Path,
        typer.Option("--log-key", metavar="FILE", help="The log's public key, from somewhere you trust."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Check evidence offline, with nothing but the log's public key. Exit 1 when it convicts the log's key.

    [bold]Example:[/bold] commensal witness check evidence/1-split.json --log-key log.vkey
    """
    from commensal.house.checking import check_evidence

    found = check_evidence(file, log_key)
    first, second = found.first, found.second
    if as_json:
        views = [{"size": view.size, "root": view.root.hex()} for view in (first, second)]
        say_json({"ok": not found.is_proof, "kind": found.kind, "origin": first.origin, "views": views})
    else:
        for view in (first, second):
            console.print(f"The log signed: {view.size} entries, root {view.root.hex()}", markup=False)
        if found.is_proof:
            console.print("[bold]Two roots for one size: the log showed two histories.[/bold] This is proof by itself.")
        else:
            console.print(f"Kind: {found.kind}. A reason to ask, no proof by itself: one may continue the other.")
    if found.is_proof:
        raise typer.Exit(UNSOUND)

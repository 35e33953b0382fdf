"""`commensal forget`: destroy everything that is kept of one person."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

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
from commensal.errors import InputError


class Forgetter(StrEnum):
    """Who may forget, and the policy's name for them."""

    DESK = "desk"
    SAFETY_LEAD = "safety-lead"


KINDS = {Forgetter.DESK: ("Desk", "front desk"), Forgetter.SAFETY_LEAD: ("SafetyLead", "safety lead")}


def forget(
    person: Annotated[str, typer.Argument(help="The person's reference, as `commensal show` lists it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Stays on record: do not name the person.")],
    store: StoreOption = None,
    keys: KeysOption = Path("out/keys"),
    passphrase_file: PassphraseOption = None,
    by: Annotated[Forgetter, typer.Option("--by", help="Who forgets.")] = Forgetter.DESK,
    rotate: Annotated[
        bool,
        typer.Option("--rotate", help="Renew the clinic key too: older copies of the wrapped key become worthless."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy everything that is kept of one person: payloads, their data key, view rows, pending deliveries.

    It cannot be undone. The log still verifies: the person's leaves stay in it and say nothing. Folders of visits,
    printed reports and what was handed over are not in the store; delete them yourself.

    [bold]Example:[/bold] commensal forget P-0123456789abcdef --why "asked to" --store sqlite:///clinic.db --keys keys
    """
    from commensal.house.keys import forget as forget_person
    from commensal.house.keys import rotate_keys
    from commensal.house.opening import open_clinic

    if not why.strip():
        raise InputError("--why", "", "a reason that goes on record", "nothing")
    if not yes and not _is_meant(person):
        raise InputError("--yes", "", "a confirmation", "none", "nothing was changed")
    settings = settings_of(store, keys, passphrase_file)
    kind, who = KINDS[by]
    with open_clinic(settings) as clinic:
        done = forget_person(clinic, person, who_kind=kind, who=who, why=why)
    renewed = rotate_keys(settings, with_recovery=False, why="after an erasure") if rotate else None
    if as_json:
        say_json(
            {
                "ok": True,
                "erasure": done.erasure,
                "erased": list(done.erased),
                "rotated": renewed is not None,
            }
        )
        return
    console.print(f"Destroyed: the content of {len(done.erased)} records, their data key, every row made from them.")
    console.print(
        f"Stays: {len(done.erased)} leaves of 41 bytes that say nothing, and record {done.erasure}: who, why."
    )
    if renewed is None:
        console.print(
            "Until the clinic key is renewed (--rotate), a copy of the database from before still opens with it."
        )
    else:
        console.print("The clinic key was renewed: copies of the database from before do not open with it.")
    if settings.store.startswith("postgresql"):
        console.print("PostgreSQL's own memory holds old pages until it is restarted; restart it.")
    console.print("Not in the store, so not touched: folders of visits, printed reports, what was handed over.")


def _is_meant(person: str) -> bool:
    """Ask whoever sits there; where nobody does, nobody confirms."""
    return sys.stdin.isatty() and typer.confirm(f"Destroy everything kept of {person}, for good?", err=True)

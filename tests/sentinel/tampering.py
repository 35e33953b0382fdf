"""Every class of tampering, tried and told: who changed what is in tampers/, one file for each thing that is changed.

A tamper takes an open database, the facts of the clean log and a random generator; it changes the database and gives the
lowest entry that a full audit must point at, or None when what it changed belongs to no entry.
"""

import random
from dataclasses import dataclass, field

from sqlalchemy import Connection

from commensal.sentinel.full_audit import audit
from tests.sentinel.logs import LOG_KEY, VAULT
from tests.sentinel.tampers.checkpoints import CHECKPOINT_TAMPERS
from tests.sentinel.tampers.clean import clean_log, open_image
from tests.sentinel.tampers.entries import ENTRY_TAMPERS
from tests.sentinel.tampers.histories import REWRITINGS
from tests.sentinel.tampers.keys import KEY_TAMPERS
from tests.sentinel.tampers.payloads import PAYLOAD_TAMPERS
from tests.sentinel.tampers.storage import STORAGE_TAMPERS, every_row, flipped_file
from tests.sentinel.tampers.tiles import TILE_TAMPERS

TAMPERS = ENTRY_TAMPERS | PAYLOAD_TAMPERS | KEY_TAMPERS | TILE_TAMPERS | CHECKPOINT_TAMPERS | STORAGE_TAMPERS
DAMAGED_FILE = "bytes of the database file"
CLASSES = (*TAMPERS, *REWRITINGS, DAMAGED_FILE)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of the trials of one class. Its text is a row of the table that the long form prints."""

    name: str
    trials: int = 0
    detected: int = 0
    placed: int = 0
    """Trials whose first bad entry was the expected one, or where none was expected and none named."""
    harmless: int = 0
    """Damage that lay where no row is: every row reads as before, so there is nothing to detect."""
    missed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        harmless = f"  ({self.harmless} harmless)" if self.harmless else ""
        return f"{self.name:40}{self.trials:7}{self.detected:10}{self.placed:13}{harmless}"


HEADING = f"{'class of tampering':40}{'trials':>7}{'detected':>10}{'first right':>13}"


def tried(name: str, trials: int) -> Tally:
    """Try one class with seeds 0 to trials - 1."""
    tally = Tally(name=name)
    for seed in range(trials):
        chance = random.Random(f"{name} {seed}")
        tally.trials += 1
        if name == DAMAGED_FILE:
            _try_damaged_file(tally, chance, seed)
            continue
        engine = open_image(clean_log().image)
        with engine.connect() as conn:
            expected, saved = _tampered(conn, name, chance)
            report = audit(conn, LOG_KEY.vkey, VAULT, saved_checkpoint=saved)
        engine.dispose()
        tally.detected += not report.is_sound
        tally.placed += not report.is_sound and report.first_bad_index == expected
        if report.is_sound or report.first_bad_index != expected:
            tally.missed.append(
                f"seed {seed}: expected {expected}, got {report.first_bad_index}: {report.problems[:3]}"
            )
    return tally


def _tampered(conn: Connection, name: str, chance: random.Random) -> tuple[int | None, str | None]:
    if name in REWRITINGS:
        return REWRITINGS[name](conn, clean_log(), chance)
    return TAMPERS[name](conn, clean_log(), chance), None


def _try_damaged_file(tally: Tally, chance: random.Random, seed: int) -> None:
    """A damaged file is found, or every row in it reads as before. Which entry it hit is for the page to know."""
    damaged = flipped_file(clean_log().image, chance)
    engine = open_image(damaged)
    with engine.connect() as conn:
        report = audit(conn, LOG_KEY.vkey, VAULT)
    engine.dispose()
    if report.is_sound and every_row(damaged) == every_row(clean_log().image) != []:
        tally.harmless += 1
    elif report.is_sound:
        tally.missed.append(f"seed {seed}: not detected")
    else:
        tally.detected += 1

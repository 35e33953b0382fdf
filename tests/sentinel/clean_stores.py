"""Clean logs of every shape: what an audit must not complain about."""

import random
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, text

from commensal.sentinel.full_audit import audit
from commensal.sentinel.log import CLINIC, RecordsLog
from tests.sentinel.logs import NOON, VAULT, memory_log, record

SIZES = (0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 600)
"""Sizes around the edges of tiles; others are drawn."""


def alarms(seeds: Iterable[int]) -> list[str]:
    """What audits find in clean logs, one for each seed, and it should be nothing: whole, and without the clinic key.

    Sizes, groups, log times (a clock may go back), erasures, people who come back after theirs, and the older checkpoint
    that the log is held against are all drawn.
    """
    found = []
    for seed in seeds:
        chance = random.Random(f"clean {seed}")
        with memory_log(0) as (conn, log):
            older = [log.checkpoint(conn)]
            size = chance.choice([chance.choice(SIZES), chance.randrange(400)])
            while log.size(conn) < size:
                _grow(conn, log, size, chance)
                older.append(log.checkpoint(conn))
            whole = audit(conn, log.vkey, VAULT, saved_checkpoint=chance.choice(older))
            half = audit(conn, log.vkey, saved_checkpoint=chance.choice(older))
        if (whole.problems, whole.first_bad_index, whole.not_checked, half.problems) != ((), None, (), ()):
            found.append(f"seed {seed}: {whole.problems[:2]} {whole.not_checked} {half.problems[:2]}")
    return found


def _grow(conn: Connection, log: RecordsLog, size: int, chance: random.Random) -> None:
    at = NOON + timedelta(minutes=chance.randrange(-10_000, 10_000))
    known = conn.execute(
        text("SELECT subject FROM log_data_key WHERE subject != :clinic"), {"clinic": CLINIC}
    ).scalars()
    people = sorted(known)
    if people and chance.random() < 0.15:
        log.forget(conn, chance.choice(people), "Desk", "asked", at)
        return
    start = log.size(conn)
    group = min(chance.choice([1, 1, 2, 16, 64, 255, 256, 257, chance.randint(1, 90)]), size - start)
    log.append(conn, [record(i, subject=_somebody(chance)) for i in range(start, start + group)], at)


def _somebody(chance: random.Random) -> str:
    return chance.choice([CLINIC, *(f"P-{i}" for i in range(chance.choice([1, 5, 40])))])

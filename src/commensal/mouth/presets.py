"""Who shares a plaque, and in which parts: ordinary plaque, and that of people without and with caries.

Ordinary shares stand with the guilds (`data/guilds.csv`); `data/presets.csv` says where others differ. Guilds that
it does not name keep their proportions.
"""

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file
from commensal.mouth.processes.table import PLAQUE_GUILDS, load_guilds, parse_guilds

TABLE = "presets.csv"
ORDINARY = "ordinary"


def shares_of(name: str = ORDINARY) -> dict[str, float]:
    """The share of each guild in the living dry weight; they add up to 1.

    Raises:
        ParameterError: a plaque nobody knows.

    >>> [round(shares_of(who)["arginolytic"], 2) for who in ("ordinary", "caries_free", "caries_active")]
    [0.1, 0.2, 0.07]
    """
    rows = parse_guilds(data_file(TABLE).read_text(encoding="utf-8"), TABLE)
    known = (ORDINARY, *dict.fromkeys(row.partition(".")[0] for row in rows))
    if name not in known:
        raise ParameterError(f"expected one of the plaques {', '.join(known)}, got {name!r}")
    named = {row.partition(".")[2]: one.value for row, one in rows.items() if row.partition(".")[0] == name}
    others = {guild: load_guilds()[f"{guild}.share"].value for guild in PLAQUE_GUILDS if guild not in named}
    left = (1.0 - sum(named.values())) / sum(others.values())
    return {guild: named[guild] if guild in named else left * others[guild] for guild in PLAQUE_GUILDS}


def ammonia_made(name: str, of: str) -> float:
    """Ammonia that a plaque makes of plentiful "arginine" or "urea", mmol for each g of dry weight an hour."""
    rates = {guild: load_guilds().get(f"{guild}.q_{of}") for guild in PLAQUE_GUILDS}
    return 2.0 * sum(share * rate.value for guild, share in shares_of(name).items() if (rate := rates[guild]))

"""Who lives in a plaque: the guilds, how much of its living weight each is, and in what they differ from the table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from commensal.mouth.processes.table import PLAQUE_GUILDS, ProcessTable, load_guilds
from commensal.mouth.strains.strain import Strain, strains_table

WALLS = "walls"
"""Where calcium is bound, in plaque on enamel."""
MATRIX = "matrix"
"""Where something happens between the cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The bacteria of a plaque as it begins.

    `shares` are of the living dry weight, by guild of `data/guilds.csv` or id of one of the `strains`, and are brought
    to add up to 1. `changes` replace parameters, named `guild.parameter`, each in the unit of the table. A strain lives
    in the niche of its parent.
    """

    shares: Mapping[str, float]
    changes: Mapping[str, float] = field(default_factory=dict)
    strains: tuple[Strain, ...] = ()
    is_growing: bool = True
    """False: thickness and grid stay as they are, as in an experiment of hours."""

    def __post_init__(self) -> None:
        """Refuses shares that are none; the table refuses guilds and parameters it does not know."""
        if not self.shares or not all(0.0 <= x < math.inf for x in self.shares.values()) or not self.total > 0.0:
            raise ValueError(f"shares must be >= 0, not all 0, got {dict(self.shares)}")
        strays = [strain.id for strain in self.strains if strain.id not in self.shares]
        if strays:
            raise ValueError(f"shares must name every strain, if only with 0; got none of {', '.join(strays)}")
        self.table()

    @property
    def total(self) -> float:
        """What the shares add up to as they were given."""
        return sum(self.shares.values())

    @classmethod
    def usual(cls, *, is_growing: bool = True, **changes: float) -> "Community":
        """The ten guilds of `data/guilds.csv`, in the shares of healthy people's plaque but for `changes`."""
        shares = {guild: load_guilds()[f"{guild}.share"].value for guild in PLAQUE_GUILDS} | changes
        return cls(shares=shares, is_growing=is_growing)

    def table(self, *, has_enamel: bool = False, brought: tuple[str, ...] = ()) -> ProcessTable:
        """The processes that run in it; on enamel, with the calcium that its cell walls bind.

        Args:
            has_enamel: whether it lies on enamel.
            brought: those of `processes.table.BROUGHT` that somebody brings; nobody answers to what is not there.

        Raises:
            ParameterError: a guild or a parameter that the table does not have, or a value that closes no balance.
            StrainError: strains that cannot be together.
        """
        guilds = (*sorted(self.shares), *([WALLS] if has_enamel else []))
        return _table(guilds, tuple(sorted(self.changes.items())), self.strains, brought)

    def niches_g_l(self) -> dict[str, float]:
        """What saliva offers each guild in a niche of its own, g/L, by component; a strain shares its parent's."""
        found, parents = self.table().parameters, {strain.id: strain.parent for strain in self.strains}
        names = {parents.get(guild, guild): f"{guild}.host_saliva" for guild in self.shares}
        return {f"host_nutrient.{guild}": found[name].value for guild, name in names.items() if name in found}


@lru_cache(maxsize=1024)
def _table(
    guilds: tuple[str, ...], changes: tuple[tuple[str, float], ...], strains: tuple[Strain, ...],
    brought: tuple[str, ...],
) -> ProcessTable:  # fmt: skip
    """The processes of these guilds and strains with these changes, read once."""
    return strains_table((*guilds, MATRIX), strains, changes=dict(changes), also=brought)

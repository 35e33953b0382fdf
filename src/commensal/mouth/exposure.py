"""What is done to a mouth and is not eaten: brushing, a rinse, varnish, a dose of bacteria, what particles do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from commensal.mouth.intake import DAY_MIN
from commensal.mouth.processes.components import load_components

EVERYWHERE = "everywhere"
ASPECTS = ("cheek", "tongue", "between", "biting")
"""Sides of a tooth that a brush or a thread reaches differently."""
MOST_MMOL_L = 5000.0
MOST_LOG10 = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """What stays behind in the mouth and comes free slowly: `amount_umol` in all, half of the rest each `half_min`."""

    amount_umol: float
    half_min: float

    def __post_init__(self) -> None:
        """Refuses amounts and times that cannot be."""
        if not 0.0 <= self.amount_umol < math.inf:
            raise ValueError(f"amount_umol must be a finite number >= 0, got {self.amount_umol}")
        if not 0.1 <= self.half_min <= 100.0 * DAY_MIN:
            raise ValueError(f"half_min must be 0.1 to 144000 min, got {self.half_min}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One such act. Plaque is taken away as it begins; the mouth is held at what it brings while it lasts; what it
    kills, adds and leaves behind counts from its end.

    What is brought has the pH of resting saliva, whatever its salt. Where a plaque does not grow, nothing is taken
    away, killed or added.
    """

    name: str
    at_min: float
    """Start, minutes after midnight; above 1440 is the following night."""
    duration_min: float
    holds_mmol_l: Mapping[str, float] = field(default_factory=dict)
    """By solute of `data/components.csv`, mmol/L; everything else is as in resting saliva meanwhile."""
    lingers: Mapping[str, Slow | tuple[Slow, ...]] = field(default_factory=dict)
    """By solute: what comes free afterwards, from one store or several."""
    removes: Mapping[str, float] = field(default_factory=dict)
    """Share of the plaque's thickness that is taken off its surface, 0-1, by one of ASPECTS, or EVERYWHERE for sides
    that are not named."""
    kills_log10: Mapping[str, float] = field(default_factory=dict)
    """By guild or strain: how many tenfold fewer live at the surface, 0-12."""
    kills_to_um: float = math.inf
    """Depth below the surface at which the log10 is down to 1/e; infinity: as many die everywhere."""
    adds_g_m2: Mapping[str, float] = field(default_factory=dict)
    """By guild or strain of the site's community: dry weight that settles on the plaque."""

    def __post_init__(self) -> None:
        """Refuses times, solutes, shares and amounts that cannot be."""
        if not 0.0 <= self.at_min < 2.0 * DAY_MIN:
            raise ValueError(f"{self.name}: at_min must be 0 to 2880 minutes after midnight, got {self.at_min}")
        if not 0.0 < self.duration_min <= DAY_MIN:
            raise ValueError(f"{self.name}: duration_min must be > 0 and at most 1440 min, got {self.duration_min}")
        solutes = [name for name, one in load_components().items() if one.kind == "solute"]
        for name in (*self.holds_mmol_l, *self.lingers):
            if name not in solutes:
                raise ValueError(f"{self.name}: expected solutes of {', '.join(solutes)}, got {name!r}")
        self._within("holds_mmol_l", self.holds_mmol_l, MOST_MMOL_L, "mmol/L")
        if not set(self.removes) <= {EVERYWHERE, *ASPECTS}:
            known = ", ".join((EVERYWHERE, *ASPECTS))
            raise ValueError(f"{self.name}: removes must name {known}, got {', '.join(self.removes)}")
        self._within("removes", self.removes, 1.0, "")
        self._within("kills_log10", self.kills_log10, MOST_LOG10, "")
        self._within("adds_g_m2", self.adds_g_m2, 1000.0, "g/m2")
        if not self.kills_to_um > 0.0:
            raise ValueError(f"{self.name}: kills_to_um must be > 0, got {self.kills_to_um}")

    def _within(self, what: str, amounts: Mapping[str, float], most: float, unit: str) -> None:
        for name, amount in amounts.items():
            if not 0.0 <= amount <= most:
                raise ValueError(
                    f"{self.name}: {what} of {name} must be 0 to {most:g} {unit}".rstrip() + f", got {amount}"
                )

    @property
    def stores(self) -> tuple[tuple[str, Slow], ...]:
        """What lingers, store by store."""
        several = {name: one if isinstance(one, tuple) else (one,) for name, one in self.lingers.items()}
        return tuple((name, slow) for name, stores in several.items() for slow in stores)

    @property
    def end_min(self) -> float:
        """When it ends, minutes after midnight."""
        return self.at_min + self.duration_min

    def left_at(self, aspect: str) -> float:
        """The share of the plaque's thickness that it leaves at one side of a tooth; "" is a side nobody named."""
        return 1.0 - self.removes.get(aspect, self.removes.get(EVERYWHERE, 0.0))

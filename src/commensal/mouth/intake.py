"""What is eaten and drunk, and how: the diet as the twin takes it in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commensal.mouth.parameters import load

DAY_MIN = 1440.0


class How(StrEnum):
    """How something is taken; it decides how the sugar reaches the plaque.

    RINSE: the mouth holds the liquid, everything else stays as in resting saliva.
    MEAL, SNACK: the mouth holds the sugar, chewing stimulates; a snack is a small meal between meals.
    DRINK, SIP: the liquid flows through the mouth, fast or slowly, and dilutes saliva.
    STICKY: sugar dissolves steadily into saliva. GUM: the same while chewing.
    """

    RINSE = "rinse"
    MEAL = "meal"
    SNACK = "snack"
    DRINK = "drink"
    SIP = "sip"
    STICKY = "sticky"
    GUM = "gum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One thing eaten or drunk. Give its sugar once: as % w/v sucrose, or as mmol/L hexose equivalents."""

    name: str
    at_min: float
    """Start, minutes after midnight; above 1440 is the following night."""
    duration_min: float
    how: How | str
    sugar_percent_w_v: float | None = None
    """0-100. In the mouth, not on the label: saliva has already thinned what is chewed."""
    sugar_mmol_l: float | None = None
    """Hexose equivalents, 0-5840."""
    arginine_mmol_l: float = 0.0
    """0-500, as hydrochloride; taken in with a RINSE, DRINK or SIP."""
    is_between_meals: bool | None = None
    """None: worked out from `how` and the meals of the day."""

    def __post_init__(self) -> None:
        """Refuses times, sugars and ways of eating that cannot be."""
        How(self.how)  # a ValueError names the word that is no way of eating
        if not 0.0 <= self.at_min < 2.0 * DAY_MIN:
            raise ValueError(f"{self.name}: at_min must be 0 to 2880 minutes after midnight, got {self.at_min}")
        if not 0.0 < self.duration_min <= DAY_MIN:
            raise ValueError(f"{self.name}: duration_min must be > 0 and at most 1440 min, got {self.duration_min}")
        if (self.sugar_percent_w_v is None) == (self.sugar_mmol_l is None):
            raise ValueError(f"{self.name}: give sugar_percent_w_v or sugar_mmol_l, one of them")
        if not 0.0 <= self.hexose_mmol_l <= 100.0 * load().value("hexose_per_percent"):
            raise ValueError(f"{self.name}: sugar must be 0 to 100 % w/v (0 to 5840 mmol/L), got {self._sugar_told()}")
        if not 0.0 <= self.arginine_mmol_l <= 500.0:
            raise ValueError(f"{self.name}: arginine_mmol_l must be 0 to 500, got {self.arginine_mmol_l}")
        if self.arginine_mmol_l > 0.0 and self.way not in (How.RINSE, How.DRINK, How.SIP):
            raise ValueError(f"{self.name}: arginine comes with a rinse, drink or sip, got a {self.way}")

    def _sugar_told(self) -> str:
        if self.sugar_mmol_l is not None:
            return f"{self.sugar_mmol_l} mmol/L"
        return f"{self.sugar_percent_w_v} % w/v"

    @property
    def hexose_mmol_l(self) -> float:
        """Sugar as hexose equivalents, mmol/L; 1 % w/v sucrose is 58.4."""
        if self.sugar_mmol_l is not None:
            return self.sugar_mmol_l
        percent = math.nan if self.sugar_percent_w_v is None else self.sugar_percent_w_v
        return percent * load().value("hexose_per_percent")

    @property
    def way(self) -> How:
        """`how`, as a How."""
        return How(self.how)

    @property
    def end_min(self) -> float:
        """When it ends, minutes after midnight."""
        return self.at_min + self.duration_min

    @property
    def is_sweet(self) -> bool:
        """More than `sweet_from` % w/v of sugar."""
        return self.hexose_mmol_l > load().value("sweet_from") * load().value("hexose_per_percent")

    def falls_between_meals(self, intakes: "Sequence[Intake]") -> bool:
        """True when it is not a meal and overlaps no meal of `intakes`; what the patient said goes first."""
        if self.is_between_meals is not None:
            return self.is_between_meals
        meals = [other for other in intakes if other.way is How.MEAL]
        at_a_meal = any(meal.at_min <= self.end_min and self.at_min <= meal.end_min for meal in meals)
        return self.way is not How.MEAL and not at_a_meal

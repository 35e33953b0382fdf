"""The mouth as one stirred compartment: saliva that comes, is swallowed, and follows taste and the hour (section 5)."""

import math
from dataclasses import dataclass, field, fields

from commensal.mouth.acid_base import AcidConstants, strong_charge
from commensal.mouth.parameters import load


def _from_table(name: str) -> float:
    result: float = field(default_factory=lambda: load().value(name))
    return result


UNIT = "_mmol_l"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saliva:
    """What a saliva is made of as it enters the mouth. Its strong charge is the one that gives it this pH.

    Calcium is the free ion, for the twin has no ion pairs. What is not named is not in it; `of_table` names everything.
    """

    ph: float
    carbonate_mmol_l: float
    phosphate_mmol_l: float
    ammonium_mmol_l: float = 0.0
    arginine_mmol_l: float = 0.0
    urea_mmol_l: float = 0.0
    oxygen_mmol_l: float = 0.0
    nitrate_mmol_l: float = 0.0
    calcium_mmol_l: float = 0.0
    fluoride_mmol_l: float = 0.0

    def __post_init__(self) -> None:
        """Refuses a pH or a concentration that no saliva has."""
        if not 4.0 <= self.ph <= 9.0:
            raise ValueError(f"ph of saliva must be 4 to 9, got {self.ph}")
        for f in fields(self):
            value = getattr(self, f.name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{f.name} must be a finite number >= 0, got {value}")

    @classmethod
    def of_table(cls, which: str) -> "Saliva":
        """Saliva at `rest` or `stimulated`, as in `data/saliva.csv`."""
        table = load()
        return cls(
            ph=table.value(f"{which}_ph"),
            carbonate_mmol_l=table.value(f"{which}_carbonate"),
            phosphate_mmol_l=table.value(f"{which}_phosphate"),
            ammonium_mmol_l=table.value(f"{which}_ammonium"),
            arginine_mmol_l=table.value(f"{which}_arginine"),
            urea_mmol_l=table.value(f"{which}_urea"),
            oxygen_mmol_l=table.value(f"{which}_oxygen"),
            nitrate_mmol_l=table.value(f"{which}_nitrate"),
            calcium_mmol_l=table.value(f"{which}_calcium"),
            fluoride_mmol_l=table.value(f"{which}_fluoride"),
        )

    def bare(self) -> "Saliva":
        """The same with carbonate and phosphate alone: the saliva of the reference experiment."""
        return Saliva(ph=self.ph, carbonate_mmol_l=self.carbonate_mmol_l, phosphate_mmol_l=self.phosphate_mmol_l)

    def solutes(self) -> dict[str, float]:
        """Everything in it but its strong charge, by component, mmol/L."""
        return {f.name.removesuffix(UNIT): getattr(self, f.name) for f in fields(self) if f.name.endswith(UNIT)}

    def strong_charge_mmol_l(self, constants: AcidConstants) -> float:
        """Net charge of the ions that do not protonate, mmol/L: 10.91 at rest, 16.08 stimulated, when bare."""
        return strong_charge(
            self.ph, self.carbonate_mmol_l, self.phosphate_mmol_l, self.ammonium_mmol_l, constants, self.fluoride_mmol_l
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """The saliva of one mouth. Left as it is, it is a typical adult's; see `data/saliva.csv`.

    Leaves out: the saw-tooth of single swallows (it changes the reference run by less than 0.002 pH), the
    first seconds before stimulation, gland by gland composition.
    """

    residual_ml: float = _from_table("residual_volume")
    swallow_ml: float = _from_table("swallow_volume")
    """Saliva in the mouth just before a swallow; a swallow leaves `residual_ml`."""
    flow_unstimulated_ml_min: float = _from_table("flow_unstimulated")
    flow_added_ml_min: float = _from_table("flow_added")
    taste_half_mmol_l: float = _from_table("taste_half")
    circadian_swing: float = _from_table("circadian_swing")
    circadian_peak_h: float = _from_table("circadian_peak")
    sleep_flow_share: float = _from_table("sleep_flow_share")
    plaque_area_cm2: float = _from_table("plaque_area")
    rest: Saliva = field(default_factory=lambda: Saliva.of_table("rest"))
    stimulated: Saliva = field(default_factory=lambda: Saliva.of_table("stimulated"))

    def __post_init__(self) -> None:
        """Refuses volumes, flows and shares that no mouth has."""
        if not 0.0 < self.residual_ml < self.swallow_ml < math.inf:
            came = f"{self.residual_ml} and {self.swallow_ml} mL"
            raise ValueError(f"residual_ml must be > 0 and below swallow_ml, got {came}")
        for name in ("flow_unstimulated_ml_min", "flow_added_ml_min"):
            if not 0.0 <= getattr(self, name) <= 20.0:
                raise ValueError(f"{name} must be 0 to 20 mL/min, got {getattr(self, name)}")
        for name in ("circadian_swing", "sleep_flow_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be 0 to 1, got {getattr(self, name)}")
        if not 0.0 <= self.circadian_peak_h <= 24.0:
            raise ValueError(f"circadian_peak_h must be 0 to 24 h, got {self.circadian_peak_h}")
        for name in ("taste_half_mmol_l", "plaque_area_cm2"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be > 0, got {getattr(self, name)}")

    @property
    def volume_ml(self) -> float:
        """The constant volume that clears like the saw-tooth of swallows: (V1-V0)/ln(V1/V0), mL."""
        return (self.swallow_ml - self.residual_ml) / math.log(self.swallow_ml / self.residual_ml)

    @property
    def clearance_half_time_min(self) -> float:
        """Minutes in which unstimulated saliva halves a substance, over many swallows (Dawes 1983); inf when dry.

        >>> round(Mouth().clearance_half_time_min, 2)
        2.11
        """
        if self.flow_unstimulated_ml_min == 0.0:
            return math.inf
        return math.log(2.0) * self.volume_ml / self.flow_unstimulated_ml_min

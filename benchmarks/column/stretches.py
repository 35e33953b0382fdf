"""A day once more, for the peers: stretches between which something jumps, from the intakes themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from commensal.mouth import Day, Intake
from commensal.mouth.parameters import load

DAY_MIN = 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What goes on between two times."""

    begin_s: float
    end_s: float
    mixing_per_s: float = 0.0
    """The film mixes with the mouth at least so fast."""
    speed: float = 1.0
    """How many times faster the film runs."""
    drink_ml_min: float = 0.0
    drink_mmol_l: Mapping[str, float] = field(default_factory=dict)
    release_mmol_l_ml_min: float = 0.0
    """Sugar that dissolves, umol/min."""
    chewing: float = 0.0
    is_asleep: bool = False
    is_rinsed: bool = False
    """The mouth holds resting saliva but for what `held_mmol_l` names."""
    held_mmol_l: Mapping[str, float] = field(default_factory=dict)


def stretches(day: Day, days: int = 1) -> list[Stretch]:
    """The stretches of a day that is lived again and again."""
    asleep = day.end_min if day.asleep_min is None else day.asleep_min
    ends = {day.begin_min, day.end_min, asleep, *(t for x in day.intakes for t in (x.at_min, x.end_min))}
    return [
        _stretch(begin, end, asleep, [x for x in day.intakes if x.at_min <= begin < x.end_min], shift * DAY_MIN)
        for shift in range(days)
        for begin, end in pairwise(sorted(ends))
    ]


def _stretch(begin_min: float, end_min: float, asleep_min: float, active: list[Intake], shift_min: float) -> Stretch:
    """What the intakes that are going on do together; the strongest sugar is the one that is held."""
    ways = {str(x.way) for x in active}
    table = load()
    flows = {"drink": table.value("drink_inflow"), "sip": table.value("sip_inflow")}
    drunk = [(flows[x.way], x) for x in active if x.way in flows]
    inflow = sum(flow for flow, _ in drunk)
    drink = {}
    if inflow > 0.0:
        drink = {
            "hexose": sum(flow * x.hexose_mmol_l for flow, x in drunk) / inflow,
            "arginine": sum(flow * x.arginine_mmol_l for flow, x in drunk) / inflow,
        }
    rinses = [x for x in active if x.way == "rinse"]
    eaten = [x for x in active if x.way in ("meal", "snack") and x.hexose_mmol_l > 0.0]
    held = {}
    if rinses or eaten:
        held["hexose"] = max(x.hexose_mmol_l for x in [*rinses, *eaten, *(x for _, x in drunk)])
    if any(x.arginine_mmol_l > 0.0 for x in rinses):
        held["arginine"] = max(x.arginine_mmol_l for x in rinses)
    mixing = table.value("film_mixing") if ways & {"rinse", "meal", "snack", "drink"} else 0.0
    return Stretch(
        begin_s=60.0 * (begin_min + shift_min),
        end_s=60.0 * (end_min + shift_min),
        mixing_per_s=max(mixing, table.value("sip_mixing") if "sip" in ways else 0.0),
        speed=table.value("gum_film_speedup") if "gum" in ways else 1.0,
        drink_ml_min=inflow,
        drink_mmol_l=drink,
        release_mmol_l_ml_min=sum(
            x.hexose_mmol_l * table.value("sticky_flow") for x in active if x.way in ("sticky", "gum")
        ),
        chewing=table.value("chewing_stimulus") if ways & {"meal", "snack", "gum"} else 0.0,
        is_asleep=begin_min >= asleep_min,
        is_rinsed=bool(rinses),
        held_mmol_l=held,
    )

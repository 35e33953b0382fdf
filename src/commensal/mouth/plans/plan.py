"""A plan: whose mouth, and one day of eating, drinking and cleaning that is lived again and again."""

from dataclasses import dataclass

from commensal.mouth.day import Day
from commensal.mouth.teeth import Twin
from commensal.provenance import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`marks` are those of the foods, products and groups it was read from."""

    title: str
    twin: Twin
    day: Day
    marks: tuple[Mark, ...] = ()

"""Plans for a mouth, side by side: what each does to acid, mineral and bacteria, and how surely. A door of its own.

Plan          whose teeth and saliva, and one day of eating, drinking and cleaning
read_plan     a plan from a TOML file (docs/specs/mouth-plan.md)
compare       two plans lived for some days -> a Comparison
Comparison    figures with bands, differences draw by draw, and the course of the last day
words         a comparison in sentences that a patient can read
Figure        one figure with its band
draw          a comparison as a picture
"""

from commensal.mouth.plans.comparing import Comparison, Figure, compare
from commensal.mouth.plans.drawing import draw
from commensal.mouth.plans.plan import Plan
from commensal.mouth.plans.reading import read_plan
from commensal.mouth.plans.words import words

__all__ = ["Comparison", "Figure", "Plan", "compare", "draw", "read_plan", "words"]

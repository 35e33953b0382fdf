"""Strains a lab can add as cards: what they are, what they do in a mouth, and what keeps them from leaving the lab.

Strain           what a card says, checked
read_card        a card -> a Strain, or one clear error
read_cards       several, none with another's id
shipped          the strains that ship with the program
find             one by its id or card
gate             a Strain -> GateResult: what must be known before anybody may be offered it, and what is missing
may_be_offered   the same question, for other rooms
GateResult       its checks, and whether it is open
portray          a Strain -> a Portrait: trials in a vessel, escape, household
Portrait         acid, colonisation, displacement, harm to others, washout, escape, spread
draw             two Portraits -> a picture

Format: docs/specs/strain-card.md. Drawing is loaded when it is needed.
"""

from commensal.mouth.strains.drawing import draw
from commensal.mouth.strains.gate import GateResult, gate, may_be_offered
from commensal.mouth.strains.portrait import Portrait, portray
from commensal.mouth.strains.reading import find, read_card, read_cards, shipped
from commensal.mouth.strains.strain import Strain

__all__ = [
    "GateResult",
    "Portrait",
    "Strain",
    "draw",
    "find",
    "gate",
    "may_be_offered",
    "portray",
    "read_card",
    "read_cards",
    "shipped",
]

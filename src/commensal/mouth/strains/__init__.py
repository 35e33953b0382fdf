"""Strains a lab can add as cards: what they are, what they do in a mouth, and what keeps them from leaving the lab.

Strain       what a card says, checked
read_card    a card -> a Strain, or one clear error

Format: docs/specs/strain-card.md.
"""

from commensal.mouth.strains.reading import find, read_card, read_cards, shipped
from commensal.mouth.strains.strain import Strain

__all__ = ["Strain", "find", "read_card", "read_cards", "shipped"]

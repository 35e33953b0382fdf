"""The companion: for now, the instruments that measure fear, and the measure of plain words.

score_anxiety          answers -> score, band, level and what the visit does
mdas_form              the form as it is shown: our own words, or the official text a clinic hands in
mdas_change            what lies between two scores
flesch_kincaid_grade   how hard an English text is to read
"""

from commensal.lila.anxiety import Anxiety, Band, Level
from commensal.lila.instruments import Form, mdas_form
from commensal.lila.readability import flesch_kincaid_grade
from commensal.lila.scoring import Change, mdas_change, score_anxiety

__all__ = [
    "Anxiety",
    "Band",
    "Change",
    "Form",
    "Level",
    "flesch_kincaid_grade",
    "mdas_change",
    "mdas_form",
    "score_anxiety",
]

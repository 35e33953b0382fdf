"""The page a patient is handed: one self-contained HTML document made from one `VisitRecord`.

page.py         the whole page from its parts (Jinja2, everything escaped)
sections.py     what each section shows, as plain values
words.py        the summary sentences, dates, times and plain words
style.py        the style sheet: colour tokens for light, dark and print, and the page footer
teeth.py        the table of tooth forms, and which teeth are drawn
geometry.py     one tooth from above: outline and five surfaces
arch.py         both jaws: where each tooth stands
states.py       what the examination says of every tooth and surface
acid.py         what the simulation says of every tooth and surface
patterns.py     dots and hatches as plain paths, cut to a surface
odontogram.py   the two mouth pictures and their keys
chart.py        one pH course over one day
marks.py        the evidence marks S, D, C and R
svg.py          SVG elements with every text escaped
"""

from commensal.clinic.report.page import report_html

__all__ = ["report_html"]

"""The whole page: one self-contained HTML document, the same for the same visit, with every text escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from commensal.clinic.report import sections, words
from commensal.clinic.report.acid import acid_teeth
from commensal.clinic.report.chart import course_chart, hourly, in_order
from commensal.clinic.report.marks import glyph
from commensal.clinic.report.odontogram import acid_picture, exam_picture
from commensal.clinic.report.states import State, tooth_states
from commensal.clinic.report.style import RESEARCH_RELEASE, style_sheet
from commensal.clinic.report.teeth import has_teeth_to_come
from commensal.clinic.visit_record import VisitRecord


def report_html(visit: VisitRecord) -> str:
    """The report of one visit, to be written as `report.html` and handed to the patient.

    Args:
        visit: the whole visit. Parts that are None or empty are said to be missing; none vanishes.

    Returns:
        One HTML document without script and without any outside resource. The same visit gives the same text.

    Leaves out: file and field of each input (they are in the record and in the FHIR bundle), probing depths.
    """
    age_y = visit.exam.age_y if visit.exam else visit.patient.age_y(visit.on)
    teeth = tooth_states(visit.exam, age_y)
    absent = frozenset(tooth.fdi for tooth in teeth if tooth.overall is State.ABSENT)
    acid = acid_teeth(visit.forecast, tuple(tooth.fdi for tooth in teeth)) if visit.forecast else ()
    parts = {
        "visit": visit,
        # The sheet is ours; the one text from outside in it, the visit's id, is escaped by `css_string`.
        "style": Markup(style_sheet(visit.visit_id)),  # noqa: S704
        "research_release": RESEARCH_RELEASE,
        "greeting": words.greeting(visit),
        "summary": words.summary(visit, teeth),
        "teeth": teeth,
        "exam_picture": exam_picture(teeth, f"Your teeth as {visit.dentist_name} saw them") if visit.exam else "",
        "has_teeth_to_come": has_teeth_to_come([tooth.fdi for tooth in teeth], age_y),
        "exam_rows": sections.exam_rows(teeth),
        "acid_picture": acid_picture(acid, absent, "Time in acid on each tooth") if acid else "",
        "acid_rows": sections.acid_rows([tooth for tooth in acid if tooth.fdi not in absent]),
        "every_tooth": sections.every_tooth(teeth, acid),
        "findings": sections.finding_rows(visit.findings),
        "mark_key": sections.mark_key(visit.findings, visit.forecast),
        "acid_table": sections.acid_table(visit.forecast) if visit.forecast else [],
        "charts": [
            (site, course_chart(visit.forecast, site, f"course-{index}"), hourly(visit.forecast, site))
            for index, site in enumerate(sections.charted_sites(visit.forecast), start=1)
        ]
        if visit.forecast
        else [],
        "occasions": in_order(visit.forecast) if visit.forecast else [],
        "what_ifs": sections.what_if_lines(visit.forecast) if visit.forecast else [],
        "refused": sections.refused_lines(visit),
        "cannot_know": sections.cannot_know(visit, teeth),
        "glyph": glyph,
        "words": words,
        "sections": sections,
    }
    return _environment().get_template("report.html.j2").render(parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("commensal.clinic.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["dates"] = words.dates_in_words
    return environment

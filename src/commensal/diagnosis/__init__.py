"""The only door from science to care: rules, samples and what the twin forecasts.

exam        the examination: teeth, surfaces, probing, soft tissues, history (a module: `exam.Surface`, ...)
finding     what a rule says, with its evidence and a dentist's decision (a module: `finding.Override`, ...)
find        from an examination to findings; `acid_findings` and `fear_findings` say the rest
Forecast    what the twin says about one day; `forecast_day` asks it, `intake` says what was eaten
Sample      what came back from the lab
"""

from commensal.diagnosis import exam, finding
from commensal.diagnosis.exam import Exam
from commensal.diagnosis.finding import Finding
from commensal.diagnosis.findings import apply_overrides, find
from commensal.diagnosis.forecast import Forecast
from commensal.diagnosis.one_day import forecast_day, intake
from commensal.diagnosis.rules.fear import fear_findings
from commensal.diagnosis.rules.twin import acid_findings
from commensal.diagnosis.sample import Sample

__all__ = [
    "Exam",
    "Finding",
    "Forecast",
    "Sample",
    "acid_findings",
    "apply_overrides",
    "exam",
    "fear_findings",
    "find",
    "finding",
    "forecast_day",
    "intake",
]

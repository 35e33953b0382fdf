"""The only door from science to care: rules, samples and what the twin forecasts."""
from commensal.diagnosis.exam import Exam
from commensal.diagnosis.finding import Finding
from commensal.diagnosis.forecast import Forecast
from commensal.diagnosis.sample import Sample

__all__ = ["Exam", "Finding", "Forecast", "Sample"]

"""A patient's own numbers: fitted to a measured Stephan curve; bands; and what matters most. A door of its own.

read_curve      a measured curve from a CSV file (docs/specs/stephan-curve.md)
MeasuredCurve   minutes after a rinse, and pH
fit             a chosen few parameters from a curve -> a Fit
Fit             estimates, intervals, correlations, and what the curve cannot tell
bands           percentiles of a day at a site over what is not measured
sensitivity     which unknown matters most for the lowest pH and the minutes in acid
mouth_of        the mouth of a patient whose saliva was measured
rinse_of        the rinse of a Stephan study
as_scene        a fit as a scene file, to run on
draw_fit        a fit as a picture
draw_ranks      what matters most, as a picture
"""

from commensal.mouth.fitting.bands import Bands, bands
from commensal.mouth.fitting.curve import MeasuredCurve, read_curve
from commensal.mouth.fitting.drawing import draw_fit, draw_ranks
from commensal.mouth.fitting.fit import Fit, as_scene, fit, mouth_of, rinse_of
from commensal.mouth.fitting.sensitivity import Ranked, sensitivity

__all__ = [
    "Bands",
    "Fit",
    "MeasuredCurve",
    "Ranked",
    "as_scene",
    "bands",
    "draw_fit",
    "draw_ranks",
    "fit",
    "mouth_of",
    "read_curve",
    "rinse_of",
    "sensitivity",
]

"""A whole mouth: which teeth are there, the sites on each, and all of them through days or months. A door of its own.

Dentition     which teeth are there: permanent, primary, mixed; some missing
Place         one site of one tooth: "16-MB" is the cheek side of tooth 16 towards the midline
places        all places of a dentition, each with the film and plaque it has
Twin          one person's mouth: dentition, saliva, who lives in the plaque, enamel
live          a twin through a day, or days, or months -> a MouthCourse
MouthCourse   the result by place, tooth and time

The solver sees each distinct column once: a left and a right tooth that are alike in everything are computed together.
"""

from commensal.mouth.teeth.dentition import Dentition
from commensal.mouth.teeth.living import MouthCourse, live
from commensal.mouth.teeth.places import Place, places
from commensal.mouth.teeth.twin import Twin

__all__ = ["Dentition", "MouthCourse", "Place", "Twin", "live", "places"]

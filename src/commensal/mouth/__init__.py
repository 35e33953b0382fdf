"""The twin of the mouth: for now, plaque columns under a moving film of saliva, through a day of eating and drinking.

Site              one place on the teeth: plaque, what lives in it, the film over it
Saliva, Mouth     what saliva is made of; how much comes and is swallowed
Intake            one thing eaten or drunk, and how
Day               what happens from waking to waking
simulate          sites, a mouth and a day -> a Course
Course            the result: labelled arrays with units, marks and closed books
site_groups       fourteen SiteGroups: of tooth sites that share film and plaque
find_food         the sugar of a food or drink by its name
load_parameters   every number, with unit, range, source and mark
validate          the targets this form of the twin is held to, and what it reaches

The door knows nobody: no database, no cryptography, no web. Kernels are compiled on the first run.
"""

from commensal.mouth.course import Course, simulate
from commensal.mouth.day import Day
from commensal.mouth.foods import find_food
from commensal.mouth.groups import SiteGroup, site_groups
from commensal.mouth.intake import Intake
from commensal.mouth.parameters import load as load_parameters
from commensal.mouth.saliva import Mouth, Saliva
from commensal.mouth.site import Site
from commensal.mouth.validation import validate

__all__ = [
    "Course",
    "Day",
    "Intake",
    "Mouth",
    "Saliva",
    "Site",
    "SiteGroup",
    "find_food",
    "load_parameters",
    "simulate",
    "site_groups",
    "validate",
]

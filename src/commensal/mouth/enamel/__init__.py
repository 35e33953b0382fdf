"""Enamel under plaque: how saturated its fluid is, how fast it dissolves or mends, what fluoride changes.

Enamel            the enamel under one plaque, as a run begins
EnamelConstants   solubility products, acid and rate constants, from `data/enamel.csv`
saturations       DS of enamel and of fluorapatite in a fluid
critical_ph       the pH at which a fluid is just saturated
fluxes            mineral lost per area and second; `rate.enamel_flux` is the kernel of it
"""

from commensal.mouth.enamel.constants import EnamelConstants
from commensal.mouth.enamel.saturation import critical_ph, fluxes, saturations
from commensal.mouth.enamel.surface import Enamel

__all__ = ["Enamel", "EnamelConstants", "critical_ph", "fluxes", "saturations"]

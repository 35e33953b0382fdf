"""From sites and mouths to the flat workspace of one block of lanes, in the units of the kernels (m, s, mmol/L)."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commensal.mouth import fields as rows
from commensal.mouth.acid_base import KB1, KB2, AcidConstants
from commensal.mouth.fields import CHARGE, LANES, N_FIELDS, NT, PT, STRIDE
from commensal.mouth.saliva import Mouth, Saliva
from commensal.mouth.site import Site
from commensal.units import convert

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def composition(saliva: Saliva, constants: AcidConstants) -> Floats:
    """A saliva as the fields of the kernels, mmol/L, shape (N_FIELDS,)."""
    out = np.zeros(N_FIELDS)
    out[rows.ARG] = saliva.arginine_mmol_l
    out[rows.CT], out[PT], out[NT] = saliva.carbonate_mmol_l, saliva.phosphate_mmol_l, saliva.ammonium_mmol_l
    out[CHARGE] = saliva.strong_charge_mmol_l(constants)
    return out


def fixed_charge(site: Site, ph: float, constants: AcidConstants) -> float:
    """Fix(h): the charge of the fixed groups of a site's plaque at a pH, mmol/L."""
    k = constants.as_array()
    h = 10.0 ** (3.0 - ph)
    first = site.fixed_buffer_1_mmol_l * k[KB1] / (k[KB1] + h)
    return float(first + site.fixed_buffer_2_mmol_l * k[KB2] / (k[KB2] + h))


def workspace(
    sites: Sequence[Site], mouths: Sequence[Mouth], layers: int, threshold_ph: float, constants: AcidConstants
) -> Floats:
    """The workspace of one block: up to LANES sites, each with its mouth, everything holding resting saliva."""
    w = np.zeros((rows.ROWS, STRIDE))
    for lane in range(LANES):  # a block that is not full repeats its last site; nobody reads those lanes
        index = min(lane, len(sites) - 1)
        _site_lane(w[:, lane::LANES], sites[index], layers)
        _mouth_lane(w[:, lane::LANES], sites[index], mouths[index], layers, constants)
    nodes = layers + 2
    w[rows.ONE] = 1.0
    w[rows.SHARE] = 1.0
    w[rows.THRESHOLD, :LANES] = threshold_ph
    w[rows.LN_H, : nodes * LANES] = (
        math.log(10.0) * (3.0 - w[rows.ENAMEL_PH, :LANES].repeat(nodes).reshape(-1, nodes).T).ravel()
    )
    w[rows.H] = np.exp(w[rows.LN_H])
    flat: Floats = w.ravel()
    return flat


def _site_lane(w: Floats, site: Site, layers: int) -> None:
    """One site in one lane; `w` is a view of shape (rows, nodes)."""
    dz = convert(site.thickness_um, "um", "m") / layers
    delta = convert(site.film_thickness_um, "um", "m")
    for face, inner, outer in (
        (rows.FACE_SUGAR, site.diffusivity_plaque_sugar_m2_s, site.diffusivity_film_sugar_m2_s),
        (rows.FACE_ION, site.diffusivity_plaque_ion_m2_s, site.diffusivity_film_ion_m2_s),
    ):
        w[face, : layers - 1] = inner / dz
        w[face, layers - 1] = 1.0 / (0.5 * delta / outer + 0.5 * dz / inner)
    for inverse in (rows.INV_SUGAR, rows.INV_ION):
        w[inverse, :layers] = 1.0 / dz
        w[inverse, layers] = 1.0 / delta
    w[rows.FILM_DEPTH, 0] = delta
    speed = convert(site.film_speed_mm_min, "mm/min", "mm/min") / 60.0
    w[rows.RENEWAL, 0] = speed / site.crossing_length_mm
    per_s = 1.0 / 3600.0
    own = site.endogenous_acid_mmol_l_h * per_s
    for row, value in (
        (rows.V_SUGAR, site.glycolysis_mmol_l_h * per_s),
        (rows.K_SUGAR, site.glycolysis_half_mmol_l),
        (rows.PH_SUGAR, site.glycolysis_ph_lowest),
        (rows.PH_SUGAR + 1, site.glycolysis_ph_best),
        (rows.PH_SUGAR + 2, site.glycolysis_ph_highest),
        (rows.V_ARG, site.arginine_mmol_l_h * per_s),
        (rows.K_ARG, site.arginine_half_mmol_l),
        (rows.V_LAC, site.veillonella_mmol_l_h * per_s),
        (rows.K_LAC, site.veillonella_half_mmol_l),
        (rows.PH_LAC, site.veillonella_ph_lowest),
        (rows.PH_LAC + 1, site.veillonella_ph_best),
        (rows.PH_LAC + 2, site.veillonella_ph_highest),
        (rows.YIELD_LAC, site.lactate_yield),
        (rows.YIELD_ACE, site.acetate_yield),
        (rows.OWN_LAC, own * site.endogenous_lactate_share),
        (rows.OWN_ACE, own * (1.0 - site.endogenous_lactate_share)),
        (rows.FIX1, site.fixed_buffer_1_mmol_l),
        (rows.FIX2, site.fixed_buffer_2_mmol_l),
    ):
        w[row, :layers] = value


def _mouth_lane(w: Floats, site: Site, mouth: Mouth, layers: int, constants: AcidConstants) -> None:
    """One mouth in one lane, and resting saliva in every node; `w` is a view of shape (rows, nodes)."""
    rest, stimulated = composition(mouth.rest, constants), composition(mouth.stimulated, constants)
    depth = mouth.volume_ml * 1e-6 / convert(mouth.plaque_area_cm2, "cm2", "m2")
    for inverse in (rows.INV_SUGAR, rows.INV_ION):
        w[inverse, layers + 1] = 1.0 / depth
    for row, value in (
        (rows.DEPTH, depth),
        (rows.VOLUME, mouth.volume_ml),
        (rows.FLOW_REST, mouth.flow_unstimulated_ml_min),
        (rows.FLOW_MORE, mouth.flow_added_ml_min),
        (rows.HALF_TASTE, mouth.taste_half_mmol_l),
        (rows.DAY_SWING, mouth.circadian_swing),
        (rows.DAY_PEAK, convert(mouth.circadian_peak_h, "h", "s")),
        (rows.SLEEP_SHARE, mouth.sleep_flow_share),
        (rows.ENAMEL_PH, mouth.rest.ph),
        (rows.LOWEST, mouth.rest.ph),
    ):
        w[row, 0] = value
    w[rows.REST : rows.REST + N_FIELDS, 0] = rest
    w[rows.STIMULATED : rows.STIMULATED + N_FIELDS, 0] = stimulated
    w[rows.STATE : rows.STATE + N_FIELDS, : layers + 2] = rest[:, None]
    w[rows.STATE + CHARGE, :layers] += fixed_charge(site, mouth.rest.ph, constants)


def live_fields(sites: Sequence[Site], mouths: Sequence[Mouth], has_arginine_intake: bool) -> Ints:
    """1 for every field that can differ from 0 in this block; the others are skipped."""
    live = np.ones(N_FIELDS, dtype=np.int64)
    arginine = (
        any(max(m.rest.arginine_mmol_l, m.stimulated.arginine_mmol_l) > 0.0 for m in mouths) or has_arginine_intake
    )
    ammonium = any(max(m.rest.ammonium_mmol_l, m.stimulated.ammonium_mmol_l) > 0.0 for m in mouths)
    veillonella = any(s.veillonella_mmol_l_h > 0.0 for s in sites)
    acetate = any(s.acetate_yield > 0.0 or s.endogenous_acid_mmol_l_h > 0.0 for s in sites)
    live[rows.ARG] = arginine
    live[NT] = arginine or ammonium
    live[rows.PRO] = veillonella
    live[rows.ACE] = acetate or veillonella
    return live

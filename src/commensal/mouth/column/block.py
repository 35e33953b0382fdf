"""From sites and mouths to the arrays of one block of lanes, in the units of the kernels (m, s, mmol/L, g/L)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from commensal.mouth.acid_base import KB1, KB2, AcidConstants
from commensal.mouth.column import shape
from commensal.mouth.column.growth import set_geometry
from commensal.mouth.column.laws import Chemistry, way_of
from commensal.mouth.column.shape import CHARGE_NAME, LANES, Floats, Lane, Work
from commensal.mouth.enamel.surface import N_CONSTANTS, Enamel
from commensal.mouth.parameters import Parameters
from commensal.mouth.processes.table import DERIVED, base_value, component_of
from commensal.mouth.saliva import Mouth, Saliva
from commensal.mouth.site import Site
from commensal.units import convert

SWELLING = ("biomass", "inert", "storage", "glucan")
"""Solids that take up room in the plaque."""
LEAST_BELOW = 0.1
"""In saliva above the pH at which nothing comes free there is no rest; it is begun as if just below, pH units."""
CACHE_LINE = 64
"""Bytes; of every x86-64 and most ARM processors."""


@dataclass(frozen=True, slots=True)
class Block:
    """Up to LANES sites that are advanced together."""

    chemistry: Chemistry
    lane: Lane
    work: Work
    layers: int
    is_growing: bool


def composition(saliva: Saliva, niches: Mapping[str, float], constants: AcidConstants) -> dict[str, float]:
    """A saliva by fields, mmol/L; `niches` are what it offers each guild, g/L."""
    return {**saliva.solutes(), **niches, CHARGE_NAME: saliva.strong_charge_mmol_l(constants)}


def fixed_charge(site: Site, ph: float, constants: AcidConstants) -> float:
    """Fix(h): the charge of the fixed groups of a site's plaque at a pH, mmol/L."""
    k = constants.as_array()
    h = 10.0 ** (3.0 - ph)
    first = site.fixed_buffer_1_mmol_l * k[KB1] / (k[KB1] + h)
    return float(first + site.fixed_buffer_2_mmol_l * k[KB2] / (k[KB2] + h))


def build(
    made: Chemistry, sites: Sequence[Site], mouths: Sequence[Mouth], layers: int, threshold_ph: float,
    table: Parameters, pools: int = 0,
) -> Block:  # fmt: skip
    """The arrays of one block with the laws `made` for it, everything holding resting saliva; `pools` linger."""
    constants = AcidConstants.of(table)
    lane = _lane(sites, mouths, made, threshold_ph, constants, table)
    work = _work(made, layers, pools)
    for k in range(LANES):  # a block that is not full repeats its last site; nobody reads those lanes
        index = min(k, len(sites) - 1)
        _fill(work, made, lane, sites[index], mouths[index], k, layers, constants, table)
    set_geometry(made.laws, lane, work, layers)
    return Block(made, lane, work, layers, any(s.community is not None and s.community.is_growing for s in sites))


def _lane(
    sites: Sequence[Site], mouths: Sequence[Mouth], made: Chemistry, threshold_ph: float, constants: AcidConstants,
    table: Parameters,
) -> Lane:  # fmt: skip
    fields = len(made.names)
    lane = Lane(
        mouth=np.zeros((shape.N_MOUTH, LANES)),
        rest=np.zeros((fields, LANES)),
        stimulated=np.zeros((fields, LANES)),
        plaque=np.zeros((shape.N_PLAQUE, LANES)),
        density=np.zeros(fields),
        settling=np.zeros((fields, LANES)),
        acid=constants.as_array(),
        enamel=np.zeros((LANES, N_CONSTANTS)),
    )
    for k in range(LANES):
        site, mouth = sites[min(k, len(sites) - 1)], mouths[min(k, len(sites) - 1)]
        _mouth_lane(lane.mouth[:, k], site, mouth, threshold_ph)
        _plaque_lane(lane.plaque[:, k], site, table)
        lane.enamel[k] = (site.enamel or Enamel()).constants
        niches = site.niches_g_l()
        for saliva, to in ((mouth.rest, lane.rest), (mouth.stimulated, lane.stimulated)):
            for name, amount in composition(saliva, niches, constants).items():
                if made.row(name) >= 0:
                    to[made.row(name), k] = amount
        for row, name in enumerate(made.names):
            what, _, guild = name.partition(".")
            if what in SWELLING:
                lane.density[row] = table.value("solid_density")
            if what == "biomass" and site.community is not None and site.community.is_growing:
                share = site.community.shares.get(guild, 0.0) / site.community.total
                lane.settling[row, k] = share * 1e-3 * convert(table.value("settling"), "g/m2/h", "g/m2/s")
    return lane


def _mouth_lane(out: Floats, site: Site, mouth: Mouth, threshold_ph: float) -> None:
    delta = convert(site.film_thickness_um, "um", "m")
    speed_mm_s = site.film_speed_mm_min / 60.0
    for row, value in (
        (shape.DEPTH, mouth.volume_ml * 1e-6 / convert(mouth.plaque_area_cm2, "cm2", "m2")),
        (shape.VOLUME, mouth.volume_ml),
        (shape.FLOW_REST, mouth.flow_unstimulated_ml_min),
        (shape.FLOW_MORE, mouth.flow_added_ml_min),
        (shape.HALF_TASTE, mouth.taste_half_mmol_l),
        (shape.DAY_SWING, mouth.circadian_swing),
        (shape.DAY_PEAK, convert(mouth.circadian_peak_h, "h", "s")),
        (shape.SLEEP_SHARE, mouth.sleep_flow_share),
        (shape.RENEWAL, speed_mm_s / site.crossing_length_mm),
        (shape.FILM_DEPTH, delta),
        (shape.THRESHOLD, threshold_ph),
    ):
        out[row] = value


def _plaque_lane(out: Floats, site: Site, table: Parameters) -> None:
    is_growing = site.community is not None and site.community.is_growing
    out[shape.FIX1], out[shape.FIX2] = site.fixed_buffer_1_mmol_l, site.fixed_buffer_2_mmol_l
    out[shape.GROWS] = float(is_growing)
    out[shape.WEAR] = convert(table.value("wear"), "1/m/h", "1/m/s")
    out[shape.POROSITY] = table.value("porosity")
    out[shape.GLUCAN_MOST] = table.value("glucan_most")
    enamel = site.enamel or Enamel()
    out[shape.ON_ENAMEL] = float(site.enamel is not None)
    out[shape.DEFICIT], out[shape.DEFICIT_MOST] = enamel.deficit_mol_m2, enamel.most_mol_m2
    inner = {
        shape.SUGAR_CLASS: site.diffusivity_plaque_sugar_m2_s,
        shape.ION_CLASS: site.diffusivity_plaque_ion_m2_s,
        shape.GAS_CLASS: table.value("diffusivity_plaque_gas"),
        shape.LARGE_CLASS: table.value("diffusivity_plaque_large"),
    }
    water = {
        shape.SUGAR_CLASS: site.diffusivity_film_sugar_m2_s,
        shape.ION_CLASS: site.diffusivity_film_ion_m2_s,
        shape.GAS_CLASS: table.value("diffusivity_film_gas"),
        shape.LARGE_CLASS: table.value("diffusivity_film_large"),
    }
    for kind in inner:
        out[shape.D_PLAQUE + kind], out[shape.D_WATER + kind] = inner[kind], water[kind]


def zeros(*shape: int) -> Floats:
    """Zeros that begin with a cache line, so that the eight lanes of a row lie in one."""
    size = math.prod(shape)
    raw = np.zeros(size + CACHE_LINE // 8)
    first = -raw.ctypes.data % CACHE_LINE // 8
    return raw[first : first + size].reshape(shape)


def _work(made: Chemistry, layers: int, pools: int) -> Work:
    fields, laws = len(made.names), made.laws
    row, cells = (layers + 2) * LANES, layers * LANES
    processes = laws.constants.shape[0]

    def rows(count: int, width: int = row) -> Floats:
        return zeros(max(count, 1), width)

    return Work(
        state=rows(fields + 1 + len(DERIVED)),
        trial=rows(fields + 1 + len(DERIVED)),
        rate=rows(fields),
        stage1=rows(fields),
        stage2=rows(fields),
        operands=rows(laws.firsts.size + laws.kinds.size, cells),
        slopes=rows(int(laws.slope_rows.max(initial=-1)) + 1, cells),
        rates=rows(processes, cells),
        answers=rows(processes, cells),
        trial_rates=rows(processes, cells),
        uses=rows(processes, cells),
        loss=rows(fields),
        extra=rows(shape.N_EXTRA),
        ph=rows(shape.N_PH),
        valence=rows(len(shape.ACIDS)),
        face=rows(shape.LARGE_CLASS + 1),
        trial_face=rows(shape.LARGE_CLASS + 1),
        inverse=rows(2),
        factors=zeros(laws.systems.size, 3, row),
        totals=zeros(shape.N_TOTALS, fields, LANES),
        total_rate=zeros(shape.N_FLOWS, fields, LANES),
        total_stage1=zeros(shape.N_FLOWS, fields, LANES),
        total_stage2=zeros(shape.N_FLOWS, fields, LANES),
        extents=zeros(processes, cells),
        lane=zeros(shape.N_LANE, LANES),
        edges=zeros(2, layers + 2),
        pools=zeros(pools),
        laying=zeros(2, 2 * layers + 1, row),
    )


def _fill(
    work: Work, made: Chemistry, lane: Lane, site: Site, mouth: Mouth, k: int, layers: int, constants: AcidConstants,
    table: Parameters,
) -> None:  # fmt: skip
    """One site in one lane: resting saliva in every node, bacteria in the plaque."""
    here = slice(k, None, LANES)
    nodes = layers + 2
    for row, name in enumerate(made.names):
        if way_of(name) != shape.STAYS:
            work.state[row, here] = lane.rest[row, k]
        elif name == "bound_calcium" and site.enamel is not None:
            work.state[row, here][:layers] = _bound_at_rest(site, mouth.rest)
        elif name.partition(".")[0] == "biomass" and site.community is not None:
            share = site.community.shares.get(name.partition(".")[2], 0.0) / site.community.total
            work.state[row, here][:layers] = share * table.value("biomass_total")
    work.state[made.laws.charge, here][:layers] += fixed_charge(site, mouth.rest.ph, constants)
    work.ph[shape.FIXED1, here][:layers] = site.fixed_buffer_1_mmol_l
    work.ph[shape.FIXED2, here][:layers] = site.fixed_buffer_2_mmol_l
    work.ph[shape.LN_H, here] = math.log(10.0) * (3.0 - mouth.rest.ph)
    work.ph[shape.H, here] = 10.0 ** (3.0 - mouth.rest.ph)
    work.ph[shape.ONE, here] = 1.0
    work.ph[shape.SHARE, here] = 1.0
    work.inverse[:, (nodes - 1) * LANES + k] = 1.0 / lane.mouth[shape.DEPTH, k]
    work.lane[[shape.ENAMEL_PH, shape.LOWEST, shape.LOWEST_SINCE], k] = mouth.rest.ph
    work.lane[shape.THICKNESS, k] = convert(site.thickness_um, "um", "m")
    work.lane[shape.SHORTER, k] = 1.0


def _bound_at_rest(site: Site, rest: Saliva) -> float:
    """Calcium that cell walls hold in resting saliva, g/L: as much is bound as comes free."""
    found = site.table().parameters
    names = ("k_bind", "half_calcium", "k_free", "ph_free")
    bind, half, free, ph_free = (base_value(found[f"walls.{name}"]) for name in names)
    taken = bind * rest.calcium_mmol_l / (half + rest.calcium_mmol_l)
    mmol_l = taken / (free * max(ph_free - rest.ph, LEAST_BELOW))
    return mmol_l * 1e-3 * component_of("bound_calcium").formula.molar_mass_g_mol


def depths_m(block: Block, k: int) -> Floats:
    """The depth of each node of a lane: volume per plaque area, m."""
    nodes = block.layers + 2
    out = np.empty(nodes)
    out[: nodes - 2] = block.work.lane[shape.THICKNESS, k] / block.layers
    out[nodes - 2] = block.lane.mouth[shape.FILM_DEPTH, k]
    out[nodes - 1] = block.lane.mouth[shape.DEPTH, k]
    return out

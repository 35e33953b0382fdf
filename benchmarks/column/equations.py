"""The plaque column's equations once more, as one ordinary differential equation for any general solver.

Written from the plaque model (sections 2, 3 and 5) and from what growth means, not from the program's kernels; only
its tables and the numbers of sites, mouths and salivas are shared. Everything is coupled and nothing is split.

Unknowns lie node by node, plaque from the enamel, then film and mouth; last comes how much the plaque has thickened
since the start, m. In a plaque node: solids, solutes, those that protonate, strong charge; film and mouth hold no
solids. So the Jacobian is banded but for the slow couplings of growth, which a solver may leave out of it.

Plaque that grows (Wanner & Gujer 1986), N layers of thickness L/N, face j at height j L/N:

    e_i = sum_s r_s / (rho_s (1 - porosity))      how layer i swells, 1/s; the outermost also by what settles
    U_j = sum_{i<j} e_i L/N                       how fast solids at face j move out
    L' = U_N - k L^2                              wear
    v_j = U_j - j L'/N                            solids through face j, taken from where they come (upwind)
    w_j = j L'/N                                  the face through the water, which rests: solutes, the other way

Fixed groups are as dense in new plaque as in old, so e_i brings their counter-ions and v_j carries them along.
Plaque that thickens takes over film water; the film, as thick as ever, takes over mouth water; and the other way round.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.column.reactions import ACID_ROW, EXTRA_ROWS, FLUORIDE_ROW, H_ROW, LN_H_ROW, reactions
from benchmarks.column.stretches import Stretch
from commensal.mouth import Mouth, Site
from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.parameters import load
from commensal.mouth.processes.components import load_components
from commensal.units import convert

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Compiled = Callable[..., Any]
ACIDS = ("lactate", "acetate", "propionate", "carbonate", "phosphate", "ammonium", "fluoride")
CHARGE = "strong_charge"
ALWAYS = ("hexose", "lactate", "carbonate", "phosphate")
TRANSPORTS = ("sugar", "ion", "gas", "large")
SETTLED = 1e-7
"""A Newton step in ln h below this is the last: what is left is its square."""
DIFFERENCE, LEAST = 1.5e-8, 1e-2
"""A step for differences, relative to an unknown, and the least amount it counts as."""
# Places in the array of parameters: what the column is like, then what goes on, then rows by field.
START_M, DELTA, DEPTH, VOLUME, RENEWAL, FLOW, MORE, HALF_TASTE, SWING, PEAK, SLEEPS, FIX1, FIX2 = range(13)
WEAR, WATER_SHARE, GLUCAN_MOST, DENSITY, IS_GROWING = range(13, 18)
MIX, SPEED, DRINKS, RELEASE, CHEWS, IS_ASLEEP, INNER = range(18, 25)
OUTER = INNER + 4
PK = OUTER + 4
"""Dissociation constants as in `AcidConstants`, mmol/L; Kw in (mmol/L)^2."""
ROWS = PK + 13
REST, STIMULATED, SETTLING, DRINK, HELD = range(5)
N_ROWS = 5


@dataclass(frozen=True, slots=True)
class Equations:
    """One column: `slope(t, y, out)` is its right side; `enter` sets what a new stretch of the day changes.

    `jacobian(t, y, out)` fills the band of `out`, (unknowns, unknowns), by differences, unknowns that touch nothing in
    common together. It leaves growth out, which takes hours: that is what keeps it banded.
    """

    slope: Callable[[float, Floats, Floats], None]
    jacobian: Callable[[float, Floats, Floats], None]
    work: Floats
    parameters: Floats
    start: Floats
    fields: tuple[str, ...]
    solids: int
    layers: int

    @property
    def lower_band(self) -> int:
        """Unknowns below the diagonal: a node's, and the acids that move its neighbours' free charge."""
        return len(self.fields) + len(ACIDS)

    @property
    def upper_band(self) -> int:
        """Unknowns above the diagonal."""
        return len(self.fields)

    def enter(self, stretch: Stretch, y: Floats) -> None:
        """Sets what holds during a stretch of the day, and in `y` the mouth that it holds."""
        p, n = self.parameters, len(self.fields)
        p[MIX], p[SPEED], p[DRINKS] = stretch.mixing_per_s, stretch.speed, stretch.drink_ml_min
        p[RELEASE], p[CHEWS], p[IS_ASLEEP] = stretch.release_mmol_l_ml_min, stretch.chewing, float(stretch.is_asleep)
        mouth = y.size - 1 - (n - self.solids)
        for row, name in enumerate(self.fields):
            p[ROWS + DRINK * n + row] = stretch.drink_mmol_l.get(name, 0.0)
            held = stretch.held_mmol_l.get(name)
            if held is None and stretch.is_rinsed:
                held = p[ROWS + REST * n + row]
            p[ROWS + HELD * n + row] = float(held is not None)
            if held is not None and row >= self.solids:
                y[mouth + row - self.solids] = held

    def enamel(self, t: float, y: Floats) -> tuple[float, float]:
        """PH and lactate (mmol/L) of the innermost layer."""
        self.slope(t, y, np.empty_like(y))
        width, n = self.layers + 2, len(self.fields)
        return 3.0 - self.work[(2 * n + LN_H_ROW) * width] / math.log(10.0), float(y[self.row("lactate")])

    def thickness_m(self, y: Floats) -> float:
        """How thick the plaque is."""
        return float(self.parameters[START_M] + y[-1])

    def touched(self, y: Floats) -> tuple[Ints, Ints]:
        """Rows and columns of the Jacobian that may differ from 0."""
        found = np.zeros((y.size, y.size))
        self.jacobian(0.0, np.maximum(y, 1.0), found)
        rows, columns = np.nonzero((found != 0.0) | np.eye(y.size, dtype=bool))
        return rows, columns

    def row(self, name: str) -> int:
        """The place of a field in its node."""
        return self.fields.index(name)


def equations(site: Site, mouth: Mouth, layers: int, carried: frozenset[str] = frozenset()) -> Equations:
    """The equations of one site; `carried` are solutes that the diet brings."""
    table, components = site.table(), load_components()
    salivas = (mouth.rest, mouth.stimulated)
    states = {*table.states, *ALWAYS, *carried, *(k for s in salivas for k, v in s.solutes().items() if v > 0.0)}
    of = {state: components[state.partition(".")[0]].transport for state in states}
    solids = sorted(state for state in states if of[state] == "stays")
    acids = [acid for acid in ACIDS if acid in states]
    others = sorted(states - {*solids, *acids})
    fields = (*solids, *others, *acids, CHARGE)
    width = layers + 2
    made = reactions(table, fields, layers, width)
    moves = (*("ion" if name == CHARGE else of[name] for name in fields[len(solids) :]),)
    ways = tuple(TRANSPORTS.index(one) for one in moves)
    right_side, differences = _kernels(fields, len(solids), layers, ways, made.run)
    work = np.zeros((2 * len(fields) + EXTRA_ROWS) * width)
    parameters = _parameters(site, mouth, fields)
    constants = made.constants
    work[(2 * len(fields) + LN_H_ROW) * width :][:layers] = math.log(10.0) * (3.0 - mouth.rest.ph)
    y = _start(site, mouth, fields, len(solids), layers, parameters)

    def slope(t: float, state: Floats, out: Floats) -> None:
        right_side(t, state, out, work, parameters, constants)

    def jacobian(t: float, state: Floats, out: Floats) -> None:
        differences(t, state, out, work, parameters, constants)

    return Equations(slope, jacobian, work, parameters, y, fields, len(solids), layers)


def _parameters(site: Site, mouth: Mouth, fields: tuple[str, ...]) -> Floats:
    table, n = load(), len(fields)
    pk = AcidConstants.of(table).as_array()
    is_growing = site.community is not None and site.community.is_growing
    p = np.zeros(ROWS + N_ROWS * n)
    p[START_M], p[DELTA] = site.thickness_um * 1e-6, site.film_thickness_um * 1e-6
    p[DEPTH], p[VOLUME] = mouth.volume_ml * 1e-6 / (mouth.plaque_area_cm2 * 1e-4), mouth.volume_ml
    p[RENEWAL] = site.film_speed_mm_min / 60.0 / site.crossing_length_mm
    p[FLOW], p[MORE] = mouth.flow_unstimulated_ml_min, mouth.flow_added_ml_min
    p[HALF_TASTE], p[SWING] = mouth.taste_half_mmol_l, mouth.circadian_swing
    p[PEAK], p[SLEEPS] = 3600.0 * mouth.circadian_peak_h, mouth.sleep_flow_share
    p[FIX1], p[FIX2] = site.fixed_buffer_1_mmol_l, site.fixed_buffer_2_mmol_l
    p[WEAR] = convert(table.value("wear"), "1/m/h", "1/m/s")
    p[WATER_SHARE], p[GLUCAN_MOST] = table.value("porosity"), table.value("glucan_most")
    p[DENSITY], p[IS_GROWING] = table.value("solid_density"), float(is_growing)
    p[INNER : INNER + 4] = (
        *(site.diffusivity_plaque_sugar_m2_s, site.diffusivity_plaque_ion_m2_s),
        *(table.value("diffusivity_plaque_gas"), table.value("diffusivity_plaque_large")),
    )
    p[OUTER : OUTER + 4] = (
        *(site.diffusivity_film_sugar_m2_s, site.diffusivity_film_ion_m2_s),
        *(table.value("diffusivity_film_gas"), table.value("diffusivity_film_large")),
    )
    p[PK : PK + 13] = pk
    for which, saliva in ((REST, mouth.rest), (STIMULATED, mouth.stimulated)):
        found = {**saliva.solutes(), **site.niches_g_l(), CHARGE: saliva.strong_charge_mmol_l(AcidConstants.of(table))}
        for row, name in enumerate(fields):
            p[ROWS + which * n + row] = found.get(name, 0.0)
    if is_growing and site.community is not None:
        whole = 1e-3 * convert(table.value("settling"), "g/m2/h", "g/m2/s")
        for row, name in enumerate(fields):
            what, _, guild = name.partition(".")
            if what == "biomass":
                share = site.community.shares.get(guild, 0.0) / site.community.total
                p[ROWS + SETTLING * n + row] = share * whole
    return p


def _start(site: Site, mouth: Mouth, fields: tuple[str, ...], solids: int, layers: int, p: Floats) -> Floats:
    """Resting saliva everywhere; in the plaque the bacteria, and the counter-ions of its fixed groups."""
    n = len(fields)
    plaque = p[ROWS + REST * n : ROWS + REST * n + n].copy()
    if site.community is not None:
        for row, name in enumerate(fields):
            what, _, guild = name.partition(".")
            if what == "biomass":
                share = site.community.shares.get(guild, 0.0) / site.community.total
                plaque[row] = share * load().value("biomass_total")
    film = plaque[solids:].copy()
    h, k = 10.0 ** (3.0 - mouth.rest.ph), p[PK : PK + 13]
    plaque[-1] += p[FIX1] * k[10] / (k[10] + h) + p[FIX2] * k[11] / (k[11] + h)
    return np.concatenate([np.tile(plaque, layers), film, film, [0.0]])


@cache
def _kernels(
    fields: tuple[str, ...], solids: int, layers: int, moves: tuple[int, ...], react: Compiled
) -> tuple[Compiled, Compiled]:
    """The compiled right side and Jacobian of columns with these fields."""
    n, width = len(fields), layers + 2
    solutes = n - solids
    charge, sugar = n - 1, fields.index("hexose")
    glucan = fields.index("glucan") if "glucan" in fields else -1
    lac, ace, pro, ct, pt, nt, ft = (fields.index(acid) if acid in fields else -1 for acid in ACIDS)
    ways = np.array(moves, dtype=np.int64)
    film, mouth = n * layers, n * layers + solutes
    change, extra = n * width, 2 * n * width
    ln_10 = math.log(10.0)
    compiled = numba.njit(error_model="numpy", fastmath=True)
    row, matrix = numba.float64[::1], numba.float64[:, ::1]
    given = numba.types.Array(numba.float64, 1, "C", readonly=True)  # as CVODE hands its unknowns over
    now = (numba.float64, given)
    rest = (row, row, row)

    @compiled
    def net_charge(x, i, work, p):  # type: ignore[no-untyped-def]
        """Charge of cell i at ln h = x, and its slope by x."""
        h = math.exp(x)
        k = p[PK:ROWS]
        g, slope = work[charge * width + i] + h - k[0] / h, h + k[0] / h
        if nt >= 0:
            part = work[nt * width + i] * h / (h + k[1])
            g, slope = g + part, slope + part * k[1] / (h + k[1])
        part = work[lac * width + i] * k[2] / (k[2] + h)
        g, slope = g - part, slope + part * h / (k[2] + h)
        if ace >= 0:
            part = work[ace * width + i] * k[3] / (k[3] + h)
            g, slope = g - part, slope + part * h / (k[3] + h)
        if pro >= 0:
            part = work[pro * width + i] * k[4] / (k[4] + h)
            g, slope = g - part, slope + part * h / (k[4] + h)
        if ft >= 0:
            part = work[ft * width + i] * k[12] / (k[12] + h)
            g, slope = g - part, slope + part * h / (k[12] + h)
        for j in range(2):
            part = p[FIX1 + j] * k[10 + j] / (k[10 + j] + h)
            g, slope = g - part, slope + part * h / (k[10 + j] + h)
        down = 1.0 / (h * h + k[5] * h + k[5] * k[6])
        c1, c2 = k[5] * h * down, k[5] * k[6] * down
        mean = c1 + 2.0 * c2
        g -= work[ct * width + i] * mean
        slope += work[ct * width + i] * (c1 + 4.0 * c2 - mean * mean)
        down = 1.0 / (h * h * h + k[7] * h * h + k[7] * k[8] * h + k[7] * k[8] * k[9])
        c1, c2, c3 = k[7] * h * h * down, k[7] * k[8] * h * down, k[7] * k[8] * k[9] * down
        mean = c1 + 2.0 * c2 + 3.0 * c3
        g -= work[pt * width + i] * mean
        slope += work[pt * width + i] * (c1 + 4.0 * c2 + 9.0 * c3 - mean * mean)
        return g, slope

    @compiled
    def find_ph(work, p):  # type: ignore[no-untyped-def]
        """Newton's method in ln h in every cell from the last root, kept within what is known to hold the root."""
        for i in range(layers):
            x = work[extra + LN_H_ROW * width + i]
            low, high = -30.0 * ln_10, 10.0 * ln_10
            for _ in range(100):
                g, slope = net_charge(x, i, work, p)
                if g > 0.0:
                    high = x
                else:
                    low = x
                following = x - g / slope
                if not low <= following <= high:
                    following = 0.5 * (low + high)
                step = following - x
                x = following
                if abs(step) < SETTLED:
                    break
            h = math.exp(x)
            work[extra + LN_H_ROW * width + i] = x
            work[extra + H_ROW * width + i] = h
            acid = work[lac * width + i] * h / (p[PK + 2] + h)
            if ace >= 0:
                acid += work[ace * width + i] * h / (p[PK + 3] + h)
            if pro >= 0:
                acid += work[pro * width + i] * h / (p[PK + 4] + h)
            work[extra + ACID_ROW * width + i] = acid
            work[extra + FLUORIDE_ROW * width + i] = work[ft * width + i] * h / (p[PK + 12] + h) if ft >= 0 else 0.0

    @numba.njit((*now, row, *rest), error_model="numpy", fastmath=True)
    def right_side(t, y, out, work, p, constants):  # type: ignore[no-untyped-def]
        for f in range(n):
            for i in range(layers):
                work[f * width + i] = y[i * n + f]
        for f in range(solids, n):
            work[f * width + layers] = y[film + f - solids]
            work[f * width + layers + 1] = y[mouth + f - solids]
        find_ph(work, p)
        react(work, constants)
        thick = p[START_M] + y[-1]
        dz, delta, depth = thick / layers, p[DELTA], p[DEPTH]
        # Charge that fixed groups hold, and the rest of it, which moves.
        held = np.empty(layers)
        for i in range(layers):
            h = work[extra + H_ROW * width + i]
            held[i] = p[FIX1] * p[PK + 10] / (p[PK + 10] + h) + p[FIX2] * p[PK + 11] / (p[PK + 11] + h)
            work[charge * width + i] -= held[i]
        # Diffusion.
        open_share = np.ones(layers)
        if glucan >= 0:
            for i in range(layers):
                open_share[i] = max(1.0 - work[glucan * width + i] / p[GLUCAN_MOST], 0.05)
        renewal = max(p[MIX], p[SPEED] * p[RENEWAL])
        conductance = np.empty((4, layers))
        for way in range(4):
            for i in range(layers - 1):
                a, b = open_share[i], open_share[i + 1]
                conductance[way, i] = p[INNER + way] / dz * 2.0 * a * b / (a + b)
            outer = 0.5 * delta / p[OUTER + way] + 0.5 * dz / (p[INNER + way] * open_share[layers - 1])
            conductance[way, layers - 1] = 1.0 / outer
        for f in range(solids, n):
            way, below = ways[f - solids], 0.0
            for i in range(layers):
                above = conductance[way, i] * (work[f * width + i] - work[f * width + i + 1])
                work[change + f * width + i] += (below - above) / dz
                below = above
            lost = renewal * (work[f * width + layers] - work[f * width + layers + 1])
            work[change + f * width + layers] = below / delta - lost
            work[change + f * width + layers + 1] = lost * delta / depth
        # Growth.
        thickening = 0.0
        if p[IS_GROWING] > 0.0:
            speed, swelling = np.zeros(layers + 1), np.zeros(layers)
            for f in range(solids):
                for i in range(layers):
                    swelling[i] += work[change + f * width + i] / (p[DENSITY] * (1.0 - p[WATER_SHARE]))
                settling = p[ROWS + SETTLING * n + f] / dz
                swelling[layers - 1] += settling / (p[DENSITY] * (1.0 - p[WATER_SHARE]))
                work[change + f * width + layers - 1] += settling
            for i in range(layers):
                speed[i + 1] = speed[i] + dz * swelling[i]
            thickening = speed[layers] - p[WEAR] * thick * thick
            for i in range(layers + 1):
                speed[i] -= i * thickening / layers
            flux = np.zeros(layers + 1)
            for f in range(solids + 1):
                for i in range(1, layers + 1):
                    if f == solids:
                        below, above = held[i - 1], held[min(i, layers - 1)]
                    else:
                        below, above = work[f * width + i - 1], work[f * width + min(i, layers - 1)]
                    flux[i] = speed[i] * (below if speed[i] > 0.0 else above)
                for i in range(layers):
                    gain = (flux[i] - flux[i + 1]) / dz
                    if f == solids:
                        gain += held[i] * (swelling[i] - thickening / thick)
                        work[change + charge * width + i] += gain
                    else:
                        work[change + f * width + i] += gain - work[f * width + i] * thickening / thick
            for f in range(solids, n):
                row, below = f * width, 0.0
                for i in range(layers):
                    at = (i + 1) * thickening / layers
                    above = at * (work[row + i + 1] if at > 0.0 else work[row + i])
                    work[change + row + i] += (above - below) / dz - work[row + i] * thickening / thick
                    below = above
                work[change + row + layers] -= below / delta
                through = thickening * (work[row + layers + 1] if thickening > 0.0 else work[row + layers])
                work[change + row + layers] += through / delta
                work[change + row + layers + 1] -= through / depth
        # Saliva, drinks and what dissolves.
        awake = 1.0 - p[IS_ASLEEP]
        sweet = max(work[sugar * width + layers + 1], 0.0)
        stimulus = awake * (1.0 - (1.0 - sweet / (p[HALF_TASTE] + sweet)) * (1.0 - p[CHEWS]))
        rhythm = 1.0 + p[SWING] * math.cos(2.0 * math.pi * (t - p[PEAK]) / 86400.0)
        saliva = p[FLOW] * (rhythm if awake > 0.0 else p[SLEEPS]) + p[MORE] * stimulus
        per_s = 1.0 / (60.0 * p[VOLUME])
        for f in range(solids, n):
            rest, full = p[ROWS + REST * n + f], p[ROWS + STIMULATED * n + f]
            gain = saliva * (rest + stimulus * (full - rest)) + p[DRINKS] * p[ROWS + DRINK * n + f]
            if f == sugar:
                gain += p[RELEASE]
            gain -= (saliva + p[DRINKS]) * work[f * width + layers + 1]
            at = change + f * width + layers + 1
            work[at] = 0.0 if p[ROWS + HELD * n + f] > 0.0 else work[at] + gain * per_s
        for f in range(n):
            for i in range(layers):
                out[i * n + f] = work[change + f * width + i]
        for f in range(solids, n):
            out[film + f - solids] = work[change + f * width + layers]
            out[mouth + f - solids] = work[change + f * width + layers + 1]
        out[y.size - 1] = thickening

    lower, upper = n + len(ACIDS), n

    @numba.njit((*now, matrix, *rest), error_model="numpy", fastmath=True)
    def differences(t, y, out, work, p, constants):  # type: ignore[no-untyped-def]
        growing = p[IS_GROWING]
        p[IS_GROWING] = 0.0
        moved, base, found, steps = y.copy(), np.empty_like(y), np.empty_like(y), np.empty_like(y)
        right_side(t, y, base, work, p, constants)
        last = y.size - 1
        together = lower + upper + 1
        for first in range(min(together, last)):
            for j in range(first, last, together):
                steps[j] = DIFFERENCE * max(abs(y[j]), LEAST)
                moved[j] += steps[j]
            right_side(t, moved, found, work, p, constants)
            for j in range(first, last, together):
                moved[j] = y[j]
                for i in range(max(j - upper, 0), min(j + lower + 1, last)):
                    out[i, j] = (found[i] - base[i]) / steps[j]
        p[IS_GROWING] = growing

    return right_side, differences

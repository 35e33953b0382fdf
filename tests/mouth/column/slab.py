"""A slab of plaque with one solute in it, solved with the column's own operators until nothing changes any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from commensal.mouth import Mouth, Site
from commensal.mouth.column import shape
from commensal.mouth.column.block import Block, build
from commensal.mouth.column.laws import chemistry
from commensal.mouth.column.march import DONE, N_INFO, N_KEPT, STEP, march
from commensal.mouth.column.shape import LANES
from commensal.mouth.column.step import begin
from commensal.mouth.day import SEG_COLUMNS, SEG_END, SEG_SPEED
from commensal.mouth.parameters import load
from commensal.mouth.processes.components import load_components
from commensal.mouth.processes.table import ProcessTable, parse_guilds, parse_processes

HEAD = "name,guilds,rate,stoichiometry,closed_by,source,mark,note\n"
GUILD_HEAD = "name,value,unit,low,high,source,mark,note\n"
OPEN_WATER_M2_S = 1e6
"""So diffusive that a film resists nothing."""
FAST_MM_MIN = 1e13
"""A film so fast that it is what the mouth is."""
LONG_S = 1e9


@dataclass(frozen=True, slots=True)
class Slab:
    """What a slab comes to rest at; flux per area in mmol/L m/s."""

    flux: float
    """What reacts in it."""
    through_face: float
    """What crosses the face to the film."""
    surface: float
    base: float


def table_of(row: str, parameters: str) -> ProcessTable:
    """The processes of one guild, `mutans`, from rows of the two tables without their heads."""
    return parse_processes(HEAD + row, load_components(), parse_guilds(GUILD_HEAD + parameters), ["mutans"])


def eats_sugar(rate: str, **parameters: tuple[float, str]) -> ProcessTable:
    """One process that turns hexose into something neutral at `rate`."""
    rows = "".join(f"mutans.{name},{x!r},{unit},0,1e9,here,recalled,\n" for name, (x, unit) in parameters.items())
    return table_of(f'eat,mutans,"{rate}",hexose = -1,+neutral,here,recalled,\n', rows)


def at_rest(
    tables: Sequence[ProcessTable], layers: int, *, thickness_m: float, diffusivity_m2_s: float, around: float,
    film_m: float | None = None, tolerance: float = 1e-3,
) -> Slab:  # fmt: skip
    """Brings a slab to rest under a film that holds `around` mmol/L.

    Args:
        tables: what happens in it; with several, it comes to rest with each in turn, and stays with the last.
        film_m: water to cross, as diffusive as the slab; None = none.
    """
    site = Site(
        thickness_um=1e6 * thickness_m,
        film_thickness_um=100.0 if film_m is None else 2e6 * film_m,  # the film's node is in its middle
        film_speed_mm_min=FAST_MM_MIN,
        diffusivity_plaque_sugar_m2_s=diffusivity_m2_s,
        diffusivity_film_sugar_m2_s=OPEN_WATER_M2_S if film_m is None else diffusivity_m2_s,
    )
    state = None
    for table in tables:
        block = build(chemistry([table], ()), [site], [Mouth()], layers, 5.5, load())
        if state is None:
            block.work.state[block.chemistry.laws.sugar, : (layers + 2) * LANES] = around
        else:
            block.work.state[...] = state
        settled(block, around, tolerance)
        state = block.work.state
    k = block.chemistry.laws.sugar
    inner, film = block.work.state[k, : layers * LANES : LANES], block.work.state[k, layers * LANES]
    flux = float(block.work.rates[:, : layers * LANES : LANES].sum()) * thickness_m / layers
    resistance = 0.5 * site.film_thickness_um * 1e-6 / site.diffusivity_film_sugar_m2_s
    face = block.work.face[block.chemistry.laws.classes[k], (layers - 1) * LANES]
    return Slab(
        flux=flux,
        through_face=float(face * (film - inner[-1])),
        surface=float(film - flux * resistance),
        base=float((9.0 * inner[0] - inner[1]) / 8.0),  # even in depth: the next term is of the fourth order
    )


NO_SAMPLES = (np.zeros(0), np.zeros((0, N_KEPT, LANES)), np.zeros((0, 0, LANES)), np.zeros((0, 0, 0)))


def plain_diet(rows: np.ndarray, fields: int) -> shape.Diet:
    """Segments in which nothing is eaten, held or done."""
    n = len(rows)
    return shape.Diet(
        rows=rows,
        hold=np.zeros((n, fields), dtype=np.int64),
        held=np.zeros((n, fields)),
        drink=np.zeros((n, fields)),
        charge=np.zeros((n, LANES)),
        doses=np.zeros((n, 0)),
        pool_fields=np.zeros(0, dtype=np.int64),
        pool_charges=np.zeros((0, LANES)),
        pool_rates=np.zeros(0),
        is_event=np.zeros(n, dtype=np.int64),
        left=np.ones((n, LANES)),
        killed=np.zeros((n, fields)),
        kills_to=np.ones(n),
        added=np.zeros((n, fields, LANES)),
    )


def settled(block: Block, around: float, tolerance: float) -> None:
    """Marches a block with the mouth held at `around` mmol/L hexose until it is at rest."""
    laws, fields = block.chemistry.laws, len(block.chemistry.names)
    rows = np.zeros((1, SEG_COLUMNS))
    rows[0, SEG_END], rows[0, SEG_SPEED] = LONG_S, 1.0
    diet, info = plain_diet(rows, fields), np.zeros(N_INFO)
    diet.hold[:] = shape.HELD_AT_REST
    diet.hold[0, laws.sugar], diet.held[0, laws.sugar] = shape.HELD_AT_VALUE, around
    info[STEP] = 1e-6
    control = np.array([1e7, 1e-14, 1e-3, 1e-9, 5e4, 0.0, LONG_S])
    floor, relative = np.full(fields, tolerance * around), np.full(fields, tolerance)
    status = march(
        laws, block.lane, block.work, block.layers, floor, relative, control, diet, *NO_SAMPLES, info,
    )  # fmt: skip
    assert status == DONE
    begin(laws, block.lane, block.work, LONG_S, diet, 0, block.layers)
    cells = block.layers * LANES

    assert np.abs(block.work.rate[laws.sugar, :cells]).max() < 1e-8 * block.work.rates[:, :cells].max()  # it is at rest


def richardson(values: list[float]) -> float:
    """The limit of values on grids each twice as fine, whose error is even in the size of the cells."""
    order = 2
    while len(values) > 1:
        values = [fine + (fine - coarse) / (2**order - 1) for coarse, fine in pairwise(values)]
        order += 2
    return values[0]

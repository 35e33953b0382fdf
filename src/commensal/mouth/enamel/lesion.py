"""A lesion in the outer enamel, layer by layer, under fluids that come and go: front, body and surface layer.

Leaves out: fluoride that is used up on its way inwards (pores hold what lies outside), different diffusivities, the
charge of pore walls, loss of the softened surface to wear. Solubility does not vary with depth in sound enamel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from commensal.mouth.enamel.constants import EnamelConstants, Floats, default_constants
from commensal.mouth.enamel.layers import march
from commensal.mouth.enamel.pore_fluid import Fluid, pore_table
from commensal.mouth.errors import SolveError
from commensal.mouth.parameters import data_file, parse

TABLE = "enamel_lesion.csv"
S_PER_H = 3600.0
UM = 1e-6
FRONT_SHARE = 0.95
"""A lesion reaches as deep as mineral is below this share of sound enamel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """What enamel is made of, from `data/enamel_lesion.csv`; see there for the meaning of each."""

    mineral_share: float
    porosity: float
    diffusivity: float
    area: float
    mineral_density: float
    mineral_molar_mass: float

    @property
    def molar_volume_m3(self) -> float:
        """Of a mol Ca5(PO4)3OH."""
        return self.mineral_molar_mass / 1000.0 / self.mineral_density


@cache
def default_tissue() -> Tissue:
    """Sound human enamel.

    Raises:
        ParameterError: the table is not as it must be.
    """
    rows = parse(data_file(TABLE).read_text(encoding="utf-8"), TABLE)
    return Tissue(**{row.name: row.value for row in rows})


@dataclass(frozen=True, slots=True)
class Lesion:
    """Mineral by depth as time goes, and the books.

    Attributes:
        time_h: hours, shape (times,), from 0.
        depth_um: middle of each layer, shape (layers,).
        mineral: all mineral, share of volume, shape (times, layers).
        deposit: the part of it that formed anew, same shape.
        sound: share of sound enamel.
        calcium_lost_mol_m2: calcium that diffused out by each time, shape (times,).
        mineral_lost_mol_m2: mineral that the layers lack by each time, shape (times,).
    """

    time_h: Floats
    depth_um: Floats
    mineral: Floats
    deposit: Floats
    sound: float
    calcium_lost_mol_m2: Floats
    mineral_lost_mol_m2: Floats

    @property
    def loss_vol_percent_um(self) -> Floats:
        """Mineral loss dZ at each time, vol% um."""
        height = self.depth_um[1] - self.depth_um[0]
        loss: Floats = 100.0 * height * (self.sound - self.mineral).sum(axis=1)
        return loss

    @property
    def depth_of_front_um(self) -> Floats:
        """How deep mineral is below 95 % of sound at each time, um; 0 where it is nowhere."""
        height = self.depth_um[1] - self.depth_um[0]
        below = self.mineral < FRONT_SHARE * self.sound
        front: Floats = np.where(below, self.depth_um + 0.5 * height, 0.0).max(axis=1)
        return front

    def surface_over_body(self) -> float:
        """Mineral of the outermost layer less that of the body (the least anywhere), at the end, vol%."""
        last = self.mineral[-1]
        return float(100.0 * (last[0] - last.min()))


def grow_lesion(
    phases: Sequence[tuple[float, Fluid]], *, depth_um: float = 200.0, layers: int = 100,
    start: Lesion | None = None, constants: EnamelConstants | None = None, tissue: Tissue | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Lesion:  # fmt: skip
    """Outer enamel under one fluid after another.

    Args:
        phases: hours (> 0) and the fluid that lies on the enamel in them, in order.
        depth_um: how much enamel is looked at, > 0; deeper, nothing moves.
        layers: how many, >= 4.
        start: a lesion to go on from (its depth and layers are kept); sound enamel without.
        constants: chemistry; those that ship by default.
        tissue: enamel; that which ships by default.
        progress: told the share done, 0-1, after each phase.

    Raises:
        ValueError: a time, depth or number of layers that is none.
        SolveError: a phase that cannot be computed.
    """
    if not (phases and all(hours > 0 for hours, _ in phases)):
        raise ValueError(f"expected phases of more than 0 h each, got {[hours for hours, _ in phases]}")
    if not (depth_um > 0 and layers >= 4):
        raise ValueError(f"expected a depth > 0 um and at least 4 layers, got {depth_um} um and {layers}")
    tissue, k = tissue or default_tissue(), (constants or default_constants()).as_array()
    sound = tissue.mineral_share
    if start is None:
        height = depth_um / layers
        old, new = np.full(layers, sound), np.zeros(layers)
    else:
        layers, height = start.depth_um.size, float(start.depth_um[1] - start.depth_um[0])
        new = start.deposit[-1].copy()
        old = start.mineral[-1] - new
    x, before = np.zeros(layers), float((old + new).sum())
    tables: dict[Fluid, Floats] = {}
    kept, deposits, gone, times = [old + new], [new.copy()], [0.0], [0.0]
    for i, (hours, fluid) in enumerate(phases):
        if fluid not in tables:
            tables[fluid] = pore_table(fluid.ph, fluid.as_array(), k)
        out, _error, steps = march(
            x, old, new, sound, tissue.porosity, tissue.diffusivity, tissue.area, tissue.molar_volume_m3, height * UM,
            fluid.fluoride_mmol_l, tables[fluid], hours * S_PER_H, k,
        )  # fmt: skip
        if steps < 0:
            raise SolveError(f"phase {i} at {times[-1]:g} h: no steady pore fluid was found; try more layers")
        kept.append(old + new)
        deposits.append(new.copy())
        gone.append(gone[-1] + out)
        times.append(times[-1] + hours)
        progress((i + 1) / len(phases))
    mineral = np.array(kept)
    return Lesion(
        time_h=np.array(times),
        depth_um=height * (np.arange(layers, dtype=np.float64) + 0.5),
        mineral=mineral,
        deposit=np.array(deposits),
        sound=sound,
        calcium_lost_mol_m2=5.0 * np.array(gone),
        mineral_lost_mol_m2=(before - mineral.sum(axis=1)) * height * UM / tissue.molar_volume_m3,
    )

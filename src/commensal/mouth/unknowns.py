"""What is not measured in a person, drawn: how fast the film, how thick the plaque, how busy, how well it buffers.

A seeded Latin hypercube: the same draws for the same seed, so that two plans are compared draw by draw. Film speed lies
evenly (in its logarithm) over the range of the site's group; thickness and fermentation spread between people as
lognormals; fixed buffer lies evenly over its range.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

from commensal.mouth.community import Community
from commensal.mouth.groups import SiteGroup
from commensal.mouth.parameters import load
from commensal.mouth.site import Site
from commensal.seeds import latin_hypercube, stream

SEED = 2045
FERMENTATION = ".q_sugar"
FERMENTATION_STEPS = 10
MOST_FASTER = 3.0
"""Beyond that many times as fast nobody's bacteria ferment: the draws are cut there, and at one over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One person's unknowns; quantiles are 0-1."""

    film: float
    """Quantile in the group's range of film speed."""
    thickness_share: float
    fermentation_share: float
    fixed_buffer_mmol_l: float

    def at(self, site: Site, group: SiteGroup) -> Site:
        """The site as it is in this person."""
        slow, fast = group.film_speed_range_mm_min
        changed = replace(
            site,
            film_speed_mm_min=site.film_speed_mm_min / group.film_speed_mm_min * slow * (fast / slow) ** self.film,
            thickness_um=site.thickness_um * self.thickness_share,
            fixed_buffer_1_mmol_l=self.fixed_buffer_mmol_l,
        )
        if site.community is None:
            vmax = load()["glycolysis_vmax"]
            faster = min(max(site.glycolysis_mmol_l_h * self.fermentation_share, vmax.low), vmax.high)
            return replace(changed, glycolysis_mmol_l_h=faster)
        return replace(changed, community=busier(site.community, self.fermentation_share))


def busier(community: Community, share: float) -> Community:
    """A community that ferments sugar so many times as fast."""
    table = community.table().parameters
    faster = {name: one.value * share for name, one in table.items() if name.endswith(FERMENTATION)}
    return replace(community, changes={**community.changes, **faster})


@lru_cache(maxsize=16)
def draws(count: int, seed: int = SEED) -> tuple[Draw, ...]:
    """So many draws, the same for the same seed.

    Raises:
        ValueError: fewer than one, or a negative seed.

    >>> len(draws(50)), draws(50) == draws(50), draws(50, 1) == draws(50, 2)
    (50, True, False)
    """
    table = load()
    thickness, fermentation = table.value("plaque_thickness_gsd"), table.value("glycolysis_gsd")
    buffer = table["fixed_buffer_1"]
    cube = latin_hypercube(count, 4, stream(seed, "mouth/unknowns"))
    return tuple(
        Draw(
            film=float(f),
            thickness_share=thickness ** NormalDist().inv_cdf(float(t)),
            fermentation_share=_held(fermentation ** NormalDist().inv_cdf(_step(float(g)))),
            fixed_buffer_mmol_l=buffer.low + float(b) * (buffer.high - buffer.low),
        )
        for f, t, g, b in cube
    )


def _step(quantile: float) -> float:
    """The middle of a tenth: people ferment in ten ways, each of which is a table of processes to make."""
    return (min(int(quantile * FERMENTATION_STEPS), FERMENTATION_STEPS - 1) + 0.5) / FERMENTATION_STEPS


def _held(share: float) -> float:
    return min(max(share, 1.0 / MOST_FASTER), MOST_FASTER)

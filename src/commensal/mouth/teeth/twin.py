"""One person's mouth: their teeth, their saliva, who lives in the plaque."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from commensal.mouth.community import Community
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.mouth.teeth.dentition import Dentition
from commensal.mouth.teeth.places import Place, places

THINNEST_UM, THICKEST_UM = 1.0, 2000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Left as it is, a typical adult with 28 teeth and the usual ten guilds in plaque that grows."""

    dentition: Dentition = field(default_factory=lambda: Dentition.permanent(has_wisdom_teeth=False))
    mouth: Mouth = field(default_factory=Mouth)
    community: Community = field(default_factory=Community.usual)
    enamel: Enamel | None = None
    """What lies under all plaque. None: nothing is exchanged with it."""
    thickness_um: Mapping[str, float] = field(default_factory=dict)
    """Plaque as the run begins, where somebody knows it: by place ("16-MB") or tooth ("16"), um; else the group's."""
    film_speed_share: float = 1.0
    """Film speed everywhere, over that of the groups."""

    def __post_init__(self) -> None:
        """Refuses places that do not exist and thicknesses that no plaque has."""
        if self.thickness_um:
            places(self.dentition, list(self.thickness_um))
        for where, thickness in self.thickness_um.items():
            if not THINNEST_UM <= thickness <= THICKEST_UM:
                raise ValueError(f"thickness_um of {where} must be 1 to 2000 um, got {thickness}")
        if not 0.0 < self.film_speed_share < math.inf:
            raise ValueError(f"film_speed_share must be > 0, got {self.film_speed_share}")

    def site_at(self, place: Place) -> Site:
        """The plaque column of a place."""
        group = place.group
        charted = self.thickness_um.get(place.id, self.thickness_um.get(place.tooth, group.plaque_thickness_um))
        return Site.of_group(
            group,
            thickness_um=charted,
            film_speed_mm_min=self.film_speed_share * group.film_speed_mm_min,
            crossing_length_mm=place.crossing_length_mm,
            enamel=self.enamel,
            community=self.community,
        )

"""What the twin says about one day: minutes in acid at each group of sites, now and with one change."""

from dataclasses import dataclass

from commensal.provenance import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One thing eaten or drunk, as the patient told it."""

    name: str
    at_min: float
    """Minutes after midnight."""
    duration_min: float
    is_sweet: bool
    is_between_meals: bool
    is_left_out: bool
    """Left out in the alternative day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteForecast:
    """One group of tooth sites that share saliva film and plaque, over one day."""

    id: str
    """Such as `upper-back-cheek`."""
    label: str
    """In plain words: "upper back teeth, cheek side"."""
    teeth: tuple[str, ...]
    """FDI numbers of the patient's present teeth in the group."""
    surfaces: tuple[str, ...]
    """Which of M D O B L the group stands for."""
    acid_min: float
    """Minutes of the day below the critical pH at the enamel."""
    acid_min_interval: tuple[float, float]
    """10th and 90th percentile over the parameters' ranges."""
    acid_min_alternative: float | None
    """The same in the alternative day; None when there is no alternative."""
    lowest_ph: float
    lowest_ph_at_min: float
    ph: tuple[float, ...]
    """pH at the enamel at each of the forecast's `time_min`."""
    ph_alternative: tuple[float, ...]
    """Empty when there is no alternative."""
    mineral: float = 0.0
    """Mineral that the day takes (> 0) from sound enamel, or 0, vol%.um."""
    mineral_interval: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceForecast:
    """One surface of one tooth over one day; where it has two places, the one that is longer in acid."""

    fdi: str
    surface: str
    """M, D, O, B or L."""
    group: str
    """The group of sites whose intervals hold for it."""
    acid_min: float
    mineral: float
    """Mineral that the day takes (> 0) or gives back (< 0), vol%.um."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """One choice, at the surface that is longest in acid as the day is."""

    id: str
    """diet, paste, both."""
    words: str
    """Such as "brushing with fluoride paste twice a day"."""
    tooth: str
    surface: str
    acid_min: float
    """As the day is; `acid_min_with` with the choice. So for mineral, which is > 0 where it is lost, vol%.um."""
    acid_min_with: float
    mineral: float
    mineral_with: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildShift:
    """How days like this one shift the plaque: germs that thrive in acid, as a share of the living weight."""

    place: str
    """Such as "16-MB": where it is longest in acid."""
    days: int
    times: float
    """After so many days they are so many times as much of the plaque as before."""
    times_interval: tuple[float, float]
    """From the least to the most of eight people who differ in what is not measured."""
    times_with: float | None
    """With the one change; None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineeredOption:
    """An engineered strain that passed the release gate."""

    strain: str
    name: str
    off_target: tuple[str, ...]
    """What it would do to other bacteria and other people, each a sentence."""
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The twin's statement about one patient's day. Simulated, not measured."""

    time_min: tuple[float, ...]
    """Minutes after midnight, equally spaced, the same for every site."""
    sites: tuple[SiteForecast, ...]
    occasions: tuple[Occasion, ...]
    alternative: str
    """The one change tried, in plain words ("no sweet drinks or snacks between meals"); "" when there is none."""
    critical_ph: float
    unstimulated_flow_ml_min: float
    flow_is_measured: bool
    model: str
    """Name and version of the model and its parameter set."""
    parameters_sha256: str
    mark: Mark
    """The weakest mark among the inputs."""
    cannot_know: tuple[str, ...]
    """What the twin leaves out, each a whole sentence a patient can read."""
    surfaces: tuple[SurfaceForecast, ...] = ()
    """Every surface of every tooth that is there; records from before it was worked out have none."""
    what_ifs: tuple[WhatIf, ...] = ()
    """What each choice would change."""
    engineered: tuple[EngineeredOption, ...] = ()
    """Engineered bacteria that may be offered; none passes the release gate today."""
    shift: GuildShift | None = None
    """Records from before it was worked out have none."""

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

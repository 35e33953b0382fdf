"""Lab samples as they came: stored and shown, and labelled "not interpreted" until a panel can read them."""

from dataclasses import dataclass

NOT_INTERPRETED = "not interpreted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Biomarker:
    """One measured substance. `value` is None when it was below `detection_limit`."""

    name: str
    value: float | None
    unit: str
    detection_limit: float | None = None
    assay: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonTable:
    """A 16S or metagenome table of one sample: how many reads (or what share), over which taxa."""

    file: str
    sample_id: str
    taxa: int
    """Taxa with a count above zero."""
    total: float
    """Sum over all taxa, in `unit`."""
    unit: str
    """"reads" or "share"."""
    most: tuple[tuple[str, float], ...]
    """The five most abundant taxa with their share of the total (0-1), largest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Everything that came back from one lab sample of one patient."""

    id: str
    material: str
    """"saliva", "plaque", "rinse" …"""
    taken_on: str
    """ISO date."""
    biomarkers: tuple[Biomarker, ...] = ()
    taxa: tuple[TaxonTable, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """Each file read and its SHA-256 (hex)."""
    reading: str = NOT_INTERPRETED

"""What a strain card says, checked: a strain is a guild with changes, and whatever is known about letting it live.

What nobody has measured, or we do not know, is None or empty here; the release gate says that it is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commensal.mouth.errors import ParameterError, StrainError
from commensal.mouth.parameters import Parameter
from commensal.mouth.processes.table import PLAQUE_GUILDS, ProcessTable, load_guilds, load_processes
from commensal.provenance import Mark, Source, weakest

BACTERIOCINS = ("mutacin", "dentisanin", "salivaricin")
"""Those that the twin has processes for."""
FASTEST_GROWTH_PER_H = 3.0
"""No bacterium of the mouth doubles in less than a quarter of an hour."""
GROWTH = ("mu_sugar", "mu_host", "mu_lactate", "mu_respire")
CARDINAL = ("growth_ph", "glycolysis_ph", "arginolysis_ph", "nitrate_ph", "nitrite_ph")
MATRIX = "matrix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something in words, with where it comes from."""

    text: str
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What the strain's bacteriocin does to one guild."""

    guild: str
    is_harmed: bool
    zone_mm: float | None
    """Inhibition zone where it was seen, mm."""
    half_ug_ml: Parameter | None
    """What halves the fastest kill; None = as the table of guilds says."""
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Bacteriocin:
    """What the strain makes against others."""

    name: str
    acts_as: str | None
    """The one of BACTERIOCINS that it is in the twin; None = the twin does not have it."""
    spectrum: tuple[Harm, ...]
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Auxotrophy:
    """What the strain cannot live without."""

    nutrient: str
    death_per_h: Parameter | None
    half_mmol_l: Parameter | None
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """What kills the strain on a signal, and how many of so many cells were seen to escape it."""

    signal: str
    log10_killed: Parameter
    within_h: Parameter
    escapes: int | None
    cells: float | None
    medium: str | None
    origin: Source

    @property
    def kill_per_h(self) -> float:
        """How fast those that do not escape die."""
        return 2.302585092994046 * self.log10_killed.value / self.within_h.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversion:
    """How many of so many were seen to have lost the change."""

    reverted: int
    of: float
    where: str
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Resistance:
    """Whether the strain carries resistance to antibiotics that can move to others."""

    is_transferable: bool
    told: str
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person who has read all this and says yes."""

    person: str
    role: str
    on: str
    """The day, as 2026-01-31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """A strain as its card tells it. Parameters of `changes` are named as in `data/guilds.csv`, without the guild."""

    id: str
    name: str
    parent: str
    is_engineered: bool
    intended: Statement | None
    mechanism: tuple[Statement, ...]
    changes: tuple[Parameter, ...]
    bacteriocin: Bacteriocin | None
    auxotrophy: Auxotrophy | None
    kill_switch: KillSwitch | None
    mics_ug_ml: tuple[Parameter, ...]
    """By drug."""
    resistance: Resistance | None
    reversion: Reversion | None
    genome_sha256: str | None
    shedding: Statement | None
    household: Statement | None
    exclusions: tuple[str, ...]
    stop_rule: str | None
    consent: str | None
    approvals: tuple[Approval, ...]
    evidence: tuple[Statement, ...]

    def __post_init__(self) -> None:
        """Refuses a parent that is no guild, and kinetics that no bacterium has."""
        if self.parent not in PLAQUE_GUILDS:
            raise StrainError(f"{self.id}: parent: expected one of {', '.join(PLAQUE_GUILDS)}, got {self.parent!r}")
        if self.id in PLAQUE_GUILDS or self.id in ("all", "matrix", "lumped", "community"):
            raise StrainError(f"{self.id}: id: expected a name that no guild has, got {self.id!r}")
        if not self.evidence:
            raise StrainError(
                f"{self.id}: evidence: expected at least one statement with a source and a mark, got none"
            )
        _check_changes(self)
        _check_balances(self)

    @property
    def overrides(self) -> dict[str, Parameter]:
        """Where the strain differs from its parent, by `id.parameter`, for `load_processes`."""
        found = {one.name: one for one in self.changes}
        if self.auxotrophy is not None and self.auxotrophy.death_per_h is not None:
            found["kill_unrescued"] = self.auxotrophy.death_per_h
            if self.auxotrophy.half_mmol_l is not None:
                found["half_rescue"] = self.auxotrophy.half_mmol_l
        if self.kill_switch is not None:
            logs, rate = self.kill_switch.log10_killed, self.kill_switch.kill_per_h
            found["kill_signalled"] = Parameter(
                name="kill_signalled", value=rate, unit="1/h", low=rate, high=rate, source=logs.source, mark=logs.mark
            )
        return {f"{self.id}.{name}": one for name, one in found.items()}

    @property
    def spectrum_overrides(self) -> dict[str, Parameter]:
        """What guilds have in the presence of its bacteriocin, by `guild.parameter`, where the card says so."""
        made = self.bacteriocin
        if made is None or made.acts_as is None:
            return {}
        return {f"{x.guild}.half_{made.acts_as}": x.half_ug_ml for x in made.spectrum if x.half_ug_ml is not None}

    @property
    def mark(self) -> Mark:
        """The weakest mark of what makes it differ from its parent."""
        marks = [one.mark for one in self.overrides.values()]
        return weakest(marks or [one.origin.mark for one in self.evidence])


def _check_balances(strain: Strain) -> None:
    """Refuses a yield that its food cannot give, and any other balance that does not close, anywhere in its range."""
    own = strain.overrides
    ends = [own, {name: replace(one, value=one.low) for name, one in own.items()}]
    ends.append({name: replace(one, value=one.high) for name, one in own.items()})
    for overrides in ends:
        try:
            load_processes((strain.id, MATRIX), copies={strain.id: strain.parent}, overrides=overrides)
        except ParameterError as error:
            raise StrainError(f"{strain.id}: kinetics: {error}") from error


def strains_table(
    who: Sequence[str],
    strains: Sequence[Strain],
    *,
    changes: Mapping[str, float] | None = None,
    without: Sequence[str] = (),
    also: Sequence[str] = (),
) -> ProcessTable:
    """The processes of guilds and strains together.

    Args:
        who: guilds and ids of `strains`.
        strains: those that are named, and perhaps others.
        changes: parameters on top, by `guild.parameter`.
        without, also: as in `load_processes`.

    Raises:
        StrainError: two with one id, or whose cards say different things of one guild.
        ParameterError: as `load_processes`.
    """
    present = [strain for strain in strains if strain.id in who]
    ids = [strain.id for strain in present]
    if len(set(ids)) != len(ids):
        raise StrainError(f"expected strains with ids of their own, got {', '.join(ids)}; give each card another id")
    overrides: dict[str, float | Parameter] = {}
    for strain in present:
        for name, one in {**strain.overrides, **strain.spectrum_overrides}.items():
            if overrides.get(name, one) != one:
                raise StrainError(
                    f"{strain.id}: expected the {name} of the other strains, got {one.value:g} {one.unit}"
                )
            overrides[name] = one
    overrides.update(changes or {})
    copies = {strain.id: strain.parent for strain in present}
    return load_processes(who, copies=copies, overrides=overrides, without=without, also=also)


def known_parameters(parent: str) -> dict[str, Parameter]:
    """The parameters that a strain of this guild may change, by bare name."""
    found: dict[str, Parameter] = {}
    for owner in ("all", parent):
        for name, one in load_guilds().items():
            whose, _, bare = name.partition(".")
            if whose == owner and bare not in ("share", "host_saliva"):
                found[bare] = one
    return found


def _check_changes(strain: Strain) -> None:
    known, now = known_parameters(strain.parent), {one.name: one for one in strain.changes}
    for one in strain.changes:
        if one.low < 0.0:
            raise StrainError(
                f"{strain.id}: {one.name}: expected figures >= 0 {one.unit}, got {one.low:g} at the least"
            )
        if one.name in GROWTH and one.high > FASTEST_GROWTH_PER_H:
            told = f"a growth rate of at most {FASTEST_GROWTH_PER_H:g} /h"
            raise StrainError(
                f"{strain.id}: {one.name}: expected {told}, got {one.high:g} {one.unit} (a doubling a day?)"
            )
    for what in CARDINAL:
        names = [f"{what}_{which}" for which in ("lowest", "best", "highest")]
        if not all(name in known for name in names):
            continue
        lowest, best, highest = (now.get(name, known[name]).value for name in names)
        if not 0.0 < lowest < best < highest < 14.0:
            told = f"{lowest:g}, {best:g} and {highest:g}"
            raise StrainError(f"{strain.id}: {what}: expected lowest < best < highest within 0 to 14, got {told}")

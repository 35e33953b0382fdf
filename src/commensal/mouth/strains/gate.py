"""The release gate: what must be known of a strain, and be good enough, before anybody may be offered it.

A gate, not a verdict: who passes has shown what is asked here, and no more. What a card does not say is missing, and
what is missing does not pass. Source of the fields: strain sheet of this project, section 5, from 81 FR 43206 (FDA,
early trials of live biotherapeutic products), Appl Biosaf 2024;29:186 and PMID 39668804.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commensal.mouth.processes.table import PLAQUE_GUILDS
from commensal.mouth.strains.escape import escape_of
from commensal.mouth.strains.strain import Strain
from commensal.mouth.strains.trial import number
from commensal.provenance import Mark, Source

LEAST_DRUGS = 2
LEAST_PERSONS = 2
EXCLUSIONS = {
    "immunocompromise": ("immun",),
    "risk of endocarditis": ("endocarditis",),
    "pregnancy": ("pregnan",),
    "infants in the household": ("infant", "baby", "babies"),
}
"""Who must be excluded, and a word that says so."""
FDA = Source("81 FR 43206; content recalled", Mark.RECALLED)
SHEET = Source("strain sheet of this project, section 5", Mark.RECALLED)
RISK = Source("Appl Biosaf 2024;29:186", Mark.SEEN)
FIELD = Source(
    "PMID 39668804 (escape rises 3 to 4 orders in the field); the limit of 1 in 1e8: NIH, recalled", Mark.RECALLED
)
NOTES = (
    (
        "US: a live biotherapeutic product is a biologic; trials need an IND under 21 CFR 312. Who claims to treat or "
        "prevent a disease sells a drug, not a cosmetic or a supplement. Work on recombinant strains falls under the "
        "NIH Guidelines.",
        Mark.RECALLED,
    ),
    (
        "EU: contained use under 2009/41/EC; release under 2001/18/EC, part B for trials, part C for the market, with "
        "an assessment and monitoring of risk; no marker of antibiotic resistance that does harm; Ph. Eur. 3053. UK: "
        "GMO (Contained Use) Regulations 2014, GMO (Deliberate Release) Regulations 2002.",
        Mark.RECALLED,
    ),
)
"""What the law asks besides, and how far to trust our telling. No legal advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing the gate asks."""

    id: str
    asked: str
    is_passed: bool
    there: str
    """What the card says, or what is missing, in a plain sentence."""
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """All that the gate asked of a strain."""

    strain: str
    checks: tuple[Check, ...]
    notes: tuple[tuple[str, Mark], ...] = NOTES

    @property
    def is_open(self) -> bool:
        """True only when there are checks and every one is passed."""
        return bool(self.checks) and all(check.is_passed for check in self.checks)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing or not good enough, in plain sentences."""
        return tuple(check.there for check in self.checks if not check.is_passed)


def gate(strain: Strain) -> GateResult:
    """Ask everything; a natural strain has no change, switch or reversion to show."""
    asked = [*ALWAYS, *(ENGINEERED if strain.is_engineered else ())]
    checks = []
    for name, what, source, look in asked:
        is_passed, there = look(strain)
        checks.append(Check(id=name, asked=what, is_passed=is_passed, there=there, source=source))
    return GateResult(strain=strain.id, checks=tuple(checks))


def may_be_offered(strain: Strain) -> GateResult:
    """Whether a patient may be offered this strain at all: only when the gate is open. For other rooms."""
    return gate(strain)


Look = Callable[[Strain], tuple[bool, str]]


def _genome(strain: Strain) -> tuple[bool, str]:
    if strain.genome_sha256 is None:
        return False, "The card has no digest of the strain's genome."
    return True, f"Genome {strain.genome_sha256[:12]}..."


def _mics(strain: Strain) -> tuple[bool, str]:
    drugs = [one.name for one in strain.mics_ug_ml if one.mark is Mark.SEEN]
    if len(drugs) >= LEAST_DRUGS:
        return True, f"Measured for {', '.join(drugs)}."
    have = f"only for {drugs[0]}" if drugs else "for no drug"
    return False, f"What drugs stop it was measured {have}; at least {LEAST_DRUGS} are asked, such as amoxicillin."


def _resistance(strain: Strain) -> tuple[bool, str]:
    if strain.resistance is None:
        return False, "Nobody says whether it carries resistance to antibiotics that can move to others."
    if strain.resistance.is_transferable:
        return False, f"It carries resistance that can move to others: {strain.resistance.told}"
    if strain.resistance.origin.mark is not Mark.SEEN:
        return False, f"That no resistance can move is {strain.resistance.origin.mark}, not seen."
    return True, strain.resistance.told


def _spectrum(strain: Strain) -> tuple[bool, str]:
    made = strain.bacteriocin
    seen = {one.guild for one in made.spectrum if one.origin.mark is Mark.SEEN} if made is not None else set()
    unseen = [guild for guild in PLAQUE_GUILDS if guild not in seen]
    if unseen:
        return False, f"Nobody has shown, by measurement, what it does to {', '.join(unseen)}."
    harmed = [one.guild for one in made.spectrum if one.is_harmed] if made is not None else []
    return True, f"Measured for all guilds; it harms {', '.join(harmed) or 'none'}."


def _said(what: str, get: Callable[[Strain], object]) -> Look:
    def look(strain: Strain) -> tuple[bool, str]:
        told = get(strain)
        if told is None:
            return False, f"The card has no {what}."
        return True, str(getattr(told, "text", told))

    return look


def _exclusions(strain: Strain) -> tuple[bool, str]:
    told = " ".join(strain.exclusions).lower()
    missing = [what for what, words in EXCLUSIONS.items() if not any(word in told for word in words)]
    if missing:
        return False, f"Nobody is excluded for {', '.join(missing)}."
    return True, "; ".join(strain.exclusions)


def _approvals(strain: Strain) -> tuple[bool, str]:
    people = sorted({" ".join(one.person.split()).casefold() for one in strain.approvals})
    if len(people) < LEAST_PERSONS:
        return False, f"{len(people)} of at least {LEAST_PERSONS} persons have approved it."
    return True, ", ".join(f"{one.person} ({one.role}), {one.on}" for one in strain.approvals)


def _auxotrophy(strain: Strain) -> tuple[bool, str]:
    if strain.auxotrophy is None:
        return False, "It needs no nutrient that can be withheld, or the card does not say which."
    death = strain.auxotrophy.death_per_h
    if death is None or death.mark is not Mark.SEEN:
        return False, f"It needs {strain.auxotrophy.nutrient}; how fast it dies without was not measured."
    return True, f"Without {strain.auxotrophy.nutrient} it dies at {death.value:g} /h."


def _switch(strain: Strain) -> tuple[bool, str]:
    switch = strain.kill_switch
    if switch is None:
        return False, "It has no kill switch, or the card does not say which."
    if switch.origin.mark is not Mark.SEEN or switch.log10_killed.mark is not Mark.SEEN or switch.medium is None:
        return False, f"That {switch.signal} kills it was not measured, or the card does not say in which medium."
    return True, f"{switch.signal}: {switch.log10_killed.value:g} log10 killed in {switch.medium}."


def _escape_in(is_in_field: bool) -> Look:
    def look(strain: Strain) -> tuple[bool, str]:
        found = None if strain.kill_switch is None else escape_of(strain.kill_switch)
        if found is None:
            return False, "Nobody has counted how many cells escape the kill switch."
        upper = found.in_field_upper if is_in_field else found.in_medium_upper
        rise = f", raised {number('field_factor'):.0e}-fold for the field," if is_in_field else ""
        told = f"At most {upper:.1e} of its cells escape{rise} with {number('confidence'):.0%} confidence"
        if upper < number("escape_limit"):
            return True, f"{told}."
        more = " Only a count in the mouth's own conditions, or far more cells, can show less." if is_in_field else ""
        return False, f"{told}; less than {number('escape_limit'):.0e} is asked.{more}"

    return look


def _reversion(strain: Strain) -> tuple[bool, str]:
    if strain.reversion is None:
        return False, "Nobody says how often it reverts to its parent."
    found = strain.reversion
    told = f"{found.reverted} of {found.of:.0e} had reverted ({found.where})."
    return found.origin.mark is Mark.SEEN, told


ALWAYS: tuple[tuple[str, str, Source, Look], ...] = (
    ("genome", "the digest of its genome", FDA, _genome),
    ("mics", f"what stops it: MICs of {LEAST_DRUGS} rescue drugs or more", FDA, _mics),
    ("resistance", "no resistance to antibiotics that can move to others", FDA, _resistance),
    ("spectrum", "what it does to every guild, commensals too", RISK, _spectrum),
    ("shedding", "a plan for what is shed", FDA, _said("plan for what is shed", lambda one: one.shedding)),
    ("household", "a plan for the household", SHEET, _said("plan for the household", lambda one: one.household)),
    ("exclusions", f"who is excluded: {', '.join(EXCLUSIONS)}", SHEET, _exclusions),
    ("stop", "a rule when to stop", SHEET, _said("rule when to stop", lambda one: one.stop_rule)),
    ("consent", "how consent is asked", SHEET, _said("word on consent", lambda one: one.consent)),
    ("approvals", f"the approval of {LEAST_PERSONS} persons or more", SHEET, _approvals),
)
ENGINEERED: tuple[tuple[str, str, Source, Look], ...] = (
    ("change", "what was changed, and why", FDA, _said("word on what was changed", lambda one: one.intended)),
    ("auxotrophy", "a nutrient that it dies without, measured", RISK, _auxotrophy),
    ("kill_switch", "a kill switch, measured, with its medium", RISK, _switch),
    ("escape", "escape below 1 in 1e8 with its upper bound", FIELD, _escape_in(is_in_field=False)),
    ("escape_in_field", "the same after the rise from rich medium to the field", FIELD, _escape_in(is_in_field=True)),
    ("reversion", "how often it reverts, measured", FDA, _reversion),
)

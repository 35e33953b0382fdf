"""What probing says about lost support: is it periodontitis, how much is lost, how many teeth it touches.

A case (AAP/EFP 2018, recalled) is interdental attachment loss at two or more teeth that are not neighbours,
or cheek- or tongue-side loss of 3 mm or more with a pocket over 3 mm at two or more teeth. Only permanent
teeth count.

Neighbours are neighbours by number (15 and 16, 11 and 21); 15 and 17 are not, even when 16 is gone: the
reading that finds a case sooner.

Leaves out: the other causes the definition excludes (brushing trauma, caries at the neck, a wisdom tooth
behind, the root canal, a cracked root). The examination does not ask for them, so each case says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from commensal.diagnosis.exam import PERMANENT, Exam, Presence, ProbingSite, ToothExam
from commensal.diagnosis.finding import Evidence
from commensal.diagnosis.rules.tables import limit, plain

INTERDENTAL = ("MB", "DB", "ML", "DL")
FREE = ("B", "L")
WISDOM = frozenset({"18", "28", "38", "48"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What probing says. `is_case` is None when too little was measured to say no."""

    is_case: bool | None
    worst_loss_mm: float | None
    """Greatest loss by which a case is staged; None when no loss was measured."""
    evidence: tuple[Evidence, ...]
    touched: tuple[str, ...]
    """Teeth with interdental loss, or with the free-side loss that makes the case."""
    measured: tuple[str, ...]
    """Teeth on which loss was measured at one site or more."""
    is_complete: bool
    """Loss was measured at every site of every present tooth, and no tooth but a wisdom tooth is
    unaccounted for."""


def present_teeth(exam: Exam) -> tuple[ToothExam, ...]:
    """The present permanent teeth, in FDI order."""
    return tuple(exam.tooth(fdi) for fdi in PERMANENT if exam.tooth(fdi).presence is Presence.PRESENT)


def are_neighbours(one: str, other: str) -> bool:
    """True for two teeth that stand side by side in one jaw, by number.

    >>> are_neighbours("15", "16"), are_neighbours("11", "21"), are_neighbours("15", "17")
    (True, True, False)
    """
    if one[0] == other[0]:
        return abs(int(one[1]) - int(other[1])) == 1
    return {one, other} in ({"11", "21"}, {"31", "41"})


def support(exam: Exam) -> Support:
    """Reads every probed site and says whether the case definition is met."""
    between = list(_sites(exam, INTERDENTAL))
    free = list(_sites(exam, FREE))
    lost_between = _teeth_with(between, limit("perio_loss_from_mm"))
    lost_free = _teeth_with(
        [one for one in free if one[2].depth_mm > limit("perio_case_pocket_above_mm")],
        limit("perio_case_free_loss_from_mm"),
    )
    need = round(limit("perio_case_teeth"))
    by_between = any(not are_neighbours(a, b) for a, b in combinations(lost_between, 2))
    by_free = len(lost_free) >= need
    is_complete = _is_complete(exam)
    is_case = True if by_between or by_free else (False if is_complete else None)
    staged_by = between if lost_between else (free if by_free else between)
    losses = [
        (site.attachment_loss_mm, fdi, name) for fdi, name, site in staged_by if site.attachment_loss_mm is not None
    ]
    worst = max(losses, default=None)
    evidence: tuple[Evidence, ...] = ()
    if worst is not None:
        where = f"exam.json teeth.{worst[1]}.probing.{worst[2]}.attachment_loss_mm"
        evidence = (Evidence(name="greatest attachment loss", value=plain(worst[0]), unit="mm", where=where),)
    measured = {fdi for fdi, _, site in (*between, *free) if site.attachment_loss_mm is not None}
    return Support(
        is_case=is_case,
        worst_loss_mm=None if worst is None else worst[0],
        evidence=evidence,
        touched=tuple(sorted({*lost_between, *(lost_free if by_free else ())})),
        measured=tuple(sorted(measured)),
        is_complete=is_complete,
    )


def deepest(exam: Exam) -> Evidence | None:
    """The deepest pocket of the mouth; None when nothing was probed."""
    sites = list(_sites(exam, INTERDENTAL + FREE))
    if not sites:
        return None
    fdi, name, site = max(sites, key=lambda one: one[2].depth_mm)
    where = f"exam.json teeth.{fdi}.probing.{name}.depth_mm"
    return Evidence(name="deepest pocket", value=plain(site.depth_mm), unit="mm", where=where)


def extent(found: Support) -> str:
    """localised, generalised, or the molar and incisor pattern; "" when no tooth is touched.

    Share of the measured teeth with any loss. The guide does not say which loss makes a tooth count; any
    loss is the reading that calls more cases generalised.
    """
    if not found.touched:
        return ""
    positions = {fdi[1] for fdi in found.touched}
    if positions <= set("12678") and positions & set("12") and positions & set("678"):
        return "molar and incisor pattern"
    share = 100 * len(found.touched) / len(found.measured)
    return "generalised" if share >= limit("perio_generalised_from_percent") else "localised"


def _sites(exam: Exam, names: tuple[str, ...]) -> Iterator[tuple[str, str, ProbingSite]]:
    for tooth in present_teeth(exam):
        for name in names:
            if name in tooth.probing:
                yield tooth.fdi, name, tooth.probing[name]


def _teeth_with(sites: list[tuple[str, str, ProbingSite]], from_mm: float) -> tuple[str, ...]:
    lost = {fdi for fdi, _, site in sites if site.attachment_loss_mm is not None and site.attachment_loss_mm >= from_mm}
    return tuple(sorted(lost))


def _is_complete(exam: Exam) -> bool:
    present = present_teeth(exam)
    unaccounted = [fdi for fdi in PERMANENT if fdi not in WISDOM and exam.tooth(fdi).presence is Presence.NOT_EXAMINED]
    return (
        bool(present)
        and not unaccounted
        and all(
            tooth.probing and all(site.attachment_loss_mm is not None for site in tooth.probing.values())
            for tooth in present
        )
    )

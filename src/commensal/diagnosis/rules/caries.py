"""ICDAS II codes, merged into initial (1-2), moderate (3-4) and extensive (5-6), with activity.

One finding for every surface with a code above 0. A surface nobody examined yields nothing, and so does a
sound one. The codes are seen; the merge is recalled (ICCMS), so the finding carries the weaker mark.
"""

from commensal.diagnosis.exam import SURFACES, Exam, Presence, Surface
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.tables import limit, rows, rule

SURFACE_WORDS = {"M": "front side", "D": "back side", "O": "top", "B": "outer side", "L": "inner side"}
"""What a patient reads for a surface of a back tooth."""
FRONT_SURFACE_WORDS = SURFACE_WORDS | {
    "M": "side to the middle",
    "D": "side away from the middle",
    "O": "edge",
}


def surface_words(tooth: str, surface: str) -> str:
    """A surface in plain words, for this tooth.

    >>> surface_words("16", "M"), surface_words("11", "M")
    ('front side', 'side to the middle')
    """
    return (FRONT_SURFACE_WORDS if tooth[1] in "123" else SURFACE_WORDS)[surface]


def step(icdas: int) -> str:
    """The merged step of an ICDAS code: sound, initial, moderate or extensive."""
    if icdas >= limit("icdas_extensive_from"):
        return "extensive"
    if icdas >= limit("icdas_moderate_from"):
        return "moderate"
    return "initial" if icdas > 0 else "sound"


def examined(exam: Exam) -> tuple[tuple[str, str, Surface], ...]:
    """Every examined surface as (tooth, surface name, surface), by FDI number and then M D O B L."""
    return tuple(
        (fdi, name, tooth.surfaces[name])
        for fdi, tooth in sorted(exam.teeth.items())
        if tooth.presence is Presence.PRESENT
        for name in SURFACES
        if name in tooth.surfaces
    )


def find_caries(exam: Exam) -> tuple[Finding, ...]:
    """A finding for every examined surface with an ICDAS code of 1 or more."""
    return tuple(_caries(tooth, name, surface) for tooth, name, surface in examined(exam) if surface.icdas > 0)


def _caries(tooth: str, name: str, surface: Surface) -> Finding:
    at = f"exam.json teeth.{tooth}.surfaces.{name}"
    evidence = [Evidence(name="ICDAS code", value=str(surface.icdas), where=f"{at}.icdas")]
    activity, doubts = "", []
    if surface.is_active is None:
        doubts.append("Nobody wrote down if this spot is active.")
    else:
        evidence.append(Evidence(name="active", value="yes" if surface.is_active else "no", where=f"{at}.active"))
        activity = " It is active: it can grow." if surface.is_active else " It is at rest."
    beside = ""
    if surface.restoration is not None:
        evidence.append(Evidence(name="restoration", value=surface.restoration, where=f"{at}.restoration"))
        beside = f" It is beside a {surface.restoration}."
    if surface.icdas >= limit("icdas_moderate_from"):
        doubts.append("A look cannot show how deep it goes.")
    statement = {row["code"]: row["statement"] for row in rows("icdas")}[str(surface.icdas)]
    return Finding(
        id=f"icdas-merge:{tooth}:{name}",
        kind=Kind.CARIES,
        title=f"Caries on {tooth}, {surface_words(tooth, name)}",
        statement=f"{statement}{activity}{beside}",
        rule=rule("icdas-merge"),
        evidence=tuple(evidence),
        certainty=Certainty.MEDIUM if surface.is_active is None else Certainty.HIGH,
        grade=step(surface.icdas),
        tooth=tooth,
        surface=name,
        cannot_know=tuple(doubts),
    )

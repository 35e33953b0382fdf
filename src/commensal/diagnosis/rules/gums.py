"""Bleeding on probing: healthy gums, gingivitis, or neither (AAP/EFP 2018, recalled).

Healthy is less than 10 % of sites bleeding and no pocket over 3 mm; gingivitis is 10 % or more without
attachment loss, localised up to 30 %, generalised above. Sites whose bleeding nobody noted are left out of
the share, and counted aloud.

Leaves out: "stable after treatment" (the examination does not say who was treated); BPE codes.
"""

from commensal.diagnosis.exam import PERMANENT, Exam, Presence, ProbingSite
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.tables import limit, plain, rule


def find_gum_health(exam: Exam) -> tuple[Finding, ...]:
    """One finding on the gums; it says so when they were not probed or nobody noted bleeding."""
    probed = [
        site
        for fdi in PERMANENT
        if exam.tooth(fdi).presence is Presence.PRESENT
        for site in exam.tooth(fdi).probing.values()
    ]
    noted = [site for site in probed if site.bleeding is not None]
    if not noted:
        said = "The gums were not measured today." if not probed else "Nobody noted if the gums bleed."
        return (_finding("not measured", f"{said} So we cannot say how they are.", (), ()),)
    share = 100 * sum(bool(site.bleeding) for site in noted) / len(noted)
    grade, words = _grade(share, probed)
    evidence = (
        Evidence(
            name="sites that bleed",
            value=plain(round(share, 1)),
            unit=f"% of {len(noted)} sites",
            where="exam.json teeth.*.probing.*.bleeding",
        ),
        Evidence(
            name="deepest pocket",
            value=plain(max(site.depth_mm for site in probed)),
            unit="mm",
            where="exam.json teeth.*.probing.*.depth_mm",
        ),
    )
    doubts = []
    if len(noted) < len(probed):
        doubts.append(f"Bleeding was not noted at {len(probed) - len(noted)} sites.")
    if any(site.attachment_loss_mm is None for site in probed):
        doubts.append("The support around the teeth was not measured at each site.")
    statement = f"The gums bleed at {plain(round(share, 1))} of 100 sites. {words}"
    return (_finding(grade, statement, evidence, tuple(doubts)),)


def _grade(share: float, probed: list[ProbingSite]) -> tuple[str, str]:
    """The rule's result and its words, from the share of bleeding sites (%) and all probed sites."""
    losses = [site.attachment_loss_mm for site in probed]
    has_loss = any(loss is not None and loss >= limit("perio_loss_from_mm") for loss in losses)
    if share < limit("gum_bleeding_from_percent"):
        if max(site.depth_mm for site in probed) <= limit("gum_health_pd_max_mm"):
            return ("healthy", "They are healthy.") if not has_loss else ("quiet", "They are calm now.")
        return "pockets", "Some pockets are deep. A dentist should look at them."
    if has_loss:
        return "bleeding", "There is also a loss of support, so we do not call it gingivitis."
    if None in losses:
        return "bleeding", "We do not name it: the support of the teeth was not fully measured."
    is_general = share > limit("gum_bleeding_general_above_percent")
    return ("gingivitis, generalised" if is_general else "gingivitis, localised"), "This is gingivitis."


def _finding(grade: str, statement: str, evidence: tuple[Evidence, ...], doubts: tuple[str, ...]) -> Finding:
    return Finding(
        id="gum-health",
        kind=Kind.GUM_HEALTH,
        title="Gums",
        statement=statement,
        rule=rule("gum-health"),
        evidence=evidence,
        certainty=Certainty.LIMITED if not evidence or doubts else Certainty.HIGH,
        grade=grade,
        cannot_know=doubts,
    )

"""Engineered bacteria as an option: only what passes the release gate, and never without what they do off target."""

from collections.abc import Sequence

from commensal.diagnosis.forecast import EngineeredOption
from commensal.mouth import strains

HARMED_LOG10, LOST_LOG10 = -0.3, -3.0
"""A guild that falls to half counts as pressed; to a thousandth, as gone. Ours."""
PLAIN = {
    "mutans": "mutans streptococci",
    "mitis": "S. sanguinis and its like",
    "arginolytic": "arginine users",
    "salivarius": "S. salivarius",
    "actinomyces": "Actinomyces",
    "lactobacilli": "lactobacilli",
    "veillonella": "Veillonella",
    "neisseria": "Neisseria and Rothia",
    "fusobacteria": "fusobacteria",
    "anaerobes": "anaerobes of the gums",
}


def engineered_options(cards: Sequence[strains.Strain] | None = None) -> tuple[EngineeredOption, ...]:
    """The engineered strains that may be offered at all, each with what it would do to other bacteria.

    Args:
        cards: whose; None = those that ship with the program. None of those passes today.

    Raises:
        SolveError: the trial of a strain that passed cannot be computed.
    """
    known = tuple(strains.shipped().values()) if cards is None else tuple(cards)
    return tuple(_option(one) for one in known if one.is_engineered and strains.may_be_offered(one).is_open)


def _option(strain: strains.Strain) -> EngineeredOption:
    portrait = strains.portray(strain)
    others = {guild: change for guild, change in portrait.off_target_log10.items() if guild != strain.parent}
    gone = [PLAIN.get(guild, guild) for guild, change in others.items() if change <= LOST_LOG10]
    pressed = [PLAIN.get(guild, guild) for guild, change in others.items() if LOST_LOG10 < change <= HARMED_LOG10]
    said = []
    if gone:
        said.append(f"In our simulation these all but go: {', '.join(gone)}.")
    if pressed:
        said.append(f"These become fewer: {', '.join(pressed)}.")
    if not said:
        said.append("In our simulation it presses on no other germs of the plaque.")
    said.append("Whoever lives with you may get it too.")
    return EngineeredOption(strain=strain.id, name=strain.name, off_target=tuple(said), mark=portrait.mark)

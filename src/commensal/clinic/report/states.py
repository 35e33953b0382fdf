"""What the examination says of every tooth in the picture: a state for each surface, letters, and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commensal.clinic.report.teeth import is_front, teeth_to_draw
from commensal.diagnosis import Exam

FIRST_MODERATE_ICDAS = 3
"""ICDAS 1-2 are early changes in enamel, to watch; from 3 on the enamel is broken (ICDAS merged categories)."""
SURFACE_ORDER = ("M", "D", "O", "B", "L")
SURFACE_WORDS = {"M": "front side", "D": "back side", "O": "top", "B": "outer side", "L": "inner side"}
FRONT_SURFACE_WORDS = SURFACE_WORDS | {
    "M": "side to the middle",
    "D": "side away from the middle",
    "O": "edge",
}


class State(StrEnum):
    """What a surface, or a whole tooth, is drawn as. Worst first."""

    CARIES = "caries"
    WATCH = "watch"
    CROWN = "crown"
    FILLED = "filled"
    SEALED = "sealed"
    NOT_EXAMINED = "not examined"
    SOUND = "sound"
    ABSENT = "absent"


LETTERS = {
    State.CARIES: "C",
    State.WATCH: "W",
    State.CROWN: "K",
    State.FILLED: "R",
    State.SEALED: "S",
    State.NOT_EXAMINED: "?",
    State.SOUND: "",
    State.ABSENT: "x",
}
STATE_WORDS = {
    State.CARIES: "caries",
    State.WATCH: "early change",
    State.CROWN: "crown",
    State.FILLED: "filling",
    State.SEALED: "sealed",
    State.NOT_EXAMINED: "not examined",
    State.SOUND: "sound",
    State.ABSENT: "absent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToothState:
    """One tooth as the examination left it."""

    fdi: str
    overall: State
    """ABSENT or NOT_EXAMINED for the whole tooth, else the worst of its surfaces."""
    surfaces: dict[str, State]
    """M, D, O, B, L -> state; empty when the tooth is absent."""
    letters: tuple[str, ...]
    """At most one per state, worst first: "C4", "R"."""
    text: str
    """The same in words, never empty."""
    places: dict[State, str]
    """Each state found -> the surfaces that have it, in words."""


def tooth_states(exam: Exam | None, age_y: int) -> tuple[ToothState, ...]:
    """Every tooth to draw with its state; without an examination every tooth is not examined."""
    if exam is None:
        drawn = teeth_to_draw(lambda fdi: False, lambda fdi: False, age_y)
        return tuple(_unseen(fdi, "") for fdi in drawn)
    spoken_of = exam.teeth
    drawn = teeth_to_draw(
        lambda fdi: fdi in spoken_of, lambda fdi: fdi in spoken_of and spoken_of[fdi].presence == "present", age_y
    )
    return tuple(_tooth_state(exam, fdi) for fdi in drawn)


def surface_words(fdi: str, surface: str) -> str:
    """A surface in the plain words that findings use: "back side", "edge", "inner side"."""
    words = FRONT_SURFACE_WORDS if is_front(fdi) else SURFACE_WORDS
    return words[surface]


def in_words(parts: Sequence[str]) -> str:
    """Parts as a phrase: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _tooth_state(exam: Exam, fdi: str) -> ToothState:
    tooth = exam.tooth(fdi)
    if tooth.presence == "absent":
        text = f"absent: {tooth.why}" if tooth.why else "absent"
        return ToothState(fdi=fdi, overall=State.ABSENT, surfaces={}, letters=("x",), text=text, places={})
    if tooth.presence != "present" or not tooth.surfaces:
        return _unseen(fdi, tooth.why)
    states: dict[str, State] = {}
    found: dict[State, list[str]] = {}
    worst_icdas = 0
    for surface in SURFACE_ORDER:
        seen = tooth.surfaces.get(surface)
        icdas = seen.icdas if seen else 0
        worst_icdas = max(worst_icdas, icdas)
        all_of_it = _surface_states(icdas, seen.restoration if seen else None, is_seen=seen is not None)
        states[surface] = all_of_it[0]
        for state in all_of_it:
            code = f" (ICDAS {icdas})" if state in (State.CARIES, State.WATCH) else ""
            found.setdefault(state, []).append(surface_words(fdi, surface) + code)
    worst_first = [state for state in State if state in found]
    return ToothState(
        fdi=fdi,
        overall=worst_first[0],
        surfaces=states,
        letters=tuple(
            f"C{worst_icdas}" if state is State.CARIES else LETTERS[state] for state in worst_first if LETTERS[state]
        ),
        text=_sentence(worst_first, found),
        places={state: _where(found[state]) for state in worst_first},
    )


def _surface_states(icdas: int, restoration: str | None, *, is_seen: bool) -> list[State]:
    """All that is true of one surface, what is drawn first."""
    if not is_seen:
        return [State.NOT_EXAMINED]
    states = []
    if icdas >= FIRST_MODERATE_ICDAS:
        states.append(State.CARIES)
    elif icdas > 0:
        states.append(State.WATCH)
    if restoration is not None:
        states.append({"crown": State.CROWN, "sealant": State.SEALED}.get(restoration, State.FILLED))
    return states or [State.SOUND]


def _sentence(worst_first: list[State], found: dict[State, list[str]]) -> str:
    return "; ".join(f"{STATE_WORDS[state]}: {_where(found[state])}" for state in worst_first)


def _where(places: list[str]) -> str:
    is_all = len(places) == len(SURFACE_ORDER) and not any("(" in place for place in places)
    return "all five sides" if is_all else in_words(places)


def _unseen(fdi: str, why: str) -> ToothState:
    return ToothState(
        fdi=fdi,
        overall=State.NOT_EXAMINED,
        surfaces=dict.fromkeys(SURFACE_ORDER, State.NOT_EXAMINED),
        letters=("?",),
        text=f"not examined: {why}" if why else "not examined",
        places={},
    )

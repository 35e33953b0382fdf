"""What an audit finds: problems as they come, the entries they point at, and the report made of them."""

from dataclasses import dataclass, field

PROBLEMS_MAX = 50
"""Most problems told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a full audit found."""

    size: int
    """Entries found."""
    checkpoint: str
    """The signed checkpoint; "" when there is none that holds."""
    payloads_opened: int
    """0 when no vault was given: then payloads were not checked."""
    first_bad_index: int | None
    """The lowest entry something is wrong with; where only a tile above the entries differs, the first it covers.

    None when nothing is wrong, or when what is wrong belongs to no entry.
    """
    problems: tuple[str, ...]
    not_checked: tuple[str, ...] = ()
    """What this audit could not look at, and why."""

    @property
    def is_sound(self) -> bool:
        """True when nothing was found wrong."""
        return not self.problems


@dataclass(slots=True)
class Findings:
    """Problems as they are found, and the ranges of entries they point at."""

    problems: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    untold: int = 0
    unsaid: int = 0
    _exact: int | None = None
    _ranges: list[tuple[int, int]] = field(default_factory=list)

    def skip(self, what: str) -> None:
        """Note something that was not checked, and why."""
        if len(self.not_checked) < PROBLEMS_MAX:
            self.not_checked.append(what)
        else:
            self.unsaid += 1

    def points_into(self, first: int, last: int) -> bool:
        """True when a finding so far is about one of the entries first to last, or about a range that begins there."""
        is_named = self._exact is not None and first <= self._exact <= last
        return is_named or any(first <= start <= last for start, _ in self._ranges)

    def add(self, problem: str, index: int | None = None, *, last: int | None = None) -> None:
        """Note one problem; `index` is the entry it is about, or with `last` the first of a range it lies in."""
        if index is not None and (last is None or last == index):
            self._exact = index if self._exact is None else min(self._exact, index)
        elif index is not None and last is not None and len(self._ranges) < PROBLEMS_MAX:
            self._ranges.append((index, last))
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)
        else:
            self.untold += 1

    @property
    def first_bad_index(self) -> int | None:
        """The lowest entry pointed at. A range around a narrower finding is explained by it."""
        exact = [] if self._exact is None else [(self._exact, self._exact)]
        ranges = set(self._ranges)
        found = [
            (first, last)
            for first, last in ranges
            if not any(first <= a and b <= last and (a, b) != (first, last) for a, b in [*exact, *ranges])
        ]
        return min((first for first, _ in [*exact, *found]), default=None)

    def report(self, size: int, checkpoint: str, payloads_opened: int) -> AuditReport:
        """Everything found, as a report."""
        more = [f"… and {self.untold} more"] if self.untold else []
        unsaid = [f"… and {self.unsaid} more"] if self.unsaid else []
        return AuditReport(
            size=size,
            checkpoint=checkpoint,
            payloads_opened=payloads_opened,
            first_bad_index=self.first_bad_index,
            problems=(*self.problems, *more),
            not_checked=(*self.not_checked, *unsaid),
        )

"""Time as a thing that is handed in, so that every run can be replayed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> datetime:
        """The time now, timezone-aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time now, in UTC, to the microsecond."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still at `at` (timezone-aware): for replays and tests."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("FixedClock needs a timezone-aware time, got a naive one; add tzinfo=UTC")

    def now(self) -> datetime:
        """Always `at`, in UTC."""
        return self.at.astimezone(UTC)

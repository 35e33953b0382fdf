"""What is fed: a reader, good inputs for it, and what it must never do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One reader of hostile input.

    `read` gives what an input means, or raises `refusals`, the reader's own errors and nothing else. `is_true` says,
    without the reader's code, whether that input may mean that.
    """

    name: str
    seeds: Sequence[str] | Sequence[bytes]
    read: Callable[[Any], Any]
    refusals: tuple[type[Exception], ...]
    is_true: Callable[[Any, Any], bool]
    others: Sequence[str] | Sequence[bytes] = ()
    """Well-formed inputs that it refuses: bent as the seeds are, and taken to pieces."""
    is_sent_as_bytes: bool = False
    """The seeds are text and the reader takes bytes: bent as text first, then now and then as bytes."""

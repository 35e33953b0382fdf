"""Facts as plain JSON-like content, and back: what goes into a record and comes out of it."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

Fact = TypeVar("Fact")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_plain(kind: Any, fact: object) -> Any:
    """A fact of `kind` (a frozen dataclass, or a tuple of them) as dicts, lists, strings and numbers.

    Kinds that hold sets are not for this: sets have no order, and records must come out the same every time.
    """
    return _adapter(kind).dump_python(fact, mode="json")


def from_plain(kind: type[Fact], content: object) -> Fact:
    """The fact that `to_plain` made `content` from.

    Raises:
        pydantic.ValidationError: content that is no such fact; a record of another schema needs its upcaster.
    """
    adapter: TypeAdapter[Fact] = _adapter(kind)  # type: ignore[arg-type]  # tuple[X, ...] is hashable too
    return adapter.validate_python(content)

"""Where the time of a commit goes: the program's own steps, timed as they run, each without what it calls."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine

from commensal.clinic import Store, outbox, projecting
from commensal.sentinel import Policy, log, tables
from commensal.sentinel.keys import SigningKey

REST = "everything else"


@contextmanager
def timed_stages(engine: Engine) -> Iterator[dict[str, float]]:
    """Gives a table that fills with seconds by stage while commits run on `engine`.

    Two clock readings a call are added to what is measured: about 0.1 µs, called up to a few times a record.
    """
    spent: dict[str, float] = defaultdict(float)
    inner = [0.0]

    def watched(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            inner.append(0.0)
            began = time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                took = time.perf_counter() - began
                spent[stage] += took - inner.pop()
                inner[-1] += took

        return run

    places: list[tuple[Any, str, str]] = [
        (Store, "commit", REST),
        (Policy, "decide", "policy"),
        (log, "canonical", "records encoded"),
        (log, "commitment", "leaves and payloads"),
        (log, "lock_payload", "leaves and payloads"),
        (log, "data_keys", "leaves and payloads"),
        (log, "read_tree", "tiles and checkpoint"),
        (log, "leaf_hash", "tiles and checkpoint"),
        (log, "write_growth", "tiles and checkpoint"),
        (SigningKey, "sign_note", "tiles and checkpoint"),
        (tables, "add_rows", "entry and payload rows"),
        (projecting.Projection, "look_up", "consents looked up"),
        (projecting.Projection, "take", "view rows made"),
        (projecting.Projection, "flush", "view rows written"),
        (outbox, "enqueue", "outbox"),
        (engine.dialect, "do_commit", "the database's commit"),
    ]
    patches = [patch.object(where, name, watched(stage, getattr(where, name))) for where, name, stage in places]
    for one in patches:
        one.start()
    try:
        yield spent
    finally:
        for one in reversed(patches):
            one.stop()

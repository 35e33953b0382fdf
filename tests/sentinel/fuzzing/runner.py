"""Feeds one reader thousands or millions of inputs, and measures: refusals, time and memory."""

import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

from tests.sentinel.fuzzing.authentic import AUTHENTIC
from tests.sentinel.fuzzing.mutators import bent_bytes, bent_text, huge_bytes, huge_text
from tests.sentinel.fuzzing.nested import nested
from tests.sentinel.fuzzing.plain import PLAIN
from tests.sentinel.fuzzing.target import Reader
from tests.sentinel.fuzzing.witnesses import WITNESS_READERS

HUGE_EVERY = 2_500
"""One input of this many is huge: up to 10 MB."""
AS_BYTES = 0.2
"""Share of the inputs of a reader of bytes of text that are bent as bytes too."""
TOLD_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of feeding one reader."""

    reader: str
    inputs: int
    accepted: int
    """Inputs that were bent and still meant what they may mean."""
    false: tuple[str, ...]
    """Inputs accepted for what they do not mean, and errors that are not the reader's own; a few, cut short."""
    slowest_s: float
    """CPU time of the slowest input."""
    cpu_s: float
    """CPU time of all, bending them included."""
    peak_mb: float
    """Most memory the process ever held, with Python and its libraries."""


def readers() -> dict[str, Reader]:
    """Every reader that is fed, by name."""
    return {reader.name: reader for reader in (*AUTHENTIC, *WITNESS_READERS, *PLAIN, *nested())}


def fuzz(reader: Reader, inputs: int, seed: int) -> Outcome:
    """Feed a reader its seeds, each of which it must accept, then `inputs` bent ones."""
    chance, began = random.Random(f"{reader.name} {seed}"), process_time()
    accepted, slowest_s, false = 0, 0.0, [f"seed refused: {s!r}"[:TOLD_CHARACTERS] for s in _refused_seeds(reader)]
    for number in range(1, inputs + 1):
        bent = _bent(reader, chance, is_huge=number % HUGE_EVERY == 0)
        start = process_time()
        try:
            meaning = reader.read(bent)
        except reader.refusals:
            slowest_s = max(slowest_s, process_time() - start)
            continue
        except Exception as error:
            false.append(f"{type(error).__name__}: {error} on {bent!r}"[:TOLD_CHARACTERS])
            continue
        slowest_s = max(slowest_s, process_time() - start)
        accepted += 1
        if not reader.is_true(bent, meaning):
            false.append(f"{meaning!r:.100} from {bent!r}"[:TOLD_CHARACTERS])
    return Outcome(
        reader=reader.name,
        inputs=inputs,
        accepted=accepted,
        false=tuple(false[:5]),
        slowest_s=slowest_s,
        cpu_s=process_time() - began,
        peak_mb=peak_mb(),
    )


def peak_mb() -> float:
    """Most memory this program has held, MB; `ru_maxrss` would count what its parent held before it was started."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:", 1)[1].split()[0]) / 1024


def _refused_seeds(reader: Reader) -> list[object]:
    refused: list[object] = []
    for seed in reader.seeds:
        given = seed.encode() if reader.is_sent_as_bytes and isinstance(seed, str) else seed
        try:
            is_good = reader.is_true(given, reader.read(given))
        except reader.refusals:
            is_good = False
        if not is_good:
            refused.append(seed)
    return refused


def _bent(reader: Reader, chance: random.Random, *, is_huge: bool) -> str | bytes:
    seeds = (*reader.seeds, *reader.others)
    if not isinstance(seeds[0], str):
        return (huge_bytes if is_huge else bent_bytes)(seeds, chance)
    text = (huge_text if is_huge else bent_text)(seeds, chance)
    if not reader.is_sent_as_bytes:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return bent_bytes([raw], chance) if chance.random() < AS_BYTES else raw


if __name__ == "__main__":
    name, count, start = sys.argv[1:]
    print(json.dumps(asdict(fuzz(readers()[name], int(count), int(start)))))

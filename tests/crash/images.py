"""What a power cut may leave on the platter: every image that each crash model allows after the first k operations.

Bytes count as written once their file was synced, names once their folder was. What was not synced may be there, half
there or not there at all, each write on its own; names are made and deleted in order, so a first part of them holds.
Models, each with all that came before it intact unless it says otherwise:

    clean     everything the program asked for was written
    torn      the last write reached the platter in part: a half, or all but one sector, or one sector alone
    dropped   nothing unsynced was written: of all files, of one file
    subset    any of the unsynced writes are there and the others are not
    names     the newest names made and deleted are not yet in the folder

A write changes no byte outside itself (SQLite's "powersafe overwrite", which its unix VFS takes for granted).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations

from tests.crash.disk import Delete, Make, Op, Sync, Truncate, Write

SECTOR_BYTES = 512
EXHAUSTIVE_WRITES = 12
"""Up to so many unsynced writes every subset is tried."""
SEEDED_SUBSETS = 200
"""So many of the subsets are tried where there are more."""

MODELS = ("clean", "torn", "dropped", "subset", "names")

Image = dict[str, bytes]
"""The files of the folder by name."""
Leaves = Callable[[], Image]


class Platter:
    """What is certainly on the platter, and what may be, after the operations taken so far."""

    def __init__(self) -> None:
        self._content: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        self.unsynced: list[Write | Truncate] = []
        self.unsynced_names: list[Make | Delete] = []

    def take(self, op: Op) -> None:
        match op:
            case Make():
                self._content[op.file] = b""
                self.unsynced_names.append(op)
            case Delete():
                self.unsynced_names.append(op)
                if op.folder:
                    self._settle_names()
            case Sync():
                mine = [write for write in self.unsynced if write.file == op.file]
                self._content[op.file] = _written(self._content[op.file], mine)
                self.unsynced = [write for write in self.unsynced if write.file != op.file]
                if op.folder:
                    self._settle_names()
            case _:
                self.unsynced.append(op)

    def image(self, kept: Sequence[Write | Truncate], names: int | None = None) -> Image:
        """The folder with only these unsynced writes there, and the first `names` of the unsynced names (all)."""
        return {
            name: _written(self._content[file], [write for write in kept if write.file == file])
            for name, file in self._folder(self.unsynced_names[:names]).items()
        }

    def _settle_names(self) -> None:
        self._names, self.unsynced_names = self._folder(self.unsynced_names), []

    def _folder(self, newer: Sequence[Make | Delete]) -> dict[str, int]:
        names = dict(self._names)
        for op in newer:
            if isinstance(op, Make):
                names[op.name] = op.file
            else:
                del names[op.name]
        return names


def _written(content: bytes, writes: Sequence[Write | Truncate]) -> bytes:
    grown = bytearray(content)
    for write in writes:
        if isinstance(write, Truncate):
            del grown[write.size :]
            continue
        end = write.offset + len(write.data)
        grown.extend(bytes(max(0, end - len(grown))))
        grown[write.offset : end] = write.data
    return bytes(grown)


def crash_images(platter: Platter, last: Op, seed: int) -> Iterator[tuple[str, Leaves]]:
    """Every (model, image) of a power cut right after `last`, the newest operation that `platter` took.

    An image is made when it is called for, which must be before the platter takes more.

    Subsets without the newest write are those of the moment before and are not repeated.
    """
    pending = platter.unsynced
    yield "clean", partial(platter.image, pending)
    if isinstance(last, Write):
        for part in _torn(last):
            yield "torn", partial(platter.image, [*pending[:-1], *part])
    for file in {write.file for write in pending}:
        yield "dropped", partial(platter.image, [write for write in pending if write.file != file])
    yield "dropped", partial(platter.image, [])
    if pending and last is pending[-1]:
        for kept in _subsets(pending[:-1], random.Random(seed)):
            yield "subset", partial(platter.image, [*kept, last])
    for names in range(len(platter.unsynced_names)):
        yield "names", partial(platter.image, pending, names)
        yield "names", partial(platter.image, [], names)


def _torn(write: Write) -> Iterator[list[Write]]:
    middle = write.offset + len(write.data) // 2
    first, second = _cut(write, write.offset, middle), _cut(write, middle, write.offset + len(write.data))
    yield [first]
    yield [second]
    begin, end = write.offset // SECTOR_BYTES, (write.offset + len(write.data) - 1) // SECTOR_BYTES
    sectors = [_cut(write, n * SECTOR_BYTES, (n + 1) * SECTOR_BYTES) for n in range(begin, end + 1)]
    for n in range(len(sectors)):
        yield sectors[:n] + sectors[n + 1 :]
        yield [sectors[n]]


def _cut(write: Write, start: int, end: int) -> Write:
    start = max(start, write.offset)
    return Write(write.file, start, write.data[start - write.offset : end - write.offset])


def _subsets(writes: Sequence[Write | Truncate], chance: random.Random) -> Iterator[Sequence[Write | Truncate]]:
    if len(writes) < EXHAUSTIVE_WRITES:
        for size in range(len(writes) + 1):
            yield from combinations(writes, size)
        return
    for _ in range(SEEDED_SUBSETS):
        share = chance.random()
        yield [write for write in writes if chance.random() < share]

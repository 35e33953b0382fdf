"""Tile folders of random logs, ways to tamper with them, and the Go verifier that looks at them too."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.tiles import bundle, bundle_path, split_bundle, tile_path
from commensal.sentinel.tree import GrowingTree
from tests.sentinel.logs import LOG_KEY, OTHER_KEY

SOURCE = Path(__file__).parent.parent / "goverifier"
GO_LIBRARIES = "/usr/share/gocode"
"""Where Debian's golang-golang-x-mod-dev puts golang.org/x/mod."""
BUILD_TIMEOUT_S = 300


class GoVerifier:
    """The verifier as one process that answers many questions."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions, self._answers = questions, answers

    def judge(self, folder: Path, mode: str = "full") -> dict[str, Any]:
        """What it says of one folder; `mode` is "full" or "tiles"."""
        self._questions.write(f"{mode}\t{folder}\n")
        self._questions.flush()
        verdict: dict[str, Any] = json.loads(self._answers.readline())
        return verdict


def build_go_verifier(folder: Path) -> Path:
    """Compile the verifier against the system's Go libraries alone; nothing is fetched."""
    made = folder / "goverifier"
    env = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": GO_LIBRARIES,
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOCACHE": str(folder / "go-cache"),
    }
    built = subprocess.run(
        ["go", "build", "-o", made, "."], cwd=SOURCE, env=env, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S
    )
    assert built.returncode == 0, built.stderr
    return made


@contextmanager
def running_go_verifier(made: Path, vkey: str = LOG_KEY.vkey) -> Iterator[GoVerifier]:
    """The compiled verifier, started; it ends with the block."""
    with subprocess.Popen([made, vkey], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield GoVerifier(process.stdin, process.stdout)
    assert process.returncode == 0


def random_entries(size: int, chance: random.Random) -> list[bytes]:
    """Entries as leaves are, or of many lengths; the format asks for neither."""
    if chance.random() < 0.7:
        raw = chance.randbytes(41 * size)
        return [raw[i : i + 41] for i in range(0, len(raw), 41)]
    raw = chance.randbytes(64)
    return [raw[: chance.randrange(60)] + i.to_bytes(3, "big") for i in range(size)]


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_folder(folder: Path, entries: list[bytes]) -> Checkpoint:
    """A log of these entries as static tiles, signed."""
    tree = GrowingTree()
    tiles = tree.extend([leaf_hash(entry) for entry in entries]) + tree.partial_tiles()
    for level, n, hashes in tiles:
        write(folder / tile_path(level, n, len(hashes) // 32), hashes)
    for n in range(-(-len(entries) // 256)):
        part = entries[n * 256 : n * 256 + 256]
        write(folder / bundle_path(n, len(part)), bundle(part))
    signed = Checkpoint(origin=LOG_KEY.verifier.name, size=len(entries), root=tree.root)
    write(folder / "checkpoint", LOG_KEY.sign_note(signed.text).encode())
    return signed


def link_copy(folder: Path, copy: Path) -> Path:
    """A copy that shares the files' bytes: a tamper replaces files and never writes into them."""
    shutil.copytree(folder, copy, copy_function=os.link)
    return copy


@dataclass(frozen=True)
class TileLog:
    """A sound folder and what it was made of."""

    folder: Path
    entries: list[bytes]
    signed: Checkpoint

    @property
    def size(self) -> int:
        return len(self.entries)

    def width(self, n: int) -> int:
        """Entries in bundle `n`."""
        return min(256, self.size - n * 256)


def flipped(raw: bytes, chance: random.Random, place: int | None = None) -> bytes:
    at = chance.randrange(len(raw)) if place is None else place
    return raw[:at] + bytes([raw[at] ^ chance.randint(1, 255)]) + raw[at + 1 :]


def replace(path: Path, content: bytes) -> None:
    """New bytes under this name, and under no other that shares the old ones."""
    path.unlink(missing_ok=True)
    write(path, content)


def some_tile(copy: Path, chance: random.Random) -> tuple[Path, int, int]:
    """A hash tile: its file, level and number."""
    paths = sorted(p for p in copy.glob("tile/[0-9]*/**/*") if p.is_file())
    path = chance.choice(paths)
    parts = path.relative_to(copy).as_posix().removesuffix(f".p/{path.name}").split("/")
    return path, int(parts[1]), int("".join(parts[2:]).replace("x", ""))


def rewrite_bundle(copy: Path, log: TileLog, n: int, change: Callable[[list[bytes]], None], *, pair: bool) -> None:
    """Change the entries of one bundle, and with `pair` make its leaf tile fit."""
    width = log.width(n)
    entries = split_bundle((copy / bundle_path(n, width)).read_bytes(), width)
    change(entries)
    replace(copy / bundle_path(n, width), bundle(entries))
    if pair:
        replace(copy / tile_path(0, n, width), b"".join(map(leaf_hash, entries)))


def entry_flipped(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    index = chance.choice([i for i in range(log.size) if log.entries[i]])

    def change(entries: list[bytes]) -> None:
        entries[index % 256] = flipped(entries[index % 256], chance)

    rewrite_bundle(copy, log, index // 256, change, pair=False)
    return index


def entry_and_tile(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    index = chance.randrange(log.size)

    def change(entries: list[bytes]) -> None:
        entries[index % 256] = chance.randbytes(len(entries[index % 256]) + 1)

    rewrite_bundle(copy, log, index // 256, change, pair=True)
    return index // 256 * 256 if index // 256 < log.size // 256 else None


def tile_flipped(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    path, level, n = some_tile(copy, chance)
    raw = path.read_bytes()
    place = chance.randrange(len(raw))
    replace(path, flipped(raw, chance, place))
    return first_below(level, n, place)


def first_below(level: int, n: int, place_bytes: int) -> int:
    """The first entry under the hash at this byte of a tile."""
    return (n * 256 + place_bytes // 32) << (8 * level)


def tile_longer_or_shorter(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    path, level, n = some_tile(copy, chance)
    raw = path.read_bytes()
    if chance.random() < 0.5:
        replace(path, raw + chance.randbytes(chance.choice([1, 32])))
        return None
    kept = chance.randrange(len(raw))
    replace(path, raw[:kept])
    return first_below(level, n, kept)


def tile_missing(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    path, level, n = some_tile(copy, chance)
    path.unlink()
    return first_below(level, n, 0)


def tile_of_another_place(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    path, level, n = some_tile(copy, chance)
    other, _, _ = some_tile(copy, chance)
    old, new = path.read_bytes(), other.read_bytes() if other != path else chance.randbytes(path.stat().st_size)
    replace(path, new)
    wrong = next((i for i in range(0, len(old), 32) if old[i : i + 32] != new[i : i + 32]), None)
    return None if wrong is None else first_below(level, n, wrong)


def bundle_cut(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    n = chance.randrange(-(-log.size // 256))
    path = copy / bundle_path(n, log.width(n))
    raw = path.read_bytes()
    changed = chance.choice([raw[: chance.randrange(len(raw))], raw + chance.randbytes(chance.randint(1, 60)), None])
    if changed is None:
        path.unlink()
    else:
        replace(path, changed)
    return n * 256


def entries_swapped(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    index = chance.choice([i for i in range(log.size - 1) if (i + 1) % 256])

    def change(entries: list[bytes]) -> None:
        at = index % 256
        entries[at], entries[at + 1] = entries[at + 1], entries[at]

    rewrite_bundle(copy, log, index // 256, change, pair=False)
    return index


def checkpoint_flipped(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    replace(copy / "checkpoint", flipped((copy / "checkpoint").read_bytes(), chance))
    return None


def checkpoint_of_another_key(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    replace(copy / "checkpoint", OTHER_KEY.sign_note(log.signed.text).encode())
    return None


def signed_for_another_root(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    wrong = Checkpoint(origin=log.signed.origin, size=log.size, root=chance.randbytes(32))
    replace(copy / "checkpoint", LOG_KEY.sign_note(wrong.text).encode())
    return None


def signed_for_more(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    more = chance.randint(1, 600)
    wrong = Checkpoint(origin=log.signed.origin, size=log.size + more, root=log.signed.root)
    replace(copy / "checkpoint", LOG_KEY.sign_note(wrong.text).encode())
    return log.size // 256 * 256


def strange_file(copy: Path, log: TileLog, chance: random.Random) -> int | None:
    name = chance.choice(["tile/0/1", "tile/0/000.p/007x", "tile/64/000", "tile/entries/x000/000", "tile/notes"])
    write(copy / name, b"")
    return None


ANY = 1
TAMPERS: dict[str, tuple[int, Callable[[Path, TileLog, random.Random], int | None]]] = {
    "an entry changed": (ANY, entry_flipped),
    "an entry and its leaf tile changed together": (ANY, entry_and_tile),
    "a tile changed": (ANY, tile_flipped),
    "a tile cut or lengthened": (ANY, tile_longer_or_shorter),
    "a tile missing": (ANY, tile_missing),
    "a tile that is another's": (ANY, tile_of_another_place),
    "a bundle cut, lengthened or missing": (ANY, bundle_cut),
    "two entries swapped": (2, entries_swapped),
    "a checkpoint changed": (0, checkpoint_flipped),
    "a checkpoint by another key": (0, checkpoint_of_another_key),
    "a checkpoint for another root": (0, signed_for_another_root),
    "a checkpoint for more entries": (0, signed_for_more),
    "a file that is no tile": (0, strange_file),
}
"""Each with the smallest log it can be done to; it gives the first bad entry, None where no entry is to be named."""

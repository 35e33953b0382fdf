"""Another program, in another language, with other authors' hashing, says the same of every log."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commensal.sentinel.tile_folder import audit_tiles, export_tiles
from tests.data import data_dir
from tests.sentinel.logs import LOG_KEY, memory_log
from tests.sentinel.test_tile_folder import TESSERA
from tests.sentinel.tile_folders import (
    TAMPERS,
    GoVerifier,
    TileLog,
    build_go_verifier,
    entry_and_tile,
    link_copy,
    random_entries,
    running_go_verifier,
    write_folder,
)

EDGES = (0, 1, 2, 255, 256, 257, 511, 512, 513)
LARGE = (65_535, 65_536, 65_537, 70_000)
LOGS = 25
LONG_LOGS = 500
PAIRED_EDITS = 100


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_go_verifier(tmp_path_factory.mktemp("go"))


@pytest.fixture
def go(go_program: Path) -> Iterator[GoVerifier]:
    with running_go_verifier(go_program) as verifier:
        yield verifier


def sizes(count: int, largest: int) -> list[int]:
    """Sizes of `count` random logs: every edge first, then half evenly and half by magnitude."""
    chance = random.Random(count)
    edges = [size for size in (*EDGES, *LARGE) if size <= largest]
    free = count - len(edges)
    even = [chance.randint(0, largest) for _ in range(free // 2)]
    return edges + even + [int(largest ** chance.random()) for _ in range(free - len(even))]


def disagreement(go: GoVerifier, copy: Path) -> tuple[str, int | None]:
    """What the two say differently of a folder ("" when nothing), and the first bad entry that ours names."""
    ours, theirs = audit_tiles(copy, LOG_KEY.vkey), go.judge(copy)
    if ours.is_sound != theirs["ok"]:
        return f"ours {ours.problems[:2]}, theirs {theirs['problem']!r}", None
    if ours.first_bad_index != theirs["first_bad"]:
        return f"ours names {ours.first_bad_index} {ours.problems[:2]}, theirs {theirs}", None
    return ("", ours.first_bad_index) if ours.is_sound or theirs["problem"] else ("no problem told", None)


def differences(go: GoVerifier, tmp_path: Path, size: int, seed: int) -> list[str]:
    """One random log: what the two verifiers say differently of it and of every tampered copy."""
    chance = random.Random(f"{size} {seed}")
    folder = tmp_path / f"log{seed}"
    entries = random_entries(size, chance)
    log = TileLog(folder=folder, entries=entries, signed=write_folder(folder, entries))
    ours, theirs = audit_tiles(folder, LOG_KEY.vkey), go.judge(folder)
    wrong = [] if ours.is_sound and theirs["ok"] else [f"{size}: clean, ours {ours.problems}, theirs {theirs}"]
    if (ours.size, theirs["size"], theirs["root"]) != (size, size, log.signed.text.split("\n")[2]):
        wrong.append(f"{size}: sizes or roots differ")
    for name, (smallest, tamper) in TAMPERS.items():
        if size < smallest:
            continue
        copy = link_copy(folder, tmp_path / f"copy{seed}")
        expected = tamper(copy, log, chance)
        said, first_bad = disagreement(go, copy)
        if said or first_bad != expected:
            wrong.append(f"{size}, {name}: {said or f'named {first_bad}, not {expected}'}")
        if audit_tiles(copy, LOG_KEY.vkey).is_sound:
            wrong.append(f"{size}, {name}: not found")
        shutil.rmtree(copy)
    shutil.rmtree(folder)
    return wrong


def test_both_verifiers_agree_on_random_logs_and_on_every_tampered_copy(go: GoVerifier, tmp_path: Path):
    logs = enumerate(sizes(LOGS, largest=3_000))
    assert [said for seed, size in logs for said in differences(go, tmp_path, size, seed)] == []


@pytest.mark.parametrize("size", [65_536, 70_000])
def test_both_verifiers_agree_where_the_tree_gains_a_level(go: GoVerifier, tmp_path: Path, size: int):
    assert differences(go, tmp_path, size, seed=0) == []


@pytest.mark.long
def test_both_verifiers_agree_on_five_hundred_logs_of_up_to_seventy_thousand_entries(go: GoVerifier, tmp_path: Path):
    logs = enumerate(sizes(LONG_LOGS, largest=70_000))
    assert [said for seed, size in logs for said in differences(go, tmp_path, size, seed)] == []


def test_both_verifiers_agree_on_a_log_exported_from_a_real_store(go: GoVerifier, tmp_path: Path):
    with memory_log(1_000) as (conn, _):
        assert export_tiles(conn, tmp_path) == 1_000
    theirs = go.judge(tmp_path)
    assert (theirs["ok"], theirs["size"]) == (True, 1_000)
    assert theirs["root"] == (tmp_path / "checkpoint").read_text().split("\n")[2]
    assert audit_tiles(tmp_path, LOG_KEY.vkey).is_sound


def test_the_go_verifier_reads_another_programs_log(go_program: Path):
    with running_go_verifier(go_program, TESSERA) as go:
        theirs = go.judge(data_dir("vectors", "tessera-log"))
    assert (theirs["ok"], theirs["size"]) == (True, 15)


def test_a_tile_reader_accepts_an_entry_changed_with_its_tile_and_full_recomputation_finds_every_one(
    go: GoVerifier, tmp_path: Path
):
    """CVE-2026-56865: the tile reader of Go's x/mod before 0.40.0 leaves tiles unchecked that it fetched on the way."""
    folder, chance = tmp_path / "log", random.Random(56_865)
    entries = random_entries(5_000, chance)
    log = TileLog(folder=folder, entries=entries, signed=write_folder(folder, entries))
    assert go.judge(folder, "tiles")["ok"]
    accepted = 0
    for _ in range(PAIRED_EDITS):
        copy = link_copy(folder, tmp_path / "copy")
        entry_and_tile(copy, log, chance)
        assert not audit_tiles(copy, LOG_KEY.vkey).is_sound
        assert not go.judge(copy)["ok"]
        accepted += go.judge(copy, "tiles")["ok"]
        shutil.rmtree(copy)
    print(f"the tile reader accepted {accepted} of {PAIRED_EDITS} paired edits; full recomputation accepted 0")
    assert accepted > 0, "the library's reader checks every tile now: this hole is closed, and the warning can go"


def test_an_entry_changed_alone_is_found_by_the_tile_reader_too(go: GoVerifier, tmp_path: Path):
    chance = random.Random(7)
    entries = random_entries(600, chance)
    log = TileLog(folder=tmp_path / "log", entries=entries, signed=write_folder(tmp_path / "log", entries))
    copy = link_copy(log.folder, tmp_path / "copy")
    _, tamper = TAMPERS["an entry changed"]
    changed = tamper(copy, log, chance)
    theirs = go.judge(copy, "tiles")
    assert (theirs["ok"], theirs["first_bad"]) == (False, changed)

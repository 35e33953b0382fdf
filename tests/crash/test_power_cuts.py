"""The power goes at every moment of a morning; whatever the platter kept, nothing acknowledged is lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import pytest

from commensal.clinic.errors import StoreError
from tests.crash.disk import Disk, Op, Write
from tests.crash.images import EXHAUSTIVE_WRITES, MODELS, Leaves, Platter, crash_images
from tests.crash.recovery import assert_goes_on, holds_log, lay, recovered, write_once_more
from tests.crash.workload import DATABASE, Morning, found, reopen, running_on, spend


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One morning, recorded once and cut short many times."""

    morning: Morning
    states: tuple[str, ...]
    """What the database holds after each commit, in order; the first is an empty file."""
    reached: tuple[int, ...]
    """By number of operations: the newest state whose writes had all been asked for by then."""

    def state_due(self, ops: int) -> int:
        """The oldest state that may be found after so many operations: all that was acknowledged is in it."""
        return max(
            (self.reached[known.after_ops] for known in self.morning.acknowledged if known.after_ops <= ops), default=0
        )

    def until(self, ops: int) -> Morning:
        """The morning as whoever waited for answers knew it then."""
        known = [one for one in self.morning.acknowledged if one.after_ops <= ops]
        return replace(self.morning, acknowledged=known)


@pytest.fixture(scope="module")
def recorded(morning_folder: Path) -> Recorded:
    disk = Disk("power-cuts")
    morning = Morning(disk.ops)
    folder = morning_folder / "recorded"
    with running_on(disk):
        store = found(folder)
        spend(morning, store)
        store.close()
    disk.unregister()
    assert not morning.refused
    states, reached, platter, replayed = [], [], Platter(), morning_folder / "replayed"
    replayed.mkdir()
    for op in [None, *disk.ops]:
        if op is not None:
            platter.take(op)
        lay(platter.image(platter.unsynced), replayed)
        state = recovered(replayed)
        if state not in states:
            states.append(state)
        reached.append(states.index(state))
    return Recorded(morning=morning, states=tuple(states), reached=tuple(reached))


def moments(ops: list[Op]) -> Iterator[tuple[int, str, Leaves]]:
    """Every (operations asked for, model, image)."""
    platter = Platter()
    for k, op in enumerate(ops, start=1):
        platter.take(op)
        for model, image in crash_images(platter, op, seed=k):
            yield k, model, image


Depth = Enum("Depth", "RECOVERED WRITTEN AUDITED")
"""How far a trial goes: SQLite's own check and every row; another transaction, too; the program's audit and a commit."""

ONE_IN = {"clean": (1, 1), "torn": (2, 8), "dropped": (1, 2), "subset": (8, 200), "names": (1, 1)}
"""Of a model's images, one in so many is written to and one in so many audited, in the big form."""

SAMPLED = {"clean": 9, "torn": 61, "dropped": 9, "subset": 997, "names": 1}
"""Of a model's images, one in so many is tried at all, in the small form."""


def depth_of(model: str, n: int) -> Depth:
    """How far the n-th image of a model is tried."""
    written, audited = ONE_IN[model]
    if n % audited == 0:
        return Depth.AUDITED
    return Depth.WRITTEN if n % written == 0 else Depth.RECOVERED


def check(recorded: Recorded, k: int, image: Leaves, folder: Path, depth: Depth) -> int:
    """What the database recovers to must be one of the states the program could be in; its number is returned."""
    lay(image(), folder)
    state = recovered(folder)
    assert state in recorded.states, f"after {k} operations: a state that no commit made"
    rank = recorded.states.index(state)
    due, newest = recorded.state_due(k), recorded.reached[k]
    assert due <= rank <= newest, f"after {k} operations: state {rank}, expected {due} to {newest}"
    if not holds_log(folder):
        with pytest.raises(StoreError, match="holds no clinic"):
            reopen(folder)
    elif depth is Depth.AUDITED:
        assert_goes_on(folder, recorded.until(k))
    elif depth is Depth.WRITTEN:
        write_once_more(folder)
    return rank


def test_a_morning_is_made_of_as_many_states_as_commits(recorded):
    empty, founding, erasure = 1, 2, 1
    commits = {known.after_ops for known in recorded.morning.acknowledged}
    assert len(recorded.states) == empty + founding + len(commits) + erasure
    assert list(recorded.reached) == sorted(recorded.reached)


def test_some_writes_are_in_reach_of_every_subset_and_some_are_not(recorded):
    platter, waiting = Platter(), []
    for op in recorded.morning.ops:
        platter.take(op)
        waiting.append(len(platter.unsynced))
    assert min(waiting) == 0
    assert EXHAUSTIVE_WRITES in waiting
    assert max(waiting) > EXHAUSTIVE_WRITES


def test_after_a_power_cut_nothing_acknowledged_is_lost_and_work_goes_on(recorded, quick_folder):
    seen: Counter[str] = Counter()
    for k, model, image in moments(recorded.morning.ops):
        nth, seen[model] = seen[model], seen[model] + 1
        if nth % SAMPLED[model] == 0:
            check(recorded, k, image, quick_folder, Depth.AUDITED if k % 10 == 0 else Depth.WRITTEN)
    assert set(seen) == set(MODELS)


@pytest.mark.long
def test_after_every_power_cut_nothing_acknowledged_is_lost_and_work_goes_on(recorded, quick_folder, capsys):
    tried: Counter[str] = Counter()
    audited: Counter[str] = Counter()
    states: Counter[int] = Counter()
    for k, model, image in moments(recorded.morning.ops):
        depth = depth_of(model, tried[model])
        states[check(recorded, k, image, quick_folder, depth)] += 1
        tried[model] += 1
        audited[model] += depth is Depth.AUDITED
    assert set(states) == set(range(len(recorded.states)))
    with capsys.disabled():
        print(f"\npower cuts after each of {len(recorded.morning.ops)} operations; acknowledged records lost: 0")
        for model in MODELS:
            print(f"{model:8} {tried[model]:7} images, {audited[model]:6} of them audited and appended to")


def test_a_disk_that_forgets_what_was_synced_is_found_out(recorded, quick_folder):
    """The trial's own trial: with syncs that do nothing, records are lost, and this notices."""
    platter = Platter()
    last = max(known.after_ops for known in recorded.morning.acknowledged)
    ops = recorded.morning.ops[:last]
    held = [op for op in ops if not (isinstance(op, Write) and op.file == _file_of(ops))]
    for op in held:
        platter.take(op)
    with pytest.raises(AssertionError, match=r"state"):
        check(recorded, last, lambda: platter.image(platter.unsynced), quick_folder, Depth.RECOVERED)


def _file_of(ops: list[Op]) -> int:
    """The newest write-ahead log."""
    return max(op.file for op in ops if isinstance(op, Write))


def test_a_first_transaction_cut_short_leaves_a_file_that_says_it_is_no_clinic(recorded, quick_folder):
    k = next(k for k, state in enumerate(recorded.reached) if state == 1) - 1
    platter = Platter()
    for op in recorded.morning.ops[:k]:
        platter.take(op)
    lay(platter.image(platter.unsynced), quick_folder)
    assert (quick_folder / DATABASE).exists()
    with pytest.raises(StoreError, match="holds no clinic"):
        reopen(quick_folder)

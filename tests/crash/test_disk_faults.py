"""The disk is full, or fails, at every operation of a morning: said clearly, nothing acknowledged is lost, work resumes."""

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from commensal.clinic.errors import StoreError
from tests.crash.disk import Disk
from tests.crash.recovery import assert_goes_on
from tests.crash.workload import TRIES, Morning, found, reopen, running_on, spend


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: from operation `at` on (counted from 1), once or until further notice."""

    kind: str
    at: int
    lasts: bool


CHANGES = frozenset({"write", "truncate", "sync"})
KINDS = {"full": CHANGES, "failed": CHANGES | {"read", "delete", "open"}}
"""In which operations each kind of fault occurs."""

FULL = (apsw.FullError, "database or disk is full")
FAILED = (apsw.IOError, "disk I/O error")
UNOPENED = (apsw.CantOpenError, "unable to open database file")
"""As the unix VFS fails, in SQLite's own words for it: what a VFS raises is what apsw reports."""

REMEDIES = {"full": ("free some space",), "failed": ("copy the file away", "check the folder")}
"""What the program must say to each."""


class FaultyDisk(Disk):
    """A disk on which one thing goes wrong."""

    def __init__(self, name: str, fault: Fault | None = None) -> None:
        super().__init__(name, self._strike)
        self.fault, self.asked, self.struck = fault, [], 0

    def _strike(self, what: str) -> None:
        self.asked.append(what)
        if self.fault is None:
            return
        is_due = len(self.asked) == self.fault.at or (self.fault.lasts and len(self.asked) > self.fault.at)
        if is_due and what in KINDS[self.fault.kind]:
            self.struck += 1
            error, words = FULL if self.fault.kind == "full" else UNOPENED if what == "open" else FAILED
            raise error(words)


@pytest.fixture(scope="module")
def founded(morning_folder: Path) -> Path:
    folder = morning_folder / "founded"
    found(folder).close()
    return folder


def morning_on(disk: FaultyDisk, folder: Path) -> Morning:
    """Open, go through the morning, close; every refusal is a StoreError or the trial fails."""
    morning = Morning(disk.ops)
    with running_on(disk):
        for _ in range(TRIES):
            try:
                store = reopen(folder)
            except StoreError as error:
                morning.refused.append(error)
                continue
            spend(morning, store)
            store.close()
            break
    return morning


def asked_of(founded: Path, folder: Path) -> list[str]:
    """The operations of a morning on which nothing goes wrong, by kind."""
    shutil.copytree(founded, folder)
    disk = FaultyDisk("without-fault")
    assert not morning_on(disk, folder).refused
    disk.unregister()
    return disk.asked


def meet(fault: Fault, founded: Path, folder: Path) -> tuple[int, int]:
    """One morning with one fault; then the fault is lifted. Gives how often it struck and how many steps were refused."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(founded, folder)
    disk = FaultyDisk("faulty", fault)
    morning = morning_on(disk, folder)
    for error in morning.refused:
        assert any(remedy in str(error) for remedy in REMEDIES[fault.kind]), f"{fault}: said {error}"
    disk.fault = None
    with running_on(disk):
        assert_goes_on(folder, morning)
    disk.unregister()
    return disk.struck, len(morning.refused)


def found_on(disk: FaultyDisk, folder: Path) -> list[StoreError]:
    """Found a clinic; what the program said if it could not."""
    with running_on(disk):
        try:
            found(folder).close()
        except StoreError as error:
            return [error]
    return []


def meet_while_founding(fault: Fault, folder: Path) -> bool:
    """A founding with one fault; then the fault is lifted. Whether it was refused.

    What is left is a clinic that goes on, or a file that says it is none; a founding that was not refused is there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    disk = FaultyDisk("faulty", fault)
    said = found_on(disk, folder)
    for error in said:
        assert any(remedy in str(error) for remedy in REMEDIES[fault.kind]), f"{fault}: said {error}"
    disk.fault = None
    with running_on(disk):
        try:
            assert_goes_on(folder, Morning(disk.ops))
        except StoreError as error:
            assert said, f"{fault}: founded, and then lost"
            said_then = str(error)
        else:
            said_then = "no clinic"
    assert "no clinic" in said_then, f"{fault}: said {said_then}"
    disk.unregister()
    return bool(said)


def asked_while_founding(folder: Path) -> list[str]:
    folder.mkdir()
    disk = FaultyDisk("without-fault")
    assert not found_on(disk, folder)
    disk.unregister()
    return disk.asked


def faults(asked: list[str], every: int) -> list[Fault]:
    places = [(kind, at) for kind in KINDS for at, what in enumerate(asked, start=1) if what in KINDS[kind]]
    return [Fault(kind, at, lasts) for kind, at in places[::every] for lasts in (False, True)]


def test_a_disk_that_is_full_or_fails_loses_nothing_acknowledged(founded, quick_folder):
    asked = asked_of(founded, quick_folder / "counted")
    met: Counter[str] = Counter()
    for fault in faults(asked, every=71):
        struck, refused = meet(fault, founded, quick_folder / "met")
        met[f"{fault.kind} struck"] += struck > 0
        met[f"{fault.kind} refused"] += refused > 0
    assert all(met[f"{kind} {what}"] for kind in KINDS for what in ("struck", "refused"))


def test_a_founding_on_a_faulty_disk_is_there_or_says_that_it_is_not(quick_folder):
    asked = asked_while_founding(quick_folder / "counted")
    refused = [meet_while_founding(fault, quick_folder / "met") for fault in faults(asked, every=11)]
    assert any(refused)


@pytest.mark.long
def test_a_disk_that_is_full_or_fails_at_any_operation_loses_nothing_acknowledged(founded, quick_folder, capsys):
    asked = asked_of(founded, quick_folder / "counted")
    met: Counter[tuple[str, ...]] = Counter()
    for fault in faults(asked, every=1):
        struck, refused = meet(fault, founded, quick_folder / "met")
        how = (fault.kind, "from then on" if fault.lasts else "once", asked[fault.at - 1])
        met[how] += 1
        met[(*how, "refused")] += refused > 0
        assert struck
    with capsys.disabled():
        print(f"\ndisk faults at each of {len(asked)} operations; acknowledged records lost: 0")
        for how in sorted(key for key in met if len(key) == 3):
            print(f"{how[0]:7} {how[1]:13} {how[2]:9} {met[how]:5} mornings, {met[(*how, 'refused')]:5} with a refusal")


@pytest.mark.long
def test_a_founding_on_a_disk_that_fails_anywhere_is_there_or_says_that_it_is_not(quick_folder, capsys):
    asked = asked_while_founding(quick_folder / "counted")
    refused = [meet_while_founding(fault, quick_folder / "met") for fault in faults(asked, every=1)]
    with capsys.disabled():
        print(f"\ndisk faults at each of {len(asked)} operations of a founding: {len(refused)}, {sum(refused)} refused")

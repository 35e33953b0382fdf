"""Opening a clinic: its keys, its log and its store put together from one frozen Settings."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from commensal.clinic import Store, found_store, open_store, safety
from commensal.clock import Clock, SystemClock
from commensal.sentinel import RecordsLog, keyring

PR_SET_DUMPABLE = 4
"""Linux, prctl(2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a clinic is and how its keys are opened."""

    store: str
    """Database URL."""
    keys: Path
    passphrase: Callable[[], bytes]
    """Asked once, and only when the keys have a passphrase."""
    clock: Clock = field(default_factory=SystemClock)
    warn: Callable[[str], None] = lambda _words: None
    """Told what a person should know although the work goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A clinic that is open: its store and its dentist's key."""

    settings: Settings
    store: Store
    dentist: keyring.SigningKey


def found_clinic(settings: Settings, passphrase: bytes | None, *, clinic: str, dentist: str, origin: str) -> str:
    """Make a clinic's keys and its database, both or neither; gives the log's verifier key.

    Raises:
        KeyFileError, StoreError: keys or a database are there already, or cannot be made.
    """
    keys = keyring.create_keys(settings.keys, passphrase, origin=origin, dentist=dentist)
    log = RecordsLog(keys.log, keys.vault)
    store = found_store(
        settings.store,
        log,
        settings.clock,
        clinic=clinic,
        dentist=keys.dentist,
        undo=lambda: keyring.discard_keys(settings.keys),
    )
    try:
        safety.beside_keys.remember(store, settings.keys)
    except OSError as error:
        settings.warn(f"the checkpoint beside the keys is not written yet: {error.strerror}; the next record writes it")
    finally:
        store.close()
    return log.vkey


@contextmanager
def open_clinic(
    settings: Settings, *, any_view_version: bool = False, may_be_unsound: bool = False
) -> Iterator[Clinic]:
    """A clinic's store with its keys, closed again when the block ends.

    Args:
        settings: where it is.
        any_view_version: views of another program version will do, for they are about to be made again.
        may_be_unsound: a log that does not continue the checkpoint beside the keys will do, for it is to be audited.

    Raises:
        KeyFileError, StoreError: keys or database are missing, or do not belong together.
        EvidenceError: an older copy of the database was put back.
    """
    keep_out_of_dumps()
    keys = safety.rotating.settled_keys(settings.store, settings.keys, settings.passphrase, settings.clock)
    log = RecordsLog(keys.log, keys.vault)
    store = open_store(settings.store, log, settings.clock, any_view_version=any_view_version)
    try:
        if not may_be_unsound:
            safety.beside_keys.check_continued(store, settings.keys)
        warning = safety.clock_alarm.clock_warning(store)
        if warning is not None:
            settings.warn(warning)
        yield Clinic(settings=settings, store=store, dentist=keys.dentist)
    finally:
        store.close()


def keep_out_of_dumps() -> None:
    """A program that holds keys leaves no core file, and its memory is not read by others of the same user (Linux)."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

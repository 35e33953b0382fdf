"""A clinic with people in it, its backups, and a place to restore them to, on each kind of database."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from commensal.clinic import Proposal, Store, forgetting, open_store, views
from commensal.clinic.beside_keys import remember
from commensal.clinic.safekeeping import Backup, Restored, back_up, restore_clinic
from commensal.clock import FixedClock
from commensal.sentinel import RecordsLog, keyring
from tests.clinic.conftest import NOW, Founded, act
from tests.clinic.test_store import PERSON, consented

LATER = FixedClock(NOW + timedelta(days=1))


class Ticking:
    """Each time one second later than before."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 3, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def admit(clinic: Founded, *refs: str, given: str = "Ada") -> None:
    """Put people on record, three records each."""
    for ref in refs:
        person = {**PERSON, "given": given, "identifiers": [["urn:test", ref]]}
        registered = Proposal(act=act("registerPatient", on_whom=ref), content=person)
        drafted = Proposal(act=act("draftPlan", who_kind="Service", on_whom=ref), content={"visit_id": f"v-{ref}"})
        clinic.store.commit([consented("record", on_whom=ref), registered, drafted])


def forget(clinic: Founded, ref: str) -> None:
    forgetting.forget_person(clinic.store, ref, who_kind="SafetyLead", who="somebody", why="asked to")


def keep(clinic: Founded) -> None:
    """What `commensal` does after each command: checkpoint and erasures go beside the keys."""
    remember(clinic.store, clinic.folder / "keys")


def backed_up(clinic: Founded, **options: object) -> Backup:
    return back_up(clinic.url, clinic.log, clinic.folder / "backups", LATER, **options)  # type: ignore[arg-type]


def new_url(clinic: Founded) -> str:
    """Where nothing is yet."""
    if clinic.url.startswith("sqlite"):
        return f"sqlite:///{clinic.folder / 'again' / 'clinic.db'}"
    return f"{clinic.url}_{secrets.token_hex(3)}"


def restored(clinic: Founded, backup: Backup, url: str, **options: object) -> Restored:
    keys = clinic.folder / "keys"
    return restore_clinic(backup.file, url, keys, lambda: b"", LATER, **options)  # type: ignore[arg-type]


def opened(clinic: Founded, url: str) -> Store:
    """The store at `url`, with the keys as they are in the folder now."""
    keys = keyring.open_keys(clinic.folder / "keys", lambda: b"")
    return open_store(url, RecordsLog(keys.log, keys.vault), LATER)


def view_rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as conn:
        return views.rows(conn)


def checkpoint_of(store: Store) -> str:
    with store.reading() as conn:
        return store.log.checkpoint(conn)


def leaves(store: Store) -> list[bytes]:
    with store.reading() as conn:
        return store.log.leaf_hashes(conn, 0, store.log.size(conn))


def statements(url_of: Callable[[], Store], *lines: str) -> None:
    """Change a store behind its back."""
    store = url_of()
    with store.writing() as conn:
        for line in lines:
            conn.execute(text(line))
    store.close()


def manifest_of(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(file.with_suffix(".json").read_text())
    return found

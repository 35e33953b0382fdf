"""What follows a record: delivered, or still waiting."""

from collections.abc import Callable
from pathlib import Path

from commensal.clinic import delivering
from commensal.house.opening import Clinic


def deliver(
    clinic: Clinic, place: str, token_file: Path | None, progress: Callable[[float], None], *, is_impatient: bool
) -> list[delivering.Told]:
    """Deliver what waits in the outbox and is due. See `commensal.clinic.delivering`."""
    return delivering.deliver_to(clinic.store, place, token_file, progress, is_impatient=is_impatient)


def undelivered(clinic: Clinic) -> list[delivering.Waiting]:
    """What waits in the outbox."""
    return delivering.undelivered(clinic.store)

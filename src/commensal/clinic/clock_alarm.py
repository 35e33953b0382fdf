"""When the clinic's clock went back: recording goes on, and the log says so once."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from commensal.clinic import views
from commensal.sentinel import Record, RecordsLog

if TYPE_CHECKING:
    from commensal.clinic.store import Store

CLOCK_SKEW_MAX_S = 300
"""A clock this far behind the last log time is an alarm, s. Source: the usual five minutes of RFC 4120."""
ALARM = "clockWentBack"
"""The act of the alarm's record, about the clinic and no patient."""
SCHEMA = 1


def behind_s(log_time: datetime | None, now: datetime) -> float:
    """How far the clock is behind the log, s; 0 when it is not."""
    return 0.0 if log_time is None else max(0.0, (log_time - now).total_seconds())


def clock_warning(store: "Store") -> str | None:
    """What to tell the person at the keyboard, None while the clock is within CLOCK_SKEW_MAX_S of the log."""
    with store.reading() as conn:
        log_time = store.log.standing(conn).at
    now = store.clock.now()
    late_s = behind_s(log_time, now)
    if log_time is None or late_s <= CLOCK_SKEW_MAX_S:
        return None
    return (
        f"the clock is {round(late_s)} s behind the last record ({log_time.isoformat(timespec='seconds')}); "
        "set it right. Recording goes on: the log's time stands still until then, and an alarm is recorded"
    )


def clock_alarm(conn: Connection, log: RecordsLog, log_time: datetime | None, now: datetime) -> Record | None:
    """The alarm to record before anything else, or None.

    One is due when the clock is more than CLOCK_SKEW_MAX_S behind the log, once in each episode. While the clock is
    behind, log time stands still, so an alarm at this very log time was raised in this episode.

    Args:
        conn: sees the log and its views.
        log: the clinic's.
        log_time: of its last entry.
        now: what the clock says.
    """
    late_s = behind_s(log_time, now)
    if log_time is None or late_s <= CLOCK_SKEW_MAX_S:
        return None
    alarms = select(views.event.c.record).where(views.event.c.act == ALARM).order_by(views.event.c.record.desc())
    last = conn.execute(alarms.limit(1)).scalar()
    if last is not None and log.log_time(conn, last) == log_time:
        return None
    content = {"log_time": log_time.isoformat(), "behind_s": round(late_s)}
    why = "the clock is behind the last log time; log time stands still until it has caught up"
    return Record(
        subject="clinic", actor="Service:commensal", act=ALARM, why=why, content=content, schema=SCHEMA, at=now
    )

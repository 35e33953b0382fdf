"""A clock that goes back, and what a burglar leaves where the log looks for its time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commensal.sentinel.errors import LogError
from commensal.sentinel.full_audit import audit
from commensal.sentinel.log import Standing
from tests.sentinel.logs import LOG_KEY, NOON, VAULT, memory_log, record


def leaf_times_ms(conn):
    leaves = conn.execute(text("SELECT leaf FROM log_entry ORDER BY idx")).scalars()
    return [int.from_bytes(bytes(leaf)[1:9], "big") for leaf in leaves]


def ms(at):
    return int(at.timestamp() * 1000)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-90_000, 90_000), min_size=1, max_size=12))
def test_log_time_is_the_highest_the_clock_has_said_so_far(seconds):
    with memory_log(0) as (conn, log):
        highest = []
        for i, at_s in enumerate(seconds):
            at = NOON + timedelta(seconds=at_s)
            log.append(conn, [record(i)], at)
            highest.append(max([*highest, ms(at)], default=0))
        assert leaf_times_ms(conn) == highest
        assert audit(conn, LOG_KEY.vkey, VAULT).is_sound


def test_a_record_keeps_the_time_its_clock_said(tmp_path):
    with memory_log(3) as (conn, log):
        earlier = NOON - timedelta(days=1)
        [receipt] = log.append(conn, [record(-86_400)], earlier)
        assert log.read(conn, receipt.index).at == earlier
        assert log.log_time(conn, receipt.index) == NOON


def test_an_erasure_keeps_to_log_time_too():
    with memory_log(6) as (conn, log):
        receipt = log.forget(conn, "P-1", "SafetyLead:Sam", "asked to", NOON - timedelta(days=1))
        assert log.log_time(conn, receipt.index) == NOON


def test_a_log_says_where_it_stands():
    with memory_log(0) as (conn, log):
        assert log.standing(conn) == Standing(0, None)
        log.append(conn, [record(0), record(1)], NOON)
        assert log.standing(conn) == Standing(2, NOON)
        assert log.log_time(conn, 2) is None


@pytest.mark.parametrize("value", ["'text'", "17", "2.5", "zeroblob(40)", "zeroblob(41)", "x''", "'" + "x" * 41 + "'"])
def test_whatever_lies_in_the_place_of_the_last_leaf_stops_recording_and_crashes_nothing(value):
    with memory_log(5) as (conn, log):
        conn.execute(text(f"UPDATE log_entry SET leaf = {value} WHERE idx = 4"))
        with pytest.raises(LogError, match="stop recording and run `commensal audit`"):
            log.append(conn, [record(5)], NOON)
        assert conn.execute(text("SELECT count(*) FROM log_entry")).scalar() == 5


def test_a_log_of_the_last_moment_of_the_calendar_goes_on():
    with memory_log(0) as (conn, log):
        log.append(conn, [record(0)], datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC))
        log.append(conn, [record(1)], NOON)
        assert len(set(leaf_times_ms(conn))) == 1
        assert audit(conn, LOG_KEY.vkey, VAULT).is_sound

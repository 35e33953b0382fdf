"""Side effects: none lost, each done once where it matters, none for those who are forgotten or do not agree."""

import random
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from commensal.clinic import audit_store, conduct_visit, delivering, outbox, visiting
from commensal.clinic.couriers import FolderCourier, HttpCourier
from commensal.clinic.delivering import Fate, deliver_due
from commensal.clinic.errors import DeliveryError, RefusedError
from commensal.clinic.evidence import check_folder
from commensal.clinic.forgetting import forget_person
from commensal.clinic.outbox import BACKOFF_MAX_S, HANDOVER, backoff_s
from tests.clinic.closed_visits import closed_visits, closing
from tests.clinic.conftest import NOW
from tests.clinic.receiver import awkward, receiving
from tests.clinic.test_store import consented

FIRST = Path(__file__).parents[2] / "examples" / "visits" / "first"


@dataclass
class Notebook:
    """A courier that writes down what it was given; `fails` says how often, by the number of the record."""

    fails: dict[int, int] = field(default_factory=dict)
    given: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def deliver(self, key, documents):
        record = int(key.split(":")[0])
        if self.fails.get(record, 0) > 0:
            self.fails[record] -= 1
            raise DeliveryError("the place was shut")
        self.given.append((key, dict(documents)))

    @property
    def records(self):
        return [int(key.split(":")[0]) for key, _ in self.given]


@pytest.fixture
def plain_documents(monkeypatch):
    """Documents of closed visits that nobody made: what is delivered is not what these tests are about."""
    monkeypatch.setitem(delivering.MAKERS, HANDOVER, lambda _, index, record: {"visit": record.content["visit_id"]})


def run(clinic, courier, *, after_s=0, **options):
    now = NOW + timedelta(seconds=after_s)
    return {one.record: one.fate for one in deliver_due(clinic.store, {HANDOVER: courier}, now, **options)}


def rows(clinic):
    with clinic.store.reading() as conn:
        return outbox.waiting(conn, None, 1_000)


def test_a_closed_visit_asks_for_its_handover_in_the_commit_that_closes_it(clinic):
    [index] = closed_visits(clinic.store, 1)
    [row] = rows(clinic)
    assert (row.key, row.record, row.kind, row.attempts) == (f"{index}:handover", index, "handover", 0)
    assert row.is_due(NOW)


def test_a_visit_that_was_refused_its_closing_asks_for_nothing(clinic):
    closed_visits(clinic.store, 1)
    clinic.store.commit([consented()])  # P-1, who agrees to nothing
    with pytest.raises(RefusedError):
        clinic.store.commit([closing("P-1", "v")])
    assert len(rows(clinic)) == 1


def test_what_is_delivered_is_what_the_visit_wrote_and_stands_up_to_a_check(clinic, monkeypatch, tmp_path):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    conduct_visit(FIRST, tmp_path / "out", clinic.store, clinic.dentist, today=NOW.date())
    place = tmp_path / "place"
    place.mkdir()
    assert set(run(clinic, FolderCourier(place)).values()) == {Fate.DELIVERED}
    [delivered] = place.iterdir()
    for name in ("report.html", "visit.fhir.json", "visit.closing.json"):
        assert (delivered / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    assert check_folder(delivered, clinic.log.vkey).is_sound
    assert rows(clinic) == []


def test_a_run_cut_off_before_its_mark_repeats_the_delivery_under_the_same_key(clinic, monkeypatch, tmp_path):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    conduct_visit(FIRST, tmp_path / "out", clinic.store, clinic.dentist, today=NOW.date())
    place = tmp_path / "place"
    place.mkdir()

    class PowerCut(BaseException):
        pass

    def cut(*_):
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "mark_delivered", cut)
        with pytest.raises(PowerCut):
            run(clinic, FolderCourier(place))
    [first] = place.iterdir()
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    closed_visits(clinic.store, 1, purposes=("record",))  # the log grows, so the proof made again is a newer one
    assert Fate.DELIVERED in run(clinic, FolderCourier(place)).values()
    assert [path.name for path in place.iterdir()] == [first.name]
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before


@pytest.mark.usefixtures("plain_documents")
def test_without_consent_to_export_now_nothing_leaves_and_the_row_says_so(clinic):
    [index] = closed_visits(clinic.store, 1)
    clinic.store.commit([consented("record", on_whom="P-0")])
    place = Notebook()
    assert run(clinic, place) == {index: Fate.HELD}
    assert place.given == []
    [row] = rows(clinic)
    assert row.last_error == "held: the patient does not agree to export now, so nothing left the clinic"
    assert row.attempts == 0
    clinic.store.commit([consented("record", "export", on_whom="P-0")])
    assert run(clinic, place) == {index: Fate.DELIVERED}


@pytest.mark.usefixtures("plain_documents")
def test_a_forgotten_persons_effects_are_gone_and_never_delivered(clinic):
    _, kept = closed_visits(clinic.store, 2)
    forget_person(clinic.store, "P-0", who_kind="SafetyLead", who="Sam", why="asked to be forgotten")
    place = Notebook()
    assert run(clinic, place) == {kept: Fate.DELIVERED}
    assert place.records == [kept]
    with clinic.store.reading() as conn:
        assert conn.execute(select(func.count()).select_from(outbox.outbox)).scalar() == 1
    assert audit_store(clinic.store, None).is_sound


@pytest.mark.usefixtures("plain_documents")
def test_a_row_whose_record_was_erased_is_dropped_even_if_forgetting_left_it(clinic, monkeypatch):
    erased, kept = closed_visits(clinic.store, 2)
    monkeypatch.setattr(outbox, "drop", lambda *_: None)
    forget_person(clinic.store, "P-0", who_kind="SafetyLead", who="Sam", why="asked to be forgotten")
    monkeypatch.undo()
    monkeypatch.setitem(delivering.MAKERS, HANDOVER, lambda *_: {"visit": "x"})
    assert len(rows(clinic)) == 2
    place = Notebook()
    assert run(clinic, place) == {erased: Fate.ERASED, kept: Fate.DELIVERED}
    assert place.records == [kept]


@pytest.mark.usefixtures("plain_documents")
def test_an_outbox_row_holds_nothing_of_its_record(clinic):
    closed_visits(clinic.store, 1)
    with clinic.store.reading() as conn:
        found = conn.execute(text("SELECT * FROM outbox")).one()
    assert not {"Ada", "P-0", "P-0-0"} & {str(value) for value in found}


@pytest.mark.usefixtures("plain_documents")
def test_a_failed_delivery_waits_twice_as_long_each_time_and_is_never_given_up(clinic):
    [index] = closed_visits(clinic.store, 1)
    place, at_s, waited = Notebook(fails={index: 20}), 0.0, []
    for attempt in range(1, 21):
        assert run(clinic, place, after_s=at_s) == {index: Fate.FAILED}
        [row] = rows(clinic)
        assert (row.attempts, row.last_error) == (attempt, "the place was shut")
        assert row.is_stuck == (attempt >= outbox.ATTEMPTS_STUCK)
        wait_s = (row.due_at - NOW).total_seconds() - at_s
        assert run(clinic, place, after_s=at_s + wait_s - 1) == {index: Fate.WAITS}
        waited.append(wait_s)
        at_s += wait_s
    assert waited == [min(30 * 2**n, 6 * 3600) for n in range(20)]
    assert run(clinic, place, after_s=at_s) == {index: Fate.DELIVERED}
    assert place.records == [index]


def test_the_wait_never_overflows():
    assert backoff_s(10**6) == BACKOFF_MAX_S


@pytest.mark.usefixtures("plain_documents")
def test_who_is_impatient_need_not_wait(clinic):
    [index] = closed_visits(clinic.store, 1)
    place = Notebook(fails={index: 1})
    run(clinic, place)
    assert run(clinic, place, is_impatient=True) == {index: Fate.DELIVERED}


@pytest.mark.usefixtures("plain_documents")
def test_a_clock_that_went_back_a_day_does_not_hold_a_delivery_up_for_a_day(clinic):
    [index] = closed_visits(clinic.store, 1)
    assert run(clinic, Notebook(), after_s=-86_400) == {index: Fate.DELIVERED}


@pytest.mark.usefixtures("plain_documents")
def test_each_persons_order_is_kept_and_nobody_waits_for_somebody_else(clinic):
    a0, b0, a1, b1 = closed_visits(clinic.store, 2, each=2)
    place = Notebook(fails={a0: 1})
    assert run(clinic, place) == {a0: Fate.FAILED, b0: Fate.DELIVERED, a1: Fate.WAITS, b1: Fate.DELIVERED}
    assert run(clinic, place, after_s=1) == {a0: Fate.WAITS, a1: Fate.WAITS}
    assert run(clinic, place, after_s=30) == {a0: Fate.DELIVERED, a1: Fate.DELIVERED}
    assert place.records == [b0, b1, a0, a1]


@pytest.mark.usefixtures("plain_documents")
def test_a_record_that_cannot_be_made_sense_of_holds_up_nobody_else_and_names_nobody(clinic, monkeypatch):
    broken, fine = closed_visits(clinic.store, 2)

    def maker(_, index, record):
        if index == broken:
            raise ValueError("Ada Example, born 1990")
        return {"visit": "x"}

    monkeypatch.setitem(delivering.MAKERS, HANDOVER, maker)
    assert run(clinic, Notebook()) == {broken: Fate.FAILED, fine: Fate.DELIVERED}
    [row] = rows(clinic)
    assert row.last_error == "this program cannot make the documents again (ValueError)"


def test_outputs_that_no_longer_come_out_as_recorded_are_not_delivered(clinic, monkeypatch, tmp_path):
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)
    conduct_visit(FIRST, tmp_path / "out", clinic.store, clinic.dentist, today=NOW.date())
    monkeypatch.setattr("commensal.clinic.closing.report_html", lambda _: "<p>another version's report</p>")
    place = Notebook()
    assert set(run(clinic, place).values()) == {Fate.FAILED}
    assert place.given == []
    assert rows(clinic)[0].last_error.startswith("report.html: this program no longer writes them as record")


@pytest.mark.usefixtures("plain_documents")
def test_more_rows_than_are_read_at_once_are_all_delivered_in_order(clinic, monkeypatch):
    monkeypatch.setattr(delivering, "ROWS_AT_ONCE", 7)
    made = closed_visits(clinic.store, 30)
    last_of_a_page = made[6]
    place = Notebook(fails={last_of_a_page: 1})
    told = run(clinic, place, is_impatient=True)
    assert told == {record: Fate.FAILED if record == last_of_a_page else Fate.DELIVERED for record in made}
    assert place.records == [record for record in made if record != last_of_a_page]


@pytest.mark.usefixtures("plain_documents")
def test_the_same_record_number_in_another_clinic_has_another_key(clinic):
    closed_visits(clinic.store, 2)
    place = Notebook()
    run(clinic, place)
    with clinic.store.reading() as conn:
        for key, _ in place.given:
            index, kind, leaf = key.split(":")
            assert kind == "handover"
            assert leaf == clinic.log.leaf_hashes(conn, int(index), int(index) + 1)[0].hex()[:32]


DELIVERING = """
import os, signal, sys, time, warnings
warnings.simplefilter("error")
from datetime import UTC, datetime
from pathlib import Path
from commensal.clinic import delivering, open_store
from commensal.clinic.couriers import HttpCourier
from commensal.clinic.outbox import HANDOVER
from commensal.clock import SystemClock
from commensal.sentinel import RecordsLog, keyring
import asyncio, httpx, traceback

delivering.MAKERS[HANDOVER] = lambda _, index, record: dict(
    [("visit", record.content["visit_id"]), ("visit.tlog-proof", str(time.time()))]
)
keys = keyring.open_keys(Path({keys!r}), lambda: b"")

def deliver():
    store = open_store({url!r}, RecordsLog(keys.log, keys.vault), SystemClock())
    told = delivering.deliver_due(store, {{HANDOVER: HttpCourier({place!r})}}, datetime.now(UTC), is_impatient=True)
    store.close()
    return sum(one.fate in ("failed", "waits") for one in told)

print("ready", flush=True)
for line in sys.stdin:
    wait_s = float(line)
    child = os.fork()
    if child == 0:
        try:
            os._exit(min(deliver(), 100))
        except BaseException:
            traceback.print_exc()
            os._exit(101)
    if wait_s >= 0:
        time.sleep(wait_s)
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Deliverer:
    """A process that starts deliveries and kills them. It has read the program once; each run is a fork of its own."""

    def __init__(self, clinic, place):
        code = DELIVERING.format(keys=str(clinic.folder / "keys"), url=clinic.url, place=place.url)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def start(self, wait_s):
        self.process.stdin.write(f"{wait_s}\n")
        self.process.stdin.flush()

    def ended(self):
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def kill_and_count(clinic, kills, people, each):
    """Kill deliveries at random moments, two at a time, then let one finish; the receiver's count must be exact."""
    made, moments = closed_visits(clinic.store, people, each), random.Random(2045)
    clinic.store.close()
    killed = 0
    with receiving(awkward) as place:
        both = [Deliverer(clinic, place), Deliverer(clinic, place)]
        try:
            for _ in range(kills // 2):
                for one in both:
                    one.start(moments.uniform(0.0, 0.15))
                killed += sum(one.ended() == -9 for one in both)
            for _ in range(4 * each):  # every key meets up to three troubles, one after the other for each person
                both[0].start(-1)
                if both[0].ended() == 0:
                    break
        finally:
            for one in both:
                one.close()
    assert killed >= kills * 0.9
    assert rows(clinic) == []
    return made, place


def assert_exactly_once(clinic, made, place):
    assert sorted(int(key.split(":")[0]) for key in place.order) == sorted(made)
    assert place.contradictions == []
    with clinic.store.reading() as conn:
        person = {index: clinic.log.read(conn, index).subject for index in made}
    order = [int(key.split(":")[0]) for key in place.order]
    for one in set(person.values()):
        mine = [index for index in order if person[index] == one]
        assert mine == sorted(mine)


def test_sixty_kills_lose_no_effect_and_double_none(clinic):
    made, place = kill_and_count(clinic, kills=60, people=40, each=2)
    assert_exactly_once(clinic, made, place)
    assert max(place.asked.values()) > 1  # otherwise the kills and troubles proved nothing


@pytest.mark.long
def test_three_hundred_kills_lose_no_effect_and_double_none(clinic):
    made, place = kill_and_count(clinic, kills=300, people=200, each=3)
    assert_exactly_once(clinic, made, place)
    assert max(place.asked.values()) > 1


@pytest.mark.usefixtures("plain_documents")
def test_a_place_full_of_trouble_gets_each_effect_once_in_the_end(clinic):
    made = closed_visits(clinic.store, 10, each=2)
    with receiving(awkward) as place:
        for _ in range(8):
            run(clinic, HttpCourier(place.url), is_impatient=True)
    assert_exactly_once(clinic, made, place)
    assert rows(clinic) == []

"""`commensal deliver` as a person or another program meets it."""

import json
from pathlib import Path

import pytest

from commensal.clinic import visiting
from commensal.house.opening import Settings, open_clinic
from tests.cli.bad_days import Home, copy_of, new_home
from tests.clinic.receiver import receiving
from tests.clinic.test_store import consented


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> Home:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visiting, "forecast_day", lambda *_, **__: None)
        home = new_home(tmp_path_factory.mktemp("visited"))
        assert home.visit()[1] == 0
    return home


@pytest.fixture
def home(visited, tmp_path) -> Home:
    return copy_of(visited, tmp_path / "home")


@pytest.fixture
def place(tmp_path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def deliver(home: Home, *more: object) -> tuple[str, int]:
    return home.run("deliver", *more, *home.where)


def test_a_closed_visit_is_listed_delivered_and_then_nothing_waits(home, place):
    printed, exit_code = deliver(home, "--list")
    assert exit_code == 1
    assert ":handover" in printed
    assert "1 wait." in printed
    printed, exit_code = deliver(home, "--to", place)
    assert (exit_code, "1 delivered, 0 held" in printed) == (0, True)
    [delivered] = place.iterdir()
    for name in ("report.html", "visit.fhir.json", "visit.closing.json"):
        assert (delivered / name).read_bytes() == (home.folder / "visit" / name).read_bytes()
    for again in (("--list",), ("--to", place)):
        printed, exit_code = deliver(home, *again)
        assert (exit_code, printed.strip()) == (0, "Nothing waits.")


def test_what_is_printed_names_no_patient(home, place):
    printed = deliver(home, "--list")[0] + deliver(home, "--list", "--json")[0] + deliver(home, "--to", place)[0]
    patient = json.loads(home.run("show", "first-2025-11-20", "--json", *home.where)[0])["patient"]
    for word in [*patient["name"].split(), patient["ref"]]:
        assert word not in printed


def test_other_programs_get_one_json_object(home, place):
    listed, exit_code = deliver(home, "--list", "--json")
    assert exit_code == 1
    assert [(row["attempts"], row["is_stuck"]) for row in json.loads(listed)["waiting"]] == [(0, False)]
    done, exit_code = deliver(home, "--to", place, "--json")
    assert exit_code == 0
    report = json.loads(done)
    assert (report["ok"], report["delivered"], report["waiting"]) == (True, 1, 0)


def test_a_place_that_refuses_is_tried_again_and_the_list_says_why(home, tmp_path):
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    with receiving(lambda handler, times: handler.answer(503 if times == 1 else 200)) as place:
        printed, exit_code = deliver(home, "--to", place.url, "--token-file", token)
        assert exit_code == 1
        assert "expected 2xx, it answered 503" in printed
        printed, exit_code = deliver(home, "--to", place.url, "--token-file", token)
        assert (exit_code, sum(place.asked.values())) == (1, 1)  # its time has not come
        printed, exit_code = deliver(home, "--list")
        assert exit_code == 1
        assert "503" in printed
        printed, exit_code = deliver(home, "--to", place.url, "--token-file", token, "--retry-now")
        assert exit_code == 0, printed
    assert {headers["Authorization"] for headers in place.headers} == {"Bearer s3cret"}
    assert len(place.asked) == 1


REFUSALS = {
    "nowhere to deliver to": ((), "--to: expected a folder, or an https address, got nothing; --list shows what waits"),
    "a folder that is not there": (("--to", "nowhere/at/all"), "is the drive mounted?"),
    "an address without encryption": (("--to", "http://clinic.example/in"), "expected a folder, or an https address"),
    "no token": (("--to", "https://clinic.example/in", "--token-file", "nowhere"), "--token-file: expected a file"),
    "a token of two words": (("--to", "https://clinic.example/in", "--token-file", "README.md"), "--token-file"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_one_line_exit_2_and_changes_nothing(home, case):
    arguments, said = REFUSALS[case]
    before = home.stored()
    printed, exit_code = deliver(home, *arguments)
    assert exit_code == 2
    assert said in printed
    assert home.stored() == before


def test_a_forgotten_persons_visit_is_not_delivered(home, place):
    patient = json.loads(home.run("show", "--json", *home.where)[0])["visits"][0]["patient"]
    assert home.run("forget", patient, "--why", "asked to", "--yes", *home.where)[1] == 0
    printed, exit_code = deliver(home, "--to", place)
    assert (exit_code, printed.strip(), list(place.iterdir())) == (0, "Nothing waits.", [])


def test_a_handover_held_for_want_of_consent_is_told_and_is_not_waiting_for_us(home, place):
    settings = Settings(store=home.store, keys=home.keys, passphrase=bytes)
    patient = json.loads(home.run("show", "--json", *home.where)[0])["visits"][0]["patient"]
    with open_clinic(settings) as clinic:
        clinic.store.commit([consented("record", on_whom=patient)])
    printed, exit_code = deliver(home, "--to", place)
    assert (exit_code, list(place.iterdir())) == (0, [])
    assert "1 held for want of consent" in printed
    assert "held: the patient does not agree to export now, so nothing left the clinic" in deliver(home, "--list")[0]
    assert deliver(home, "--list")[1] == 0

"""Couriers, to real folders and to a real HTTP server that behaves well, badly and worst."""

import os
import threading
import time

import pytest

from commensal.clinic import couriers
from commensal.clinic.couriers import FolderCourier, HttpCourier, courier_to
from commensal.clinic.errors import DeliveryError
from commensal.errors import InputError
from tests.clinic.receiver import receiving

KEY = "17:handover:00ff"
DOCUMENTS = {"report.html": "<p>Ada · ä…</p>", "visit.tlog-proof": "a proof", "visit.closing.json": "{}\n"}
NEWER = {**DOCUMENTS, "visit.tlog-proof": "a newer proof of the same record"}
OTHER = {**DOCUMENTS, "report.html": "<p>something else</p>"}


def written(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_gets_every_document_under_the_name_of_its_key(tmp_path):
    FolderCourier(tmp_path).deliver(KEY, DOCUMENTS)
    assert written(tmp_path) == {f"17-handover-00ff/{name}": text for name, text in DOCUMENTS.items()}


def test_a_repeat_changes_nothing_even_when_its_proof_is_newer(tmp_path):
    FolderCourier(tmp_path).deliver(KEY, DOCUMENTS)
    before = written(tmp_path)
    FolderCourier(tmp_path).deliver(KEY, NEWER)
    assert written(tmp_path) == before


def test_something_else_under_the_same_key_is_an_error_and_changes_nothing(tmp_path):
    FolderCourier(tmp_path).deliver(KEY, DOCUMENTS)
    before = written(tmp_path)
    with pytest.raises(DeliveryError, match=r"report\.html is there under this key and is not what was delivered"):
        FolderCourier(tmp_path).deliver(KEY, OTHER)
    assert written(tmp_path) == before


def test_what_a_killed_courier_left_half_written_is_never_the_delivery_and_is_tidied_up(tmp_path):
    half = tmp_path / ".17-handover-00ff.abcd1234.part"
    half.mkdir()
    (half / "report.html").write_text("<p>Ad")
    FolderCourier(tmp_path).deliver(KEY, DOCUMENTS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["17-handover-00ff"]


def test_eight_couriers_at_once_leave_one_whole_folder(tmp_path):
    gate, wrong = threading.Barrier(8), []

    def carry():
        gate.wait()
        try:
            FolderCourier(tmp_path).deliver(KEY, DOCUMENTS)
        except DeliveryError as error:
            wrong.append(error)

    threads = [threading.Thread(target=carry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert written(tmp_path) == {f"17-handover-00ff/{name}": text for name, text in DOCUMENTS.items()}


def test_a_folder_that_went_away_is_a_failed_delivery(tmp_path):
    with pytest.raises(DeliveryError, match="expected a folder that can be written: No such file or directory"):
        FolderCourier(tmp_path / "gone").deliver(KEY, DOCUMENTS)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("key", ["../../etc/cron.d/x", "a/b", "", "ä", "x" * 129, "a b", "a\nb"])
def test_a_key_that_could_lead_elsewhere_is_refused_by_both(tmp_path, key):
    (tmp_path / "to").mkdir()
    for courier in (FolderCourier(tmp_path / "to"), HttpCourier("http://127.0.0.1:9/")):
        with pytest.raises(DeliveryError, match="plain characters"):
            courier.deliver(key, DOCUMENTS)
    assert written(tmp_path) == {}


def test_an_address_gets_documents_and_key_in_one_post():
    with receiving() as place:
        HttpCourier(place.url).deliver(KEY, DOCUMENTS)
        assert place.headers[0]["Idempotency-Key"] == f'"{KEY}"'
        assert "Authorization" not in place.headers[0]
    lasting = {name: text for name, text in DOCUMENTS.items() if name != "visit.tlog-proof"}
    assert place.acted == {KEY: lasting}


def test_a_token_is_sent_and_never_shown():
    with receiving() as place:
        courier = HttpCourier(place.url, "s3cret")
        courier.deliver(KEY, DOCUMENTS)
        assert place.headers[0]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(courier)


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500, 503])
def test_any_answer_but_2xx_is_a_failed_delivery(status):
    with receiving(lambda handler, _: handler.answer(status, b"Ada Example was here")) as place:
        courier = HttpCourier(place.url)
        with pytest.raises(DeliveryError, match=f"expected 2xx, it answered {status}") as refused:
            courier.deliver(KEY, DOCUMENTS)
    assert "Ada" not in str(refused.value)


def test_a_conflict_that_names_our_key_is_delivered_and_one_that_names_another_is_not():
    with receiving(lambda handler, _: handler.answer(409, Idempotency_Key=f'"{KEY}"')) as place:
        HttpCourier(place.url).deliver(KEY, DOCUMENTS)
    with receiving(lambda handler, _: handler.answer(409, Idempotency_Key='"18:handover:00ff"')) as place:
        courier = HttpCourier(place.url)
        with pytest.raises(DeliveryError, match="409"):
            courier.deliver(KEY, DOCUMENTS)


def test_a_redirect_is_not_followed():
    with receiving() as elsewhere, receiving(lambda to, _: to.answer(307, Location=elsewhere.url)) as place:
        courier = HttpCourier(place.url)
        with pytest.raises(DeliveryError, match="307"):
            courier.deliver(KEY, DOCUMENTS)
        assert elsewhere.acted == {}


def test_a_place_that_hangs_up_after_acting_is_asked_again_and_acts_once():
    def behave(handler, times):
        handler.act()
        handler.answer(200) if times > 1 else handler.hang_up()

    with receiving(behave) as place:
        with pytest.raises(DeliveryError, match=r"the connection failed \(RemoteProtocolError\)"):
            HttpCourier(place.url).deliver(KEY, DOCUMENTS)
        HttpCourier(place.url).deliver(KEY, DOCUMENTS)
    assert place.order == [KEY]
    assert place.asked[KEY] == 2


def stalls(handler, _):
    time.sleep(1.2)
    handler.hang_up()


def drips(handler, _):
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("behave", [stalls, drips])
def test_a_place_that_stalls_or_drips_is_left_in_time(monkeypatch, behave):
    monkeypatch.setattr(couriers, "DELIVERY_MAX_S", 0.4)
    with receiving(behave) as place:
        began = time.monotonic()
        with pytest.raises(DeliveryError, match=r"no answer within 0\.4 s|ReadTimeout"):
            HttpCourier(place.url).deliver(KEY, DOCUMENTS)
        assert time.monotonic() - began < 1.0


def test_an_answer_without_end_is_not_read():
    def behave(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**40))
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b"x" * 2**16)

    with receiving(behave) as place:
        began = time.monotonic()
        HttpCourier(place.url).deliver(KEY, DOCUMENTS)
        assert time.monotonic() - began < 5


def test_nobody_there_is_a_failed_delivery():
    with receiving() as place:
        url = place.url
    with pytest.raises(DeliveryError, match=r"the connection failed \(ConnectError\)"):
        HttpCourier(url).deliver(KEY, DOCUMENTS)


@pytest.mark.parametrize(
    "place", ["http://clinic.example/in", "ftp://clinic.example/in", "https://", "https://me:secret@clinic.example/in"]
)
def test_an_address_that_would_show_documents_or_passwords_is_refused(place):
    with pytest.raises(InputError, match="--to") as refused:
        courier_to(place)
    assert "secret" not in str(refused.value)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_tried(tmp_path):
    with pytest.raises(InputError, match="is the drive mounted"):
        courier_to(str(tmp_path / "drive"))
    assert isinstance(courier_to(str(tmp_path)), FolderCourier)


def test_a_proxy_of_the_environment_never_sees_what_is_meant_for_this_machine(monkeypatch):
    with receiving() as place, receiving() as proxy:
        monkeypatch.setitem(os.environ, "HTTP_PROXY", proxy.url)
        HttpCourier(place.url).deliver(KEY, DOCUMENTS)
        assert proxy.asked == {}
        assert place.order == [KEY]

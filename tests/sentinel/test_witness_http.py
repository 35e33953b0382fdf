"""A witness over HTTP: real requests on a real port, and strangers who send too much, too slowly, or nothing."""

import contextlib
import socket
import time

import httpx
import pytest

from commensal.sentinel.cosignature import open_cosignatures, parse_cosigner_key, with_cosignatures
from commensal.sentinel.witnesses import http as witness_http
from commensal.sentinel.witnesses.witness import REQUEST_MAX_BYTES
from tests.sentinel.test_witness import statuses
from tests.sentinel.witnessed import NOW_S, ORIGIN, History, new_witness, running_witness

TYPE = "text/x.tlog.size"


@pytest.fixture
def witness(tmp_path):
    return new_witness(tmp_path / "w.db")


@pytest.fixture
def url(witness):
    with running_witness(witness) as url:
        yield url


def test_a_checkpoint_goes_in_and_a_cosignature_comes_out(witness, url):
    history = History.of(20)
    with httpx.Client(base_url=url) as client:  # one connection, kept alive
        for old, new in ((0, 10), (10, 20)):
            answer = client.post("/add-checkpoint", content=history.request(old, new))
            assert answer.status_code == 200
            cosigned = with_cosignatures(history.note(new), [answer.text])
            (found,) = open_cosignatures(cosigned, [parse_cosigner_key(witness.vkey)])
            assert found.time_s == NOW_S
        assert client.get("/latest", params={"origin": ORIGIN}).text == history.note(20)
        assert client.get("/latest", params={"origin": "nobody"}).status_code == 404
        assert client.get("/latest").status_code == 404
        assert client.get("/health").json() == {"ok": True, "witness": witness.vkey}


def test_every_refusal_comes_with_its_status(url):
    with httpx.Client(base_url=url) as client:
        assert client.post("/add-checkpoint", content=History.of(20).request(0, 10)).status_code == 200
        seen = set()
        for case, (status, body) in statuses().items():
            answer = client.post("/add-checkpoint", content=body)
            seen.add(answer.status_code)
            expected = 413 if case == "too much" else status
            assert answer.status_code == expected, case
            if status == 409:
                assert (answer.text, answer.headers["content-type"]) == ("10\n", TYPE)
        assert seen == {400, 403, 404, 409, 413, 422}
        assert client.get("/add-checkpoint").status_code == 405
        assert client.post("/").status_code == 404


def test_ten_megabytes_are_refused_whether_announced_or_not(url):
    with httpx.Client(base_url=url) as client:
        announced = client.post("/add-checkpoint", content=b"old 0\n" + b"x" * 10_000_000)
        assert announced.status_code == 413
        assert str(REQUEST_MAX_BYTES) in announced.text
    with socket.create_connection(url_address(url)) as raw:
        raw.settimeout(5)
        sent, answer = 0, b""
        with contextlib.suppress(OSError):  # hung up on, as it should be
            raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n")
            while sent < 10_000_000:
                raw.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
        with contextlib.suppress(OSError):
            answer = raw.recv(100)
        assert answer.startswith(b"HTTP/1.1 413") or sent < 10_000_000
    with httpx.Client(base_url=url) as client:
        assert client.post("/add-checkpoint", content=History.of(3).request(0, 3)).status_code == 200


def url_address(url: str) -> tuple[str, int]:
    parts = httpx.URL(url)
    return parts.host, parts.port or 0


def received(raw: socket.socket) -> bytes:
    raw.settimeout(5)
    found = b""
    while part := raw.recv(4_096):
        found += part
    return found


def test_a_body_that_trickles_in_is_cut_off(url, monkeypatch):
    monkeypatch.setattr(witness_http, "READ_TIMEOUT_S", 0.3)
    started = time.monotonic()
    with socket.create_connection(url_address(url)) as raw:
        raw.sendall(
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 500\r\nConnection: close\r\n\r\nold 0"
        )
        assert received(raw).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < 3


def test_a_connection_that_says_nothing_or_never_finishes_its_head_ends(url, monkeypatch):
    monkeypatch.setattr(witness_http, "CONNECTION_MAX_S", 0.3)
    for said in (b"", b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nX-Slow: "):
        with socket.create_connection(url_address(url)) as raw:
            raw.sendall(said)
            assert received(raw) == b""


def test_a_head_too_large_or_no_http_at_all_is_refused(url):
    for said in (b"GET /health HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"\x16\x03\x01 hello\r\n\r\n"):
        with socket.create_connection(url_address(url)) as raw:
            raw.sendall(said)
            assert raw.recv(12) == b"HTTP/1.1 400"


def test_a_request_cut_off_half_way_changes_nothing(url, witness):
    whole = History.of(5).request(0, 5)
    with socket.create_connection(url_address(url)) as raw:
        raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole[:-9])
    assert httpx.post(f"{url}/add-checkpoint", content=History.of(4).request(0, 4)).status_code == 200
    assert witness.latest(ORIGIN) == History.of(4).note(4)


def test_more_connections_than_the_witness_has_room_for_are_told_so(witness, monkeypatch):
    monkeypatch.setattr(witness_http, "CONNECTIONS_MAX", 3)
    with running_witness(witness) as url:
        idle = [socket.create_connection(url_address(url)) for _ in range(4)]
        try:
            assert httpx.get(f"{url}/health").status_code == 503
        finally:
            for one in idle:
                one.close()


def test_a_witness_without_its_memory_says_so(url, tmp_path):
    for path in tmp_path.iterdir():
        path.unlink()
    assert httpx.get(f"{url}/health").status_code == 503
    assert httpx.get(f"{url}/latest").status_code == 503
    assert httpx.post(f"{url}/add-checkpoint", content=History.of(5).request(0, 5)).status_code == 503

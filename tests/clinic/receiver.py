"""A place that takes deliveries over HTTP: it acts once for each key, and can be told to behave badly."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What was asked and done. `behave` is called with the handler and how often this key has come, this time counted."""

    def __init__(self, behave: Callable[["Handler", int], None]) -> None:
        self.behave = behave
        self.lock = threading.Lock()
        self.asked: Counter[str] = Counter()
        self.acted: dict[str, dict[str, str]] = {}
        self.order: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.contradictions: list[str] = []
        self.url = ""

    def act(self, key: str, documents: dict[str, str]) -> None:
        """Once for each key; a repeat must bring the same, but for the proof."""
        with self.lock:
            lasting = {name: text for name, text in documents.items() if name != "visit.tlog-proof"}
            if key not in self.acted:
                self.acted[key] = lasting
                self.order.append(key)
            elif self.acted[key] != lasting:
                self.contradictions.append(key)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.key, self.documents = self.headers["Idempotency-Key"].strip('"'), body["documents"]
        with self.receiver.lock:
            self.receiver.asked[self.key] += 1
            self.receiver.headers.append(dict(self.headers))
            times = self.receiver.asked[self.key]
        self.receiver.behave(self, times)

    def act(self) -> None:
        self.receiver.act(self.key, self.documents)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A courier that was killed in the middle is what these tests are about."""


def takes(handler: Handler, _: int) -> None:
    """As a good place does."""
    handler.act()
    handler.answer(201)


def awkward(handler: Handler, times: int) -> None:
    """Each key's first, second and third time is another trouble; which, the key's last digit says."""
    trouble = (int(handler.key[-1], 16) + times) % 5 if times < 4 else 4
    if trouble == 0:
        handler.answer(500)
    elif trouble == 1:
        handler.act()
        handler.hang_up()
    elif trouble == 2:
        handler.act()
        handler.answer(503, b"but I did it")
    elif trouble == 3:
        handler.hang_up()
    else:
        time.sleep(0.003)
        handler.act()
        time.sleep(0.003)
        handler.answer(200)


@contextmanager
def receiving(behave: Callable[[Handler, int], None] = takes) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(behave)
    server = _Server(("127.0.0.1", 0), type("OneHandler", (Handler,), {"receiver": receiver}))
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/handovers"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

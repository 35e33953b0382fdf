"""Asking witnesses over HTTP, all at once, with an end: whatever they do, an answer or a silence comes back in time.

Answers are read, bounded, and handed on; what they are worth is judged in witnessing.py. httpx is loaded when asking.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

ANSWER_MAX_BYTES = 64 * 2**10
REQUEST_TIMEOUT_S = 5.0
"""For one step of one request: to connect, to send, to read the next piece."""
TOTAL_TIMEOUT_S = 15.0
"""For everything: all witnesses, both times they may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a witness answered."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """No usable answer, and why, in a few words."""

    why: str


Question = Callable[["Asker"], Reply | Silence]


class Asker:
    """Asks several witnesses at once, until a deadline that is the same for all.

    Args:
        request_timeout_s: for one step of one request, > 0 s.
        total_timeout_s: from now on, for everything, > 0 s.
    """

    def __init__(self, request_timeout_s: float = REQUEST_TIMEOUT_S, total_timeout_s: float = TOTAL_TIMEOUT_S) -> None:
        if not (request_timeout_s > 0 and total_timeout_s > 0):
            raise ValueError(f"timeouts must be > 0 s, got {request_timeout_s} s and {total_timeout_s} s")
        import httpx

        self._deadline_s = time.monotonic() + total_timeout_s
        self._client = httpx.Client(timeout=request_timeout_s, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Let go of every connection, and of whoever still keeps us waiting."""
        self._client.close()

    def ask_all(self, questions: Mapping[str, Question]) -> dict[str, Reply | Silence]:
        """Put every question in a thread of its own; those not answered by the deadline are silent."""
        answers: queue.SimpleQueue[tuple[str, Reply | Silence]] = queue.SimpleQueue()
        for name, question in questions.items():
            threading.Thread(
                target=lambda n=name, q=question: answers.put((n, q(self))),
                daemon=True,  # one that never ends must not keep the program from ending
            ).start()
        found: dict[str, Reply | Silence] = {}
        while len(found) < len(questions) and (left := self._deadline_s - time.monotonic()) > 0:
            try:
                name, answer = answers.get(timeout=left)
            except queue.Empty:
                break
            found[name] = answer
        return {name: found.get(name, Silence("no answer in time")) for name in questions}

    def post(self, url: str, body: bytes) -> Reply | Silence:
        """POST `body`; the answer, or why there is none."""
        return self._exchange(self._client.build_request("POST", url, content=body))

    def get(self, url: str, params: Mapping[str, str]) -> Reply | Silence:
        """GET; the answer, or why there is none."""
        return self._exchange(self._client.build_request("GET", url, params=dict(params)))

    def _exchange(self, request: "httpx.Request") -> Reply | Silence:
        request.headers["accept-encoding"] = "identity"
        body = bytearray()
        try:
            response = self._client.send(request, stream=True)
            try:
                for piece in response.iter_raw():  # as sent: nothing is unpacked
                    body += piece
                    if len(body) > ANSWER_MAX_BYTES:
                        return Silence(f"an answer of more than {ANSWER_MAX_BYTES} bytes")
                    if time.monotonic() > self._deadline_s:
                        return Silence("an answer that did not end in time")
            finally:
                response.close()
        except Exception as error:  # whatever a stranger does to the connection, it is one who did not answer
            return Silence(f"no answer ({type(error).__name__})")
        content_type = response.headers.get("content-type", "")
        return Reply(status=response.status_code, content_type=content_type, body=bytes(body))

"""A witness on the network: `POST /add-checkpoint` as C2SP tlog-witness has it, and two questions of our own.

    POST /add-checkpoint        a cosignature, or why not
    GET  /latest?origin=NAME    the checkpoint cosigned last, as the log signed it: what a log that lost its end had
    GET  /health                whether the witness can use its memory

Whoever asks is a stranger: sizes, times and connections are bounded. Put TLS in front where the way is not trusted;
what is said is signed either way. Web packages are loaded when a server is made.
"""

import asyncio
import socket
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from commensal.sentinel.witnesses.witness import PLAIN, REQUEST_MAX_BYTES, Answer, Witness

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

READ_TIMEOUT_S = 10.0
"""How long the body of a request may take."""
CONNECTION_MAX_S = 30.0
"""How long a connection may last, whatever is said on it or not."""
CONNECTIONS_MAX = 64
"""Connections at once; more are answered 503."""
HEAD_MAX_BYTES = 16 * 2**10
DIGITS_MAX = 19
"""Of the size a request announces."""
STOP_TIMEOUT_S = 5


def witness_app(witness: Witness) -> "Starlette":
    """The witness as a web application."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def add_checkpoint(request: "Request") -> "Response":
        body = await _read_body(request)
        answer = body if isinstance(body, Answer) else await run_in_threadpool(witness.add_checkpoint, body)
        return Response(answer.body, answer.status, {"content-type": answer.content_type})

    async def latest(request: "Request") -> "Response":
        try:
            note = await run_in_threadpool(witness.latest, request.query_params.get("origin", ""))
        except sqlite3.Error:
            return Response("the witness cannot use its memory\n", 503, {"content-type": PLAIN})
        if note is None:
            return Response("nothing was cosigned for this log\n", 404, {"content-type": PLAIN})
        return Response(note, 200, {"content-type": PLAIN})

    async def health(_: "Request") -> "Response":
        try:
            await run_in_threadpool(witness.latest, "")
        except sqlite3.Error as error:
            return JSONResponse({"ok": False, "witness": witness.vkey, "memory": type(error).__name__}, 503)
        return JSONResponse({"ok": True, "witness": witness.vkey})

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/latest", latest, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


def witness_server(witness: Witness) -> "uvicorn.Server":
    """A server that is ready to `run()` on sockets; it stops on a signal, or when `should_exit` is set."""
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class BoundedProtocol(H11Protocol):
        """HTTP on a connection that ends: heads that trickle in cannot hold their place."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.loop.call_later(CONNECTION_MAX_S, transport.close)

    config = uvicorn.Config(
        witness_app(witness),
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        h11_max_incomplete_event_size=HEAD_MAX_BYTES,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    return uvicorn.Server(config)


def serve(witness: Witness, host: str, port: int, ready: Callable[[], None]) -> None:
    """Answer on this address until a signal stops it; `ready` is called once it listens.

    Raises:
        OSError: the address is not ours, or the port is taken.
    """
    server = witness_server(witness)
    with socket.create_server((host, port)) as listener:
        ready()
        server.run(sockets=[listener])


async def _read_body(request: "Request") -> bytes | Answer:
    """The body, or the refusal of one that is too large, too slow or cut off."""
    from starlette.requests import ClientDisconnect

    too_large = Answer(413, f"expected at most {REQUEST_MAX_BYTES} bytes\n")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > DIGITS_MAX or int(declared) > REQUEST_MAX_BYTES:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > REQUEST_MAX_BYTES:
                    return too_large
    except TimeoutError:
        return Answer(408, f"expected the whole request within {READ_TIMEOUT_S:g} s\n")
    except ClientDisconnect:
        return Answer(400, "the request was cut off\n")
    return bytes(body)

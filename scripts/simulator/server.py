"""The HTTP side: loopback only, keep-alive, one thread a connection; every answer comes from one function."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn

from .clock import Clock
from .wire import Delivery, Request, Response, split_target

LOOPBACK = ("127.0.0.1", "localhost")
_LARGEST_BODY = 1_000_000
Respond = Callable[[Request], Delivery]


class LoopbackServer(ThreadingMixIn, TCPServer):
    """Serves `respond` on 127.0.0.1 from its own threads until it is stopped.

    Raises ValueError for any address but loopback: the simulator hands out consent without asking for a
    password.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, respond: Respond, clock: Clock) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"host {host!r}: the simulator listens on loopback only ({', '.join(LOOPBACK)})")
        if not 0 <= port <= 65_535:
            raise ValueError(f"port {port}: expected 0 (any free one) to 65535")
        self.respond = respond
        self.clock = clock
        self.stopping = threading.Event()
        self.failures: list[BaseException] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.01,), name="smashrun-simulator", daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close every open connection."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that stopping can end it."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._connections.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Clients that go away are everyday; anything else is kept for the owner to see."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "SmashrunSimulator"
    server: LoopbackServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing on the terminal: the request line may hold a token."""

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(Response(400), None)
            return
        path, query = split_target(self.path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        delivery = self.server.respond(Request(self.command, path, query, headers, body))
        if delivery.delay_s > 0:
            self.server.stopping.wait(delivery.delay_s)
        if delivery.how == "drop":
            self.close_connection = True
            return
        if delivery.how == "midway":
            self._send(delivery.response, len(delivery.response.body) // 2)
            self._reset()
            return
        self._send(delivery.response, None)

    def _body(self) -> bytes | None:
        """The request body; None when its length cannot be trusted."""
        if "transfer-encoding" in self.headers:
            return None
        text = self.headers.get("content-length", "0")
        length = int(text) if text.isascii() and text.isdigit() else _LARGEST_BODY + 1
        return self.rfile.read(length) if length <= _LARGEST_BODY else None

    def _send(self, answer: Response, cut_at: int | None) -> None:
        self.send_response_only(answer.status)
        self.send_header("Server", self.server_version)
        # The simulator's own time, so that a client that compares Retry-After dates with it is not misled.
        self.send_header("Date", format_datetime(self.server.clock.now(), usegmt=True))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body[:cut_at])

    def _reset(self) -> None:
        """End the connection with a reset instead of a proper close."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.closed(self.connection)
        socket.close(self.connection.detach())

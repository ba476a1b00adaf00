"""The one HTTP server of this project: `serve`, OAuth's callback and the simulator answer through it.

It listens on this machine only, keeps connections open, gives each its own thread and has every answer from one
function. docs/decisions/0009-loopback-server.md says why it is not a library.
"""

from __future__ import annotations

import contextlib
import io
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
LARGEST_BODY: Final = 65_536
# For a whole request, the wait for its first byte included, and for a client that does not read its answer.
PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.02
_LAST_ANSWERS_S: Final = 1.0
_LENGTH: Final = re.compile("[0-9]{1,15}")


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        path: still percent-encoded.
        query: as sent, without the question mark.
        headers: names in lower case; repeated ones are joined by commas.
        length: of the body, as announced; None when that is not a plain number.
        body: empty, and never read, when its length is None or more than `LARGEST_BODY`.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    length: int | None = 0
    body: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether `body` is all of the body."""
        return self.length == len(self.body)


@dataclass(frozen=True)
class Response:
    """One HTTP answer, and what happens to it on the way.

    Attributes:
        delay_s: how long to wait before it is sent.
        delivery: `drop` closes the connection before any byte, `midway` resets it after half the body.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0
    delivery: Literal["whole", "drop", "midway"] = "whole"


class LoopbackServer(ThreadingMixIn, TCPServer):
    """Answers on a loopback address, from `start` (or `with`) to `stop`.

    Args:
        answer: makes the answer to a request; called from many threads.
        host: one of `LOOPBACK`.
        port: 0 takes a free one.
        name: what the `Server` header says.
        report: is given each error that is not a client going away.

    Raises:
        ValueError: the host is another machine's, or the port is no port.
        OSError: the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        answer: Callable[[Request], Response],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        name: str = "myrunstreak",
        report: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"host {host!r}: this server listens on loopback only ({', '.join(LOOPBACK)})")
        if not 0 <= port <= 65_535:
            raise ValueError(f"port {port}: expected 0 (any free one) to 65535")
        self.answer, self.name = answer, name
        self.stopping = threading.Event()
        self._report = report
        self._connections: set[socket.socket] = set()
        self._answering = 0
        self._answered = threading.Condition()
        self._thread: threading.Thread | None = None
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__(("127.0.0.1" if host == "localhost" else host, port), _Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """`http://HOST:PORT`."""
        host = str(self.server_address[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_S,), name=self.name, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, send the answers being made (for a second at most), and close every open connection."""
        self.stopping.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._answered:
            self._answered.wait_for(lambda: not self._answering, timeout=_LAST_ANSWERS_S)
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that stopping can end it."""
        self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)

    @contextlib.contextmanager
    def answering(self) -> Generator[None]:
        """Make and send an answer; `stop` waits for it."""
        with self._answered:
            self._answering += 1
        try:
            yield
        finally:
            with self._answered:
                self._answering -= 1
                self._answered.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base class's shape
        """Report what is not a client going away."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self._report(error)


class _UntilDeadline(io.RawIOBase):
    """Reads from a connection until the handler's deadline, however slowly the bytes trickle in."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        left_s = self._handler.deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the request took too long")
        self._handler.connection.settimeout(left_s)
        return self._handler.connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: LoopbackServer  # pyright: ignore[reportIncompatibleVariableOverride]
    deadline = 0.0

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_UntilDeadline(self))
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        self.deadline = time.monotonic() + PATIENCE_S
        super().handle_one_request()

    def __getattr__(self, name: str) -> Any:
        # The answering function refuses methods that it does not know.
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def version_string(self) -> str:
        return self.server.name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: request lines may hold tokens and codes."""

    def _respond(self) -> None:
        try:
            target = urlsplit(self.path)
        except ValueError:  # such as `http://[::1`, without its end
            self.close_connection = True
            self._send(Response(400, b"This is no request.\n", {"Content-Type": "text/plain"}))
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        length = self._body_length()
        body = self.rfile.read(length) if length is not None and length <= LARGEST_BODY else b""
        request = Request(self.command, target.path, target.query, headers, length, body)
        if not request.is_whole:
            self.close_connection = True
        self.connection.settimeout(PATIENCE_S)
        with self.server.answering():
            answer = self.server.answer(request)
            if answer.delay_s > 0:
                self.server.stopping.wait(answer.delay_s)
            if answer.delivery == "drop":
                self.close_connection = True
                return
            self._send(answer)
            if answer.delivery == "midway":
                self._reset()

    def _body_length(self) -> int | None:
        text = self.headers.get("Content-Length", "0")
        is_plain = "Transfer-Encoding" not in self.headers and _LENGTH.fullmatch(text)
        return int(text) if is_plain else None

    def _send(self, answer: Response) -> None:
        self.send_response_only(answer.status)
        headers = {"Server": self.server.name, "Date": formatdate(usegmt=True), **answer.headers}
        if self.close_connection:
            headers["Connection"] = "close"
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(
                answer.body[: len(answer.body) // 2] if answer.delivery == "midway" else answer.body
            )
        self.wfile.flush()

    def _reset(self) -> None:
        """End the connection with a reset instead of a proper close."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.closed(self.connection)
        socket.close(self.connection.detach())

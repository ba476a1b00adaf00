"""`myrunstreak serve`: the API on this machine, answered by the same code as in Lambda."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings

from scripts.display.terminal import EXIT_DONE, standard_error, standard_output
from scripts.local_settings import load_settings

if TYPE_CHECKING:
    from myrunstreak.api.service import Api

HOST: Final = "127.0.0.1"
PORT: Final = 8787
_MOST_READ: Final = 65_536

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def run(port: int) -> int:
    """Serve until Ctrl-C.

    Raises:
        InvalidSettings: the port is taken or may not be used.
    """
    settings = load_settings()
    server = make_server(settings, port)
    address = f"http://{HOST}:{server.server_address[1]}"
    whom = "to whoever has a key" if settings.api_keys else "to this machine, without a key"
    standard_output().print(f"{address}/ answers {whom}. Ctrl-C ends it.")
    _end_on_term(server)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        standard_error().print("Ended.", style="dim")
    finally:
        server.server_close()
    return EXIT_DONE


def make_server(settings: Settings, port: int) -> ThreadingHTTPServer:
    """A server on loopback; it answers without keys only where there is no place for any.

    Raises:
        InvalidSettings: the port is taken or may not be used.
    """
    answer = _made_meanwhile(settings)
    try:
        return _Server((HOST, port), partial(_Handler, answer))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidSettings(
            f"Cannot listen on {HOST}:{port}: {reason}. Choose another port: myrunstreak serve --port {PORT + 1}"
        ) from None


def _made_meanwhile(settings: Settings) -> Answer:
    """The API's answer: made while the server starts to listen, waited for by whoever asks before that."""
    maker = ThreadPoolExecutor(1, thread_name_prefix="api")
    made = maker.submit(_make_api, settings)
    maker.shutdown(wait=False)
    return lambda event: made.result().answer(event)


def _make_api(settings: Settings) -> Api:
    from myrunstreak.api.keys import ApiKeys
    from myrunstreak.api.service import Api
    from myrunstreak.store.published import PublishedDatabase

    return Api(
        settings,
        PublishedDatabase(settings),
        ApiKeys.open(settings),
        without_keys=settings.api_keys is None,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's shape
        """Nothing of a client that went away in the middle; of anything else the kind, without a stack trace."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            print(f"myrunstreak: a request could not be answered ({type(error).__name__}).", file=sys.stderr)


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into events of payload format 2.0 and back."""

    protocol_version = "HTTP/1.1"
    server_version = "myrunstreak"
    sys_version = ""
    timeout = 30

    def __init__(self, answer: Answer, *arguments: Any) -> None:
        self._answer = answer
        super().__init__(*arguments)

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __getattr__(self, name: str) -> Any:
        # Every method is answered, those that nobody has heard of too: by the API, which refuses them.
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def _respond(self) -> None:
        if self._is_malformed():
            self.close_connection = True
            self._send(HTTPStatus.BAD_REQUEST, {"Content-Type": "text/plain"}, b"This is no request.\n")
            return
        # A page elsewhere may make a name of its own lead to this machine; its browser still says that name.
        if not self._is_for_us():
            self._send(
                HTTPStatus.MISDIRECTED_REQUEST, {"Content-Type": "text/plain"}, b"This is not that host.\n"
            )
            return
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() else 0
        body = self.rfile.read(min(size, _MOST_READ))
        if size > len(body):
            self.close_connection = True
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        reply = self._answer(
            {
                "version": "2.0",
                "rawPath": unquote(parts.path, errors="replace"),
                "rawQueryString": parts.query,
                "headers": headers,
                "requestContext": {"stage": "$default", "http": {"method": self.command, "path": parts.path}},
                "body": body.decode("latin-1"),
                "isBase64Encoded": False,
            }
        )
        self._send(reply["statusCode"], reply["headers"], _bytes_of(reply))

    def _is_malformed(self) -> bool:
        """Whether the address or the host cannot be read, such as `[::1` without its end."""
        try:
            urlsplit(self.path)
            _ = urlsplit(f"//{self.headers.get('Host', '')}").port
        except ValueError:
            return True
        return False

    def _is_for_us(self) -> bool:
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        return host in {"127.0.0.1", "localhost", "::1"}

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: addresses may hold what is nobody's business."""


def _bytes_of(reply: dict[str, Any]) -> bytes:
    from base64 import b64decode

    body: str = reply["body"]
    return b64decode(body) if reply["isBase64Encoded"] else body.encode()


def _end_on_term(server: ThreadingHTTPServer) -> None:
    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's shape
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)

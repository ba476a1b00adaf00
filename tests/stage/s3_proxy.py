"""A proxy on the way to S3, on which requests go wrong."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stage.aws import use_aws


class S3Proxy:
    """Passes requests on to S3, or lets them go wrong.

    `fault(method, pass_on)` decides what becomes of a request: it returns a status and a body, or None to
    hang up without an answer; `pass_on()` sends it to S3 and returns S3's own answer.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.url = ""
        self.seen: list[str] = []
        self.fault: Callable[[str, Callable[[], Any]], Any] = lambda _, pass_on: pass_on()


@contextmanager
def s3_proxy(target: str) -> Iterator[S3Proxy]:
    """A proxy on loopback."""
    proxy = S3Proxy(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self._body()
            proxy.seen.append(self.command)
            answer = proxy.fault(self.command, lambda: self._pass_on(body))
            if answer is None:
                self.close_connection = True
                return
            status, content, headers = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.close_connection = True

        do_GET = do_PUT = do_HEAD = do_DELETE = _handle  # noqa: N815

        def _body(self) -> bytes:
            if self.headers.get("Expect"):
                self.send_response_only(100)
                self.end_headers()
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _pass_on(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
            connection = http.client.HTTPConnection(proxy.target, timeout=20)
            headers = {
                k: v for k, v in self.headers.items() if k.lower() not in {"host", "expect", "connection"}
            }
            connection.request(self.command, self.path, body, headers | {"Host": proxy.target})
            answer = connection.getresponse()
            content = answer.read()
            kept = {
                k: v for k, v in answer.getheaders() if k.lower() not in {"connection", "transfer-encoding"}
            }
            connection.close()
            return answer.status, content, kept

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield proxy
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """The only way to S3 for the test."""
    with s3_proxy(moto_url) as proxy:
        use_aws(monkeypatch, proxy.url)
        yield proxy

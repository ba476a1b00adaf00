"""An S3 on this machine, and a way to it on which things go wrong."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

REGION = "us-east-2"


def credentials(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Let boto3 talk to this endpoint only, with keys that mean nothing."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        patch.setenv(name, value)


def new_bucket() -> str:
    """A versioned bucket; its name."""
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


class Way:
    """Requests on their way to S3: passed on, unless told otherwise.

    `mischief(method, pass_on)` decides what becomes of a request: it returns a status and a body, or None to
    hang up without an answer; `pass_on()` sends it to S3 and returns S3's own answer.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.url = ""
        self.seen: list[str] = []
        self.mischief: Callable[[str, Callable[[], Any]], Any] = lambda _, pass_on: pass_on()


@contextmanager
def way_to(target: str) -> Iterator[Way]:
    """A proxy on loopback."""
    way = Way(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self._body()
            way.seen.append(self.command)
            answer = way.mischief(self.command, lambda: self._pass_on(body))
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
            connection = http.client.HTTPConnection(way.target, timeout=20)
            headers = {
                k: v for k, v in self.headers.items() if k.lower() not in {"host", "expect", "connection"}
            }
            connection.request(self.command, self.path, body, headers | {"Host": way.target})
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
    way.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield way
    server.shutdown()
    server.server_close()

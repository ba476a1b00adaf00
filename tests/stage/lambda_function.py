"""Lambda's Runtime API on loopback, as far as the runtime client speaks it, and a function behind it.

The runtime client asks for the next invocation, the server hands out what a test has queued; answers and
errors come back by POST. Bodies may be chunked, and small answers must not wait for an acknowledgement.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ARN = "arn:aws:lambda:us-east-2:123456789012:function:myrunstreak-sync"


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: `response`, `error` or `init`, and the JSON that was posted."""

    how: str
    body: Any


class RuntimeApi(ThreadingHTTPServer):
    """The server; one function at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.invocations: queue.Queue[tuple[str, dict[str, str], bytes] | None] = queue.Queue()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection whose small packets are sent at once."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeApi  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """The next invocation; waits until there is one."""
        invocation = self.server.invocations.get()
        if invocation is None:
            self.close_connection = True
            return
        _, headers, body = invocation
        self._send(200, body, headers)

    def do_POST(self) -> None:
        """A response or an error."""
        body = self._body()
        how = "init" if self.path.endswith("/init/error") else self.path.rsplit("/", 1)[-1]
        self._send(202, b'{"status":"OK"}', {})
        self.server.outcomes.put(Outcome(how, json.loads(body) if body else None))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


class LambdaFunction:
    """A function under the real runtime client, in a process of its own."""

    def __init__(self, handler: str, task_root: Path, environment: Mapping[str, str], log: Path) -> None:
        self._api = RuntimeApi()
        threading.Thread(target=self._api.serve_forever, daemon=True).start()
        host, port = self._api.server_address[:2]
        self._log = log
        self._count = 0
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", handler],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(log.parent),
                    "LAMBDA_TASK_ROOT": str(task_root),
                    "PYTHONPATH": str(task_root),
                    "AWS_LAMBDA_RUNTIME_API": f"{host!s}:{port}",
                    "AWS_LAMBDA_FUNCTION_NAME": "myrunstreak-sync",
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/myrunstreak-sync",
                    "AWS_LAMBDA_LOG_STREAM_NAME": "a-stream",
                    **environment,
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._api.invocations.put(None)
        self._api.shutdown()
        self._api.server_close()

    def invoke(self, event: object = None, *, seconds: float = 300.0, traced: bool = False) -> Outcome:
        """Invoke with so much time until the deadline; waits for the outcome."""
        self._count += 1
        headers = {
            "Lambda-Runtime-Aws-Request-Id": f"request-{self._count}",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": f"Root=1-5759e988-bd862e3fe1be46a99427279{self._count};Sampled={int(traced)}",
        }
        self._api.invocations.put((f"request-{self._count}", headers, json.dumps(event).encode()))
        try:
            return self._api.outcomes.get(timeout=120)
        except queue.Empty:
            raise AssertionError(f"no outcome; the function printed:\n{self.printed()}") from None

    def printed(self) -> str:
        """What the function has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

"""A service on loopback that takes what channels send: real HTTP, and what came is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scripts.loopback import LoopbackServer, Request, Response


@dataclass
class Listener:
    """What has come.

    Attributes:
        address: host and port.
        status: the answer to come.
        refusals: so many times it answers 503 before that.
        delay_s: how long each answer takes.
        requests: each request.
    """

    address: str = ""
    status: int = 200
    refusals: int = 0
    delay_s: float = 0.0
    requests: list[Request] = field(default_factory=list[Request])

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The bodies, where they are JSON."""
        return [json.loads(one.body) for one in self.requests]

    @property
    def url(self) -> str:
        """An address of Apprise's that leads here, with a password and a token in it."""
        return f"json://runner:planted-password-1@{self.address}/planted-token-2"


@contextmanager
def listening() -> Generator[Listener]:
    """Take requests on a free port."""
    listener, noting = Listener(), threading.Lock()

    def answer(request: Request) -> Response:
        with noting:
            listener.requests.append(request)
            status = 503 if listener.refusals else listener.status
            listener.refusals = max(0, listener.refusals - 1)
        return Response(status, b"planted answer of the service", delay_s=listener.delay_s)

    with LoopbackServer(answer) as server:
        listener.address = server.address.removeprefix("http://")
        yield listener

"""Small real implementations of what the code under test talks to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO

import requests
from myrunstreak.secrets.document import JsonDocument
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that moves only when told; call it for the time, `sleep` moves it and remembers how far."""

    def __init__(self, start: datetime = NOON) -> None:
        self.now = start
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def reply(
    status: int = 200, body: object = b"", headers: Mapping[str, str] | None = None
) -> Callable[[requests.PreparedRequest], requests.Response]:
    """An answer to be scripted; a body that is not bytes or text becomes JSON."""
    data = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else json.dumps(body).encode()
    )

    def make(request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        response.raw = HTTPResponse(
            body=BytesIO(data), headers=dict(headers or {}), status=status, preload_content=False
        )
        response.headers.update(headers or {})
        response.request = request
        response.url = request.url or ""
        return response

    return make


def failure(error: Exception) -> Callable[[requests.PreparedRequest], requests.Response]:
    """A request that fails on the way."""

    def make(request: requests.PreparedRequest) -> requests.Response:
        raise error

    return make


class ScriptedServer(BaseAdapter):
    """Answers requests from a list, the last answer for ever; keeps what was sent."""

    def __init__(self, *answers: Callable[[requests.PreparedRequest], requests.Response]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.sent: list[requests.PreparedRequest] = []
        self.options: list[dict[str, object]] = []

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:  # type: ignore[override]
        self.sent.append(request)
        self.options.append(options)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)

    def close(self) -> None:
        """Nothing to close."""

    def session(self) -> requests.Session:
        """A session whose every request comes here."""
        session = requests.Session()
        session.mount("https://", self)
        session.mount("http://", self)
        return session


class MemorySecret(JsonDocument):
    """A JSON document in memory with a real lock; `failures` are raised by the next writes."""

    def __init__(self, value: dict[str, object] | None = None) -> None:
        self.value = value
        self.failures: list[Exception] = []
        self.writes: list[dict[str, object]] = []
        self.reads = 0
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        return "secret in memory"

    def read(self) -> dict[str, object] | None:
        self.reads += 1
        return None if self.value is None else dict(self.value)

    def write(self, value: dict[str, object]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.value = dict(value)
        self.writes.append(dict(value))

    @contextmanager
    def exclusive(self) -> Generator[None]:
        with self._lock:
            yield


class OneToken:
    """Tokens that never end; `renewals` are handed out after a refusal."""

    def __init__(self, token: str = "planted-access-1", renewals: Iterable[str] = ()) -> None:
        self.token = token
        self.renewals = list(renewals)
        self.dead: list[str] = []

    def get_valid_access_token(self) -> str:
        return self.token

    def force_refresh(self, dead_token: str) -> str:
        self.dead.append(dead_token)
        self.token = self.renewals.pop(0)
        return self.token

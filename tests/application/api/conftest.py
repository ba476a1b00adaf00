"""A seeded record, and the API over it: asked by events, and over HTTP on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

from scripts.commands.serve import make_server
from scripts.record.page import refresh_page
from tests.stage.seeded_record import clock, make_record

EVERY_PATH = [
    "/v1/status",
    "/v1/streak",
    "/v1/streaks",
    "/v1/gaps",
    "/v1/days/2026-10-31",
    "/v1/days",
    "/v1/calendar/2026",
    "/v1/layers",
    "/v1/stats/year",
    "/v1/stats/month",
    "/v1/stats/week",
    "/v1/stats/trailing",
    "/v1/compare?first=2025&second=2026",
    "/v1/goals",
    "/v1/eddington",
    "/v1/records",
    "/v1/best-efforts",
    "/v1/runs",
    "/v1/openapi.json",
]


@dataclass
class Reply:
    """An answer, from wherever it came."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)


@dataclass
class Asked:
    """Asks an API by events, as a gateway does."""

    api: Api
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        """Ask for a path with its query."""
        place, _, query = path.partition("?")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        event = {
            "version": "2.0",
            "rawPath": place,
            "rawQueryString": query,
            "headers": self.headers | given,
            "requestContext": {"stage": "$default", "http": {"method": method, "path": place}},
            "isBase64Encoded": False,
        }
        reply = self.api.answer(event)
        return Reply(reply["statusCode"], {k.lower(): v for k, v in reply["headers"].items()}, reply["body"])


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded database."""
    file = make_record(tmp_path_factory.mktemp("api"))
    refresh_page(settings_for(file), clock)
    return file


def settings_for(file: Path, **more: Any) -> Settings:
    """Settings that lead to a file, in one runner's zone."""
    return Settings(duckdb_path=str(file), runner_timezone="Europe/Amsterdam", **more)


@pytest.fixture(scope="session")
def open_api(record: Path) -> Iterator[Asked]:
    """The API without keys, as on loopback."""
    settings = settings_for(record)
    published = PublishedDatabase(settings)
    yield Asked(Api(settings, published, ApiKeys(None), clock=clock, without_keys=True))
    published.close()


@pytest.fixture(scope="session")
def address(record: Path) -> Iterator[str]:
    """A local server over the seeded record."""
    with make_server(settings_for(record), 0) as server:
        yield server.address


@dataclass(frozen=True)
class Locked:
    """A server that asks for keys, and a key to it."""

    address: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What opens it."""
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session")
def locked(record: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """A local server with a place for keys."""
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    settings = settings_for(record, api_keys=f"file:{keys}")
    with make_server(settings, 0) as server:
        yield Locked(server.address, ApiKeys.open(settings).new("test"))

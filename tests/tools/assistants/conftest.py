"""A seeded record, the server over it, and a client of the official library."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult
from mcp_types import Tool as ListedTool
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

from scripts.assistants.server import Assistants
from scripts.assistants.tools import TOOLS
from tests.stage.seeded_record import clock, make_record


@dataclass(frozen=True)
class Answered:
    """How a tool call ended: a body, or one line about why there is none."""

    body: Any
    texts: list[str]
    is_error: bool


class Assistant:
    """A client that talks to a server: one within this process, or one that it starts."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def lists(self) -> list[ListedTool]:
        """The tools."""

        async def ask(client: Client) -> list[ListedTool]:
            return (await client.list_tools()).tools

        return self._talk(ask)

    def calls(self, tool: str, **arguments: Any) -> Answered:
        """Call one tool."""
        [answered] = self.calls_each((tool, arguments))
        return answered

    def calls_each(self, *calls: tuple[str, dict[str, Any]]) -> list[Answered]:
        """Call tools one after the other in one session; the client holds each answer to the tool's schema."""

        async def ask(client: Client) -> list[Answered]:
            return [_read(await client.call_tool(name, arguments)) for name, arguments in calls]

        return self._talk(ask)

    def _talk(self, ask: Callable[[Client], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with Client(self._server) as client:
                await client.list_tools()
                return await ask(client)

        return anyio.run(run)


def _read(result: CallToolResult) -> Answered:
    texts = [block.text for block in result.content if block.type == "text"]
    return Answered(result.structured_content, texts, result.is_error)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that lead to the record, in one runner's zone."""
    file = make_record(tmp_path_factory.mktemp("assistants"))
    return Settings(duckdb_path=str(file), runner_timezone="Europe/Amsterdam")


@pytest.fixture(scope="session")
def published(settings: Settings) -> Iterator[PublishedDatabase]:
    """The record for readers."""
    published = PublishedDatabase(settings)
    yield published
    published.close()


@pytest.fixture
def assistant(settings: Settings, published: PublishedDatabase) -> Assistant:
    """A client of the server within this process."""
    return Assistant(Assistants(settings, published, clock=clock).server)


@pytest.fixture
def ask_api(settings: Settings, published: PublishedDatabase) -> Callable[..., Any]:
    """Asks the API what a tool asks; the body of its answer."""
    api = Api(settings, published, ApiKeys(None), clock=clock, without_keys=True)

    def ask(tool: str, **arguments: Any) -> Any:
        route = TOOLS[tool].route
        in_path = {one.alias for one in route.parameters if one.in_path}
        path = route.template.format(**{name: quote(str(arguments[name])) for name in in_path})
        query = {name: value for name, value in arguments.items() if name not in in_path}
        reply = api.answer(
            {
                "rawPath": path,
                "rawQueryString": urlencode(query),
                "requestContext": {"http": {"method": "GET", "path": path}},
            }
        )
        return json.loads(reply["body"])

    return ask

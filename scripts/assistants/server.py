"""The server: tools over standard input and output, each question answered from the record as it is then."""

from __future__ import annotations

import json
import logging
import signal
from functools import cached_property
from typing import Any, Final, cast

import anyio
import anyio.to_thread
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from myrunstreak.analytics.engine import Engine
from myrunstreak.api.problems import Problem
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.redaction import redact
from myrunstreak.store.published import PublishedDatabase

from scripts.assistants.input_lines import read_lines
from scripts.assistants.sql_tool import SqlTool
from scripts.assistants.texts import INSTRUCTIONS, UNTRUSTED, clean, one_line
from scripts.assistants.tools import TOOLS, OpenedRecord, Tool
from scripts.usage.version import installed_version

# Tools whose answers hold texts that others wrote.
_WITH_TEXTS: Final = ("run", "runs", SqlTool.name)
_ANNOTATIONS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
STANDARD_INPUT: Final = 0
_log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]


class Assistants:
    """Answers tool calls about one published record.

    Args:
        published: the record; each question sees it as it is then.
        with_sql: have the tool `sql` too.
    """

    def __init__(
        self,
        settings: Settings,
        published: PublishedDatabase,
        *,
        with_sql: bool = False,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._published = published
        self._clock = clock
        self._tools: dict[str, Tool | SqlTool] = {**TOOLS}
        if with_sql:
            self._tools[SqlTool.name] = SqlTool()

    @cached_property
    def server(self) -> Server[Any]:
        """The tools as a server of the protocol."""
        return Server(
            "myrunstreak",
            version=installed_version(),
            title="MyRunStreak",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    def serve(self) -> None:
        """Answer over standard input and output until the client closes them, or SIGTERM.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        stopped: list[signal.Signals] = []

        async def stop_on_signals(scope: anyio.CancelScope) -> None:
            # An exception out of a handler could meet any step of the loop, and would come out as a group of errors.
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for number in signals:
                    stopped.append(number)
                    scope.cancel()
                    return

        async def run() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stop_on_signals, tasks.cancel_scope)
                lines = cast("anyio.AsyncFile[str]", read_lines(STANDARD_INPUT))
                async with stdio_server(stdin=lines) as (incoming, outgoing):
                    await self.server.run(incoming, outgoing, self.server.create_initialization_options())
                tasks.cancel_scope.cancel()

        anyio.run(run)
        if signal.SIGINT in stopped:
            raise KeyboardInterrupt

    async def _list(self, context: Context, page: PaginatedRequestParams | None) -> ListToolsResult:  # noqa: ARG002 - the library's shape
        return ListToolsResult(
            tools=[
                ListedTool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.input_schema,
                    output_schema=tool.output_schema,
                    annotations=_ANNOTATIONS,
                )
                for tool in self._tools.values()
            ]
        )

    async def _call(self, context: Context, asked: CallToolRequestParams) -> CallToolResult:  # noqa: ARG002 - the library's shape
        tool = self._tools.get(asked.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {one_line(asked.name)[:60]!r}.")
        given = asked.arguments or {}
        try:
            if isinstance(tool, SqlTool):
                body = await tool.answer(given)
            else:
                body = await anyio.to_thread.run_sync(self._answer, tool, given)
        except (MyRunStreakError, Problem) as error:
            return _failure(redact(str(error)))
        except Exception as error:
            _log.exception("The tool %s failed", tool.name)
            return _failure(
                f"unexpected {type(error).__name__}: a fault of the program; the log (--debug) says more."
            )
        body = clean(body)
        content = [TextContent(text=json.dumps(body, ensure_ascii=False, separators=(",", ":")))]
        if tool.name in _WITH_TEXTS:
            content.append(TextContent(text=UNTRUSTED))
        return CallToolResult(content=[*content], structured_content=body)

    def _answer(self, tool: Tool, given: dict[str, Any]) -> dict[str, Any]:
        with self._published.read() as reading:
            engine = Engine(
                reading.prepared,
                now=self._clock(),
                settings=self._settings,
                freshness=reading.freshness,
                definitions=reading.definitions,
            )
            return tool.answer(OpenedRecord(engine, reading.prepared, self._settings), given)


def _failure(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=one_line(message))], is_error=True)

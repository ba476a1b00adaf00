"""`myrunstreak mcp` as an assistant starts it: a process that speaks the protocol and nothing else."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.stage.paths import ROOT

from .conftest import Runner

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def test_the_official_client_asks_many_questions_at_once(synced: Runner) -> None:
    """Started as its settings say, in one session, while a sync publishes; the answers are those of the command line."""
    expected = synced.types("streak", "--json").json["current"]
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "scripts.cli", "mcp"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        cwd=synced.folder,
    )

    async def run() -> list[object]:
        found: list[object] = []
        async with Client(stdio_client(server)) as client:
            assert client.server_info
            assert "myrunstreak" == client.server_info.name
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert {"status", "streak", "day", "calendar", "records", "runs"} <= tools

            async def ask() -> None:
                result = await client.call_tool("streak", {})
                found.append((result.structured_content or {})["current"])

            async with anyio.create_task_group() as group:
                for _ in range(8):
                    group.start_soon(ask)
        return found

    assert [expected] * 8 == anyio.run(run)


def test_it_ends_with_its_client_and_says_nothing_beside_the_protocol(synced: Runner) -> None:
    """Lines that are no messages are passed over; every line out is one; the end of the input is exit 0."""
    lines = [
        "no message",
        json.dumps(INITIALIZE),
        '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
    ]
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "streak", "arguments": {}}}
    process = synced.starts("mcp")
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n".join([*lines, json.dumps(call)]) + "\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    out, err = process.communicate(timeout=30)
    assert [1, 2] == [answer["id"] for answer in answers]
    assert 40 == answers[1]["result"]["structuredContent"]["current"]["length_days"]
    assert (0, "", "") == (process.returncode, out, err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_can_be_stopped_while_it_waits(synced: Runner, number: signal.Signals, code: int) -> None:
    """Ctrl-C ends it though the client holds its input open, and no private copy is left."""
    process = synced.starts("mcp")
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(INITIALIZE) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(number)
    assert code == process.wait(timeout=30)
    process.stdin.close()


def test_what_to_add_to_an_assistant_is_printed(synced: Runner) -> None:
    """Whole paths and the settings that the answers depend on: assistants start it in a folder of their own."""
    (synced.folder / ".env").write_text(
        "STREAK_MIN_DISTANCE=mile\nSMASHRUN_CLIENT_SECRET=a-secret-of-theirs\n"
    )
    entry = synced.types("mcp", "--print-config", "--sql").json["mcpServers"]["myrunstreak"]
    assert Path(entry["command"]).is_absolute()
    assert ["mcp", "--sql"] == entry["args"][-2:]
    assert {
        "DUCKDB_PATH": str(synced.database),
        "STREAK_MIN_DISTANCE": "mile",
        "RUNNER_TIMEZONE": "UTC",
    } == entry["env"]


def test_without_the_package_it_says_how_to_get_it(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, exit 2."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    outcome = synced.types("mcp")
    assert (2, 1) == (outcome.code, len(outcome.err.splitlines()))
    assert "mcp" in outcome.err

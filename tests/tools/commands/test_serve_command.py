"""`myrunstreak serve` where its port is in use: it says by what, and which one is free."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.commands.serve import make_server
from scripts.local_settings import load_settings
from scripts.loopback import LoopbackServer, Response

from .conftest import Runner


def refusal(runner: Runner, port: int) -> str:
    """The one line of a `serve` that cannot have its port."""
    outcome = runner.types("serve", "--port", str(port))
    assert (2, "", 1) == (outcome.code, outcome.out, len(outcome.err.splitlines()))
    return outcome.err


def check_advice(said: str, port: int) -> None:
    """Another port is named, and it can be had."""
    advised = re.search(r"try: `myrunstreak serve --port (\d+)`", said)
    assert advised, said
    assert port != int(advised[1])
    LoopbackServer(lambda _: Response(204), port=int(advised[1])).server_close()


def test_a_port_of_a_program_that_says_nothing(synced: Runner) -> None:
    """One that closes every connection is another program."""
    with LoopbackServer(lambda _: Response(200, delivery="drop"), name="another") as server:
        port = server.port
        said = refusal(synced, port)
    assert f"Port {port} is in use by another program" in said
    check_advice(said, port)


def test_a_port_of_another_web_server(synced: Runner) -> None:
    """Which says another name."""
    with LoopbackServer(lambda _: Response(204), name="another") as server:
        said = refusal(synced, server.port)
        check_advice(said, server.port)
    assert "in use by another program" in said


def test_a_port_of_our_own_for_the_same_record(synced: Runner) -> None:
    """No second server is needed."""
    with make_server(load_settings(), 0) as server:
        said = refusal(synced, server.port)
    assert f"{server.address}/ shows this record already" in said


def test_a_port_of_our_own_for_another_record(
    synced: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two data sets side by side need two ports."""
    with make_server(load_settings(), 0) as server:
        monkeypatch.setenv("DUCKDB_PATH", str(tmp_path / "other.duckdb"))
        said = refusal(synced, server.port)
        check_advice(said, server.port)
    assert "with another record" in said


def test_a_port_that_is_none_is_refused(synced: Runner) -> None:
    """In one line."""
    assert "Cannot listen" in refusal(synced, 70_000)

"""The command that opens the page: the server's where it shows this record, files otherwise."""

from __future__ import annotations

import json
import webbrowser
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from myrunstreak.contract.settings import Settings

from scripts.commands.serve import make_server

from .conftest import Runner

Opened = list[str]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A browser that opens everything; what it was sent to."""
    opened: Opened = []

    def go(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", go)
    return opened


def no_browser(_: str) -> bool:
    """A machine without one."""
    return False


def served(runner: Runner) -> Settings:
    """The runner's settings."""
    return Settings(duckdb_path=str(runner.database), runner_timezone="UTC")


def test_the_server_of_this_record_is_opened(synced: Runner, browser: Opened) -> None:
    """Where it answers; a server of another record is not taken for it."""
    with make_server(served(synced), 0) as server:
        port = str(urlsplit(server.address).port)
        outcome = synced.types("browse", "--port", port)
    assert ([f"{server.address}/"], 0) == (browser, outcome.code)
    assert not (synced.database.parent / "browse").exists()
    other = served(synced).model_copy(update={"duckdb_path": str(synced.folder / "other.duckdb")})
    with make_server(other, 0) as server:
        assert 0 == synced.types("browse", "--port", str(urlsplit(server.address).port)).code
    assert browser[-1].startswith("file://")


@pytest.mark.parametrize(
    ("words", "opens"), [([], True), (["--print"], False), (["--json"], True), (["--json", "--print"], False)]
)
def test_without_a_server_the_page_is_written(
    synced: Runner, browser: Opened, words: list[str], opens: bool
) -> None:
    """As files beside the record, that open from disk."""
    outcome = synced.types("browse", "--port", "1", *words)
    file = synced.database.parent / "browse" / "index.html"
    assert (0, "") == (outcome.code, outcome.err)
    assert file.read_text().startswith("<!DOCTYPE html>")
    assert [file.absolute().as_uri()] * opens == browser
    if "--json" in words:
        assert {"address": file.absolute().as_uri(), "opened": opens} == json.loads(outcome.out)
    elif "--print" in words:
        assert file.samefile(url2pathname(urlsplit(outcome.out.strip()).path))


def test_a_machine_without_a_browser_is_told_the_address(
    synced: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no failure."""
    monkeypatch.setattr(webbrowser, "open", no_browser)
    outcome = synced.types("browse", "--address", "https://runs.example.org/")
    assert (0, "There is no browser here to open; your page is https://runs.example.org/\n") == (
        outcome.code,
        outcome.out,
    )


@pytest.mark.parametrize(
    "address", ["", "runs.example.org", "file:///etc/passwd", "javascript:1", "http://[", "https://"]
)
def test_what_is_no_address_is_refused(synced: Runner, browser: Opened, address: str) -> None:
    """Before anything is opened or written."""
    outcome = synced.types("browse", "--address", address)
    assert (2, "", []) == (outcome.code, outcome.out, browser)
    assert "--address is" in outcome.err

"""Every command of ours in every document is run, or a list says why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scripts.cli import app
from tests.stage.paths import ROOT
from tests.tools.commands.clubs import found_club
from tests.tools.commands.conftest import Runner
from tests.tools.commands.pages import (
    COMMANDS,
    OURS,
    PAGES,
    resolve,
    shell_lines,
    simple_commands,
    typed,
    where,
)

# Commands of ours that are only read: what they would do here, or the tests that run them with what they need.
NOT_RUN = {
    "auth": "asks on a terminal, or opens a browser: tests/tools/consent",
    "club add": "asks for a consent: test_club_command.py",
    "schedule install": "starts the machine's systemd, launchd or cron: tests/tools/schedule",
    "schedule remove": "likewise",
    "schedule show": "likewise",
    "restore --backup": "asks on a terminal before it replaces anything: test_restore_command.py",
    "restore --from-archive": "likewise",
    "restore --version": "a file has no versions: tests/whole/end_to_end/test_restoring.py",
    "message reminder --send": "sends to the channels: test_message_command.py",
    "message --send-test": "likewise",
    "phone": "signs in to an API that is served: tests/whole/rehearsal",
    "serve": "answers until it is stopped: tests/application/api has what it answers",
    "sql SELECT ...": "stands for a query",
}


def is_listed(words: list[str], listed: Iterable[str]) -> bool:
    """Whether a command begins like an entry."""
    line = " ".join(words)
    return any(line.startswith(entry) for entry in listed)


def own_lines(page: Path) -> list[list[str]]:
    """The commands of ours in a page's blocks, as they are typed one after the other."""
    text = page.read_text().replace("$API", "https://api.example.org")
    lines = [words for line in shell_lines(text) for words in simple_commands(line)]
    return [words[1:] for words in lines if OURS.fullmatch(words[0])]


def test_what_is_not_run_is_still_in_a_page() -> None:
    """What is excused is there to be excused."""
    own = [words[1:] for page in PAGES for words in typed(page) if OURS.fullmatch(words[0])]
    assert [] == [entry for entry in NOT_RUN if not any(is_listed(words, [entry]) for words in own)]


@pytest.mark.parametrize("page", [page for page in PAGES if own_lines(page)], ids=where)
def test_a_page_can_be_typed_from_top_to_bottom(synced: Runner, page: Path) -> None:
    """Each of its commands of ours is answered on a record that has been synced, in the page's order."""
    synced.types("api-key", "new", "--name", "phone")
    synced.types("message", "--add", "json://127.0.0.1:9/")
    synced.types("share", "on")
    if page.name == "club.md":
        found_club(synced)
    for words in own_lines(page):
        if is_listed(words, NOT_RUN):
            continue
        done = CliRunner().invoke(app, words, prog_name="myrunstreak", input="jsons://127.0.0.1:9/\n")
        assert 0 == done.exit_code, (words, done.stderr)


def test_what_a_sentence_says_to_type_can_be_typed(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each, on one record; a command's name alone may stand for it and lack an argument."""
    monkeypatch.setenv("API_KEYS", f"file:{synced.folder}/keys.json")
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]
    said = [words[1:] for page in pages for words in typed(page) if OURS.fullmatch(words[0])]
    blocks = [words for page in pages for words in own_lines(page)]
    chosen = {tuple(words) for words in said if words not in blocks and not is_listed(words, NOT_RUN)}
    assert ("quarantine", "list") in chosen
    for words in sorted(chosen):
        done = synced.types(*words)
        is_a_name = not resolve(list(words))[1] and " is missing" in done.err
        assert 0 == done.code or is_a_name, (words, done.err)


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_every_command_of_ours_is_one_with_its_options(page: Path) -> None:
    """Whether it is run or not."""
    for _, *words in [words for words in typed(page) if OURS.fullmatch(words[0])]:
        command, rest = resolve(words)
        assert command is not COMMANDS, words
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, words


def test_every_command_in_the_example_of_settings_is_one() -> None:
    """.env.example is no page, and names some."""
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"myrunstreak ([a-z][a-z-]*)", example)
    assert named
    assert [] == [name for name in named if name not in COMMANDS.commands]

"""What the command says of itself: grouped help, versions, and examples that can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scripts.cli import SECTIONS, app
from scripts.usage.about import examples_of, summary

from .clubs import found_club
from .conftest import Outcome, Runner
from .pages import COMMANDS, every_command, resolve

# Not run here: what they need or do.
_APART = {
    "auth": "asks the runner for consent",
    "club add": "asks for a consent: test_club_command.py",
    "club run Anna auth": "likewise",
    "club backfill": "starts a state machine in AWS: test_club_command.py",
    "club rebuild": "likewise",
    "serve": "does not end",
    "schedule install": "changes this machine",
    "schedule remove": "changes this machine",
    "message digest --send": "needs a channel",
    "phone revoke": "needs a phone that has signed in",
    "completion": "prints a script: test_completion.py",
}
# What has to be typed before.
_BEFORE = {
    "api-key revoke": ["api-key", "new", "--name", "widget"],
    "share new-address": ["share", "on"],
}


def shown(*words: str, columns: int = 80) -> Outcome:
    """What a terminal of this width gets."""
    result = CliRunner().invoke(app, words, prog_name="myrunstreak", env={"COLUMNS": str(columns)})
    return Outcome(result.exit_code, result.stdout, result.stderr)


def words_of(example: str) -> list[str]:
    """The words of the command in an example, without what a shell does with its output."""
    command = re.search(r"myrunstreak ([^>|)]+)", example)
    assert command, example
    return shlex.split(command[1])


EXAMPLES = sorted(
    {line for _, command in [((), COMMANDS), *every_command()] for line in examples_of(command)}
)


def test_alone_it_shows_what_there_is() -> None:
    """On standard output and with success; -h and --help say the same."""
    alone = shown()
    assert (0, "") == (alone.code, alone.err)
    assert alone == shown("-h") == shown("--help")
    for heading in SECTIONS:
        assert f"\n{heading}:\n" in alone.out


@pytest.mark.parametrize("name", COMMANDS.commands)
def test_every_command_is_one_line_of_80_columns(name: str) -> None:
    """Its first sentence, whole."""
    lines = shown().out.splitlines()
    assert f"{name} {summary(COMMANDS.commands[name])}" in [" ".join(line.split()) for line in lines]
    assert max(map(len, lines)) <= 80


def test_every_command_is_under_a_heading() -> None:
    """None is left to the parser's own heading."""
    assert "\nCommands:\n" not in shown().out


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_h_is_help(words: tuple[str, ...]) -> None:
    """For every command."""
    short, whole = shown(*words, "-h"), shown(*words, "--help")
    assert 0 == short.code
    assert short == whole
    assert max(map(len, whole.out.splitlines())) <= 80


def test_help_is_understood_as_a_word() -> None:
    """As other programs do."""
    assert shown() == shown("help")
    assert shown("phone", "revoke", "--help") == shown("help", "phone", "revoke")
    assert 2 == shown("help", "nonsense").code


@pytest.mark.parametrize("name", ["quarantine", "api-key"])
def test_a_group_alone_shows_its_help(name: str) -> None:
    """Where it is no command itself."""
    alone = shown(name)
    assert (0, "") == (alone.code, alone.err)
    assert alone == shown(name, "--help")
    assert "Examples:" in alone.out


def test_the_version_is_one_line() -> None:
    """With those of Python and DuckDB."""
    assert re.fullmatch(
        r"myrunstreak \d+\.\d+\S* \(Python 3\.\d+\S*, DuckDB \d+\S*\)\n", shown("--version").out
    )


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_every_command_has_examples(words: tuple[str, ...]) -> None:
    """Two or three lines of its own, each shown whole at 80 columns."""
    command, _ = resolve(list(words))
    examples = examples_of(command)
    assert 2 <= len(examples) <= 3
    assert any(words == tuple(words_of(line)[: len(words)]) for line in examples)
    assert set(examples) <= {line.strip() for line in shown(*words, "--help").out.splitlines()}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_parsed(example: str) -> None:
    """Its command, options and values are understood."""
    command, rest = resolve(words_of(example))
    command.make_context(command.name, rest)


@pytest.mark.parametrize(
    "example", [line for line in EXAMPLES if not line.partition("myrunstreak ")[2].startswith(tuple(_APART))]
)
def test_every_example_is_answered(synced: Runner, example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a record that has been synced."""
    monkeypatch.setenv("API_KEYS", f"file:{synced.folder}/keys.json")
    words = words_of(example)
    if words[0] == "club":
        found_club(synced)
    for start, before in _BEFORE.items():
        if " ".join(words).startswith(start):
            assert 0 == synced.types(*before).code
    done = synced.types(*words)
    assert 0 == done.code, done.err


def test_what_is_not_run_is_still_a_command() -> None:
    """A reason for what is gone would be a lie."""
    known: list[Any] = [" ".join(words_of(line)) for line in EXAMPLES]
    for start in (*_APART, *_BEFORE):
        assert any(line.startswith(start) for line in known), start


def test_help_names_no_folder_of_this_machine() -> None:
    """The program is called by its name, however it was started."""
    assert str(Path.cwd()) not in shown("streak", "--help").out

"""README.md and .env.example say what the code does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.settings import Settings

from scripts.local_settings import load_settings
from tests.stage.paths import ROOT

from .conftest import Runner
from .pages import COMMANDS, code_in, resolve

README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def named_commands() -> list[list[str]]:
    """Every `myrunstreak` command that the README names, in a block, a sentence or the table."""
    table = re.search(r"\| `\.venv/bin/myrunstreak` \|.*?\n\n", README, re.DOTALL)
    assert table is not None
    rows = re.findall(r"^\| `([^`]+)`", table[0].partition("|---|---|\n")[2], re.MULTILINE)
    typed = [code.partition("myrunstreak ")[2] for code in code_in(README) if "myrunstreak " in code]
    return [shlex.split(text) for text in rows + typed]


def test_every_make_target_named_exists() -> None:
    """Each `make ...` of the README and of .env.example is a target."""
    named = {code.split()[1] for code in code_in(README) if code.startswith("make ") and code != "make"}
    named |= set(re.findall(r"\bmake ([a-z]+)", EXAMPLE))
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert named >= {"run", "test", "auth", "check", "setup"}
    assert named <= targets


@pytest.mark.parametrize("words", named_commands(), ids=" ".join)
def test_every_command_named_exists(words: list[str]) -> None:
    """Each command of the README leads to a command of the program, and has the options named with it."""
    command, rest = resolve(words)
    answers = getattr(command, "invoke_without_command", False) or not hasattr(command, "commands")
    assert answers, f"{words[0]} is no command"
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_every_command_is_named() -> None:
    """No command is missing from the README's table."""
    assert set(COMMANDS.commands) <= {words[0] for words in named_commands()}


def test_the_options_of_sync_are_named() -> None:
    """The README's row of `sync` has each of its own options."""
    command, _ = resolve(["sync"])
    options = {option for parameter in command.params for option in parameter.opts} - {
        "--json",
        "--debug",
        "--help",
    }
    [row] = re.findall(r"^\| `sync` .*$", README, re.MULTILINE)
    assert options <= set(re.findall(r"--[a-z-]+", row))


@pytest.mark.parametrize(
    "query", [code for code in code_in(README) if 'sql "FROM' in code or 'sql "SELECT y' in code]
)
def test_the_questions_in_the_readme_have_answers(synced: Runner, query: str) -> None:
    """Each SQL example runs on a real record."""
    assert 0 == synced.types(*shlex.split(query.partition("myrunstreak ")[2])).code


def test_every_file_that_the_readme_links_to_exists() -> None:
    """Relative links lead somewhere."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [] == [link for link in links if not (ROOT / link).exists()]


def test_every_setting_is_in_the_example() -> None:
    """.env.example names each variable, and no other."""
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert Settings.variables() | ClubSettings.variables() == named


def test_the_example_is_understood_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied without a change it is accepted, and everything lies apart from the demo's files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(EXAMPLE)
    settings = load_settings(env={})
    assert "api.smashrun.com" == settings.source_name
    for place in (
        settings.duckdb_path,
        settings.tokens_secret,
        settings.sync_state_secret,
        str(settings.archive),
    ):
        assert "data/smashrun/" in place


def test_the_defaults_shown_in_the_example_are_the_defaults() -> None:
    """A line that is commented out shows what holds without it."""
    shown = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.+)$", EXAMPLE, re.MULTILINE))
    examples = {
        "RAW_ARCHIVE",
        "RUNNER_TIMEZONE",
        "GOAL_YEAR",
        "GOAL_MONTH",
        "API_KEYS",
        "API_CORS_ORIGIN",
        "LEASE",
        "LEASE_REGION",
        "TENANT",
        "SYNC_FUNCTION",
        "MESSAGES_TOPIC",
        "NOTIFY_URLS",
        "REMIND_AT",
    } | {name for name in ClubSettings.variables() if ClubSettings.model_fields[name.lower()].default is None}
    # Whose default is to be unset.
    found = [Settings.from_env(shown), ClubSettings.from_env(shown)]
    for name in shown.keys() - examples:
        [model] = [one for one in found if name in one.variables()]
        assert type(model).model_fields[name.lower()].default == getattr(model, name.lower())

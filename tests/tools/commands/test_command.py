"""What every command has from the one decorator, and what its help does not load."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.stage.paths import ROOT

from .conftest import Runner
from .pages import COMMANDS

# What a question, a sync or a secret needs, and no help text does.
HEAVY = {"duckdb", "pydantic", "requests", "boto3", "botocore"}
HELP = """
import sys
from scripts.cli import app
try:
    app(sys.argv[1:], prog_name="myrunstreak")
finally:
    print("loaded", *sorted(name for name in sys.modules if "." not in name))
"""


def all_commands(command: Any = COMMANDS, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, groups and the program itself among them."""
    below = getattr(command, "commands", {})
    return [words, *(found for name, one in below.items() for found in all_commands(one, (*words, name)))]


@pytest.mark.parametrize(
    "words", [(), ("streak",), ("sync",), ("auth",), ("quarantine", "retry")], ids=" ".join
)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """Neither the database's engine nor what talks to Smashrun or AWS."""
    done = subprocess.run(
        [sys.executable, "-c", HELP, *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    usage, _, loaded = done.stdout.rpartition("loaded ")
    assert f"Usage: {' '.join(['myrunstreak', *words])} " in usage
    assert set() == HEAVY & set(loaded.split())


def test_no_command_loads_anything_heavy_before_it_runs() -> None:
    """All commands are known by then: what their help needs is loaded."""
    code = "import sys, scripts.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "scripts.commands.verify" in done.stdout.split()
    assert set() == HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_every_command_explains_itself(stranger: Runner, words: tuple[str, ...]) -> None:
    """Its help exits with 0 and shows --debug, and --json unless it writes a file or serves."""
    shown = stranger.types(*words, "--help")
    assert 0 == shown.code
    if words and words[-1] not in {"quarantine", "api-key", "club"}:
        assert "--debug" in shown.out
        assert ("--json" in shown.out) == (words[-1] not in {"export", "mcp", "serve", "completion"})

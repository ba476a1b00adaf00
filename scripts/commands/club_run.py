"""`myrunstreak club run`: any command, with the settings of one runner."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer

from scripts.commands.club import RunnerName
from scripts.commands.command import Settings, command
from scripts.display.program import hints_for


@command(
    examples=(
        "myrunstreak club run Anna status",
        "myrunstreak club run Anna streak --json",
        "myrunstreak club run Anna auth --paste",
    ),
    passes_on=True,
)
def run(
    settings: Settings,
    name: RunnerName,
    words: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="The command, as it is typed without a club.")
    ],
) -> None:
    """Type any command for one runner of the club."""
    from scripts.cli import app
    from scripts.club.opened import Club

    club = Club.open(settings)
    runner = club.find(name)
    with _environment(club.environment_of(runner)), hints_for(runner.name):
        app(words)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Generator[None]:
    """Settings that have the last word, over a file too."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

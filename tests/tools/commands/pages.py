"""Reads the project's documents: the code in them, and the commands that it leads to."""

from __future__ import annotations

import re
from typing import Any

import typer

from scripts.cli import app

COMMANDS: Any = typer.main.get_command(app)


def code_in(text: str) -> list[str]:
    """Everything that stands in backticks or in a block of shell."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words lead to, and the words left over."""
    command = COMMANDS
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words

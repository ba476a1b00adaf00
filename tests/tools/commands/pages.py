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


def every_command(command: Any = COMMANDS, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """The words of everything that can be run, with its command; groups that are none themselves are left out."""
    below: dict[str, Any] = getattr(command, "commands", {})
    own = [(words, command)] if words and (not below or command.invoke_without_command) else []
    return own + [found for name, one in below.items() for found in every_command(one, (*words, name))]

"""Reads the project's documents: the code in them, and the commands that it leads to."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import typer

from scripts.cli import app
from scripts.usage.tree import PassingCommand
from tests.stage.paths import ROOT

COMMANDS: Any = typer.main.get_command(app)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# Our own program, with or without its folder.
OURS = re.compile(r"(?:\S*/)?myrunstreak")
# A command within another, as in `$(pulumi stack output api_url)`.
_WITHIN = re.compile(r"\$\(([^()]+)\)")


def shell_blocks(text: str) -> list[str]:
    """The blocks of shell, with a line that goes on in the next one joined to it."""
    return [
        re.sub(r"\\\n\s*", "", block)
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]


def shell_lines(text: str) -> list[str]:
    """Their lines, without comments."""
    lines = [
        re.sub(r"(^|\s)#.*", "", line).strip() for block in shell_blocks(text) for line in block.splitlines()
    ]
    return [line for line in lines if line]


def code_in(text: str) -> list[str]:
    """Everything that stands in backticks or in a block of shell."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    inline = [code for part in prose.split("\n\n") for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", part)]
    return shell_lines(text) + [re.sub(r"\s+", " ", code) for code in inline]


def simple_commands(line: str) -> list[list[str]]:
    """The commands of a line as words: between `&&` and `|`, within `$()`, without redirections and variables set."""
    found = [command for inner in _WITHIN.findall(line) for command in simple_commands(inner)]
    words = shlex.shlex(_WITHIN.sub("VALUE", line), posix=True, punctuation_chars="&|<>;")
    words.whitespace_split = True
    command: list[str] = []
    redirected = False
    for word in [*words, ";"]:
        if re.fullmatch(r"[&|;]+", word):
            found += [command] if command else []
            command = []
        elif re.fullmatch(r"[<>]+", word):
            redirected = True
            command = command[:-1] if command[-1:] == ["2"] else command
        elif redirected:
            redirected = False
        elif command or not re.fullmatch(r"[A-Z_]+=.*", word):
            command.append(word)
    return found


def typed(page: Path) -> list[list[str]]:
    """Every command of a page's shell blocks, and of its backticks if it begins like one."""
    text = page.read_text()
    begins = re.compile(r"(make|pulumi|aws|\S*myrunstreak|\.venv/bin/\w+) [^A-Z\s]")
    inline = [code for code in code_in(text) if begins.match(code) and not code.endswith("...")]
    return [command for line in [*shell_lines(text), *inline] for command in simple_commands(line)]


def all_typed(program: str) -> list[list[str]]:
    """Every command of a program in any page, once each."""
    found = {tuple(words): words for page in PAGES for words in typed(page) if words[0] == program}
    return list(found.values())


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words lead to, by way of another one too, and the words left over."""
    command = COMMANDS
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    if isinstance(command, PassingCommand) and len(words) > 1:
        return resolve(words[1:])
    return command, words


def every_command(command: Any = COMMANDS, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """The words of everything that can be run, with its command; groups that are none themselves are left out."""
    below: dict[str, Any] = getattr(command, "commands", {})
    own = [(words, command)] if words and (not below or command.invoke_without_command) else []
    return own + [found for name, one in below.items() for found in every_command(one, (*words, name))]


def where(page: Path) -> str:
    """A page's name within the project."""
    return str(page.relative_to(ROOT))

"""The program's name as it can be typed in this folder: a hint is pasted as it is printed."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from rich.text import Text

NAME: Final = "myrunstreak"
# Every message names the program so. A hint is a command in backquotes; one may follow another.
_HINT: Final = re.compile(rf"(?:(?<=`)|(?<=&& )){NAME}(?= )")
# The runner of a club whom commands are about; empty outside a club.
_RUNNER: Final = ContextVar("runner", default="")


def program() -> str:
    """Its name where the shell finds this very program by it, else its path."""
    own, found = Path(sys.executable).with_name(NAME), shutil.which(NAME)
    if not own.is_file() or (found and Path(found).resolve() == own.resolve()):
        return NAME
    try:
        return program_path(Path.cwd())
    except FileNotFoundError:  # the working folder has been removed
        return shlex.quote(str(own))


def program_path(folder: Path) -> str:
    """Its path as a shell takes it: from a folder that it is below, else absolute."""
    own = Path(sys.executable).with_name(NAME)
    if not own.is_relative_to(folder):
        return shlex.quote(str(own))
    below = str(own.relative_to(folder))
    return shlex.quote(below if "/" in below else f"./{below}")


@contextmanager
def hints_for(runner: str) -> Generator[None]:
    """Within the block a hint is about this runner of a club: without that it would be about another record."""
    token = _RUNNER.set(runner)
    try:
        yield
    finally:
        _RUNNER.reset(token)


def as_typed(command: str) -> str:
    """A command, as it can be pasted here."""
    return with_program(f"`{command}`").plain[1:-1]


def with_program(text: str | Text) -> Text:
    """A text whose hints can be pasted."""
    text = text if isinstance(text, Text) else Text(text)
    hints = list(_HINT.finditer(text.plain))
    runner = _RUNNER.get()
    if not hints or ((name := program()) == NAME and not runner):
        return text
    pieces: list[Text] = []
    end = 0
    for hint in hints:
        is_complete = not runner or text.plain.startswith(" club ", hint.end())
        typed = Text(name if is_complete else f"{name} club run {shlex.quote(runner)}")
        for span in text[hint.start() : hint.start() + 1].spans:
            typed.stylize(span.style)
        pieces += [text[end : hint.start()], typed]
        end = hint.end()
    shown = Text("", style=text.style, end=text.end).join([*pieces, text[end:]])
    shown.no_wrap, shown.overflow, shown.justify = text.no_wrap, text.overflow, text.justify
    return shown

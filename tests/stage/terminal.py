"""A terminal within this process: what a command prints, as a screen of some width shows it."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout

import pytest

from scripts.cli import app

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal.

    Args:
        encoding: what its bytes are.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """None of this machine's."""
        raise io.UnsupportedOperation

    @property
    def text(self) -> str:
        """What was written, with its colours."""
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


def without_colours(text: str) -> str:
    """A text without what a terminal takes as orders."""
    return _COLOUR.sub("", text)


def type_on(
    terminal: Terminal,
    arguments: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    width: int = 80,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a command with this terminal as standard output; its exit code."""
    for name, value in {
        "COLUMNS": str(width),
        "TERM": "xterm-256color",
        "PAGER": "cat",
        **(environment or {}),
    }.items():
        monkeypatch.setenv(name, value)
    with redirect_stdout(terminal), redirect_stderr(io.StringIO()) as errors:
        try:
            app(list(arguments), prog_name="myrunstreak")
        except SystemExit as end:
            print(errors.getvalue(), file=sys.__stderr__)
            return int(end.code or 0)
    return 0

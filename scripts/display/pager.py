"""Shows a long answer page by page on a terminal, through the runner's own pager."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import IO, Final, TextIO, cast

# As git starts it: end at once where all fits, keep colours, leave the text on the screen.
_LESS: Final = "FRX"


@contextmanager
def paged() -> Generator[None]:
    """Send what is printed through `$PAGER`, or `less`, once it is longer than the screen.

    Nothing changes where standard output is no terminal, where the terminal cannot move its cursor, or where there is no
    such program; `PAGER=cat` turns it off. A pager that is left early is no error.
    """
    command = _find_pager() if sys.stdout.isatty() else None
    if command is None:
        yield
        return
    screen = sys.stdout
    pages = _Pages(screen, command, shutil.get_terminal_size().lines)
    sys.stdout = cast("TextIO", pages)
    try:
        yield
    except _Left:
        pass
    finally:
        sys.stdout = screen
        pages.end()


def _find_pager() -> list[str] | None:
    chosen = os.environ.get("PAGER")
    if os.environ.get("TERM", "dumb") == "dumb" and chosen is None:
        return None
    try:
        command = shlex.split("less" if chosen is None else chosen)
    except ValueError:
        return None
    if not command or command[0] == "cat" or shutil.which(command[0]) is None:
        return None
    return command


class _Left(Exception):
    """The pager was left before the end."""


class _Pages(io.TextIOBase):
    """Standard output for a while: held back until it is longer than the screen, then the pager's input."""

    def __init__(self, screen: TextIO, command: list[str], height: int) -> None:
        self._screen = screen
        self._command = command
        self._room = height - 1  # for the prompt
        self._held: list[str] = []
        self._pager: subprocess.Popen[str] | None = None

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - as of the screen
        """That of the screen."""
        return self._screen.encoding

    def isatty(self) -> bool:
        """It looks like the screen."""
        return True

    def fileno(self) -> int:
        """That of the screen, which has the size."""
        return self._screen.fileno()

    def write(self, text: str, /) -> int:
        """Hold a text, or pass it on."""
        if self._pager is None:
            self._held.append(text)
            self._room -= text.count("\n")
            if self._room < 0:
                self._start()
        else:
            self._pass_on(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is shown before it is known whether the screen can hold it."""

    def end(self) -> None:
        """Show what was held, or wait for the runner to leave the pager."""
        if self._pager is None:
            self._screen.write("".join(self._held))
            self._screen.flush()
            return
        with suppress(OSError):
            self._input.close()
        while True:
            try:
                self._pager.wait()
            except KeyboardInterrupt:
                continue  # is the pager's
            return

    @property
    def _input(self) -> IO[str]:
        assert self._pager is not None
        assert self._pager.stdin is not None
        return self._pager.stdin

    def _start(self) -> None:
        self._screen.flush()
        try:
            self._pager = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                text=True,
                encoding=self.encoding,
                errors="replace",
                env={"LESS": _LESS, **os.environ},
            )
        except OSError:
            self._room = sys.maxsize
            return
        self._pass_on("".join(self._held))

    def _pass_on(self, text: str) -> None:
        try:
            self._input.write(text)
        except (BrokenPipeError, ValueError):
            raise _Left from None

"""The streams and the end of every command: an exit code, and one line without secrets for an error."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any, Final, Self, TextIO, cast

from myrunstreak.errors import MyRunStreakError
from myrunstreak.guarded_logs import Redacting, guard_logs
from myrunstreak.redaction import redact

from scripts.display.screen import Screen

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_REAUTHORISE: Final = 3
EXIT_IN_PART: Final = 4
EXIT_INTERRUPTED: Final = 130
_EXIT_BROKEN_PIPE: Final = 141

# C0 and C1 control characters except newline and tab, and characters that turn the direction of a line: a note must
# not control the terminal that shows it.
_CONTROLS: Final = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# Within JSON they are escaped, so that nothing is lost.
_ESCAPES: Final = {code: f"\\u{code:04x}" for code in _CONTROLS if code >= 127}


def standard_output() -> Screen:
    """Where results go."""
    return Screen()


def standard_error() -> Screen:
    """Where everything else goes: progress, warnings, errors."""
    return Screen(stderr=True)


def exit_code_of(action: Callable[[], int], *, debug: bool = False, interrupted: str = "Stopped.") -> int:
    """Run a command and turn any error into an exit code and one line on standard error.

    Args:
        interrupted: what to say after Ctrl-C.
    """
    _set_up_logging(debug=debug)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a note in letters that the terminal lacks must not fail a command
    errors = standard_error()
    with _Interrupts() as interrupts:
        try:
            code = action()
            sys.stdout.flush()
            return code
        except (Exception, KeyboardInterrupt) as error:
            if interrupts.seen or isinstance(error, KeyboardInterrupt):
                code, line, style = EXIT_INTERRUPTED, interrupted, "yellow"
            elif isinstance(error, EOFError):  # Ctrl-D at a prompt
                code, line, style = EXIT_FAILED, interrupted, "yellow"
            elif isinstance(error, BrokenPipeError):
                # The reader of our output has seen enough (`| head`); Python would complain once more at its end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return _EXIT_BROKEN_PIPE
            elif isinstance(error, MyRunStreakError):
                code, line, style = error.exit_code, str(error), "red"
            else:
                code, line, style = EXIT_FAILED, _unexpected(error, debug=debug), "red"
            errors.print(f"myrunstreak: {redact(line)}", style=style)
            if debug:
                errors.print(redact(traceback.format_exc()))
    return code


def plain(text: object) -> str:
    """A text from outside, safe to show on a terminal."""
    return str(text).translate(_CONTROLS)


def json_text(value: object) -> str:
    """A value as JSON that is readable and cannot control a terminal."""
    return json.dumps(value, indent=2, ensure_ascii=False).translate(_ESCAPES)


def data_output() -> TextIO:
    """Standard output for data: in a pipe unchanged, and UTF-8 on every machine; on a terminal plain."""
    stream: Any = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
        stream.reconfigure(encoding="utf-8", newline="")
    return cast("TextIO", _DataOutput())


class _DataOutput(io.TextIOBase):
    def write(self, text: str, /) -> int:
        """Write a text."""
        sys.stdout.write(plain(text) if sys.stdout.isatty() else text)
        return len(text)


def ago(moment: datetime, now: datetime) -> str:
    """``2 days ago``: in the largest whole unit."""
    seconds = (now.astimezone(UTC) - moment.astimezone(UTC)).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def size_text(size: float) -> str:
    """``3.4 MB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit != "MB" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _unexpected(error: Exception, *, debug: bool) -> str:
    lines = str(error).strip().splitlines()
    line = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    hint = "" if debug else " Run it again with --debug to see where it happened."
    return f"unexpected {line.rstrip('.')}.{hint}"


class _Interrupts:
    """Remembers Ctrl-C, which DuckDB turns into an error of its own in the middle of a statement."""

    def __init__(self) -> None:
        self.seen = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's shape
        self.seen = True
        raise KeyboardInterrupt


def _set_up_logging(*, debug: bool) -> None:
    """Write the log with --debug only: warnings reach the runner in the results."""
    ours = logging.getLogger("myrunstreak")
    for handler in list(ours.handlers):
        ours.removeHandler(handler)
    ours.propagate = False
    handler: logging.Handler = logging.StreamHandler() if debug else logging.NullHandler()
    handler.setFormatter(Redacting(logging.Formatter("%(levelname)s %(name)s: %(message)s")))
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG if debug else logging.WARNING)
    guard_logs()

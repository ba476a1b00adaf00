"""Pulumi's command with a time limit: what hangs is ended with its children."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Thread
from typing import IO, Any

from pulumi import automation
from pulumi.automation.errors import create_command_error

# `up` of the whole program takes one to three minutes.
LIMIT_S = 900.0
# How long a command may take to give up when asked, as by Ctrl-C: it frees the stack's lock meanwhile.
GRACE_S = 30.0


class TookTooLong(Exception):
    """A command of Pulumi's did not end in time and was ended; the message says which, and its last line."""


class LimitedPulumi(automation.PulumiCommand):
    """The `pulumi` on the path, or of the folder ``root``; each of its commands has ``limit_s`` seconds.

    Raises:
        TookTooLong: by every method that runs a command.
    """

    def __init__(
        self, limit_s: float = LIMIT_S, grace_s: float = GRACE_S, *, root: str | None = None
    ) -> None:
        super().__init__(root)
        self._limit_s = limit_s
        self._grace_s = grace_s

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        """As the base class, which waits for ever."""
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            start_new_session=True,  # a process group of its own, to be ended whole
        )
        assert process.stdout
        assert process.stderr
        out, out_reader = _collect(process.stdout, on_output)
        err, err_reader = _collect(process.stderr, on_error)
        try:
            code = process.wait(self._limit_s)
        except subprocess.TimeoutExpired:
            _end(process, self._grace_s)
            last = next((line for line in reversed(out + err) if line.strip()), "nothing")
            raise TookTooLong(
                f"`pulumi {args[0]}` had not ended after {self._limit_s:g} s and was ended. Its last line: "
                f"{last.strip()!r}. Look into the emulator's log, or at what AWS has not finished."
            ) from None
        except BaseException:
            _end(process, self._grace_s)  # Ctrl-C does not reach another process group
            raise
        out_reader.join()
        err_reader.join()
        result = automation.CommandResult(stdout="\n".join(out), stderr="\n".join(err), code=code)
        if code:
            raise create_command_error(result)
        return result


def _collect(stream: IO[str], callback: Callable[[str], Any] | None) -> tuple[list[str], Thread]:
    lines: list[str] = []

    def read() -> None:
        for line in stream:
            if callback:
                callback(line.rstrip())
            lines.append(line.rstrip())

    # A daemon: a grandchild that outlives its group must not keep the test from ending.
    thread = Thread(target=read, daemon=True)
    thread.start()
    return lines, thread


def _end(process: subprocess.Popen[str], grace_s: float) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)

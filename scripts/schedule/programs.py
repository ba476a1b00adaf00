"""Runs the system's own programs: systemctl, launchctl, crontab."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from typing import Final

from myrunstreak.errors import MyRunStreakError

Done = subprocess.CompletedProcess[bytes]

_TIMEOUT_S: Final = 60
_REASON: Final = re.compile("fail|error|denied|not |no such", re.IGNORECASE)


def has(program: str) -> bool:
    """Whether this machine has the program."""
    return shutil.which(program) is not None


def run(*command: str, given: bytes = b"") -> Done:
    """Run a program to its end; any exit code is an answer. Its words are English.

    Raises:
        MyRunStreakError: it is not there, or does not end.
    """
    try:
        return subprocess.run(
            command,
            input=given,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        reason = f"no answer within {_TIMEOUT_S} s"
    except FileNotFoundError:
        reason = f"this machine has no {command[0]}"
    except OSError as error:
        reason = error.strerror or str(error)
    raise _failed(command, reason)


def must(*command: str, given: bytes = b"") -> Done:
    """Run a program that has to succeed.

    Raises:
        MyRunStreakError: it did not.
    """
    done = run(*command, given=given)
    if done.returncode:
        raise failure(command, done)
    return done


def failure(command: tuple[str, ...], done: Done) -> MyRunStreakError:
    """What is said about a program that did not do its work: its own line about it."""
    lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    # systemctl tells of links before the reason, and where to read more after it.
    reasons = [line for line in lines if _REASON.search(line)] or lines[-1:]
    return _failed(command, reasons[0] if reasons else f"exit code {done.returncode}")


def _failed(command: tuple[str, ...], reason: str) -> MyRunStreakError:
    return MyRunStreakError(f"`{shlex.join(command)}` failed: {reason.strip().rstrip('.')}.")

"""Asks before something is replaced."""

from __future__ import annotations

import sys

from myrunstreak.errors import InvalidQuestion

from scripts.display.terminal import standard_error


def confirm(question: str, *, otherwise: str = "Add --yes, or --dry-run to look only.") -> bool:
    """Whether the runner types yes. The question is on standard error, so that it is in no answer.

    Args:
        otherwise: what to type where there is no terminal to ask on.

    Raises:
        InvalidQuestion: there is no terminal to ask on.
        EOFError: the terminal has ended.
    """
    if not sys.stdin.isatty():
        raise InvalidQuestion(f"Nothing was changed: there is no terminal to ask on. {otherwise}")
    errors = standard_error()
    errors.print(f"{question} [y/N] ", end="")
    line = sys.stdin.readline()
    if not line:
        errors.print()
        raise EOFError
    return line.strip().lower() in {"y", "yes"}
